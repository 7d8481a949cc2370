//! The mean of a cell at each evaluation.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Outcome;
use crate::spec::RunId;
use crate::stats::observed;
use crate::store::{Measured, RunRow};

/// A metric over the steps of each run.
pub(super) type Series = BTreeMap<RunId, Vec<Measured>>;

/// The mean over seeds, of the runs that the cell's mean is of, at the steps at which each of them has a
/// value. A diverged run has its metric's worst value from then on, and is never dropped.
pub(super) fn mean_curve(runs: &[&RunRow], metric: &str, series: &Series) -> Vec<f64> {
    let counted: Vec<&RunRow> = runs
        .iter()
        .copied()
        .filter(|run| observed(run, metric).is_some())
        .collect();
    let mut of_seed: BTreeMap<u64, usize> = BTreeMap::new();
    for run in &counted {
        *of_seed.entry(run.seed).or_default() += 1;
    }
    let weight = |run: &RunRow| 1.0 / (of_seed[&run.seed] * of_seed.len()) as f64;
    let none = Vec::new();
    let values = |run: &RunRow| series.get(&run.id).unwrap_or(&none);
    let is_done = |run: &&&RunRow| run.outcome == Some(Outcome::Done);
    // What a diverged run logged last is no evaluation.
    let steps: BTreeSet<u64> = counted
        .iter()
        .filter(is_done)
        .flat_map(|run| values(run).iter().map(|m| m.step))
        .collect();
    let mean = |step: &u64| {
        let parts = counted.iter().map(|run| {
            let value = at(run, values(run), *step)?;
            Some(weight(run) * value)
        });
        parts.sum::<Option<f64>>()
    };
    steps.iter().filter_map(mean).collect()
}

fn at(run: &RunRow, values: &[Measured], step: u64) -> Option<f64> {
    let found = values.iter().find(|m| m.step == step);
    let after = || {
        let last = values.last()?;
        let has_diverged = matches!(run.outcome, Some(Outcome::Diverged { .. }));
        (has_diverged && last.step < step).then_some(last)
    };
    found.or_else(after).map(|m| m.value)
}

#[cfg(test)]
mod tests {
    use super::{Series, mean_curve};
    use crate::spec::RunId;
    use crate::stats::fixture::{diverged, done, run};
    use crate::store::{Measured, RunRow};

    fn runs(mut rows: Vec<RunRow>, values: &[&[(u64, f64)]]) -> (Vec<RunRow>, Series) {
        let mut series = Series::new();
        for (i, (row, values)) in rows.iter_mut().zip(values).enumerate() {
            row.id = RunId([i as u8; 16]);
            let measured = values.iter().map(|&(step, value)| Measured {
                step,
                value,
                worst: false,
            });
            series.insert(row.id, measured.collect());
        }
        (rows, series)
    }

    fn curve((rows, series): &(Vec<RunRow>, Series)) -> Vec<f64> {
        mean_curve(&rows.iter().collect::<Vec<_>>(), "covered", series)
    }

    #[test]
    fn a_diverged_run_stays_in_the_mean_with_its_worst_value() {
        let rows = vec![
            done(&[], 0, "covered", 8.0),
            diverged(&[], 1, "covered", 0.0),
        ];
        let found = runs(
            rows,
            &[&[(10, 4.0), (20, 6.0), (30, 8.0)], &[(10, 2.0), (13, 0.0)]],
        );
        assert_eq!(curve(&found), [3.0, 3.0, 4.0]);
    }

    #[test]
    fn a_step_at_which_a_run_was_not_measured_is_no_point() {
        let rows = vec![
            done(&[], 0, "covered", 8.0),
            done(&[], 1, "covered", 8.0),
            run(&[], 2),
        ];
        let found = runs(rows, &[&[(10, 4.0), (20, 8.0)], &[(20, 6.0)], &[(10, 0.0)]]);
        // The third has no outcome: it is in no mean.
        assert_eq!(curve(&found), [7.0]);
    }

    #[test]
    fn runs_of_a_seed_are_averaged_first() {
        let rows = vec![
            done(&[], 0, "covered", 8.0),
            done(&[], 0, "covered", 8.0),
            done(&[], 1, "covered", 8.0),
        ];
        let found = runs(rows, &[&[(1, 0.0)], &[(1, 4.0)], &[(1, 8.0)]]);
        assert_eq!(curve(&found), [5.0]);
    }
}
