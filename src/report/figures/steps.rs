//! A quantity over the steps, averaged over the runs of a cell.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Outcome;
use crate::report::RunMaterial;

/// More points than this do not show in a small panel; neighbouring steps are averaged into bins.
const MOST_POINTS: usize = 120;

/// The runs of a cell over the steps.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Curve {
    /// Where every run has a value.
    pub together: Vec<Bin>,
    /// The single runs after that: the mean over those that are left would be one over survivors.
    pub alone: Vec<Vec<(f64, f64)>>,
    /// Where runs diverged.
    pub diverged: Vec<(f64, f64)>,
    /// How many runs.
    pub n: usize,
    /// How many logged steps a point stands for.
    pub bin: usize,
    /// The last logged step.
    pub end: f64,
}

/// All runs at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Bin {
    /// The mean of its logged steps.
    pub step: f64,
    /// The runs' mean.
    pub mean: f64,
    /// The smallest of the runs.
    pub low: f64,
    /// The largest of the runs.
    pub high: f64,
}

impl Curve {
    /// The curve of some runs; `None` where no run has a finite value.
    pub fn of(runs: &[&RunMaterial], quantity: &str) -> Option<Self> {
        let Aligned {
            bins,
            lines,
            bin,
            end,
        } = Aligned::of(runs, quantity, MOST_POINTS)?;
        let mut diverged = Vec::new();
        let lines: Vec<Vec<Option<f64>>> = runs
            .iter()
            .zip(lines)
            .filter_map(|(run, line)| {
                let last = line.iter().rposition(Option::is_some)?;
                let has_diverged = matches!(run.row.outcome, Some(Outcome::Diverged { .. }));
                if let (true, Some(value)) = (has_diverged, line[last]) {
                    diverged.push((bins[last], value));
                }
                Some(after_divergence(run, quantity, line))
            })
            .collect();
        let together: Vec<(usize, Bin)> = (0..bins.len())
            .filter_map(|i| {
                let values: Vec<f64> = lines.iter().filter_map(|line| line[i]).collect();
                (values.len() == lines.len()).then(|| {
                    let bin = Bin {
                        step: bins[i],
                        mean: values.iter().sum::<f64>() / values.len() as f64,
                        low: values.iter().copied().fold(f64::INFINITY, f64::min),
                        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    };
                    (i, bin)
                })
            })
            .collect();
        let from = together.last().map_or(0, |(i, _)| *i);
        let alone = lines
            .iter()
            .map(|line| {
                (from..bins.len())
                    .filter_map(|i| line[i].map(|v| (bins[i], v)))
                    .collect::<Vec<_>>()
            })
            .filter(|line| line.len() > 1)
            .collect();
        Some(Self {
            together: together.into_iter().map(|(_, bin)| bin).collect(),
            alone,
            diverged,
            n: lines.len(),
            bin,
            end,
        })
    }

    /// Every value of the curve, for a scale.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.together
            .iter()
            .flat_map(|b| [b.low, b.mean, b.high])
            .chain(self.alone.iter().flatten().map(|(_, v)| *v))
    }
}

/// A quantity of several runs at the same steps.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Aligned {
    /// The steps: means of neighbouring ones, where there are many.
    pub bins: Vec<f64>,
    /// The finite values of each run at these; what it did not log is missing.
    pub lines: Vec<Vec<Option<f64>>>,
    /// How many logged steps a bin stands for.
    pub bin: usize,
    /// The last logged step.
    pub end: f64,
}

impl Aligned {
    /// At so many steps at most; `None` where no run has a finite value.
    pub fn of(runs: &[&RunMaterial], quantity: &str, most: usize) -> Option<Self> {
        let steps: BTreeSet<u64> = runs
            .iter()
            .filter_map(|run| run.series.get(quantity))
            .flatten()
            .map(|m| m.step)
            .collect();
        let steps: Vec<u64> = steps.into_iter().collect();
        let bin = steps.len().div_ceil(most).max(1);
        let bins: Vec<f64> = steps
            .chunks(bin)
            .map(|c| c.iter().map(|s| *s as f64).sum::<f64>() / c.len() as f64)
            .collect();
        let place: BTreeMap<u64, usize> = steps
            .iter()
            .enumerate()
            .map(|(i, s)| (*s, i / bin))
            .collect();
        let lines: Vec<Vec<Option<f64>>> = runs
            .iter()
            .map(|run| binned(run, quantity, &place, bins.len()))
            .collect();
        let has_values = lines.iter().flatten().any(Option::is_some);
        has_values.then(|| Self {
            bins,
            lines,
            bin,
            end: steps.last().map_or(0.0, |s| *s as f64),
        })
    }
}

