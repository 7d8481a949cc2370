//! Kernel Inception Distance (Bińkowski et al. 2018) on any features.
//!
//! The unbiased estimate of the squared maximum mean discrepancy under k(x, y) = (xᵀy / d + 1)³:
//! Σ_{i≠j} k(xᵢ, xⱼ) / (m (m − 1)) + Σ_{i≠j} k(yᵢ, yⱼ) / (n (n − 1)) − 2 Σᵢⱼ k(xᵢ, yⱼ) / (m n). Being
//! unbiased it does not depend on the number of samples in the mean, and may be negative.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::features::{Features, MetricError};
use crate::rng::{Source, Stream};

/// Rows of a block of the kernel matrix: bounds the memory.
const BLOCK: usize = 512;

/// Subsets of both sets, drawn without replacement: torch-fidelity's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subsets {
    /// How many.
    pub count: usize,
    /// Samples of each set in one.
    pub size: usize,
}

impl Default for Subsets {
    fn default() -> Self {
        Self {
            count: 100,
            size: 1000,
        }
    }
}

/// KID over subsets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kid {
    /// The mean over the subsets.
    pub mean: f64,
    /// The standard deviation over the subsets, ddof 0. Subsets overlap: no standard error of the mean.
    pub std: f64,
    /// The subsets.
    pub subsets: Subsets,
}

/// KID of two whole sets.
///
/// # Errors
/// [`MetricError::TooFew`] below two samples; [`MetricError::Widths`]; [`MetricError::Overflow`].
pub fn unbiased(x: &Features, y: &Features) -> Result<f64, MetricError> {
    with_own(x, own(x)?, y)
}

/// As [`unbiased`], with [`own`] of the first set at hand.
///
/// # Errors
/// As [`unbiased`].
pub fn with_own(x: &Features, own_of_x: f64, y: &Features) -> Result<f64, MetricError> {
    x.check_width(y)?;
    let (m, n) = (x.rows() as f64, y.rows() as f64);
    let value = own_of_x + own(y)? - 2.0 * kernel_sum(x, y) / (m * n);
    match value.is_finite() {
        true => Ok(value),
        false => Err(MetricError::Overflow),
    }
}

/// A set's own term of KID: the mean kernel of two different samples of it.
///
/// # Errors
/// [`MetricError::TooFew`] below two samples.
pub fn own(set: &Features) -> Result<f64, MetricError> {
    set.check_rows("KID", 2)?;
    let count = set.rows() as f64;
    let diagonal: f64 = (0..set.rows())
        .map(|i| kernel(set.row(i).iter().map(|v| v * v).sum(), set.width()))
        .sum();
    Ok((kernel_sum(set, set) - diagonal) / (count * (count - 1.0)))
}

/// KID over subsets, the i-th of them drawn at step i of the source; of smaller sets, all samples of the
/// smaller are a subset's size.
///
/// # Errors
/// As [`unbiased`].
pub fn over_subsets(
    x: &Features,
    y: &Features,
    subsets: Subsets,
    source: &Source,
) -> Result<Kid, MetricError> {
    let size = subsets.size.min(x.rows()).min(y.rows());
    let count = subsets.count.max(1);
    let of_subset = |i: usize| {
        let mut stream = source.at(i as u64, 0);
        let of_x = subset(&mut stream, x.rows(), size);
        let of_y = subset(&mut stream, y.rows(), size);
        unbiased(&x.take(&of_x), &y.take(&of_y))
    };
    let values: Vec<f64> = (0..count)
        .into_par_iter()
        .map(of_subset)
        .collect::<Result<_, _>>()?;
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    Ok(Kid {
        mean,
        std: (squares / count as f64).sqrt(),
        subsets: Subsets { count, size },
    })
}

/// `size` of `count` places without replacement: the head of a Fisher–Yates shuffle.
pub(super) fn subset(stream: &mut Stream, count: usize, size: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    for i in 0..size.min(count) {
        let other = i + stream.index(count - i);
        places.swap(i, other);
    }
    places.truncate(size);
    places
}

