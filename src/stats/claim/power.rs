//! How many units an inconclusive claim would have needed. A plan for the next study, not a verdict.

use statrs::distribution::{Binomial, ContinuousCDF, Discrete, Normal, StudentsT};

use super::evidence::{Claim, Evidence};
use super::expectation::Expectation;
use super::finding::{are_equal, changes, mean};
use super::mcnemar::{Pairs, at_most};

/// The probability that a test shows an effect that is there.
const POWER: f64 = 0.8;

/// Beyond so many units no number is given.
const MOST: usize = 200;

/// The units that 80 % power would need. Where that is no more than there were, the test had the
/// power, and the effect was smaller than was asked about, or chance was against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// So many.
    At(usize),
    /// More than 200.
    MoreThan200,
    /// Not known: fewer than two units, or no spread among them, do not tell how others would vary.
    Unknown,
}

/// The units with which the claim's test would be significant with a probability of 80 %, as one
/// of `family` tested claims with the first of Holm's thresholds, α/family.
///
/// - `Greater`: at a true mean of `min_effect` and the spread observed. `Monotone`: the same, for
///   the units' end-to-end changes in place of their rank correlations, as `min_effect` is in units
///   of the former. `Equivalent` and `Value`: at a mean in the middle of the margin.
///   n = ((t₁₋ₐ + t_q) sd/δ)², t with n − 1 degrees of freedom, a = α/2/family or, of one-sided
///   tests, α/family; q = 0.8, and 0.9 for a pair of one-sided tests, of which each may miss with
///   0.1 (Julious 2004, Statistics in Medicine 23, 1921–1986). That is the power of a t-test, near
///   which that of sign flips is: an approximation, with a spread that is itself an estimate.
/// - `MoreOften`: the exact power of McNemar's test at a true difference of `min_effect`, where the
///   share of discordant pairs is the observed one, or `min_effect` if that is larger.
///
/// Never fewer than could reach α at all. At a true effect of exactly `min_effect` the estimate
/// falls below it half of the time, so the verdict takes a larger effect than the test.
pub(super) fn needed(claim: &Claim, family: usize, alpha: f64) -> Needed {
    let alpha = alpha / family as f64;
    let expectation = claim.expectation();
    let significant = |n: usize| expectation.smallest_p(n).is_some_and(|p| p <= alpha);
    let Some(least) = (1..=MOST).find(|&n| significant(n)) else {
        return Needed::MoreThan200;
    };
    match (expectation, claim.evidence()) {
        (Expectation::MoreOften { min_effect }, Evidence::Outcomes(outcomes)) => {
            if outcomes.is_empty() {
                return Needed::Unknown;
            }
            by_mcnemar(Pairs::of(outcomes), min_effect, alpha, least)
        }
        (Expectation::Greater { min_effect }, Evidence::Differences(values)) => {
            by_t(values, min_effect, (alpha / 2.0, POWER), least)
        }
        (Expectation::Monotone { min_effect }, Evidence::Curves(curves)) => {
            by_t(&changes(curves), min_effect, (alpha / 2.0, POWER), least)
        }
        (
            Expectation::Equivalent { within } | Expectation::Value { within, .. },
            Evidence::Differences(values) | Evidence::Values(values),
        ) => by_t(values, within, (alpha, 1.0 - (1.0 - POWER) / 2.0), least),
        // Not tested.
        _ => Needed::Unknown,
    }
}

/// The smallest n ≥ ((t₁₋ₐ + t_q) sd/δ)², for (a, q).
fn by_t(values: &[f64], effect: f64, (tail, power): (f64, f64), least: usize) -> Needed {
    let Some(sd) = spread(values) else {
        return Needed::Unknown;
    };
    let units = |tail: f64, power: f64| ((tail + power) * sd / effect).powi(2);
    // t-quantiles exceed those of the normal distribution, so no smaller n will do.
    let floor = units(normal(1.0 - tail), normal(power));
    let suffices = |n: usize| n as f64 >= units(student(1.0 - tail, n), student(power, n));
    if floor > MOST as f64 {
        return Needed::MoreThan200;
    }
    let first = least.max(2).max(floor.ceil() as usize);
    at((first..=MOST).find(|&n| suffices(n)))
}

