//! Paired differences: what a setting does, everything else being equal.
//!
//! Runs that share a seed share their noise and data, so they are compared pair by pair: two runs
//! are a pair if they differ in the axis under study alone. Within a seed the differences are
//! averaged over the other cells (the main effect of a factorial design); the interval is over
//! seeds, which are what was drawn independently.
//!
//! **Missing runs.** Every seed is averaged over the same cells (settings of the other axes):
//! otherwise the seeds would differ by which cells they happen to have. Kept are the cells that are
//! paired at all seeds that have any pair; where no cell is, the seeds at which every cell that has
//! a pair at all is paired. All other runs count as unpaired. Where neither is left there is no
//! difference to tell.

use std::collections::{BTreeMap, BTreeSet};

use super::axes::{self, Axis};
use super::{Summary, observed};
use crate::store::RunRow;

/// The differences between the values of one axis, or of several taken together.
#[derive(Clone, Debug, PartialEq)]
pub struct Effects {
    /// The axes under study.
    pub axes: Vec<Axis>,
    /// The values that all others are compared with: the first in plan order.
    pub baseline: Vec<Option<String>>,
    /// Settings that change exactly when the axes do, as in a zip: the effect is that of all.
    pub together: Vec<String>,
    /// One entry for each other value, in plan order.
    pub effects: Vec<Effect>,
}

/// The difference of one value from the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The value on each axis.
    pub level: Vec<Option<String>>,
    /// This value's score minus the baseline's, over seeds; `None` without a balanced set of pairs.
    pub difference: Option<Summary>,
    /// Pairs of cell and seed that went in.
    pub pairs: usize,
    /// Cells and seeds of either value that found no partner with a value, or that were left out so
    /// that all seeds are averaged over the same cells.
    pub unpaired: usize,
}

type Level = Vec<Option<String>>;
/// The other settings and the seed: what the two runs of a pair share.
type Block<'a> = (Vec<Option<&'a str>>, u64);

impl Effects {
    pub(super) fn new(runs: &[&RunRow], metric: &str, axes: &[Axis]) -> Self {
        let levels: Vec<Level> = runs
            .iter()
            .map(|run| axes.iter().map(|axis| axis.value(run)).collect())
            .collect();
        let mut together = Vec::new();
        let mut others = Vec::new();
        for (key, values) in axes::columns(runs) {
            let under_study = axes.iter().any(|axis| axis.keys.iter().any(|k| k == key));
            if under_study || axes::comes_and_goes_with(&values, &levels) {
                continue;
            }
            if is_renaming(&levels, &values) {
                together.push(key.to_owned());
            } else {
                others.push(values);
            }
        }
        let mut order: Vec<&Level> = Vec::new();
        let mut blocks: BTreeMap<&Level, BTreeMap<Block<'_>, Vec<Option<f64>>>> = BTreeMap::new();
        for (i, run) in runs.iter().enumerate() {
            if !blocks.contains_key(&levels[i]) {
                order.push(&levels[i]);
            }
            let block = (others.iter().map(|v| v[i]).collect(), run.seed);
            let level = blocks.entry(&levels[i]).or_default();
            level.entry(block).or_default().push(observed(run, metric));
        }
        let baseline = order.first().copied().cloned().unwrap_or_default();
        let effects = order
            .iter()
            .skip(1)
            .map(|level| effect(level, &blocks[&baseline], &blocks[*level]))
            .collect();
        Self {
            axes: axes.to_vec(),
            baseline,
            together,
            effects,
        }
    }
}

fn effect(
    level: &Level,
    baseline: &BTreeMap<Block<'_>, Vec<Option<f64>>>,
    values: &BTreeMap<Block<'_>, Vec<Option<f64>>>,
) -> Effect {
    let blocks: BTreeSet<&Block<'_>> = baseline.keys().chain(values.keys()).collect();
    let mut cells: Cells<'_> = BTreeMap::new();
    for block in &blocks {
        let mean_of = |of: &BTreeMap<Block<'_>, Vec<Option<f64>>>| {
            of.get(*block).and_then(|values| mean(values))
        };
        if let (Some(base), Some(value)) = (mean_of(baseline), mean_of(values)) {
            let cell = cells.entry(&block.0).or_default();
            cell.insert(block.1, value - base);
        }
    }
    balance(&mut cells);
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (&seed, &difference) in cells.values().flatten() {
        seeds.entry(seed).or_default().push(difference);
    }
    let pairs = seeds.values().map(Vec::len).sum();
    let differences: Vec<f64> = seeds
        .into_values()
        .map(|differences| differences.iter().sum::<f64>() / differences.len() as f64)
        .collect();
    Effect {
        level: level.clone(),
        difference: Summary::of(&differences),
        pairs,
        unpaired: blocks.len() - pairs,
    }
}

