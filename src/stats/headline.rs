//! The metric by which runs are ranked: one for each kind of data.

use crate::problem;
use crate::store::RunRow;

/// The headline metric of mixtures (which have `modes` and `sliced_w1` besides), of images, of images
/// without classes, of stacked MNIST, and of curves.
pub const HEADLINES: [&str; 5] = ["covered", "fid", "fid_pixels", "modes", "sliced_w1"];

/// What a run is about: its data set, or the problem that it works out; empty where it has neither.
pub fn subject(run: &RunRow) -> &str {
    let setting = |key| run.settings.get(key).map(String::as_str);
    let problem = setting("problem").filter(|name| problem::logged(name).is_some());
    problem.or(setting("dataset")).unwrap_or_default()
}

/// The runs on one data set, or on one problem. Values on different data sets are never compared: eight modes of eight
/// are not eight of twenty-five, and FID belongs to a set's own classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind<'a> {
    /// The data set's or the problem's name, empty where no run has one.
    pub dataset: &'a str,
    /// The headline metric; `None` as long as no run has one.
    pub headline: Option<&'static str>,
    /// The runs, in plan order.
    pub runs: Vec<&'a RunRow>,
}

/// The runs of a sweep by data set, whose kind shows in the metrics that its runs have: mixtures
/// first, then images, then curves, then data sets of which no run has a value yet; in plan order within.
pub fn kinds<'a>(runs: impl IntoIterator<Item = &'a RunRow>) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for run in runs {
        let dataset = subject(run);
        let has = |name: &&str| run.last.contains_key(*name);
        // Of a problem that imitates a data set the data set's metric, as of a GAN.
        let own = problem::headline(dataset).map(|info| info.name);
        let headline = HEADLINES.into_iter().find(has).or(own.filter(has));
        match kinds.iter_mut().find(|kind| kind.dataset == dataset) {
            Some(kind) => {
                kind.headline = kind.headline.or(headline);
                kind.runs.push(run);
            }
            None => kinds.push(Kind {
                dataset,
                headline,
                runs: vec![run],
            }),
        }
    }
    let rank = |kind: &Kind<'_>| HEADLINES.iter().position(|h| kind.headline == Some(h));
    // Stable: plan order stays within a kind.
    kinds.sort_by_key(|kind| rank(kind).unwrap_or(HEADLINES.len()));
    kinds
}

#[cfg(test)]
mod tests {
    use super::kinds;
    use crate::stats::fixture::{done, run};

    #[test]
    fn a_missing_run_belongs_to_the_kind_of_its_data_set() {
        let runs = [
            done(&[("dataset", "mnist")], 0, "fid", 3.0),
            run(&[("dataset", "ring8")], 0),
            done(&[("dataset", "ring8")], 1, "covered", 8.0),
            run(&[("dataset", "grid25")], 0),
            done(&[("dataset", "two_moons")], 0, "sliced_w1", 0.1),
        ];
        let found: Vec<_> = kinds(&runs)
            .iter()
            .map(|kind| (kind.dataset, kind.headline, kind.runs.len()))
            .collect();
        let expected = [
            ("ring8", Some("covered"), 2),
            ("mnist", Some("fid"), 1),
            ("two_moons", Some("sliced_w1"), 1),
            ("grid25", None, 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn two_data_sets_of_one_kind_are_never_together() {
        let runs = [
            done(&[("dataset", "kuzushiji")], 0, "fid", 3.0),
            done(&[("dataset", "grid25")], 0, "covered", 20.0),
            done(&[("dataset", "mnist")], 0, "fid", 3.0),
            done(&[("dataset", "ring8")], 0, "covered", 8.0),
            done(&[("dataset", "grid25")], 1, "covered", 25.0),
        ];
        let found: Vec<_> = kinds(&runs)
            .iter()
            .map(|kind| (kind.dataset, kind.runs.len()))
            .collect();
        let expected = [("grid25", 2), ("ring8", 1), ("kuzushiji", 1), ("mnist", 1)];
        assert_eq!(found, expected);
    }
}
