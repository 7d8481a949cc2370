//! The axes and cells of a section by index, for drawing. What varies, what a run counts with and
//! what a setting does is `stats`'s to say; nothing is computed here a second time.

use std::collections::BTreeMap;

use crate::stats::{self, Comparison, Summary};
use crate::store::RunRow;

/// A setting that varies, or those of G and D where they always agree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// `loss`, or `norm` for both networks.
    pub name: String,
    /// Its values, in the order in which the plan meets them.
    pub values: Vec<String>,
    /// The index of each run's value.
    pub level: Vec<usize>,
}

/// The runs that differ in their seed alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    /// The index of its value on every axis.
    pub levels: Vec<usize>,
    /// Its runs, by index, in plan order.
    pub runs: Vec<usize>,
}

/// What changing one axis from its first value to another does, all else and the seed equal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paired {
    /// The axis, by index.
    pub axis: usize,
    /// The value that is subtracted from.
    pub to: usize,
    /// The difference, over seeds.
    pub difference: Summary,
    /// Pairs of runs that went in; those of a seed were averaged.
    pub pairs: usize,
}

/// What stands for a key that a run does not have.
const ABSENT: &str = "–";

/// The axes of runs in plan order, the slowest first.
pub(super) fn axes(runs: &[&RunRow]) -> Vec<Axis> {
    stats::varied(runs)
        .iter()
        .map(|axis| indexed(axis, runs))
        .collect()
}

fn indexed(axis: &stats::Axis, runs: &[&RunRow]) -> Axis {
    let mut values: Vec<String> = Vec::new();
    let level = runs
        .iter()
        .map(|run| {
            let value = text(axis.value(run));
            values.iter().position(|v| *v == value).unwrap_or_else(|| {
                values.push(value);
                values.len() - 1
            })
        })
        .collect();
    Axis {
        name: axis.name.clone(),
        values,
        level,
    }
}

fn text(value: Option<String>) -> String {
    value.unwrap_or_else(|| ABSENT.to_owned())
}

/// The cells of `runs` runs, in plan order.
pub(super) fn cells(axes: &[Axis], runs: usize) -> Vec<Cell> {
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

/// The paired differences of every later value of each axis from its first.
pub(super) fn paired(runs: &[&RunRow], axes: &[Axis], metric: &str) -> Vec<Paired> {
    // Without a value of the metric there is nothing to compare.
    let Ok(comparison) = Comparison::new(runs.iter().copied(), metric, &[]) else {
        return Vec::new();
    };
    let effects = comparison.main_effects();
    let of_axis = |(axis, effects): (usize, stats::Effects)| {
        let find = move |level: &[Option<String>]| {
            let value = text(level.first().cloned().flatten());
            axes[axis].values.iter().position(|v| *v == value)
        };
        effects
            .effects
            .into_iter()
            .filter_map(move |effect| {
                Some(Paired {
                    axis,
                    to: find(&effect.level)?,
                    difference: effect.difference?,
                    pairs: effect.pairs,
                })
            })
            .collect::<Vec<_>>()
    };
    effects.into_iter().enumerate().flat_map(of_axis).collect()
}

/// Mean and 95 % interval over seeds: the values of a seed, which are not independent of each
/// other, are averaged first.
pub(super) fn over_seeds(values: impl Iterator<Item = (u64, f64)>) -> Option<Summary> {
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (seed, value) in values {
        seeds.entry(seed).or_default().push(value);
    }
    let means: Vec<f64> = seeds
        .into_values()
        .map(|v| v.iter().sum::<f64>() / v.len() as f64)
        .collect();
    Summary::of(&means)
}

#[cfg(test)]
mod tests {
    use super::over_seeds;

    #[test]
    fn the_cells_of_a_seed_are_one_observation() {
        let values = [(0, 1.0), (0, 3.0), (1, 4.0), (1, 6.0)];
        let summary = over_seeds(values.into_iter()).expect("two seeds");
        assert_eq!((summary.n, summary.mean), (2, 3.5));
    }
}