/// The differences of the pairs: cell by cell, by seed.
type Cells<'a> = BTreeMap<&'a Vec<Option<&'a str>>, BTreeMap<u64, f64>>;

/// Leaves the same cells at every seed: see the module's text.
fn balance(cells: &mut Cells<'_>) {
    let seeds: BTreeSet<u64> = cells.values().flat_map(BTreeMap::keys).copied().collect();
    let complete = |cell: &BTreeMap<u64, f64>| cell.len() == seeds.len();
    if cells.values().any(complete) {
        cells.retain(|_, cell| complete(cell));
        return;
    }
    let everywhere: BTreeSet<u64> = seeds
        .iter()
        .copied()
        .filter(|seed| cells.values().all(|cell| cell.contains_key(seed)))
        .collect();
    for cell in cells.values_mut() {
        cell.retain(|seed, _| everywhere.contains(seed));
    }
}

/// The mean of a block's runs. They are several where a value of the axis has settings of its own
/// that vary; a block with a run that has no value yet is not there yet.
fn mean(values: &[Option<f64>]) -> Option<f64> {
    let values: Option<Vec<f64>> = values.iter().copied().collect();
    let values = values?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Whether level and value determine each other.
fn is_renaming(levels: &[Level], values: &[Option<&str>]) -> bool {
    let mut forth = BTreeMap::new();
    let mut back = BTreeMap::new();
    levels.iter().zip(values).all(|(level, value)| {
        forth.entry(level).or_insert(value) == &value
            && back.entry(value).or_insert(level) == &level
    })
}

#[cfg(test)]
mod tests {
    use super::Effects;
    use crate::stats::fixture::{diverged, done, run};
    use crate::stats::{Comparison, Effect};
    use crate::store::RunRow;

    fn effects(runs: &[RunRow], by: &str) -> Effects {
        Comparison::new(runs, "covered", &[by.to_owned()])
            .expect("comparable")
            .effects()
    }

    fn only(effects: &Effects) -> &Effect {
        let [one] = effects.effects.as_slice() else {
            unreachable!("two levels");
        };
        one
    }

    /// scipy 1.17.1:
    /// ```python
    /// import numpy as np; from scipy import stats
    /// # [seed, lr, k]
    /// x = np.array([[[3, 5], [2, 6]], [[4, 8], [1, 1]], [[2, 3], [5, 8]]], float)
    /// d = (x[:, :, 1] - x[:, :, 0]).mean(axis=1)
    /// d.mean(), d.std(ddof=1), stats.ttest_1samp(d, 0).confidence_interval(0.95)
    /// ```
    #[test]
    fn a_main_effect_is_that_of_scipy() {
        let x = [
            [[3., 5.], [2., 6.]],
            [[4., 8.], [1., 1.]],
            [[2., 3.], [5., 8.]],
        ];
        let mut runs = Vec::new();
        for (k, k_name) in ["1", "2"].iter().enumerate() {
            for (lr, lr_name) in ["1e-4", "2e-4"].iter().enumerate() {
                for (seed, x) in x.iter().enumerate() {
                    let settings = [("k", *k_name), ("lr.g", *lr_name), ("lr.d", *lr_name)];
                    runs.push(done(&settings, seed as u64, "covered", x[lr][k]));
                }
            }
        }
        let effects = effects(&runs, "k");
        assert_eq!(effects.baseline, [Some("1".to_owned())]);
        let effect = only(&effects);
        assert_eq!((effect.pairs, effect.unpaired), (6, 0));
        let difference = effect.difference.expect("pairs");
        assert_eq!(difference.n, 3);
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        };
        near(difference.mean, 2.3333333333333335);
        near(difference.sd.expect("a spread"), 0.5773502691896258);
        let (low, high) = difference.interval.expect("an interval");
        near(low, 0.8991157567501793);
        near(high, 3.767550909916488);
    }

    #[test]
    fn settings_of_one_value_alone_do_not_part_the_pairs() {
        let mut runs = Vec::new();
        for seed in 0..2 {
            runs.push(done(&[("noise", "normal")], seed, "covered", 4.0));
            for (range, value) in [("[-1, 1]", 6.0), ("[0, 1]", 8.0)] {
                let settings = [("noise", "uniform"), ("noise_range", range)];
                runs.push(done(&settings, seed, "covered", value));
            }
        }
        // (6 + 8) / 2 − 4
        let effects = effects(&runs, "noise");
        assert_eq!(
            only(&effects).difference.map(|d| (d.n, d.mean)),
            Some((2, 3.0))
        );
    }

    #[test]
    fn zipped_settings_are_named_and_different_designs_are_not_paired() {
        let zipped = [
            done(
                &[("lr", "1e-4"), ("betas", "[0.5, 0.9]")],
                0,
                "covered",
                4.0,
            ),
            done(&[("lr", "2e-4"), ("betas", "[0, 0.9]")], 0, "covered", 5.0),
        ];
        let found = effects(&zipped, "lr");
        assert_eq!(found.together, ["betas"]);
        assert_eq!(only(&found).difference.map(|d| d.mean), Some(1.0));
        let included = [
            done(
                &[("loss", "minimax"), ("k", "1"), ("steps", "10")],
                0,
                "covered",
                4.0,
            ),
            done(
                &[("loss", "minimax"), ("k", "2"), ("steps", "10")],
                0,
                "covered",
                4.0,
            ),
            done(
                &[("loss", "hinge"), ("k", "1"), ("steps", "99")],
                0,
                "covered",
                8.0,
            ),
        ];
        let found = effects(&included, "k");
        assert_eq!(only(&found).difference.map(|d| d.mean), Some(0.0));
        assert_eq!(only(&found).unpaired, 1);
    }

    #[test]
    fn a_missing_run_takes_its_pair_out_and_a_diverged_one_does_not() {
        let runs = [
            done(&[("k", "1")], 0, "covered", 4.0),
            done(&[("k", "1")], 1, "covered", 5.0),
            run(&[("k", "2")], 0),
            diverged(&[("k", "2")], 1, "covered", 0.0),
        ];
        let effects = effects(&runs, "k");
        let effect = only(&effects);
        assert_eq!(effect.difference.map(|d| (d.n, d.mean)), Some((1, -5.0)));
        assert_eq!(effect.difference.and_then(|d| d.interval), None);
        assert_eq!((effect.pairs, effect.unpaired), (1, 1));
    }

    /// Runs with k = 1 worth 0 and k = 2 worth what is given, by (lr, seed).
    fn pairs(values: &[(&str, u64, f64)]) -> Vec<RunRow> {
        let mut runs = Vec::new();
        for (k, factor) in [("1", 0.0), ("2", 1.0)] {
            for &(lr, seed, value) in values {
                let settings = [("k", k), ("lr", lr)];
                runs.push(done(&settings, seed, "covered", factor * value));
            }
        }
        runs
    }

    #[test]
    fn seeds_are_averaged_over_the_same_cells() {
        // The effect is 1 where lr is a and 9 where it is b, at every seed; b is missing at seed 1.
        // Averaged over whatever is there, the seeds would score 5 and 1.
        let runs = pairs(&[("a", 0, 1.0), ("b", 0, 9.0), ("a", 1, 1.0)]);
        let effects = effects(&runs, "k");
        let effect = only(&effects);
        assert_eq!(effect.difference.map(|d| (d.n, d.mean)), Some((2, 1.0)));
        assert_eq!((effect.pairs, effect.unpaired), (2, 1));
    }

    #[test]
    fn where_no_cell_has_all_seeds_the_seeds_with_all_cells_count() {
        let runs = pairs(&[("a", 0, 1.0), ("b", 0, 9.0), ("a", 1, 1.0), ("b", 2, 9.0)]);
        let found = effects(&runs, "k");
        let effect = only(&found);
        assert_eq!(effect.difference.map(|d| (d.n, d.mean)), Some((1, 5.0)));
        assert_eq!((effect.pairs, effect.unpaired), (2, 2));
        // Neither: nothing is told.
        let found = effects(&pairs(&[("a", 1, 1.0), ("b", 2, 9.0)]), "k");
        let effect = only(&found);
        assert_eq!(effect.difference, None);
        assert_eq!((effect.pairs, effect.unpaired), (0, 2));
    }
}
