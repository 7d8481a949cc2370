//! The squared maximum mean discrepancy of two samples of the plane, and its slope.

use crate::elementary::{exp, vectorised};

/// Exponents below this count as it: of a lower one the exponential is subnormal, of which products take a hundred
/// times as long; e⁻⁸⁷ is 2e-38.
const LEAST: f32 = -87.0;

/// A sum of Gaussian kernels, k(x, y) = Σ_q exp(−‖x − y‖²/(2σ_q²)): at most as many as it has bandwidths.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kernel {
    /// 1/(2σ_q²)
    rates: Vec<f32>,
}

/// The discrepancy with its slope.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Discrepancy {
    /// MMD², without unit. It may be a little below 0, being unbiased.
    pub squared: f64,
    /// ∂MMD²/∂x, row-major `[m, 2]`.
    pub slope: Vec<f32>,
}

/// k(x, y) of one x with many y, and what k's slope has besides (x − y): −Σ_q 2r_q exp(−r_q ‖x − y‖²).
struct Row {
    squares: Vec<f32>,
    values: Vec<f32>,
    factors: Vec<f32>,
}

impl Kernel {
    /// Of bandwidths σ_q.
    pub fn new(bandwidths: &[f64]) -> Self {
        let rate = |s: &f64| (1.0 / (2.0 * s * s)) as f32;
        Self {
            rates: bandwidths.iter().map(rate).collect(),
        }
    }

    /// The unbiased estimate of MMD² from x `[m, 2]` and y `[n, 2]`, row-major, m and n at least 2 (Gretton,
    /// Borgwardt, Rasch, Schölkopf and Smola 2012, "A Kernel Two-Sample Test", equation 3):
    ///
    /// MMD² = Σ_{i≠j} k(xᵢ, xⱼ)/(m(m − 1)) + Σ_{i≠j} k(yᵢ, yⱼ)/(n(n − 1)) − 2 Σ_{ij} k(xᵢ, yⱼ)/(mn),
    ///
    /// with its slope in x. The squared kernels of Li, Swersky and Zemel (2015), equation 3, count i = j too,
    /// which adds a constant and no slope.
    pub fn discrepancy(&self, x: &[f32], y: &[f32]) -> Discrepancy {
        let (xs, ys) = (columns(x), columns(y));
        let (m, n) = (xs[0].len() as f64, ys[0].len() as f64);
        let mut row = Row::new(xs[0].len().max(ys[0].len()));
        let mut slope = Vec::with_capacity(x.len());
        let mut squared = 0.0;
        for (i, at) in x.as_chunks::<2>().0.iter().enumerate() {
            self.fill(*at, &xs, &mut row);
            let (to_x, down_x) = row.sums(*at, &xs, Some(i));
            self.fill(*at, &ys, &mut row);
            let (to_y, down_y) = row.sums(*at, &ys, None);
            squared += to_x / (m * (m - 1.0)) - 2.0 * to_y / (m * n);
            // Each pair of x is counted from both of its ends.
            for (own, other) in down_x.into_iter().zip(down_y) {
                slope.push((2.0 * own / (m * (m - 1.0)) - 2.0 * other / (m * n)) as f32);
            }
        }
        for (i, at) in y.as_chunks::<2>().0.iter().enumerate() {
            self.fill(*at, &ys, &mut row);
            squared += row.sums(*at, &ys, Some(i)).0 / (n * (n - 1.0));
        }
        Discrepancy { squared, slope }
    }

