//! McNemar's exact test of two shares of success on the same units, and an interval for their
//! difference.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

/// Of α, the part spent on how many pairs are discordant; the rest is for which way they fall
/// (Berger and Boos 1994, JASA 89, 1012–1016, spend a small part on a nuisance parameter likewise).
const SPENT_ON_DISCORDANCE: f64 = 0.1;

/// Pairs of outcomes, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pairs {
    /// All.
    pub(super) n: u64,
    /// Where a succeeded and b did not.
    pub(super) only_a: u64,
    /// Where b succeeded and a did not.
    pub(super) only_b: u64,
}

impl Pairs {
    /// Counts pairs (a succeeded, b succeeded).
    pub(super) fn of(outcomes: &[(bool, bool)]) -> Self {
        let count = |pair| outcomes.iter().filter(|&&x| x == pair).count() as u64;
        Self {
            n: outcomes.len() as u64,
            only_a: count((true, false)),
            only_b: count((false, true)),
        }
    }

    /// How many pairs are discordant.
    pub(super) fn discordant(self) -> u64 {
        self.only_a + self.only_b
    }

    /// Two-sided p of 'a discordant pair falls either way with probability ½' (McNemar 1947, in its
    /// exact form): min(1, 2 P(X ≤ min(only_a, only_b))), X binomial of the discordant pairs and ½.
    /// 1 without discordant pairs.
    pub(super) fn p(self) -> f64 {
        let fewer = self.only_a.min(self.only_b);
        (2.0 * at_most(fewer, self.discordant(), 0.5)).min(1.0)
    }

    /// An interval for the difference of the two success probabilities, at least 1 − α.
    ///
    /// The difference is δ = π (2θ − 1), where π is the probability that a pair is discordant and θ
    /// that a discordant one is a success of a. The test is about θ. Mapping the Clopper–Pearson
    /// interval of θ to δ at the observed share of discordant pairs would be an interval only given
    /// their number: of ten pairs and none discordant it would have no width, and with a true
    /// difference of 0.3 it ends below 0.3 in a third of cases. So π has an interval too, and this
    /// one holds each δ of the rectangle: θ at confidence 1 − 0.9 α, π at 1 − 0.1 α
    /// (Clopper and Pearson 1934, Biometrika 26, 404–413). At each end only one bound of each is
    /// used, so each end errs with at most α/2.
    ///
    /// It is the hull of what is kept by a family of tests that is McNemar's at δ = 0, and agrees
    /// with it thus: it excludes 0 only where p ≤ 0.9 α. [−1, 1] where n pairs could not give p ≤ α
    /// even if all were discordant and alike, which at α = 0.05 is below 6 pairs.
    pub(super) fn interval(self, alpha: f64) -> (f64, f64) {
        if smallest_p(self.n) > alpha {
            return (-1.0, 1.0);
        }
        let discordance = clopper_pearson(self.discordant(), self.n, SPENT_ON_DISCORDANCE * alpha);
        let rest = (1.0 - SPENT_ON_DISCORDANCE) * alpha;
        let (low, high) = clopper_pearson(self.only_a, self.discordant(), rest);
        let upper = |lean: f64| {
            lean * if lean > 0.0 {
                discordance.1
            } else {
                discordance.0
            }
        };
        (-upper(1.0 - 2.0 * low), upper(2.0 * high - 1.0))
    }
}

/// The smallest two-sided p of n pairs: all discordant and alike.
pub(super) fn smallest_p(pairs: u64) -> f64 {
    (2.0 * 0.5f64.powf(pairs as f64)).min(1.0)
}

/// P(X ≤ k), X binomial of n trials.
pub(super) fn at_most(k: u64, trials: u64, probability: f64) -> f64 {
    // An error only for a probability outside 0…1, where no p-value is claimed.
    Binomial::new(probability, trials).map_or(1.0, |x| x.cdf(k))
}

