//! The runs of a sweep grouped into cells, each with what it scored and what is not there.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::axes::{self, Axis, varied};
use super::{Effects, Summary, observed, subject};
use crate::event::Outcome;
use crate::metric::{Direction, Info, compares_features};
use crate::nearest::nearest;
use crate::quantity::{self, info};
use crate::store::RunRow;

/// A comparison of the cells of a sweep by one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<'a> {
    /// The metric.
    pub metric: String,
    /// The data set, where all runs are on the same one.
    pub dataset: Option<&'a str>,
    /// What is known of it; `None` for a quantity of an older program.
    pub info: Option<&'static Info>,
    /// By which settings the runs are grouped.
    pub axes: Vec<Axis>,
    /// Whether these are all settings that vary: a cell's runs then differ by their seed alone.
    pub complete: bool,
    /// The cells, best first; in plan order for a quantity that knows no better or worse.
    pub cells: Vec<Cell>,
    /// What to hold the values against, such as the floor of FID at this sample size.
    pub references: Vec<Reference>,
    /// What the features are that the metric compares; more than one where runs are not comparable,
    /// none of a metric without features.
    pub features: BTreeSet<&'a str>,
    runs: Vec<&'a RunRow>,
}

/// The runs that share their values on the axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The value on each axis; `None` where the setting is absent.
    pub labels: Vec<Option<String>>,
    /// What the cell scored, over seeds: where it holds several runs of a seed, these are averaged
    /// first. `None` if no run has a value.
    pub summary: Option<Summary>,
    /// (seed, value), in order of the seeds.
    pub values: Vec<(u64, f64)>,
    /// Its runs by outcome.
    pub counts: Counts,
}

/// Runs by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done, with a value.
    pub done: usize,
    /// Diverged; they count with the metric's worst value.
    pub diverged: usize,
    /// Failed or crashed.
    pub failed: usize,
    /// Without an outcome yet, or done without a value of this metric.
    pub missing: usize,
}

/// A value to hold a metric against, logged by the runs as `METRIC.NAME`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// `floor`, `perfect`, `uniform`; `n` is the sample size of the metric and its floor.
    pub name: String,
    /// The data set.
    pub dataset: String,
    /// The lowest and the highest value that runs on the data set have. They are the same unless
    /// the runs differ in what the data set is, such as the sigma of a mixture.
    pub range: (f64, f64),
}

/// Why runs cannot be compared so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// No run has that metric.
    #[error("no run has a metric '{metric}'{hint}")]
    UnknownMetric {
        /// The name.
        metric: String,
        /// The nearest name or all of them, as the end of the sentence.
        hint: String,
    },
    /// No run has that setting.
    #[error("no run has a setting '{key}'{hint}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest key or all that vary, as the end of the sentence.
        hint: String,
    },
    /// There are no runs.
    #[error("the sweep has no runs")]
    Empty,
}

impl<'a> Comparison<'a> {
    /// Groups runs by the named settings, or by all that vary if none is named.
    pub fn new(
        runs: impl IntoIterator<Item = &'a RunRow>,
        metric: &str,
        by: &[String],
    ) -> Result<Self, ComparisonError> {
        let runs: Vec<&RunRow> = runs.into_iter().collect();
        if runs.is_empty() {
            return Err(ComparisonError::Empty);
        }
        check_metric(&runs, metric)?;
        let all = varied(&runs);
        let axes = if by.is_empty() {
            all
        } else {
            by.iter()
                .map(|key| Axis::named(key, &runs).ok_or_else(|| unknown_key(&runs, key)))
                .collect::<Result<_, _>>()?
        };
        let info = info(metric);
        let mut cells = cells(&runs, metric, &axes);
        if let Some(info) = info {
            cells.sort_by(|a, b| better(a, b, info.direction));
        }
        Ok(Self {
            metric: metric.to_owned(),
            dataset: dataset(&runs),
            info,
            complete: by.is_empty(),
            axes,
            cells,
            references: references(&runs, metric),
            features: features(&runs, metric),
            runs,
        })
    }

    /// The runs of each cell, in the order of the cells.
    pub fn members(&self) -> Vec<Vec<&'a RunRow>> {
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<&RunRow>> = BTreeMap::new();
        for run in &self.runs {
            let labels = self.axes.iter().map(|axis| axis.value(run)).collect();
            groups.entry(labels).or_default().push(run);
        }
        let cells = self.cells.iter();
        cells
            .map(|cell| groups.remove(&cell.labels).unwrap_or_default())
            .collect()
    }

    /// The paired differences between the values on the axes taken together, each against the
    /// first in plan order.
    pub fn effects(&self) -> Effects {
        Effects::new(&self.runs, &self.metric, &self.axes)
    }

    /// The paired differences of each axis alone, averaged over the others.
    pub fn main_effects(&self) -> Vec<Effects> {
        self.axes
            .iter()
            .map(|axis| Effects::new(&self.runs, &self.metric, std::slice::from_ref(axis)))
            .collect()
    }
}

