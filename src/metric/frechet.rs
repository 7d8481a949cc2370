//! Fréchet distance between two Gaussians fitted to features: FID on any features.
//!
//! ‖μ₁ − μ₂‖² + Tr Σ₁ + Tr Σ₂ − 2 Tr (Σ₁Σ₂)^½ (Heusel et al. 2017, after Dowson and Landau 1982), in
//! `f64`, covariance with ddof 1, as pytorch-fid. With Σ = F Fᵀ the last trace is the sum of the
//! singular values of F₁ᵀF₂: never complex, so nothing is added to a diagonal and no imaginary part is
//! dropped, and right where a covariance lacks rank. Any factor does: Cholesky's, or the centred
//! features themselves where there are fewer of them than dimensions.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par, Side};

use super::features::{Features, MetricError};

/// From this width on the time of a decomposition is felt, and eigenvalues are tried before singular
/// values.
const WIDE: usize = 256;

/// Relative error of a distance up to which eigenvalues are good enough.
const ACCURACY: f64 = 1e-10;

/// Samples that a covariance needs.
const LEAST: usize = 2;

/// Mean and covariance of features of width d.
#[derive(Clone, Debug)]
pub struct Moments {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

/// Adds up moments of features that come part by part and are not kept, such as one vector a position
/// of an image.
#[derive(Clone, Debug)]
pub struct MomentsSum {
    count: usize,
    /// The mean of the first part: sums of differences from it lose no digits.
    shift: Vec<f64>,
    sum: Vec<f64>,
    products: Mat<f64>,
}

impl Moments {
    /// The moments of features.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] for one sample; [`MetricError::Overflow`] beyond `f64`.
    pub fn of(features: &Features) -> Result<Self, MetricError> {
        features.check_rows("a covariance", LEAST)?;
        let mean = features.mean();
        let width = features.width();
        let centred = centred(features, &mean);
        let mut covariance = Mat::zeros(width, width);
        matmul(
            covariance.as_mut(),
            Accum::Replace,
            centred.transpose(),
            centred.as_ref(),
            1.0 / (features.rows() as f64 - 1.0),
            Par::Seq,
        );
        Self::checked(mean, covariance)
    }

    /// Moments that others have computed: μ `[d]`, and Σ row-major `[d, d]` with ddof 1, as `mu` and
    /// `sigma` of pytorch-fid's `.npz`.
    ///
    /// # Errors
    /// [`MetricError::Moments`] for other sizes, values that are not finite, or a Σ that is not
    /// symmetric.
    pub fn from_parts(mean: Vec<f64>, covariance: &[f64]) -> Result<Self, MetricError> {
        let width = mean.len();
        let refuse = |problem: String| Err(MetricError::Moments { problem });
        if width == 0 || covariance.len() != width * width {
            return refuse(format!(
                "{width} means with {} values of covariance, expected {}",
                covariance.len(),
                width * width
            ));
        }
        if !finite(&mean) || !finite(covariance) {
            return refuse("a value is not finite".to_owned());
        }
        let at = |i: usize, j: usize| covariance[i * width + j];
        let largest = covariance.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        for i in 0..width {
            for j in 0..i {
                // Programs that sum in single precision leave differences of that size.
                if (at(i, j) - at(j, i)).abs() > largest * f64::from(f32::EPSILON) {
                    return refuse(format!("the covariance is not symmetric at ({i}, {j})"));
                }
            }
        }
        Self::checked(
            mean,
            Mat::from_fn(width, width, |i, j| at(i.max(j), i.min(j))),
        )
    }

    fn checked(mean: Vec<f64>, covariance: Mat<f64>) -> Result<Self, MetricError> {
        let columns = covariance.col_iter();
        let fits = columns.flat_map(|c| c.iter()).all(|x| x.is_finite());
        match fits && finite(&mean) {
            true => Ok(Self { mean, covariance }),
            false => Err(MetricError::Overflow),
        }
    }

    /// Width of a feature vector.
    pub fn width(&self) -> usize {
        self.mean.len()
    }
}

impl MomentsSum {
    /// Of features of that width, none so far.
    pub fn new(width: usize) -> Self {
        Self {
            count: 0,
            shift: Vec::new(),
            sum: vec![0.0; width],
            products: Mat::zeros(width, width),
        }
    }

    /// Adds features.
    ///
    /// # Errors
    /// [`MetricError::Widths`] for features of another width.
    pub fn add(&mut self, features: &Features) -> Result<(), MetricError> {
        let (first, second) = (self.sum.len(), features.width());
        if first != second {
            return Err(MetricError::Widths { first, second });
        }
        if self.count == 0 {
            self.shift = features.mean();
        }
        let part = centred(features, &self.shift);
        for (sum, column) in self.sum.iter_mut().zip(part.col_iter()) {
            *sum += column.iter().sum::<f64>();
        }
        matmul(
            self.products.as_mut(),
            Accum::Add,
            part.transpose(),
            part.as_ref(),
            1.0,
            Par::Seq,
        );
        self.count += features.rows();
        Ok(())
    }