/// The interval of a probability after so many successes, each end erring with at most α/2; [0, 1]
/// without trials.
fn clopper_pearson(successes: u64, trials: u64, alpha: f64) -> (f64, f64) {
    let quantile = |a: u64, b: u64, share: f64, otherwise: f64| {
        // An error only where a or b is 0, at the end of the range.
        Beta::new(a as f64, b as f64).map_or(otherwise, |x| x.inverse_cdf(share))
    };
    let failures = trials - successes;
    (
        quantile(successes, failures + 1, alpha / 2.0, 0.0),
        quantile(successes + 1, failures, 1.0 - alpha / 2.0, 1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::{Pairs, clopper_pearson};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    fn pairs(n: u64, only_a: u64, only_b: u64) -> Pairs {
        Pairs { n, only_a, only_b }
    }

    // scipy 1.17.1, stats.binomtest(b, b + c).pvalue, and statsmodels 0.15.0,
    // contingency_tables.mcnemar([[3, b], [c, 2]], exact=True).pvalue
    #[test]
    fn p_values_are_those_of_scipy_and_statsmodels() {
        for (only_a, only_b, expected) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 0, 0.0625),
            (6, 0, 0.03125),
            (8, 1, 0.0390625),
            (10, 2, 0.03857421875),
            (7, 3, 0.34375),
            (4, 4, 1.0),
            (40, 22, 0.030015864349067285),
        ] {
            near(pairs(100, only_a, only_b).p(), expected);
            near(pairs(100, only_b, only_a).p(), expected);
        }
    }

    // scipy 1.17.1: stats.binomtest(k, n).proportion_ci(1 - alpha, 'exact')
    #[test]
    fn intervals_of_one_share_are_those_of_scipy() {
        for (k, n, alpha, low, high) in [
            (8, 10, 0.045, 0.43700924771286426, 0.9761711011010229),
            (10, 10, 0.005, 0.5492802716530589, 1.0),
            (0, 10, 0.005, 0.0, 0.4507197283469411),
            (3, 17, 0.1, 0.04989815455742294, 0.39564143344490194),
            (0, 0, 0.05, 0.0, 1.0),
        ] {
            let found = clopper_pearson(k, n, alpha);
            near(found.0, low);
            near(found.1, high);
        }
    }

    // scipy 1.17.1: pi = binomtest(b + c, n).proportion_ci(0.995, 'exact')
    // th = binomtest(b, b + c).proportion_ci(0.955, 'exact'), or 0 to 1 where b + c = 0
    // d = [p * (2*t - 1) for p in (pi.low, pi.high) for t in (th.low, th.high)]; min(d), max(d)
    #[test]
    fn intervals_of_the_difference_are_those_of_the_rectangle() {
        for (n, only_a, only_b, low, high) in [
            (10, 0, 0, -0.4507197283469411, 0.4507197283469411),
            (10, 8, 1, 0.008341017496527743, 0.9947002623577124),
            (20, 10, 2, 0.005179364460260551, 0.8348207855961961),
            (12, 9, 0, 0.09837123362846498, 0.9762802111888507),
            (10, 3, 3, -0.7236861397337807, 0.7236861397337807),
        ] {
            let found = pairs(n, only_a, only_b).interval(0.05);
            near(found.0, low);
            near(found.1, high);
            let mirrored = pairs(n, only_b, only_a).interval(0.05);
            near(mirrored.0, -high);
            near(mirrored.1, -low);
        }
    }

    #[test]
    fn no_discordant_pair_is_not_certainty() {
        assert_eq!(pairs(10, 0, 0).p(), 1.0);
        let (low, high) = pairs(10, 0, 0).interval(0.05);
        assert!(low < -0.4 && high > 0.4);
    }

    #[test]
    fn five_pairs_bound_nothing() {
        for n in 0..6 {
            for only_a in 0..=n {
                let found = pairs(n, only_a, n - only_a).interval(0.05);
                assert_eq!(found, (-1.0, 1.0));
            }
        }
    }

    #[test]
    fn an_interval_excludes_zero_only_where_the_test_rejects() {
        for n in 6..40 {
            for only_a in 0..=n {
                for only_b in 0..=n - only_a {
                    let pairs = pairs(n, only_a, only_b);
                    let (low, high) = pairs.interval(0.05);
                    let excludes = low > 0.0 || high < 0.0;
                    assert_eq!(excludes, pairs.p() <= 0.045, "{pairs:?}");
                    let estimate = (only_a as f64 - only_b as f64) / n as f64;
                    assert!((low..=high).contains(&estimate), "{pairs:?}");
                }
            }
        }
    }

    /// P(one end of the interval errs) over all outcomes of n pairs.
    fn error(n: u64, a: f64, b: f64) -> (f64, f64) {
        let (mut below, mut above) = (0.0, 0.0);
        let mut ways_a = 1.0;
        for only_a in 0..=n {
            let mut ways = ways_a;
            for only_b in 0..=n - only_a {
                let rest = (n - only_a - only_b) as i32;
                let chance = ways
                    * a.powi(only_a as i32)
                    * b.powi(only_b as i32)
                    * (1.0 - a - b).max(0.0).powi(rest);
                let (low, high) = pairs(n, only_a, only_b).interval(0.05);
                below += if high < a - b { chance } else { 0.0 };
                above += if low > a - b { chance } else { 0.0 };
                ways *= f64::from(rest) / (only_b + 1) as f64;
            }
            ways_a *= (n - only_a) as f64 / (only_a + 1) as f64;
        }
        (below, above)
    }

    #[test]
    fn each_end_errs_in_at_most_two_and_a_half_percent_of_all_outcomes() {
        for n in [6, 10, 25] {
            for a in 0..=10 {
                for b in 0..=10 - a {
                    let (a, b) = (f64::from(a) / 10.0, f64::from(b) / 10.0);
                    let (below, above) = error(n, a, b);
                    assert!(
                        below <= 0.025 && above <= 0.025,
                        "{n} {a} {b}: {below} {above}"
                    );
                }
            }
        }
    }
}