/// The smallest n at which P(p ≤ α in the right direction) reaches 80 %. Of n pairs m are
/// discordant, binomial, and of those few enough must fall the other way to be significant.
fn by_mcnemar(pairs: Pairs, effect: f64, alpha: f64, least: usize) -> Needed {
    let discordance = (pairs.discordant() as f64 / pairs.n as f64).max(effect);
    let lean = (1.0 + effect / discordance) / 2.0;
    let sd = (discordance - effect * effect).sqrt();
    let floor = ((normal(1.0 - alpha / 2.0) + normal(POWER)) * sd / effect).powi(2);
    // The exact test needs more than this approximation, if anything.
    if floor > MOST as f64 {
        return Needed::MoreThan200;
    }
    // Of m discordant pairs: how many may at most fall the other way, and how likely that is.
    let mut others = None;
    let shown: Vec<f64> = (0..=MOST as u64)
        .map(|m| {
            // One more pair allows at most one more of them.
            let next = others.map_or(0, |others| others + 1);
            if 2.0 * at_most(next, m, 0.5) <= alpha {
                others = Some(next);
            }
            others.map_or(0.0, |others| at_most(others, m, 1.0 - lean))
        })
        .collect();
    let power = |n: usize| match Binomial::new(discordance, n as u64) {
        Ok(discordant) => (0..=n).map(|m| discordant.pmf(m as u64) * shown[m]).sum(),
        Err(_) => 0.0,
    };
    at((least..=MOST).find(|&n| power(n) >= POWER))
}

fn at(units: Option<usize>) -> Needed {
    units.map_or(Needed::MoreThan200, Needed::At)
}

