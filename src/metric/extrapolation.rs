//! FID at infinitely many samples (Chong and Forsyth 2020, section 4).

use super::features::{Features, MetricError};
use super::frechet::{Moments, distance};
use super::kid::subset;
use crate::rng::Source;

/// Numbers of samples at which FID is taken: the authors'.
const POINTS: usize = 15;

/// The smallest of them, as a share of all samples: below, the line in 1/N bends.
const SMALLEST: f64 = 0.1;

/// FID at several numbers of generated samples, and what the line through them reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Extrapolation {
    /// N and FID at N generated samples, against all real ones.
    pub points: Vec<(usize, f64)>,
    /// FID at 1/N = 0. The bias of the real samples' number stays in it.
    pub infinity: f64,
    /// Standard error of the intercept, from the scatter about the line.
    pub standard_error: f64,
    /// The slope: what the bias is, times N.
    pub slope: f64,
}

/// Ordinary least squares of FID on 1/N over 15 random subsets of the generated samples, N evenly from a
/// tenth to all of them.
///
/// # Errors
/// [`MetricError::TooFew`] below 150 generated samples; others as [`distance`].
pub fn extrapolate(
    real: &Features,
    fake: &Features,
    source: &Source,
) -> Result<Extrapolation, MetricError> {
    fake.check_rows("an extrapolation of FID", 10 * POINTS)?;
    let of_real = Moments::of(real)?;
    let all = fake.rows() as f64;
    let mut points = Vec::with_capacity(POINTS);
    for i in 0..POINTS {
        let share = SMALLEST + (1.0 - SMALLEST) * i as f64 / (POINTS - 1) as f64;
        let n = (share * all).round() as usize;
        let rows = subset(&mut source.at(i as u64, 0), fake.rows(), n);
        let fid = distance(&of_real, &Moments::of(&fake.take(&rows))?)?;
        points.push((n, fid));
    }
    Ok(line(points))
}

/// The line in 1/N.
fn line(points: Vec<(usize, f64)>) -> Extrapolation {
    let n = points.len() as f64;
    let x = |p: &(usize, f64)| 1.0 / p.0 as f64;
    let mean_x = points.iter().map(x).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
    let spread = points.iter().map(|p| (x(p) - mean_x).powi(2)).sum::<f64>();
    let together = points.iter().map(|p| (x(p) - mean_x) * (p.1 - mean_y));
    let slope = together.sum::<f64>() / spread;
    let infinity = mean_y - slope * mean_x;
    let residuals = points
        .iter()
        .map(|p| (p.1 - infinity - slope * x(p)).powi(2));
    let variance = residuals.sum::<f64>() / (n - 2.0);
    Extrapolation {
        infinity,
        slope,
        standard_error: (variance * (1.0 / n + mean_x * mean_x / spread)).sqrt(),
        points,
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::close;
    use super::{Features, MetricError, extrapolate, line};
    use crate::rng::{Name, Streams};

    #[test]
    fn a_line_in_the_inverse_of_n_is_found() {
        let points = (1..=15).map(|i| (100 * i, 3.0 + 250.0 / (100 * i) as f64));
        let found = line(points.collect());
        close(found.infinity, 3.0, 1e-12);
        close(found.slope, 250.0, 1e-12);
        assert!(found.standard_error < 1e-10);
    }

    #[test]
    fn the_bias_of_normal_samples_is_taken_off() -> Result<(), MetricError> {
        // Two samples of N(0, I_D): the bias of the generated half is (D (D + 1) / 2 + 2 D) / (2 N).
        const D: usize = 16;
        let draw = |seed, count: usize| {
            let mut values = vec![0.0; count * D];
            let stream = Streams::new(seed).stream(Name::Reference, 0, 0);
            { stream }.fill_normal(&mut values);
            Features::new(&values, D)
        };
        let (real, fake) = (draw(1, 60_000)?, draw(2, 4000)?);
        let found = extrapolate(&real, &fake, &Streams::new(0).source(Name::Subset))?;
        let half = (D * (D + 1) / 2 + 2 * D) as f64 / 2.0;
        assert!((found.slope / half - 1.0).abs() < 0.15, "{found:?}");
        assert!(found.infinity.abs() < 0.2 * found.points[14].1, "{found:?}");
        assert_eq!((found.points[0].0, found.points[14].0), (400, 4000));
        let few = fake.take(&(0..100).collect::<Vec<_>>());
        let refused = extrapolate(&real, &few, &Streams::new(0).source(Name::Subset));
        insta::assert_snapshot!(refused.expect_err("refused"), @"an extrapolation of FID needs at least 150 samples, got 100");
        Ok(())
    }
}
