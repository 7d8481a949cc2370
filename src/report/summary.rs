//! Which settings vary, which runs share a cell, and what their values say: means with 95 %
//! intervals and paired differences. Pure.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::store::RunRow;

/// Confidence of every interval in a report.
const CONFIDENCE: f64 = 0.95;

/// A mean with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many values.
    pub n: usize,
    /// Their arithmetic mean.
    pub mean: f64,
    /// Half the width of Student's t interval, t(0.975, n − 1) · s / √n; `None` for one value.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// The estimate from finite values; `None` from none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let count = n as f64;
        let mean = values.iter().sum::<f64>() / count;
        let half_width = (n > 1)
            .then(|| StudentsT::new(0.0, 1.0, count - 1.0).ok())
            .flatten()
            .map(|t| {
                let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
                let deviation = (squares / (count - 1.0)).sqrt();
                t.inverse_cdf(0.5 + CONFIDENCE / 2.0) * deviation / count.sqrt()
            });
        Some(Self {
            n,
            mean,
            half_width,
        })
    }

    /// The interval's ends.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.half_width.map(|h| (self.mean - h, self.mean + h))
    }

    /// Whether the interval lies on one side of zero.
    pub fn excludes_zero(&self) -> bool {
        self.interval()
            .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// A setting that varies; settings that vary together are one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its keys: `loss`, `norm` for `norm.g` and `norm.d` that are always equal, `lr, betas`.
    pub name: String,
    /// Its values, in the order in which the plan meets them.
    pub values: Vec<String>,
    /// The index of each run's value.
    pub level: Vec<usize>,
}

/// The runs that differ in their seed alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The index of its value on every axis.
    pub levels: Vec<usize>,
    /// Its runs, by index, in plan order.
    pub runs: Vec<usize>,
}

/// What changing one axis from one value to another does to a metric, all else and the seed equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// The axis, by index.
    pub axis: usize,
    /// The value that is subtracted.
    pub from: usize,
    /// The value it is subtracted from.
    pub to: usize,
    /// The differences' estimate; n counts pairs.
    pub difference: Estimate,
}

/// What stands for a key that a run does not have.
pub const ABSENT: &str = "–";

/// The axes of runs in plan order, the slowest first.
pub fn axes(runs: &[&RunRow]) -> Vec<Axis> {
    let mut keys: Vec<&str> = runs
        .iter()
        .flat_map(|run| run.settings.keys().map(String::as_str))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    // Keys that split the runs alike, with the split.
    let mut splits: Vec<(Vec<usize>, Vec<&str>)> = Vec::new();
    for key in keys {
        let level = levels(runs.iter().map(|run| setting(run, key)));
        if level.iter().all(|&l| l == 0) {
            continue;
        }
        match splits.iter_mut().find(|(other, _)| *other == level) {
            Some((_, together)) => together.push(key),
            None => splits.push((level, vec![key])),
        }
    }
    // A grid's first key varies slowest, so its axis changes least along the plan.
    splits.sort_by_key(|(level, _)| level.windows(2).filter(|w| w[0] != w[1]).count());
    splits
        .into_iter()
        .map(|(level, keys)| axis(runs, level, &keys))
        .collect()
}

fn setting<'a>(run: &'a RunRow, key: &str) -> &'a str {
    run.settings.get(key).map_or(ABSENT, String::as_str)
}

/// Numbers values in the order of their first appearance.
fn levels<'a>(values: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut seen: Vec<&str> = Vec::new();
    values
        .map(|value| {
            seen.iter().position(|s| *s == value).unwrap_or_else(|| {
                seen.push(value);
                seen.len() - 1
            })
        })
        .collect()
}

fn axis(runs: &[&RunRow], level: Vec<usize>, keys: &[&str]) -> Axis {
    let equal = |a: &str, b: &str| runs.iter().all(|run| setting(run, a) == setting(run, b));
    let mut names: Vec<(&str, &str)> = Vec::new();
    for &key in keys {
        match key.strip_suffix(".g") {
            Some(stem) => {
                let twin = format!("{stem}.d");
                let same = keys.contains(&twin.as_str()) && equal(key, &twin);
                names.push((if same { stem } else { key }, key));
            }
            None => {
                let twin = key.strip_suffix(".d").map(|stem| format!("{stem}.g"));
                let same = twin.is_some_and(|t| keys.contains(&t.as_str()) && equal(key, &t));
                if !same {
                    names.push((key, key));
                }
            }
        }
    }
    let count = level.iter().max().map_or(0, |l| l + 1);
    let values = (0..count)
        .map(|l| {
            let run = level.iter().position(|&x| x == l).map(|i| runs[i]);
            join(
                names
                    .iter()
                    .map(|(_, key)| run.map_or(ABSENT, |r| setting(r, key))),
            )
        })
        .collect();
    Axis {
        name: join(names.iter().map(|(name, _)| *name)),
        values,
        level,
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// The cells of `runs` runs, in plan order.
pub fn cells(axes: &[Axis], runs: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut index: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for run in 0..runs {
        let levels: Vec<usize> = axes.iter().map(|axis| axis.level[run]).collect();
        let at = *index.entry(levels.clone()).or_insert_with(|| {
            cells.push(Cell {
                levels,
                runs: Vec::new(),
            });
            cells.len() - 1
        });
        cells[at].runs.push(run);
    }
    cells
}

/// The paired differences of every later value of an axis from its first: runs are paired that
/// agree on the seed and on all other axes, and both have a value.
pub fn paired(axes: &[Axis], seeds: &[u64], values: &[Option<f64>], axis: usize) -> Vec<Paired> {
    let mut partner: BTreeMap<(Vec<usize>, u64), f64> = BTreeMap::new();
    let others = |run: usize| -> (Vec<usize>, u64) {
        let levels = axes
            .iter()
            .enumerate()
            .filter(|(a, _)| *a != axis)
            .map(|(_, a)| a.level[run])
            .collect();
        (levels, seeds[run])
    };
    for (run, value) in values.iter().enumerate() {
        if let (0, Some(value)) = (axes[axis].level[run], value) {
            partner.insert(others(run), *value);
        }
    }
    (1..axes[axis].values.len())
        .filter_map(|to| {
            let differences: Vec<f64> = values
                .iter()
                .enumerate()
                .filter(|(run, _)| axes[axis].level[*run] == to)
                .filter_map(|(run, value)| Some((*value)? - partner.get(&others(run))?))
                .collect();
            Some(Paired {
                axis,
                from: 0,
                to,
                difference: Estimate::of(&differences)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With two degrees of freedom the quantile has a closed form, (2p − 1) / √(2p(1 − p)): 4.302653
    /// at p = 0.975. The values 1, 2, 4 have s = √(7/3).
    #[test]
    fn the_interval_is_students() {
        let estimate = Estimate::of(&[1.0, 2.0, 4.0]).expect("three values");
        let (low, high) = estimate.interval().expect("three values");
        let half = 0.95 / (2.0 * 0.975 * 0.025f64).sqrt() * (7.0 / 3.0f64).sqrt() / 3f64.sqrt();
        assert!((low - (7.0 / 3.0 - half)).abs() < 1e-9, "{low}");
        assert!((high - (7.0 / 3.0 + half)).abs() < 1e-9, "{high}");
        assert!(!estimate.excludes_zero());
    }

    #[test]
    fn one_value_has_no_interval() {
        let estimate = Estimate::of(&[3.0]).expect("one value");
        assert_eq!(estimate.interval(), None);
        assert!(!estimate.excludes_zero());
    }
}