/// The standard deviation with n − 1; `None` of fewer than two values or equal ones.
fn spread(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    if values.len() < 2 || are_equal(values) {
        return None;
    }
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

fn normal(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

fn student(share: f64, units: usize) -> f64 {
    // An error only without degrees of freedom; two units are the least that are asked about.
    StudentsT::new(0.0, 1.0, (units - 1) as f64).map_or(f64::INFINITY, |t| t.inverse_cdf(share))
}

#[cfg(test)]
mod tests {
    use super::super::flips::Flips;
    use super::super::simulated::draw::Draw;
    use super::{Claim, Evidence, Expectation, Needed, needed};

    const VALUES: [f64; 8] = [1.2, -0.4, 2.5, 0.9, 3.1, -1.3, 0.6, 2.2];

    fn of(expectation: Expectation, evidence: Evidence, family: usize) -> Needed {
        let claim = Claim::new(expectation, evidence).expect("a claim");
        needed(&claim, family, 0.05)
    }

    fn greater(values: &[f64], min_effect: f64, family: usize) -> Needed {
        let evidence = Evidence::Differences(values.to_vec());
        of(Expectation::Greater { min_effect }, evidence, family)
    }

    // scipy 1.17.1: sd = np.std(VALUES, ddof=1); the first n in range(2, 201) with
    // n >= ((t.ppf(1 - a, n - 1) + t.ppf(q, n - 1)) * sd / d)**2, a = 0.025/family and q = 0.8, or
    // a = 0.05 and q = 0.9
    #[test]
    fn units_are_those_of_a_t_test() {
        for (effect, alone, of_four, margin) in
            [(1.5, 10, 14, 11), (1.0, 20, 28, 21), (0.5, 72, 102, 78)]
        {
            assert_eq!(greater(&VALUES, effect, 1), Needed::At(alone));
            assert_eq!(greater(&VALUES, effect, 4), Needed::At(of_four));
            let within = effect;
            let values = VALUES.to_vec();
            assert_eq!(
                of(
                    Expectation::Equivalent { within },
                    Evidence::Differences(values.clone()),
                    1
                ),
                Needed::At(margin)
            );
            assert_eq!(
                of(
                    Expectation::Value { of: 9.0, within },
                    Evidence::Values(values),
                    1
                ),
                Needed::At(margin)
            );
        }
        assert_eq!(greater(&VALUES, 0.2, 1), Needed::MoreThan200);
    }

    #[test]
    fn a_monotone_claim_needs_the_units_of_its_end_to_end_changes() {
        let curves = VALUES.iter().map(|x| vec![5.0, 9.0, 5.0 + x]).collect();
        assert_eq!(
            of(
                Expectation::Monotone { min_effect: 1.0 },
                Evidence::Curves(curves),
                1
            ),
            Needed::At(20)
        );
    }

    // scipy 1.17.1, with n pairs, m of them discordant with probability pi, t = (1 + d/pi)/2: the
    // first n whose sum over m and over the k > m/2 with binomtest(k, m).pvalue <= alpha of
    // binom.pmf(m, n, pi) * binom.pmf(k, m, t) reaches 0.8
    #[test]
    fn pairs_are_those_of_the_exact_power() {
        let outcomes = |only_a: usize, only_b: usize| {
            let mut outcomes = vec![(true, true); 10];
            outcomes[..only_a].fill((true, false));
            outcomes[10 - only_b..].fill((false, true));
            Evidence::Outcomes(outcomes)
        };
        for (only_a, only_b, min_effect, family, expected) in [
            (3, 0, 0.5, 1, 15),
            (0, 0, 0.5, 1, 15),
            (0, 0, 0.9, 1, 7),
            (3, 3, 0.4, 1, 30),
            (4, 4, 0.5, 4, 36),
            (5, 0, 0.3, 1, 46),
        ] {
            let expectation = Expectation::MoreOften { min_effect };
            let found = of(expectation, outcomes(only_a, only_b), family);
            assert_eq!(found, Needed::At(expected));
        }
        let expectation = Expectation::MoreOften { min_effect: 1e-3 };
        assert_eq!(of(expectation, outcomes(3, 3), 1), Needed::MoreThan200);
    }

    #[test]
    fn never_fewer_units_than_could_be_significant() {
        let values = [1.0, 1.01, 0.99];
        // 2/64 for one claim, 8/256 for four, 1/32 of one-sided tests.
        assert_eq!(greater(&values, 1.0, 1), Needed::At(6));
        assert_eq!(greater(&values, 1.0, 4), Needed::At(8));
        let evidence = Evidence::Differences(values.to_vec());
        assert_eq!(
            of(Expectation::Equivalent { within: 1.0 }, evidence, 1),
            Needed::At(5)
        );
    }

    #[test]
    fn without_a_spread_nothing_is_known() {
        for values in [&[][..], &[1.0], &[0.3 - 0.1, 0.2]] {
            assert_eq!(greater(values, 1.0, 1), Needed::Unknown);
        }
        let expectation = Expectation::MoreOften { min_effect: 0.5 };
        let found = of(expectation, Evidence::Outcomes(vec![]), 1);
        assert_eq!(found, Needed::Unknown);
    }

    // Normal differences with sd 1 and mean 0.8: the t-approximation is 15 units.
    #[test]
    fn a_sign_flip_test_with_the_units_needed_has_about_the_power() {
        let mut draw = Draw::new(7);
        let trials = 1000;
        let shown = (0..trials).filter(|_| {
            let values: Vec<f64> = (0..15).map(|_| 0.8 + draw.normal()).collect();
            Flips::of(&values).two_sided(0.0) <= 0.05
        });
        let power = shown.count() as f64 / f64::from(trials);
        assert!((0.75..0.87).contains(&power), "{power}");
    }
}
