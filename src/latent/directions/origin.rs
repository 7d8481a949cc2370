//! Latents brought to mean 0 and variance 1.

use crate::metric::features::{Features, MetricError};

/// Where the latents lie and how far apart: the hyperplanes nᵀz = 0 go through their mean, and directions
/// are measured in their standard deviation. Of z ~ N(0, I) this is 0 and 1 but for the draw; of another
/// noise it makes the lecture's formulas, which assume them, applicable.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The mean of every coordinate.
    pub mean: Vec<f64>,
    /// The standard deviation of a coordinate, of all coordinates together; 1 of latents that are all
    /// the same.
    pub sd: f64,
}

impl Origin {
    /// Of latents `[n, width]`.
    pub(super) fn of(z: &[f32], width: usize) -> Self {
        let rows = (z.len() / width) as f64;
        let mut mean = vec![0.0; width];
        for row in z.chunks_exact(width) {
            mean.iter_mut()
                .zip(row)
                .for_each(|(m, x)| *m += f64::from(*x));
        }
        mean.iter_mut().for_each(|m| *m /= rows);
        let squares = z.chunks_exact(width).flat_map(|row| row.iter().zip(&mean));
        let squares: f64 = squares.map(|(x, m)| (f64::from(*x) - m).powi(2)).sum();
        let sd = (squares / z.len() as f64).sqrt();
        Self {
            mean,
            sd: if sd > 0.0 { sd } else { 1.0 },
        }
    }

    /// (z − mean) / sd, row by row.
    pub(super) fn rows(&self, z: &[f32]) -> Result<Features, MetricError> {
        let rows = z.chunks_exact(self.mean.len());
        let values = rows.flat_map(|row| row.iter().zip(&self.mean));
        let values: Vec<f64> = values.map(|(x, m)| (f64::from(*x) - m) / self.sd).collect();
        Features::new(&values, self.mean.len())
    }

    /// Latents `[n, width]` moved along a direction by so many standard deviations.
    pub fn moved(&self, z: &[f32], direction: &[f64], by: f64) -> Vec<f32> {
        let rows = z.chunks_exact(direction.len());
        let moved = rows.flat_map(|row| row.iter().zip(direction));
        moved
            .map(|(x, n)| (f64::from(*x) + by * self.sd * n) as f32)
            .collect()
    }
}
