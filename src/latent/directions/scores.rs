//! Scores of samples by attributes, standardised.

use super::law::Matrix;
use crate::latent::LatentError;
use crate::latent::attributes::Attribute;
use crate::metric::features::Features;

/// Mean and spread of an attribute, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The mean.
    pub mean: f64,
    /// The standard deviation (ddof 0).
    pub sd: f64,
}

/// Rows of scores, `[n, attributes]`, each column of mean 0 and variance 1.
pub(super) struct Scores {
    pub rows: Features,
    pub scales: Vec<Scale>,
}

impl Scores {
    /// From attributes `[n, attributes]`.
    pub fn of(values: &[f64], attributes: &[Attribute]) -> Result<Self, LatentError> {
        let width = attributes.len();
        let raw = Features::new(values, width)?;
        let n = raw.rows() as f64;
        let column = |i: usize| values.iter().skip(i).step_by(width);
        let scales = attributes.iter().enumerate().map(|(i, attribute)| {
            let mean = column(i).sum::<f64>() / n;
            let squares: f64 = column(i).map(|x| (x - mean) * (x - mean)).sum();
            let sd = (squares / n).sqrt();
            match sd > 0.0 {
                true => Ok(Scale { mean, sd }),
                false => Err(LatentError::Constant {
                    attribute: attribute.to_string(),
                }),
            }
        });
        let scales: Vec<Scale> = scales.collect::<Result<_, _>>()?;
        let standardised: Vec<f64> = values
            .chunks_exact(width)
            .flat_map(|row| row.iter().zip(&scales).map(|(x, s)| (x - s.mean) / s.sd))
            .collect();
        Ok(Self {
            rows: Features::new(&standardised, width)?,
            scales,
        })
    }

    /// The places of the `count` highest and of as many of the lowest scores of one attribute.
    pub fn extremes(&self, attribute: usize, count: usize) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.rows.rows()).collect();
        let score = |i: &usize| self.rows.row(*i)[attribute];
        order.sort_by(|a, b| score(a).total_cmp(&score(b)).then(a.cmp(b)));
        let low = order[..count].to_vec();
        (order.split_off(order.len() - count), low)
    }

    /// E s sᵀ.
    pub fn covariance(&self) -> Matrix {
        let width = self.rows.width();
        let mut sums = vec![vec![0.0; width]; width];
        for row in self.rows.values().chunks_exact(width) {
            for (sums, x) in sums.iter_mut().zip(row) {
                sums.iter_mut().zip(row).for_each(|(sum, y)| *sum += x * y);
            }
        }
        let n = self.rows.rows() as f64;
        sums.iter_mut().flatten().for_each(|sum| *sum /= n);
        sums
    }
}