/// The one data set of all runs.
fn dataset<'a>(runs: &[&'a RunRow]) -> Option<&'a str> {
    let mut names = runs.iter().map(|run| subject(run));
    let first = names.next().filter(|name| !name.is_empty())?;
    names.all(|name| name == first).then_some(first)
}

fn cells(runs: &[&RunRow], metric: &str, axes: &[Axis]) -> Vec<Cell> {
    let mut order: Vec<Vec<Option<String>>> = Vec::new();
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<&RunRow>> = BTreeMap::new();
    for run in runs {
        let labels: Vec<_> = axes.iter().map(|axis| axis.value(run)).collect();
        let group = groups.entry(labels.clone()).or_default();
        if group.is_empty() {
            order.push(labels);
        }
        group.push(run);
    }
    order
        .into_iter()
        .map(|labels| {
            let group = groups.remove(&labels).unwrap_or_default();
            cell(labels, &group, metric)
        })
        .collect()
}

fn cell(labels: Vec<Option<String>>, runs: &[&RunRow], metric: &str) -> Cell {
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    let mut counts = Counts::default();
    for run in runs {
        let value = observed(run, metric);
        match (&run.outcome, value) {
            (Some(Outcome::Done), Some(_)) => counts.done += 1,
            (Some(Outcome::Diverged { .. }), _) => counts.diverged += 1,
            (Some(Outcome::Done), None) | (None, _) => counts.missing += 1,
            (Some(_), _) => counts.failed += 1,
        }
        if let Some(value) = value {
            seeds.entry(run.seed).or_default().push(value);
        }
    }
    let values: Vec<(u64, f64)> = seeds
        .into_iter()
        .map(|(seed, values)| (seed, values.iter().sum::<f64>() / values.len() as f64))
        .collect();
    let means: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    Cell {
        labels,
        summary: Summary::of(&means),
        values,
        counts,
    }
}

/// Best first; a mean that is no number after all that are, a cell without a value last.
fn better(a: &Cell, b: &Cell, direction: Direction) -> Ordering {
    let mean = |cell: &Cell| cell.summary.map(|s| s.mean);
    let rank = |cell: &Cell| match mean(cell) {
        Some(mean) if !mean.is_nan() => 0,
        Some(_) => 1,
        None => 2,
    };
    let by_mean = || match (mean(a), mean(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    };
    match direction {
        Direction::Lower => rank(a).cmp(&rank(b)).then_with(by_mean),
        Direction::Higher => rank(a).cmp(&rank(b)).then_with(|| by_mean().reverse()),
        Direction::Neither => Ordering::Equal,
    }
}

fn references(runs: &[&RunRow], metric: &str) -> Vec<Reference> {
    let mut found: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for run in runs {
        let dataset = subject(run);
        for (quantity, measured) in &run.last {
            let name = quantity
                .strip_prefix(metric)
                .and_then(|q| q.strip_prefix('.'));
            if let (Some(name), false) = (name, measured.worst) {
                let value = measured.value;
                let (low, high) = found.entry((dataset, name)).or_insert((value, value));
                *low = low.min(value);
                *high = high.max(value);
            }
        }
    }
    found
        .into_iter()
        .map(|((dataset, name), range)| Reference {
            name: name.to_owned(),
            dataset: dataset.to_owned(),
            range,
        })
        .collect()
}

fn features<'a>(runs: &[&'a RunRow], metric: &str) -> BTreeSet<&'a str> {
    if !compares_features(metric) {
        return BTreeSet::new();
    }
    let measured = runs.iter().filter(|run| run.last.contains_key(metric));
    measured.filter_map(|run| run.features.as_deref()).collect()
}

/// A metric is known if a run has it, or if it exists and no run has any value yet.
fn check_metric(runs: &[&RunRow], metric: &str) -> Result<(), ComparisonError> {
    let mut names: Vec<&str> = runs
        .iter()
        .flat_map(|run| run.last.keys().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.contains(&metric) || names.is_empty() && info(metric).is_some() {
        return Ok(());
    }
    if names.is_empty() {
        names = quantity::all().map(|i| i.name).collect();
    }
    Err(ComparisonError::UnknownMetric {
        metric: metric.to_owned(),
        hint: hint(metric, &names),
    })
}

fn unknown_key(runs: &[&RunRow], key: &str) -> ComparisonError {
    let known = axes::names(runs);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let varied: Vec<String> = varied(runs).into_iter().map(|axis| axis.name).collect();
    let hint = match nearest(key, known) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!("; those that vary are {}", varied.join(", ")),
    };
    ComparisonError::UnknownKey {
        key: key.to_owned(),
        hint,
    }
}

fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!("; there is {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Counts};
    use crate::event::Outcome;
    use crate::stats::fixture::{diverged, done, run, with};

    #[test]
    fn cells_are_ranked_and_nothing_is_dropped() {
        let a = [("k", "1")];
        let b = [("k", "2")];
        let mut failed = run(&a, 3);
        failed.outcome = Some(Outcome::Failed {
            message: "no".to_owned(),
        });
        let runs = [
            done(&a, 0, "covered", 4.0),
            diverged(&a, 1, "covered", 0.0),
            run(&a, 2),
            failed,
            done(&b, 0, "covered", 8.0),
            done(&b, 1, "covered", 6.0),
        ];
        let comparison = Comparison::new(&runs, "covered", &[]).expect("comparable");
        let [best, worst] = comparison.cells.as_slice() else {
            unreachable!("two cells");
        };
        assert_eq!(best.labels, [Some("2".to_owned())]);
        assert_eq!(best.summary.map(|s| (s.n, s.mean)), Some((2, 7.0)));
        // (4 + 0) / 2: the diverged run counts with its worst value.
        assert_eq!(worst.summary.map(|s| (s.n, s.mean)), Some((2, 2.0)));
        let counts = Counts {
            done: 1,
            diverged: 1,
            failed: 1,
            missing: 1,
        };
        assert_eq!(worst.counts, counts);
    }

    #[test]
    fn a_diverged_run_never_counts_with_what_it_had_before() {
        let mut before = diverged(&[("k", "1")], 0, "covered", 8.0);
        before = with(before, "covered", 8.0, false);
        let runs = [before, done(&[("k", "1")], 1, "covered", 4.0)];
        let comparison = Comparison::new(&runs, "covered", &[]).expect("comparable");
        assert_eq!(comparison.cells[0].summary.map(|s| s.mean), Some(4.0));
        assert_eq!(comparison.cells[0].counts.diverged, 1);
    }

    #[test]
    fn a_marginal_cell_averages_within_a_seed_first() {
        let mut runs = Vec::new();
        for (k, lr, seed, value) in [
            ("1", "a", 0, 1.0),
            ("1", "b", 0, 3.0),
            ("1", "a", 1, 5.0),
            ("1", "b", 1, 7.0),
            ("2", "a", 0, 0.0),
        ] {
            runs.push(done(&[("k", k), ("lr", lr)], seed, "covered", value));
        }
        let by = ["k".to_owned()];
        let comparison = Comparison::new(&runs, "covered", &by).expect("comparable");
        assert_eq!(comparison.cells[0].values, [(0, 2.0), (1, 6.0)]);
        assert_eq!(comparison.cells[0].summary.map(|s| s.n), Some(2));
    }

    #[test]
    fn references_are_told_by_data_set_from_the_lowest_to_the_highest() {
        let runs = [
            with(
                done(&[("dataset", "mnist")], 0, "fid", 9.0),
                "fid.floor",
                1.5,
                false,
            ),
            with(
                done(&[("dataset", "mnist")], 1, "fid", 8.0),
                "fid.floor",
                1.25,
                false,
            ),
        ];
        let comparison = Comparison::new(&runs, "fid", &[]).expect("comparable");
        let [floor] = comparison.references.as_slice() else {
            unreachable!("one reference");
        };
        assert_eq!(
            (floor.name.as_str(), floor.dataset.as_str()),
            ("floor", "mnist")
        );
        assert_eq!(floor.range, (1.25, 1.5));
    }

    #[test]
    fn misspelt_names_get_the_nearest() {
        let runs = [done(
            &[("norm.g", "none"), ("norm.d", "none")],
            0,
            "covered",
            1.0,
        )];
        let metric = Comparison::new(&runs, "coverd", &[]).expect_err("misspelt");
        assert_eq!(
            metric.to_string(),
            "no run has a metric 'coverd'; did you mean 'covered'?"
        );
        let key = Comparison::new(&runs, "covered", &["nrom".to_owned()]).expect_err("misspelt");
        assert_eq!(
            key.to_string(),
            "no run has a setting 'nrom'; did you mean 'norm'?"
        );
    }
}
