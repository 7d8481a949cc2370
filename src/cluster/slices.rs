//! Which runs make a slice.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::exec::flops_per_step;
use crate::grid::{Plan, PlannedRun, Shard};
use crate::spec::RunSpec;

/// Operations a second of a core where nothing is known of it: about what small networks reach.
const FLOPS: f64 = 2e9;

/// What a run takes however short it is: data, networks, an evaluation.
const LEAST_SECONDS: f64 = 0.05;

/// A guess at the core-seconds of a run from its spec alone. By it slices are balanced, so that whoever
/// asks gets the same ones, whatever was trained before.
pub fn core_seconds(spec: &RunSpec) -> f64 {
    LEAST_SECONDS + flops_per_step(spec) * spec.steps() as f64 / FLOPS
}

/// Costs in as many slices as asked for, as positions: the largest cost first, each to the slice that has
/// least (longest processing time first; Graham 1969: at most 4/3 of the shortest possible longest slice).
/// Equal costs are dealt out in turn. No slice is empty unless there are fewer costs than slices.
pub fn slices(costs: &[f64], count: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    // Stable: equal costs stay in the order of the plan.
    order.sort_by(|&a, &b| costs[b].total_cmp(&costs[a]));
    let mut slices = vec![Vec::new(); count.max(1)];
    let mut least: BinaryHeap<Reverse<Load>> = (0..slices.len())
        .map(|slice| Reverse(Load { cost: 0.0, slice }))
        .collect();
    for run in order {
        if let Some(mut first) = least.peek_mut() {
            first.0.cost += costs[run];
            slices[first.0.slice].push(run);
        }
    }
    for slice in &mut slices {
        slice.sort_unstable();
    }
    slices
}

/// Leaves those of a plan's selected runs selected that are in a slice.
pub fn select(plan: &mut Plan, shard: Shard) {
    let selected = |run: &(usize, &PlannedRun)| run.1.selected;
    let chosen: Vec<usize> = plan
        .runs
        .iter()
        .enumerate()
        .filter(selected)
        .map(|(position, _)| position)
        .collect();
    let costs: Vec<f64> = chosen
        .iter()
        .map(|&position| core_seconds(&plan.runs[position].spec))
        .collect();
    let slices = slices(&costs, shard.count);
    for run in &mut plan.runs {
        run.selected = false;
    }
    for &index in &slices[shard.index - 1] {
        plan.runs[chosen[index]].selected = true;
    }
}

/// How much a slice has; the first of equals comes first.
struct Load {
    cost: f64,
    slice: usize,
}

impl Ord for Load {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let cost = self.cost.total_cmp(&other.cost);
        cost.then(self.slice.cmp(&other.slice))
    }
}

impl PartialOrd for Load {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Load {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Load {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::slices;

    #[test]
    fn equal_costs_are_dealt_out_in_turn() {
        assert_eq!(slices(&[1.0; 5], 2), [vec![0, 2, 4], vec![1, 3]]);
        assert_eq!(slices(&[1.0; 2], 3), [vec![0], vec![1], vec![]]);
        assert_eq!(slices(&[], 2), [vec![], Vec::<usize>::new()]);
    }

    #[test]
    fn a_long_run_has_a_slice_for_itself() {
        let found = slices(&[1.0, 1.0, 9.0, 1.0, 1.0], 2);
        assert_eq!(found, [vec![2], vec![0, 1, 3, 4]]);
    }

    proptest! {
        #[test]
        fn every_run_is_in_one_slice_and_none_is_much_longer(
            costs in prop::collection::vec(0.01..100.0_f64, 0..200),
            count in 1..20_usize,
        ) {
            let found = slices(&costs, count);
            prop_assert_eq!(found.len(), count);
            let mut all: Vec<usize> = found.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..costs.len()).collect::<Vec<_>>());
            let cost = |slice: &Vec<usize>| slice.iter().map(|&i| costs[i]).sum::<f64>();
            let longest = found.iter().map(cost).fold(0.0, f64::max);
            let largest = costs.iter().copied().fold(0.0, f64::max);
            let even = costs.iter().sum::<f64>() / count as f64;
            prop_assert!(longest <= even + largest + 1e-9);
        }
    }
}
