//! What the data say about one claim, before it is known how many others are tested with it.

use super::evidence::{Claim, Evidence};
use super::expectation::Expectation;
use super::flips::{Flips, Scale};
use super::kendall::tau_b;
use super::mcnemar::Pairs;

/// The estimate and the test of one claim.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) n: usize,
    pub(super) ties: usize,
    pub(super) equal: bool,
    pub(super) estimate: Option<f64>,
    pub(super) test: Option<Test>,
    pub(super) curve: Option<Curve>,
}

/// The outcome of a test, before Holm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Test {
    pub(super) p: f64,
    pub(super) interval: (f64, f64),
    pub(super) sampled: bool,
}

/// The mean curve over units, in the metric's units.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The mean over units at each level.
    pub means: Vec<f64>,
    /// The mean at the last level minus that at the first.
    pub change: f64,
    /// The interval of the change: sign flips of the units' own end-to-end changes.
    pub interval: (f64, f64),
    /// The level, from 0, after which the mean falls most, and by how much; `None` if it never
    /// falls.
    pub largest_fall: Option<(usize, f64)>,
}

impl Finding {
    /// Estimates and tests; intervals are at 1 − α.
    pub(super) fn of(claim: &Claim, alpha: f64) -> Self {
        match (claim.expectation(), claim.evidence()) {
            (Expectation::Value { of, within }, Evidence::Values(values)) => {
                Self::of_margin(values, of, within, alpha)
            }
            (Expectation::Equivalent { within }, Evidence::Differences(values)) => {
                Self::of_margin(values, 0.0, within, alpha)
            }
            (_, Evidence::Differences(values)) => Self::of_mean(values, alpha),
            (_, Evidence::Outcomes(outcomes)) => Self::of_outcomes(outcomes, alpha),
            (_, Evidence::Curves(curves)) => Self::of_curves(curves, alpha),
            (Expectation::Exact { of, .. }, Evidence::Values(values)) => Self::of_exact(values, of),
            // Not constructed: values are evidence of the two expectations above alone.
            (_, Evidence::Values(values)) => Self::untested(values, 0.0, mean(values)),
        }
    }

    /// Two-sided sign flips about 0.
    fn of_mean(values: &[f64], alpha: f64) -> Self {
        let flips = Flips::of(values);
        let p = flips.two_sided(0.0);
        Self::tested(values, 0.0, p, &flips, alpha)
    }

    /// Two one-sided sign-flip tests, of a mean at or below the margin and of one at or above it
    /// (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657–680); p is the larger of theirs.
    fn of_margin(values: &[f64], of: f64, within: f64, alpha: f64) -> Self {
        let flips = Flips::of(values);
        let p = flips.above(of - within).max(flips.below(of + within));
        Self::tested(values, of, p, &flips, alpha)
    }

    fn of_outcomes(outcomes: &[(bool, bool)], alpha: f64) -> Self {
        let pairs = Pairs::of(outcomes);
        let values = differences(outcomes);
        let test = Test {
            p: pairs.p(),
            interval: pairs.interval(alpha),
            sampled: false,
        };
        Self {
            test: Some(test),
            ..Self::untested(&values, 0.0, mean(&values))
        }
    }

    /// Two-sided sign flips of the units' rank correlations with the order of the levels.
    fn of_curves(curves: &[Vec<f64>], alpha: f64) -> Self {
        let trends: Vec<f64> = curves.iter().map(|curve| tau_b(curve)).collect();
        Self {
            curve: Curve::of(curves, alpha),
            ..Self::of_mean(&trends, alpha)
        }
    }

    /// The value that is farthest from the expected one.
    fn of_exact(values: &[f64], of: f64) -> Self {
        let off = |x: &f64| (x - of).abs();
        let worst = values.iter().copied();
        let worst = worst.max_by(|a, b| off(a).total_cmp(&off(b)));
        Self::untested(values, of, worst)
    }

    fn tested(values: &[f64], null: f64, p: f64, flips: &Flips, alpha: f64) -> Self {
        let test = Test {
            p,
            interval: flips.interval(alpha),
            sampled: flips.is_sampled(),
        };
        Self {
            test: Some(test),
            ..Self::untested(values, null, mean(values))
        }
    }

    fn untested(values: &[f64], null: f64, estimate: Option<f64>) -> Self {
        let tie = Scale::of(values).tie(null);
        Self {
            n: values.len(),
            ties: values.iter().filter(|x| (*x - null).abs() <= tie).count(),
            equal: are_equal(values),
            estimate,
            test: None,
            curve: None,
        }
    }
}

impl Curve {
    fn of(curves: &[Vec<f64>], alpha: f64) -> Option<Self> {
        let levels = curves.first()?.len();
        let means: Vec<f64> = (0..levels)
            .filter_map(|level| mean(&curves.iter().map(|x| x[level]).collect::<Vec<_>>()))
            .collect();
        let falls = means.windows(2).map(|pair| pair[0] - pair[1]).enumerate();
        Some(Self {
            change: means.last()? - means.first()?,
            interval: Flips::of(&changes(curves)).interval(alpha),
            largest_fall: falls
                .filter(|(_, fall)| *fall > 0.0)
                .max_by(|a, b| a.1.total_cmp(&b.1)),
            means,
        })
    }
}

/// The end-to-end change of each curve.
pub(super) fn changes(curves: &[Vec<f64>]) -> Vec<f64> {
    let change = |curve: &Vec<f64>| Some(curve.last()? - curve.first()?);
    curves.iter().filter_map(change).collect()
}

/// Outcomes as differences: 1 where only a succeeded, −1 where only b did, else 0.
fn differences(outcomes: &[(bool, bool)]) -> Vec<f64> {
    let difference = |&(a, b): &(bool, bool)| f64::from(u8::from(a)) - f64::from(u8::from(b));
    outcomes.iter().map(difference).collect()
}

/// Whether two or more values are the same but for rounding.
pub(super) fn are_equal(values: &[f64]) -> bool {
    let tie = Scale::of(values).tie(0.0);
    values.len() > 1 && values.iter().all(|x| (x - values[0]).abs() <= tie)
}

/// The arithmetic mean; `None` of no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