    /// The moments of all that was added.
    ///
    /// # Errors
    /// As [`Moments::of`].
    pub fn moments(&self) -> Result<Moments, MetricError> {
        if self.count < LEAST {
            return Err(MetricError::TooFew {
                what: "a covariance",
                least: LEAST,
                count: self.count,
            });
        }
        let n = self.count as f64;
        let off: Vec<f64> = self.sum.iter().map(|s| s / n).collect();
        let mean = off.iter().zip(&self.shift).map(|(o, s)| o + s).collect();
        let width = off.len();
        let covariance = Mat::from_fn(width, width, |i, j| {
            (self.products[(i, j)] - n * off[i] * off[j]) / (n - 1.0)
        });
        Moments::checked(mean, covariance)
    }
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|x| x.is_finite())
}

/// Rows with the mean taken off.
fn centred(features: &Features, mean: &[f64]) -> Mat<f64> {
    Mat::from_fn(features.rows(), features.width(), |i, j| {
        features.row(i)[j] - mean[j]
    })
}

/// The squared Fréchet distance from moments; at least 0 (a negative rounding error is 0), symmetric up
/// to rounding.
///
/// # Errors
/// [`MetricError::Widths`] for features of different width; [`MetricError::Overflow`] for values
/// beyond `f64`.
pub fn distance(a: &Moments, b: &Moments) -> Result<f64, MetricError> {
    let (first, second) = (a.width(), b.width());
    if first != second {
        return Err(MetricError::Widths { first, second });
    }
    let factors = [factor(&a.covariance)?, factor(&b.covariance)?];
    let product = product(factors[0].transpose(), factors[1].as_ref());
    let with = |overlap| {
        assemble(
            [&a.mean, &b.mean],
            [trace(&a.covariance), trace(&b.covariance)],
            overlap,
        )
    };
    if first >= WIDE
        && let Some((overlap, error)) = by_eigenvalues(&product)
    {
        let found = with(overlap)?;
        if 2.0 * error <= ACCURACY * found {
            return Ok(found);
        }
    }
    with(nuclear_norm(&product)?)
}

/// The squared Fréchet distance between sets of features. Where both have fewer samples than features,
/// no D × D matrix is made: the factors of the covariances are the centred features, and Tr (Σ₁Σ₂)^½ =
/// ‖X₁X₂ᵀ‖∗ / √((n₁ − 1)(n₂ − 1)), the nuclear norm of an n₁ × n₂ matrix.
///
/// # Errors
/// As [`Moments::of`] and [`distance`].
pub fn between(a: &Features, b: &Features) -> Result<f64, MetricError> {
    a.check_width(b)?;
    if a.rows().max(b.rows()) >= a.width() {
        return distance(&Moments::of(a)?, &Moments::of(b)?);
    }
    let mut parts = Vec::new();
    for features in [a, b] {
        features.check_rows("a covariance", LEAST)?;
        let mean = features.mean();
        let mut x = centred(features, &mean);
        let scale = 1.0 / (features.rows() as f64 - 1.0).sqrt();
        x.col_iter_mut()
            .flat_map(|c| c.iter_mut())
            .for_each(|v| *v *= scale);
        parts.push((mean, x));
    }
    let [(mean_a, x_a), (mean_b, x_b)] = &parts[..] else {
        unreachable!("two sets of features");
    };
    assemble(
        [mean_a, mean_b],
        [x_a, x_b].map(|x| x.col_iter().flat_map(|c| c.iter()).map(|v| v * v).sum()),
        nuclear_norm(&product(x_a.as_ref(), x_b.transpose()))?,
    )
}

fn assemble(means: [&[f64]; 2], traces: [f64; 2], overlap: f64) -> Result<f64, MetricError> {
    let apart: f64 = means[0]
        .iter()
        .zip(means[1])
        .map(|(x, y)| (x - y) * (x - y))
        .sum();
    let distance = apart + traces[0] + traces[1] - 2.0 * overlap;
    match distance.is_finite() {
        true => Ok(distance.max(0.0)),
        false => Err(MetricError::Overflow),
    }
}

