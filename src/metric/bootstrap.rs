//! How far a metric would move with other samples: the bootstrap (Efron 1979).

use rayon::prelude::*;

use super::features::MetricError;
use crate::rng::Source;

/// The 97.5 % quantile of the standard normal.
const Z: f64 = 1.959_963_984_540_054;

/// An interval about an estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The standard deviation over the draws.
    pub standard_error: f64,
    /// The estimate less 1.96 standard errors.
    pub low: f64,
    /// The estimate plus 1.96 standard errors.
    pub high: f64,
    /// How many draws.
    pub draws: usize,
}

/// 95 % interval of a statistic of n samples, recomputed on `draws` sets of n places drawn with
/// replacement.
///
/// It is estimate ± 1.96 standard errors and not the percentiles of the draws: a draw repeats samples,
/// which biases FID upwards once more, so that its percentiles may lie wholly above the estimate.
///
/// # Errors
/// Those of the statistic.
pub fn interval(
    estimate: f64,
    n: usize,
    draws: usize,
    source: &Source,
    statistic: impl Fn(&[usize]) -> Result<f64, MetricError> + Sync,
) -> Result<Interval, MetricError> {
    let draws = draws.max(2);
    let of_draw = |i: usize| {
        let mut stream = source.at(i as u64, 0);
        let places: Vec<usize> = (0..n).map(|_| stream.index(n)).collect();
        statistic(&places)
    };
    let values: Vec<f64> = (0..draws)
        .into_par_iter()
        .map(of_draw)
        .collect::<Result<_, _>>()?;
    let mean = values.iter().sum::<f64>() / draws as f64;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    let standard_error = (squares / (draws - 1) as f64).sqrt();
    Ok(Interval {
        standard_error,
        low: estimate - Z * standard_error,
        high: estimate + Z * standard_error,
        draws,
    })
}

/// As [`interval`], of the mean of terms, one a sample.
pub fn of_mean(terms: &[f64], draws: usize, source: &Source) -> Interval {
    let n = terms.len();
    let mean = |places: &[usize]| places.iter().map(|&i| terms[i]).sum::<f64>() / n as f64;
    let all: Vec<usize> = (0..n).collect();
    let estimate = mean(&all);
    interval(estimate, n, draws, source, |places| Ok(mean(places))).unwrap_or(Interval {
        standard_error: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
        draws,
    })
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::uniform;
    use super::of_mean;
    use crate::rng::{Name, Streams};

    #[test]
    fn the_standard_error_of_a_mean_is_the_known_one() {
        let terms = uniform(1, 500);
        let source = Streams::new(0).source(Name::Bootstrap);
        let found = of_mean(&terms, 2000, &source);
        let mean = terms.iter().sum::<f64>() / 500.0;
        let variance = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / 500.0;
        let expected = (variance / 500.0).sqrt();
        // 2,000 draws: the error of a standard deviation is 1/√4000, 1.6 %.
        assert!((found.standard_error / expected - 1.0).abs() < 0.06);
        assert!(found.low < mean && mean < found.high);
        assert_eq!(found, of_mean(&terms, 2000, &source));
    }
}
