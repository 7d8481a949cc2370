//! The metric by which runs are ranked: one for each kind of data.

use std::collections::BTreeMap;

use crate::store::RunRow;

/// The headline metric of mixtures and that of images.
pub const HEADLINES: [&str; 2] = ["covered", "fid"];

/// The runs on one kind of data.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind<'a> {
    /// The headline metric; `None` as long as no run has one.
    pub headline: Option<&'static str>,
    /// The runs, in plan order.
    pub runs: Vec<&'a RunRow>,
}

/// The runs of a sweep by kind of data, which shows in the metrics that they have: those on
/// mixtures first, then those on images, then data sets of which no run has a value yet.
pub fn kinds<'a>(runs: impl IntoIterator<Item = &'a RunRow>) -> Vec<Kind<'a>> {
    let runs: Vec<&RunRow> = runs.into_iter().collect();
    let dataset = |run: &'a RunRow| run.settings.get("dataset");
    let mut headlines = BTreeMap::new();
    for &run in &runs {
        let found = HEADLINES.iter().position(|m| run.last.contains_key(*m));
        let entry = headlines.entry(dataset(run)).or_insert(None);
        *entry = entry.or(found);
    }
    [Some(0), Some(1), None]
        .into_iter()
        .map(|kind| Kind {
            headline: kind.map(|i: usize| HEADLINES[i]),
            runs: runs
                .iter()
                .copied()
                .filter(|run| headlines.get(&dataset(run)) == Some(&kind))
                .collect(),
        })
        .filter(|kind| !kind.runs.is_empty())
        .collect()
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
        ];
        let found: Vec<_> = kinds(&runs)
            .iter()
            .map(|kind| (kind.headline, kind.runs.len()))
            .collect();
        assert_eq!(found, [(Some("covered"), 2), (Some("fid"), 1), (None, 1)]);
    }
}