/// The means of a run's finite values in each bin.
fn binned(
    run: &RunMaterial,
    quantity: &str,
    place: &BTreeMap<u64, usize>,
    bins: usize,
) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0usize); bins];
    for measured in run.series.get(quantity).into_iter().flatten() {
        if let (true, Some(&bin)) = (measured.value.is_finite(), place.get(&measured.step)) {
            sums[bin].0 += measured.value;
            sums[bin].1 += 1;
        }
    }
    sums.into_iter()
        .map(|(sum, n)| (n > 0).then(|| sum / n as f64))
        .collect()
}

/// A metric of a diverged run stays at the worst value that stands in for it.
pub(in crate::report) fn after_divergence(
    run: &RunMaterial,
    quantity: &str,
    mut line: Vec<Option<f64>>,
) -> Vec<Option<f64>> {
    let last = run.series.get(quantity).and_then(|s| s.last());
    if let (Some(worst), Some(from)) = (
        last.filter(|m| m.worst && m.value.is_finite()),
        line.iter().rposition(Option::is_some),
    ) {
        line[from..].fill(Some(worst.value));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Measured;

    fn run(values: &[(u64, f64, bool)], outcome: Outcome) -> RunMaterial {
        let mut run = crate::report::testing::run(0);
        run.row.outcome = Some(outcome);
        let series = values
            .iter()
            .map(|&(step, value, worst)| Measured { step, value, worst });
        run.series.insert("q".to_owned(), series.collect());
        run
    }

    fn diverged() -> Outcome {
        Outcome::Diverged {
            step: 2,
            quantity: "loss.d".to_owned(),
        }
    }

    #[test]
    fn the_mean_ends_where_a_run_diverges() {
        let a = run(
            &[
                (1, 1.0, false),
                (2, 2.0, false),
                (3, 3.0, false),
                (4, 4.0, false),
            ],
            Outcome::Done,
        );
        let b = run(&[(1, 3.0, false), (2, f64::NAN, false)], diverged());
        let curve = Curve::of(&[&a, &b], "q").expect("values");
        assert_eq!(
            curve.together,
            [Bin {
                step: 1.0,
                mean: 2.0,
                low: 1.0,
                high: 3.0
            }]
        );
        assert_eq!(
            curve.alone,
            [[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)]]
        );
        assert_eq!(curve.diverged, [(1.0, 3.0)]);
        assert_eq!(curve.n, 2);
    }

    #[test]
    fn a_diverged_runs_metric_stays_at_its_worst() {
        let a = run(
            &[(1, 8.0, false), (2, 8.0, false), (3, 8.0, false)],
            Outcome::Done,
        );
        let b = run(&[(1, 4.0, false), (2, 0.0, true)], diverged());
        let curve = Curve::of(&[&a, &b], "q").expect("values");
        let means: Vec<f64> = curve.together.iter().map(|b| b.mean).collect();
        assert_eq!(means, [6.0, 4.0, 4.0]);
    }

    #[test]
    fn many_steps_are_averaged_into_bins() {
        let values: Vec<(u64, f64, bool)> = (0..600).map(|i| (i, i as f64, false)).collect();
        let curve = Curve::of(&[&run(&values, Outcome::Done)], "q").expect("values");
        assert_eq!((curve.together.len(), curve.bin), (120, 5));
        assert_eq!((curve.together[0].step, curve.together[0].mean), (2.0, 2.0));
    }

    #[test]
    fn without_a_finite_value_there_is_no_curve() {
        assert_eq!(
            Curve::of(&[&run(&[(1, f64::NAN, false)], diverged())], "q"),
            None
        );
        assert_eq!(Curve::of(&[], "q"), None);
    }
}
