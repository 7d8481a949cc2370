//! s = Λ Nᵀ z.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};

use crate::metric::features::Features;

/// Rows of a square matrix over the attributes.
pub type Matrix = Vec<Vec<f64>>;

/// Latents `[n, width]` with their scores `[n, attributes]`.
pub(super) struct Part {
    pub z: Features,
    pub s: Features,
}

/// The lecture's linear law of attributes: sᵢ = λᵢ nᵢᵀ z.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// Columns of N: n₁, n₂, …, each of length 1.
    pub normals: Vec<Vec<f64>>,
    /// Diagonal of Λ.
    pub lambda: Vec<f64>,
    /// 1 − Σ (s − λ nᵀz)² / Σ (s − s̄)² on samples that nothing was fitted to: 1 for a law that holds
    /// exactly, 0 and below for none. Higher is better.
    pub r2: Vec<f64>,
}

impl Law {
    /// Given normals, of each the λ of least squares on the first part: Σ s nᵀz / Σ (nᵀz)². R² is of the
    /// second.
    pub(super) fn along(normals: Vec<Vec<f64>>, [fitted, tried]: &[Part; 2]) -> Self {
        let fit = |(i, normal): (usize, &Vec<f64>)| {
            let (mut products, mut squares) = (0.0, 0.0);
            for row in 0..fitted.z.rows() {
                let d = dot(normal, fitted.z.row(row));
                products += d * fitted.s.row(row)[i];
                squares += d * d;
            }
            if squares > 0.0 {
                products / squares
            } else {
                0.0
            }
        };
        let lambda: Vec<f64> = normals.iter().enumerate().map(fit).collect();
        let r2 = (0..normals.len())
            .map(|i| r2(tried, i, &normals[i], lambda[i]))
            .collect();
        Self {
            normals,
            lambda,
            r2,
        }
    }

    /// The λ n of least squares over all directions: w = (ZᵀZ)⁻¹ Zᵀs on the first part, λ = ‖w‖,
    /// n = w/‖w‖; both are of mean 0, so that there is no constant. `None` where the latents do not
    /// span their space, or a w is zero.
    pub(super) fn regression(parts: &[Part; 2]) -> Option<Self> {
        let [fitted, tried] = parts;
        let (rows, width, attributes) = (fitted.z.rows(), fitted.z.width(), fitted.s.width());
        let z = MatRef::from_row_major_slice(fitted.z.values(), rows, width);
        let s = MatRef::from_row_major_slice(fitted.s.values(), rows, attributes);
        let mut gram = Mat::zeros(width, width);
        let mut products = Mat::zeros(width, attributes);
        matmul(
            gram.as_mut(),
            Accum::Replace,
            z.transpose(),
            z,
            1.0,
            Par::Seq,
        );
        matmul(
            products.as_mut(),
            Accum::Replace,
            z.transpose(),
            s,
            1.0,
            Par::Seq,
        );
        let weights = gram.llt(Side::Lower).ok()?.solve(&products);
        let (mut normals, mut lambda) = (Vec::new(), Vec::new());
        for w in weights.col_iter() {
            let length = w.norm_l2();
            if !(length > 0.0 && length.is_finite()) {
                return None;
            }
            normals.push(w.iter().map(|x| x / length).collect::<Vec<f64>>());
            lambda.push(length);
        }
        let r2 = (0..attributes)
            .map(|i| r2(tried, i, &normals[i], lambda[i]))
            .collect();
        Some(Self {
            normals,
            lambda,
            r2,
        })
    }

    /// NᵀN: the cosines between the normals.
    pub fn cosines(&self) -> Matrix {
        let row = |a: &Vec<f64>| self.normals.iter().map(|b| dot(a, b)).collect();
        self.normals.iter().map(row).collect()
    }

    /// ΛNᵀNΛ: the covariance of the scores of z ~ N(0, I) under this law. Attributes are disentangled
    /// where it is diagonal.
    pub fn covariance(&self) -> Matrix {
        let mut all = self.cosines();
        for (row, a) in all.iter_mut().zip(&self.lambda) {
            row.iter_mut()
                .zip(&self.lambda)
                .for_each(|(x, b)| *x *= a * b);
        }
        all
    }

    /// ‖C − ΛNᵀNΛ‖ / ‖C‖ of a covariance C of scores, in Frobenius norms: 0 where the law explains it.
    pub fn difference(&self, covariance: &Matrix) -> f64 {
        let own = self.covariance();
        let both = || covariance.iter().flatten().zip(own.iter().flatten());
        let squares: f64 = both().map(|(c, o)| (c - o) * (c - o)).sum();
        let all: f64 = both().map(|(c, _)| c * c).sum();
        (squares / all).sqrt()
    }
}

