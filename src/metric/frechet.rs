//! Fréchet distance between two Gaussians fitted to features: FID on any features.
//!
//! ‖μ₁ − μ₂‖² + Tr Σ₁ + Tr Σ₂ − 2 Tr (Σ₁Σ₂)^½ (Heusel et al. 2017, after Dowson and Landau 1982), in
//! `f64`, covariance with ddof 1, as pytorch-fid. Tr (Σ₁Σ₂)^½ is the sum of the singular values of
//! Σ₁^½ Σ₂^½, the square roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½: never complex, so nothing is added
//! to a diagonal and no imaginary part is dropped, and right where a covariance lacks rank.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

/// Mean and covariance of n features of width d.
#[derive(Clone, Debug)]
pub struct Moments {
    count: usize,
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

/// Why there is no distance.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FrechetError {
    /// A covariance needs two samples.
    #[error("a Frechet distance needs at least 2 samples of features, got {count}")]
    TooFew {
        /// Samples given.
        count: usize,
    },
    /// Features of width zero, or not a whole number of rows.
    #[error("{len} values are no whole number of feature vectors of width {width}")]
    Shape {
        /// Values given.
        len: usize,
        /// Width of a feature vector.
        width: usize,
    },
    /// A NaN or an infinity.
    #[error("feature {column} of sample {row} is {value}, expected a finite number")]
    NotFinite {
        /// Place of the sample, from 0.
        row: usize,
        /// Place of the feature, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Two sets of features of different width.
    #[error("features of width {first} cannot be compared with features of width {second}")]
    Widths {
        /// Width of the first set.
        first: usize,
        /// Width of the second.
        second: usize,
    },
    /// Finite features whose moments are not, or whose decomposition did not converge.
    #[error("the moments of the features are too large to be computed with")]
    Overflow,
}

impl Moments {
    /// The moments of features, row-major `[n, width]`.
    ///
    /// # Errors
    /// A [`FrechetError`] for fewer than two samples, values that are not finite, or a wrong shape.
    pub fn of<T: Copy + Into<f64>>(features: &[T], width: usize) -> Result<Self, FrechetError> {
        let len = features.len();
        if width == 0 || !len.is_multiple_of(width) {
            return Err(FrechetError::Shape { len, width });
        }
        let count = len / width;
        if count < 2 {
            return Err(FrechetError::TooFew { count });
        }
        let values: Vec<f64> = features.iter().map(|&x| x.into()).collect();
        if let Some(place) = values.iter().position(|x| !x.is_finite()) {
            return Err(FrechetError::NotFinite {
                row: place / width,
                column: place % width,
                value: values[place],
            });
        }
        let mut mean = vec![0.0; width];
        for row in values.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
        }
        mean.iter_mut().for_each(|m| *m /= count as f64);
        let centred = Mat::from_fn(count, width, |i, j| values[i * width + j] - mean[j]);
        let mut covariance = Mat::zeros(width, width);
        matmul(
            covariance.as_mut(),
            Accum::Replace,
            centred.transpose(),
            centred.as_ref(),
            1.0 / (count as f64 - 1.0),
            Par::Seq,
        );
        if !finite(&mean)
            || covariance
                .col_iter()
                .any(|c| c.iter().any(|x| !x.is_finite()))
        {
            return Err(FrechetError::Overflow);
        }
        Ok(Self {
            count,
            mean,
            covariance,
        })
    }

    /// Samples they were taken of.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Width of a feature vector.
    pub fn width(&self) -> usize {
        self.mean.len()
    }
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|x| x.is_finite())
}

/// The squared Fréchet distance; at least 0 (a negative rounding error is 0), symmetric up to
/// rounding.
///
/// # Errors
/// [`FrechetError::Widths`] for features of different width; [`FrechetError::Overflow`] for values
/// beyond `f64`.
pub fn distance(a: &Moments, b: &Moments) -> Result<f64, FrechetError> {
    let (first, second) = (a.width(), b.width());
    if first != second {
        return Err(FrechetError::Widths { first, second });
    }
    let apart: f64 = a
        .mean
        .iter()
        .zip(&b.mean)
        .map(|(x, y)| (x - y) * (x - y))
        .sum();
    let mut product = Mat::zeros(first, first);
    matmul(
        product.as_mut(),
        Accum::Replace,
        root(a.covariance.as_ref())?.as_ref(),
        root(b.covariance.as_ref())?.as_ref(),
        1.0,
        Par::Seq,
    );
    let overlap: f64 = product
        .singular_values()
        .map_err(|_| FrechetError::Overflow)?
        .iter()
        .sum();
    let distance = apart + trace(&a.covariance) + trace(&b.covariance) - 2.0 * overlap;
    if distance.is_finite() {
        Ok(distance.max(0.0))
    } else {
        Err(FrechetError::Overflow)
    }
}