fn trace(matrix: &Mat<f64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut product = Mat::zeros(a.nrows(), b.ncols());
    matmul(product.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    product
}

/// The sum of the singular values.
fn nuclear_norm(matrix: &Mat<f64>) -> Result<f64, MetricError> {
    let values = matrix
        .singular_values()
        .map_err(|_| MetricError::Overflow)?;
    Ok(values.iter().sum())
}

/// The same in half the time, as the roots of the eigenvalues of P Pᵀ, with a bound on its error; `None`
/// where an eigenvalue is a rounding error.
///
/// An eigenvalue is off by δ ≈ 4 √d ε λmax (the backward error of a tridiagonalisation grows as √d), its
/// root λ^½ by δ / 2λ^½: small eigenvalues cost digits that singular values would keep.
fn by_eigenvalues(matrix: &Mat<f64>) -> Option<(f64, f64)> {
    let width = matrix.nrows();
    let mut square = Mat::zeros(width, width);
    triangular::matmul(
        square.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        matrix.as_ref(),
        BlockStructure::Rectangular,
        matrix.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    let values = square.self_adjoint_eigenvalues(Side::Lower).ok()?;
    let largest = values.iter().copied().fold(0.0, f64::max);
    let error = 4.0 * (width as f64).sqrt() * f64::EPSILON * largest;
    if values.iter().any(|&value| value <= 4.0 * error) {
        return None;
    }
    let roots = || values.iter().map(|value| value.sqrt());
    Some((
        roots().sum(),
        roots().map(|root| error / (2.0 * root)).sum(),
    ))
}

/// F with F Fᵀ = Σ: Cholesky's where Σ is far from singular, else eigenvectors times the roots of their
/// eigenvalues. Eigenvalues that are rounding errors of zero are taken as zero: the root of one of
/// 1e-16 would be an error of 1e-8.
fn factor(covariance: &Mat<f64>) -> Result<Mat<f64>, MetricError> {
    let width = covariance.nrows();
    // The usual bound on an eigenvalue's error, as in numpy's `matrix_rank`: d · ε · λmax.
    let relative = width as f64 * f64::EPSILON;
    if let Ok(cholesky) = covariance.llt(Side::Lower) {
        let lower = cholesky.L();
        let pivots = || (0..width).map(|i| lower[(i, i)] * lower[(i, i)]);
        let (least, most) = (
            pivots().fold(f64::INFINITY, f64::min),
            pivots().fold(0.0, f64::max),
        );
        // A pivot is off by up to d · ε · Σmax; below √(d ε) of the largest its root loses half of its
        // digits.
        if least > most * relative.sqrt() {
            return Ok(lower.to_owned());
        }
    }
    let eigen = covariance
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| MetricError::Overflow)?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let largest = values.iter().copied().fold(0.0, f64::max);
    Ok(Mat::from_fn(width, width, |i, j| {
        let value = if values[j] > largest * relative {
            values[j]
        } else {
            0.0
        };
        vectors[(i, j)] * value.sqrt()
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::features::fixture::{close, pair, uniform};
    use super::{
        ACCURACY, Features, MetricError, Moments, MomentsSum, WIDE, between, by_eigenvalues,
        distance, factor, nuclear_norm, product,
    };
    use crate::rng::{Name, Streams};

    fn by_moments(x: &Features, y: &Features) -> Result<f64, MetricError> {
        distance(&Moments::of(x)?, &Moments::of(y)?)
    }

    #[test]
    fn the_distance_is_scipys() -> Result<(), MetricError> {
        // numpy.cov and scipy.linalg.sqrtm on the same 200 x 8 values, as pytorch-fid does it.
        let [x, y] = pair(200);
        close(between(&x, &y)?, 0.068_671_182_766_55, 1e-9);
        Ok(())
    }

    #[test]
    fn covariances_without_full_rank_are_no_trouble() -> Result<(), MetricError> {
        // Six samples of eight features. scipy's sqrtm gives 0.6055909004656, eigenvalues of
        // the product 0.6055909031161.
        let [x, y] = pair(6);
        close(between(&x, &y)?, 0.605_590_9, 1e-6);
        close(by_moments(&x, &y)?, 0.605_590_9, 1e-6);
        // Both ways agree far better than scipy's do.
        close(between(&x, &y)?, by_moments(&x, &y)?, 1e-12);
        Ok(())
    }

    #[test]
    fn wide_features_take_the_faster_way_only_where_it_is_as_good() -> Result<(), MetricError> {
        let wide = |seed, rows| Features::new(&uniform(seed, rows * WIDE), WIDE);
        let (x, y) = (wide(1, 900)?, wide(2, 800)?);
        let (of_x, of_y) = (Moments::of(&x)?, Moments::of(&y)?);
        let factors = [factor(&of_x.covariance)?, factor(&of_y.covariance)?];
        let product = product(factors[0].transpose(), factors[1].as_ref());
        let exact = nuclear_norm(&product)?;
        let (sum, error) = by_eigenvalues(&product).expect("well conditioned");
        assert!((sum - exact).abs() <= error, "{sum} {exact} {error}");
        assert!(2.0 * error <= ACCURACY * distance(&of_x, &of_y)?);
        // Without rank there are eigenvalues of zero.
        let few = Moments::of(&x.take(&(0..100).collect::<Vec<_>>()))?;
        let lame = super::product(factor(&few.covariance)?.transpose(), factors[1].as_ref());
        assert_eq!(by_eigenvalues(&lame), None);
        assert!(distance(&few, &of_y)?.is_finite());
        // A set against itself has no distance to hold an error against.
        assert!(distance(&of_x, &of_x)? < 1e-10);
        Ok(())
    }

    #[test]
    fn parts_have_the_moments_of_the_whole() -> Result<(), MetricError> {
        let [x, y] = pair(200);
        let mut sum = MomentsSum::new(8);
        for rows in [0..3, 3..150, 150..200] {
            sum.add(&x.take(&rows.collect::<Vec<_>>()))?;
        }
        let whole = between(&x, &y)?;
        close(distance(&sum.moments()?, &Moments::of(&y)?)?, whole, 1e-12);
        let narrow = Features::new(&[1.0], 1)?;
        assert!(matches!(
            sum.add(&narrow),
            Err(MetricError::Widths {
                first: 8,
                second: 1
            })
        ));
        Ok(())
    }

    #[test]
    fn moments_of_others_are_taken_and_checked() -> Result<(), MetricError> {
        // Two normals on a line: (μ₁ − μ₂)² + (σ₁ − σ₂)².
        let a = Moments::from_parts(vec![1.0], &[4.0])?;
        let b = Moments::from_parts(vec![4.0], &[1.0])?;
        close(distance(&a, &b)?, 10.0, 1e-15);
        let refused = |mean: &[f64], covariance: &[f64]| {
            Moments::from_parts(mean.to_vec(), covariance)
                .expect_err("refused")
                .to_string()
        };
        insta::assert_snapshot!(refused(&[0.0; 2], &[1.0; 3]), @"mean and covariance do not go together: 2 means with 3 values of covariance, expected 4");
        insta::assert_snapshot!(refused(&[0.0; 2], &[1.0, 0.5, 0.25, 1.0]), @"mean and covariance do not go together: the covariance is not symmetric at (1, 0)");
        insta::assert_snapshot!(refused(&[f64::NAN], &[1.0]), @"mean and covariance do not go together: a value is not finite");
        Ok(())
    }

    #[test]
    fn a_collapsed_set_has_the_distance_of_a_point() -> Result<(), MetricError> {
        // Σ₂ = 0: the distance is ‖μ₁ − μ₂‖² + Tr Σ₁, here from its definition.
        let [x, _] = pair(200);
        let point = Features::new(&[0.25; 8 * 5], 8)?;
        let expected: f64 = (0..8)
            .map(|j| {
                let column: Vec<f64> = uniform(1, 1600).into_iter().skip(j).step_by(8).collect();
                let mean = column.iter().sum::<f64>() / 200.0;
                let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 199.0;
                (mean - 0.25).powi(2) + variance
            })
            .sum();
        close(between(&x, &point)?, expected, 1e-12);
        assert_eq!(between(&point, &point)?, 0.0);
        Ok(())
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_the_reason() -> Result<(), MetricError> {
        let row = Features::new(&[1.0; 8], 8)?;
        insta::assert_snapshot!(Moments::of(&row).expect_err("refused"), @"a covariance needs at least 2 samples, got 1");
        insta::assert_snapshot!(between(&row, &row).expect_err("refused"), @"a covariance needs at least 2 samples, got 1");
        let large = Features::new(&[1e200, -1e200], 1)?;
        insta::assert_snapshot!(Moments::of(&large).expect_err("refused"), @"the features are too large to be computed with");
        let (narrow, wide) = (Features::new(&[1.0, 2.0], 1)?, Features::new(&[1.0; 4], 2)?);
        insta::assert_snapshot!(between(&narrow, &wide).expect_err("refused"), @"features of width 1 cannot be compared with features of width 2");
        Ok(())
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
            let of = |x: &[f64], y: &[f64]| {
                let [x, y] = [x, y].map(|v| Features::new(v, 8).expect("rows"));
                let found = between(&x, &y).expect("finite");
                // The way by moments is the same, whichever was taken.
                let other = by_moments(&x, &y).expect("finite");
                assert!((found - other).abs() < 1e-9 * (1.0 + found));
                found
            };
            let (x, y) = (draw(seed, n), draw(!seed, m));
            let found = of(&x, &y);
            prop_assert!((found - of(&y, &x)).abs() < 1e-9 * (1.0 + found));
            prop_assert!(of(&x, &x) < 1e-9);
            // Two reflections make a rotation.
            let turn = |v: &[f64]| {
                let normals = draw(seed ^ 1, 2);
                reflected(&reflected(v, &normals[..8]), &normals[8..])
            };
            let turned = of(&turn(&x), &turn(&y));
            prop_assert!((found - turned).abs() < 1e-9 * (1.0 + found));
        }
    }
}