fn r2(tried: &Part, i: usize, normal: &[f64], lambda: f64) -> f64 {
    let n = tried.s.rows();
    let score = |row: usize| tried.s.row(row)[i];
    let mean = (0..n).map(score).sum::<f64>() / n as f64;
    let (mut residual, mut total) = (0.0, 0.0);
    for row in 0..n {
        let predicted = lambda * dot(normal, tried.z.row(row));
        residual += (score(row) - predicted).powi(2);
        total += (score(row) - mean).powi(2);
    }
    1.0 - residual / total
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::{Law, Part};
    use crate::metric::features::Features;
    use crate::rng::{Name, Streams};

    const WIDTH: usize = 12;

    /// n₁ᵀn₂ = 0.6.
    fn normals() -> Vec<Vec<f64>> {
        let mut both = vec![vec![0.0; WIDTH]; 2];
        both[0][2] = 1.0;
        (both[1][2], both[1][7]) = (0.6, -0.8);
        both
    }

    /// sᵢ = (nᵢᵀz + ½ ε) / √1.25, which has variance 1.
    fn drawn(seed: u64, rows: usize) -> Part {
        let mut values = vec![0.0_f32; rows * (WIDTH + 2)];
        Streams::new(seed)
            .stream(Name::Reference, 0, 0)
            .fill_normal(&mut values);
        let (z, noise) = values.split_at(rows * WIDTH);
        let z = Features::new(z, WIDTH).expect("rows");
        let s: Vec<f64> = (0..rows)
            .flat_map(|row| {
                let z = z.row(row).to_vec();
                normals().into_iter().enumerate().map(move |(i, n)| {
                    let along: f64 = n.iter().zip(&z).map(|(n, z)| n * z).sum();
                    (along, i)
                })
            })
            .zip(noise)
            .map(|((along, _), noise)| (along + 0.5 * f64::from(*noise)) / 1.25_f64.sqrt())
            .collect();
        Part {
            z,
            s: Features::new(&s, 2).expect("rows"),
        }
    }

    #[test]
    fn a_law_with_noise_is_found_with_the_share_that_it_explains() {
        let parts = [drawn(1, 20_000), drawn(2, 8_000)];
        let laws = [
            Law::regression(&parts).expect("a law"),
            Law::along(normals(), &parts),
        ];
        for law in laws {
            for (i, expected) in normals().iter().enumerate() {
                // λ = 1/√1.25; its standard error is √(0.2 / 20,000) = 0.003. R² = 1/1.25.
                assert!((law.lambda[i] - 0.8_f64.sqrt()).abs() < 0.016);
                assert!((law.r2[i] - 0.8).abs() < 0.02, "{}", law.r2[i]);
                let cosine: f64 = law.normals[i]
                    .iter()
                    .zip(expected)
                    .map(|(a, b)| a * b)
                    .sum();
                assert!(cosine > 0.999, "{cosine}");
            }
            assert!((law.cosines()[0][1] - 0.6).abs() < 0.02);
            // ΛNᵀNΛ = 0.8 (1, 0.6; 0.6, 1); the scores' own covariance has 1 on the diagonal.
            let own = law.covariance();
            assert!((own[0][0] - 0.8).abs() < 0.03 && (own[1][0] - 0.48).abs() < 0.03);
            let covariance = vec![vec![1.0, 0.48], vec![0.48, 1.0]];
            let expected = 0.2 / (1.0 + 0.48_f64.powi(2)).sqrt();
            assert!((law.difference(&covariance) - expected).abs() < 0.03);
            assert_eq!(law.difference(&own), 0.0);
        }
    }

    #[test]
    fn what_is_not_linear_is_not_explained() {
        let squared = |part: Part| {
            let s: Vec<f64> = (0..part.z.rows())
                .map(|i| part.z.row(i)[0].powi(2) - 1.0)
                .collect();
            Part {
                s: Features::new(&s, 1).expect("rows"),
                z: part.z,
            }
        };
        let parts = [squared(drawn(3, 5_000)), squared(drawn(4, 2_000))];
        let law = Law::regression(&parts).expect("a law");
        assert!(law.r2[0].abs() < 0.05, "{}", law.r2[0]);
    }

    #[test]
    fn latents_in_a_hyperplane_have_no_regression() {
        let flat = |part: Part| {
            let values: Vec<f64> = part
                .z
                .values()
                .chunks(WIDTH)
                .flat_map(|row| {
                    let mut row = row.to_vec();
                    row[5] = 0.0;
                    row
                })
                .collect();
            Part {
                z: Features::new(&values, WIDTH).expect("rows"),
                s: part.s,
            }
        };
        assert_eq!(Law::regression(&[flat(drawn(1, 200)), drawn(2, 50)]), None);
    }
}
