//! Mean, spread and interval of a handful of values.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The confidence of every interval.
const CONFIDENCE: f64 = 0.95;

/// A sample of n values. Nothing is dropped: a value that is not finite shows in the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub n: usize,
    /// Their arithmetic mean.
    pub mean: f64,
    /// Their standard deviation with n − 1; `None` for a single value.
    pub sd: Option<f64>,
    /// The 95 % t-interval of the mean, mean ± t(0.975, n − 1) · sd/√n; `None` for a single value,
    /// where a value is not finite, and where all values are equal: a handful of equal values does
    /// not tell how far others would lie from them, and an interval without a width would exclude
    /// everything else.
    pub interval: Option<(f64, f64)>,
}

impl Summary {
    /// The summary of some values; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        if n < 2 || are_equal(values) {
            return Some(Self {
                n,
                mean,
                sd: (n > 1).then_some(0.0),
                interval: None,
            });
        }
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let sd = (squares / (n - 1) as f64).sqrt();
        let half = quantile(n - 1) * sd / (n as f64).sqrt();
        Some(Self {
            n,
            mean,
            sd: Some(sd),
            interval: (half.is_finite() && half > 0.0).then_some((mean - half, mean + half)),
        })
    }

    /// Whether the interval lies on one side of zero: the mean differs from zero.
    pub fn excludes_zero(&self) -> bool {
        self.interval
            .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// Whether finite values are the same but for the rounding of a few sums: differences averaged over
/// cells may part in their last bits.
fn are_equal(values: &[f64]) -> bool {
    const ROUNDINGS: f64 = 8.0;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let size = low.abs().max(high.abs());
    // A NaN passes through `min` and `max` unseen.
    values.iter().all(|x| x.is_finite()) && high - low <= ROUNDINGS * f64::EPSILON * size
}

/// The quantile of Student's t that leaves 2.5 % above it.
pub(crate) fn quantile(freedom: usize) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom as f64) {
        Ok(t) => t.inverse_cdf(0.5 + CONFIDENCE / 2.0),
        // Not for a positive number of degrees of freedom.
        Err(_) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, quantile};

    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "{found} is not {expected}"
        );
    }

    // scipy 1.17.1: stats.t.ppf(.975, df)
    #[test]
    fn quantiles_are_those_of_scipy() {
        near(quantile(1), 12.706204736174694);
        near(quantile(2), 4.302652729749462);
        near(quantile(4), 2.7764451051977934);
        near(quantile(29), 2.045229642132703);
        near(quantile(1000), 1.9623390808264083);
    }

    // scipy 1.17.1: x = np.array([3, 5, 4, 8.]); x.mean(), x.std(ddof=1),
    // stats.ttest_1samp(x, 0).confidence_interval(0.95)
    #[test]
    fn an_interval_is_that_of_scipy() {
        let s = Summary::of(&[3.0, 5.0, 4.0, 8.0]).expect("values");
        assert_eq!((s.n, s.mean), (4, 5.0));
        near(s.sd.expect("a spread"), 2.160246899469287);
        let (low, high) = s.interval.expect("an interval");
        near(low, 1.5625651181416917);
        near(high, 8.437434881858309);
        assert!(s.excludes_zero());
    }

    #[test]
    fn one_value_has_no_interval_and_none_has_no_summary() {
        let one = Summary::of(&[3.0]).expect("a value");
        assert_eq!((one.mean, one.sd, one.interval), (3.0, None, None));
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn equal_values_have_no_interval_and_exclude_nothing() {
        // 0.1 · 3 / 3 is not 0.1 in binary, and 0.3 − 0.1 is not 0.2.
        for values in [[2.0; 3], [0.1; 3], [0.3 - 0.1, 0.2, 0.2], [0.0; 3]] {
            let s = Summary::of(&values).expect("values");
            assert_eq!((s.n, s.sd, s.interval), (3, Some(0.0), None), "{values:?}");
            assert!(!s.excludes_zero());
        }
        let s = Summary::of(&[2.0, 2.0, 2.000_001]).expect("values");
        assert!(s.excludes_zero());
    }

    #[test]
    fn a_value_that_is_not_finite_is_not_dropped() {
        let s = Summary::of(&[1.0, f64::NAN, 2.0]).expect("values");
        assert!(s.mean.is_nan());
        assert_eq!((s.n, s.interval), (3, None));
    }
}
