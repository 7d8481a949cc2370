//! Integrals over boxes of the line and the plane: adaptive Gauss–Legendre quadrature.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use gauss_quad::GaussLegendre;

use super::DivergenceError;

/// What the sum of the estimated errors may be, of an integral of about 1 or less; of a larger one
/// relative to it.
const TOLERANCE: f64 = 1e-12;

/// Boxes, at most.
const MOST_CELLS: usize = 1 << 18;

/// Nodes and weights on [−1, 1].
type Rule = Vec<(f64, f64)>;

/// Two rules of different degree: the second is believed, their difference is the estimated error of
/// the first, and so an upper bound in practice of that of the second.
static RULES: LazyLock<[Rule; 2]> = LazyLock::new(|| {
    [9, 16].map(|degree| {
        let degree = NonZeroUsize::new(degree).unwrap_or(NonZeroUsize::MIN);
        let rule = GaussLegendre::new(degree);
        rule.iter().map(|&(node, weight)| (node, weight)).collect()
    })
});

/// A box with what was found in it.
struct Cell {
    low: [f64; 2],
    high: [f64; 2],
    value: f64,
    error: f64,
}

/// ∫ f over the box whose sides are cut at those places, one rising list an axis. +∞ as soon as f is.
///
/// # Errors
/// [`DivergenceError::NotResolved`] where f varies too fast.
pub(super) fn integrate(
    cuts: &[Vec<f64>],
    f: impl Fn([f64; 2]) -> f64,
) -> Result<f64, DivergenceError> {
    let sides = |axis: usize| match cuts.get(axis) {
        Some(places) => places.windows(2).map(|w| [w[0], w[1]]).collect(),
        // The line: one point of unit length.
        None => vec![[-0.5, 0.5]],
    };
    let dimensions = cuts.len();
    let mut heap = BinaryHeap::new();
    for [left, right] in sides(0) {
        for [bottom, top] in sides(1) {
            heap.push(Cell::new(dimensions, [left, bottom], [right, top], &f));
        }
    }
    loop {
        let total: f64 = heap.iter().map(|c| c.value).sum();
        let error: f64 = heap.iter().map(|c| c.error).sum();
        if total.is_infinite() || error <= TOLERANCE * total.abs().max(1.0) {
            return Ok(total);
        }
        if heap.len() > MOST_CELLS || !error.is_finite() {
            return Err(DivergenceError::NotResolved { error });
        }
        // The worst eighth at once: the sums above cost as much as a cell.
        for _ in 0..heap.len().div_ceil(8) {
            if let Some(cell) = heap.pop() {
                cell.split(dimensions, &f, &mut heap);
            }
        }
    }
}

impl Cell {
    fn new(dimensions: usize, low: [f64; 2], high: [f64; 2], f: &impl Fn([f64; 2]) -> f64) -> Self {
        let half = [(high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0];
        let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
        let by = |rule: &Rule| -> f64 {
            let along_first = |second: f64| -> f64 {
                let terms = rule
                    .iter()
                    .map(|(x, w)| w * f([middle[0] + half[0] * x, second]));
                half[0] * terms.sum::<f64>()
            };
            match dimensions {
                1 => along_first(0.0),
                _ => {
                    let terms = rule
                        .iter()
                        .map(|(y, w)| w * along_first(middle[1] + half[1] * y));
                    half[1] * terms.sum::<f64>()
                }
            }
        };
        let [coarse, value] = [by(&RULES[0]), by(&RULES[1])];
        Self {
            low,
            high,
            value,
            error: (value - coarse).abs(),
        }
    }

    /// Into halves along every axis.
    fn split(self, dimensions: usize, f: &impl Fn([f64; 2]) -> f64, into: &mut BinaryHeap<Self>) {
        let parts = |axis: usize| {
            let (low, high) = (self.low[axis], self.high[axis]);
            let middle = (low + high) / 2.0;
            match axis < dimensions {
                true => vec![[low, middle], [middle, high]],
                false => vec![[low, high]],
            }
        };
        for [left, right] in parts(0) {
            for [bottom, top] in parts(1) {
                into.push(Self::new(dimensions, [left, bottom], [right, top], f));
            }
        }
    }
}

/// By error; of equal errors the leftmost and lowest, so that the order of summation is fixed.
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |cell: &Self| cell.low;
        let ([a, b], [c, d]) = (place(self), place(other));
        self.error
            .total_cmp(&other.error)
            .then(c.total_cmp(&a))
            .then(d.total_cmp(&b))
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}