    /// One kernel after the other, so that each is a loop of vector code over the points.
    fn fill(&self, at: [f32; 2], [first, second]: &[Vec<f32>; 2], row: &mut Row) {
        let n = first.len();
        let squares = &mut row.squares[..n];
        let (values, factors) = (&mut row.values[..n], &mut row.factors[..n]);
        vectorised(
            #[inline(always)]
            || {
                for (square, (a, b)) in squares.iter_mut().zip(first.iter().zip(second)) {
                    let (dx, dy) = (at[0] - a, at[1] - b);
                    *square = f32::mul_add(dx, dx, dy * dy);
                }
                values.fill(0.0);
                factors.fill(0.0);
                for &rate in &self.rates {
                    let out = values.iter_mut().zip(factors.iter_mut());
                    for ((value, factor), square) in out.zip(squares.iter()) {
                        let x = -rate * *square;
                        // `f32::max` would drop a NaN.
                        let k = exp(if x < LEAST { LEAST } else { x });
                        *value += k;
                        *factor -= 2.0 * rate * k;
                    }
                }
            },
        );
    }
}

impl Row {
    fn new(most: usize) -> Self {
        Self {
            squares: vec![0.0; most],
            values: vec![0.0; most],
            factors: vec![0.0; most],
        }
    }

    /// Σⱼ k(x, yⱼ) and its slope in x, without one of the yⱼ.
    fn sums(
        &self,
        at: [f32; 2],
        [first, second]: &[Vec<f32>; 2],
        without: Option<usize>,
    ) -> (f64, [f64; 2]) {
        let (mut sum, mut slope) = (0.0, [0.0; 2]);
        let points = first.iter().zip(second);
        let kernels = self.values.iter().zip(&self.factors);
        for (j, ((a, b), (value, factor))) in points.zip(kernels).enumerate() {
            if without == Some(j) {
                continue;
            }
            sum += f64::from(*value);
            slope[0] += f64::from(factor * (at[0] - a));
            slope[1] += f64::from(factor * (at[1] - b));
        }
        (sum, slope)
    }
}

/// Row-major points by coordinate.
fn columns(points: &[f32]) -> [Vec<f32>; 2] {
    [0, 1].map(|axis| points.iter().skip(axis).step_by(2).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::Kernel;

    #[test]
    fn the_estimate_of_four_points_is_that_by_hand() {
        // x = (0, 0), (1, 0); y = (0, 1), (2, 0); σ = 1, k = exp(−d²/2).
        // Among x: d² = 1, both orders over 2·1: e^(−1/2). Among y: d² = 5: e^(−5/2).
        // Across: d² = 1, 4, 2, 1: −2/4 · (2 e^(−1/2) + e^(−2) + e^(−1)).
        let (x, y) = ([0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 2.0, 0.0]);
        let expected = f64::exp(-2.5) - 0.5 * (f64::exp(-2.0) + f64::exp(-1.0));
        let found = Kernel::new(&[1.0]).discrepancy(&x, &y);
        assert!((found.squared - expected).abs() < 1e-6, "{found:?}");
        // Kernels add up: of two alike it is twice as much.
        let twice = Kernel::new(&[1.0, 1.0]).discrepancy(&x, &y);
        assert!((twice.squared - 2.0 * expected).abs() < 1e-6);
    }

    #[test]
    fn the_slope_is_that_of_finite_differences() {
        let kernel = Kernel::new(&[0.3, 1.0, 2.5]);
        let x = [0.1_f32, -0.4, 0.9, 0.2, -0.6, 1.1];
        let y = [0.0_f32, 0.5, 1.2, -0.3, 0.4, 0.4, -1.0, 0.7];
        let slope = kernel.discrepancy(&x, &y).slope;
        // A power of two: x ± h is exact enough in f32.
        let h = 1.0 / 256.0;
        for i in 0..x.len() {
            let at = |shift: f32| {
                let mut x = x;
                x[i] += shift;
                kernel.discrepancy(&x, &y).squared
            };
            let difference = (at(h) - at(-h)) / (2.0 * f64::from(h));
            let found = f64::from(slope[i]);
            assert!((found - difference).abs() < 2e-3, "{found} {difference}");
        }
    }

    #[test]
    fn what_is_not_finite_is_not_hidden() {
        let found =
            Kernel::new(&[1.0]).discrepancy(&[f32::NAN, 0.0, 1.0, 0.0], &[0.0, 0.0, 1.0, 1.0]);
        assert!(found.squared.is_nan());
    }
}