fn trace(matrix: &Mat<f64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

/// The symmetric square root of a covariance. Eigenvalues that are rounding errors of zero are
/// taken as zero: the root of one of 1e-16 would be an error of 1e-8.
fn root(covariance: MatRef<'_, f64>) -> Result<Mat<f64>, FrechetError> {
    let width = covariance.nrows();
    let eigen = covariance
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| FrechetError::Overflow)?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let largest = values.iter().copied().fold(0.0, f64::max);
    // The usual bound on an eigenvalue's error, as in numpy's `matrix_rank`: d · ε · λmax.
    let negligible = largest * width as f64 * f64::EPSILON;
    let scaled = Mat::from_fn(width, width, |i, j| {
        let value = if values[j] > negligible {
            values[j]
        } else {
            0.0
        };
        vectors[(i, j)] * value.sqrt()
    });
    let mut out = Mat::zeros(width, width);
    matmul(
        out.as_mut(),
        Accum::Replace,
        scaled.as_ref(),
        vectors.transpose(),
        1.0,
        Par::Seq,
    );
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FrechetError, Moments, distance};
    use crate::rng::{Name, Streams};

    /// 200 × 8 values of the generator x ← (1664525 x + 1013904223) mod 2³², u = (x + 0.5) / 2³².
    fn fixture(seed: u32) -> Vec<f64> {
        let mut x = seed;
        (0..200 * 8)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from(x) + 0.5) / 4_294_967_296.0
            })
            .collect()
    }

    fn pair(rows: usize) -> [Vec<f64>; 2] {
        let y = fixture(2).into_iter().map(|u| 0.8 * u + 0.15).collect();
        [fixture(1), y].map(|mut v: Vec<f64>| {
            v.truncate(rows * 8);
            v
        })
    }

    fn of(x: &[f64], y: &[f64]) -> Result<f64, FrechetError> {
        distance(&Moments::of(x, 8)?, &Moments::of(y, 8)?)
    }

    #[test]
    fn the_distance_is_scipys() -> Result<(), FrechetError> {
        // numpy.cov and scipy.linalg.sqrtm on the same 200 x 8 values, as pytorch-fid does it.
        let expected = 0.068_671_182_766_55;
        let [x, y] = pair(200);
        let found = of(&x, &y)?;
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}");
        Ok(())
    }

    #[test]
    fn covariances_without_full_rank_are_no_trouble() -> Result<(), FrechetError> {
        // Six samples of eight features. scipy's sqrtm gives 0.6055909004656, eigenvalues of
        // the product 0.6055909031161.
        let [x, y] = pair(6);
        let found = of(&x, &y)?;
        assert!((found / 0.605_590_9 - 1.0).abs() < 1e-6, "{found:.13}");
        Ok(())
    }

    #[test]
    fn a_collapsed_set_has_the_distance_of_a_point() -> Result<(), FrechetError> {
        // Σ₂ = 0: the distance is ‖μ₁ − μ₂‖² + Tr Σ₁, here from its definition.
        let x = fixture(1);
        let point = vec![0.25; 8 * 5];
        let found = of(&x, &point)?;
        let expected: f64 = (0..8)
            .map(|j| {
                let column: Vec<f64> = x.iter().skip(j).step_by(8).copied().collect();
                let mean = column.iter().sum::<f64>() / 200.0;
                let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 199.0;
                (mean - 0.25).powi(2) + variance
            })
            .sum();
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        assert_eq!(of(&point, &point)?, 0.0);
        Ok(())
    }

    #[test]
    fn unusable_features_are_refused_with_the_reason() {
        let moments = |values: &[f64], width| Moments::of(values, width).expect_err("refused");
        insta::assert_snapshot!(moments(&[], 8), @"a Frechet distance needs at least 2 samples of features, got 0");
        insta::assert_snapshot!(moments(&[1.0; 8], 8), @"a Frechet distance needs at least 2 samples of features, got 1");
        insta::assert_snapshot!(moments(&[1.0; 9], 8), @"9 values are no whole number of feature vectors of width 8");
        insta::assert_snapshot!(moments(&[1.0], 0), @"1 values are no whole number of feature vectors of width 0");
        insta::assert_snapshot!(moments(&[1.0, 2.0, 3.0, f64::NAN], 2), @"feature 1 of sample 1 is NaN, expected a finite number");
        insta::assert_snapshot!(moments(&[1e200, -1e200], 1), @"the moments of the features are too large to be computed with");
        let narrow = Moments::of(&[1.0, 2.0], 1).expect("two samples");
        let wide = Moments::of(&[1.0; 4], 2).expect("two samples");
        insta::assert_snapshot!(distance(&narrow, &wide).expect_err("refused"), @"features of width 1 cannot be compared with features of width 2");
    }

    fn draw(seed: u64, rows: usize) -> Vec<f64> {
        let mut values = vec![0.0; rows * 8];
        Streams::new(seed)
            .stream(Name::Reference, 0, 0)
            .fill_normal(&mut values);
        values.into_iter().map(f64::from).collect()
    }

    /// Reflects every row at the plane orthogonal to `normal`: an orthogonal map.
    fn reflected(rows: &[f64], normal: &[f64]) -> Vec<f64> {
        let square: f64 = normal.iter().map(|v| v * v).sum();
        rows.chunks_exact(8)
            .flat_map(|row| {
                let along: f64 = row.iter().zip(normal).map(|(x, v)| x * v).sum();
                let factor = 2.0 * along / square;
                row.iter().zip(normal).map(move |(x, v)| x - factor * v)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_distance_is_symmetric_zero_on_itself_and_blind_to_rotation(
            seed: u64, n in 2..40_usize, m in 2..40_usize,
        ) {
            let (x, y) = (draw(seed, n), draw(!seed, m));
            let found = of(&x, &y).expect("finite");
            prop_assert!((found - of(&y, &x).expect("finite")).abs() < 1e-9 * (1.0 + found));
            prop_assert!(of(&x, &x).expect("finite") < 1e-9);
            // Two reflections make a rotation.
            let turn = |v: &[f64]| {
                let normals = draw(seed ^ 1, 2);
                reflected(&reflected(v, &normals[..8]), &normals[8..])
            };
            let turned = of(&turn(&x), &turn(&y)).expect("finite");
            prop_assert!((found - turned).abs() < 1e-9 * (1.0 + found));
        }
    }
}