fn kernel(product: f64, width: usize) -> f64 {
    let base = product / width as f64 + 1.0;
    base * base * base
}

/// Σᵢⱼ k(xᵢ, yⱼ), block by block.
fn kernel_sum(x: &Features, y: &Features) -> f64 {
    let width = x.width();
    let of_y = MatRef::from_row_major_slice(y.values(), y.rows(), width);
    let mut total = 0.0;
    for block in x.values().chunks(BLOCK * width) {
        let rows = block.len() / width;
        let of_x = MatRef::from_row_major_slice(block, rows, width);
        let mut products = Mat::zeros(rows, y.rows());
        let out = products.as_mut();
        matmul(out, Accum::Replace, of_x, of_y.transpose(), 1.0, Par::Seq);
        let columns = products.col_iter();
        total += columns
            .map(|c| c.iter().map(|&p| kernel(p, width)).sum::<f64>())
            .sum::<f64>();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{close, pair};
    use super::{Features, MetricError, Subsets, over_subsets, unbiased};
    use crate::rng::{Name, Streams};

    #[test]
    fn one_full_subset_is_torch_fidelitys() -> Result<(), MetricError> {
        // torch-fidelity's kernel_mmd on the same 200 x 8 values.
        let [x, y] = pair(200);
        close(unbiased(&x, &y)?, 0.015_460_968_333_56, 1e-9);
        // A subset of all samples is all samples, in another order.
        let source = Streams::new(0).source(Name::Subset);
        let whole = Subsets {
            count: 3,
            size: 1000,
        };
        let kid = over_subsets(&x, &y, whole, &source)?;
        close(kid.mean, 0.015_460_968_333_56, 1e-9);
        assert!(kid.std < 1e-12);
        assert_eq!((kid.subsets.count, kid.subsets.size), (3, 200));
        Ok(())
    }

    #[test]
    fn two_points_against_two_can_be_done_by_hand() -> Result<(), MetricError> {
        // d = 1: k(0, 1) = 1, k(2, 3) = 343; across: k(0, ·) = 1, k(1, 2) = 27, k(1, 3) = 64.
        let x = Features::new(&[0.0, 1.0], 1)?;
        let y = Features::new(&[2.0, 3.0], 1)?;
        let expected = 1.0 + 343.0 - 2.0 * (1.0 + 1.0 + 27.0 + 64.0) / 4.0;
        close(unbiased(&x, &y)?, expected, 1e-15);
        Ok(())
    }

    #[test]
    fn subsets_are_drawn_without_replacement_and_estimate_the_same() -> Result<(), MetricError> {
        let [x, y] = pair(200);
        let source = Streams::new(0).source(Name::Subset);
        let subsets = Subsets {
            count: 100,
            size: 50,
        };
        let kid = over_subsets(&x, &y, subsets, &source)?;
        // Unbiased at any size: within 4 standard errors, were the subsets independent.
        assert!(
            (kid.mean - unbiased(&x, &y)?).abs() < 0.4 * kid.std,
            "{kid:?}"
        );
        assert!(kid.std > 0.0);
        assert_eq!(kid, over_subsets(&x, &y, subsets, &source)?);
        let mut drawn = super::subset(&mut source.at(0, 0), 200, 50);
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 50);
        Ok(())
    }

    #[test]
    fn what_cannot_be_compared_is_refused() -> Result<(), MetricError> {
        let [x, _] = pair(200);
        let one = x.take(&[0]);
        insta::assert_snapshot!(unbiased(&x, &one).expect_err("refused"), @"KID needs at least 2 samples, got 1");
        let wide = Features::new(&[1.0; 18], 9)?;
        insta::assert_snapshot!(unbiased(&x, &wide).expect_err("refused"), @"features of width 8 cannot be compared with features of width 9");
        let large = Features::new(&[1e120; 16], 8)?;
        assert_eq!(unbiased(&large, &large), Err(MetricError::Overflow));
        Ok(())
    }
}
