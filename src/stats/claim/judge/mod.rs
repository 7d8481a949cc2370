//! The verdict on each claim of a comparison, and why.

use super::error::ClaimError;
use super::evidence::Claim;
use super::expectation::{Expectation, smallest_holm};
use super::finding::{Curve, Finding};
use super::holm;
use super::power::{Needed, needed};

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was shown.
    Confirmed,
    /// The contrary was shown, or that the effect is smaller than what matters.
    Refuted,
    /// Neither.
    Inconclusive,
}

/// Why the verdict is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Confirmed: significant, and the estimate is `min_effect` or more.
    EffectShown,
    /// Confirmed: the mean is shown to lie within the margin.
    WithinMargin,
    /// Confirmed: the trend is significant, the rise from end to end is `min_effect` or more, and
    /// the mean curve nowhere falls by more than that.
    RiseShown,
    /// Confirmed: every value is within the tolerance.
    WithinTolerance,
    /// Refuted: significant in the other direction.
    Reversal,
    /// Refuted: the interval ends below `min_effect`.
    IntervalBelowMinEffect,
    /// Refuted: the interval lies wholly outside the margin.
    OutsideMargin,
    /// Refuted: a value is outside the tolerance.
    OutsideTolerance,
    /// Inconclusive: there are no units.
    NoUnits,
    /// Inconclusive: so few units cannot be significant, whatever they are.
    TooFewUnits,
    /// Inconclusive: the Holm p is above α.
    NotSignificant,
    /// Inconclusive: significant, but the estimate is below `min_effect` while the interval is not.
    EffectTooSmall,
    /// Inconclusive: the trend is significant, but the mean curve falls by more than `min_effect`.
    AdjacentReversal {
        /// The level, from 0, after which it falls most.
        at: usize,
    },
}

impl Reason {
    /// The verdict it is a reason for.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::EffectShown | Self::WithinMargin | Self::RiseShown | Self::WithinTolerance => {
                Verdict::Confirmed
            }
            Self::Reversal
            | Self::IntervalBelowMinEffect
            | Self::OutsideMargin
            | Self::OutsideTolerance => Verdict::Refuted,
            Self::NoUnits
            | Self::TooFewUnits
            | Self::NotSignificant
            | Self::EffectTooSmall
            | Self::AdjacentReversal { .. } => Verdict::Inconclusive,
        }
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How many units; of an exact claim, values.
    pub n: usize,
    /// Units that say nothing either way: differences of 0, concordant pairs, values as expected,
    /// curves without a trend.
    pub ties: usize,
    /// Whether two or more units all gave the same but for rounding. A report should say so: if
    /// the seed changes nothing, n seeds are one.
    pub equal: bool,
    /// In the metric's units, the mean difference, difference of shares or mean value; of a
    /// monotone claim the mean τ_b, −1 to 1 (its change is in `curve`); of an exact one the value
    /// farthest from the expected one. `None` without units.
    pub estimate: Option<f64>,
    /// Its test; `None` of an exact claim.
    pub test: Option<Tested>,
    /// The mean curve of a monotone claim; `None` of others and without units.
    pub curve: Option<Curve>,
    /// Why the verdict is what it is.
    pub reason: Reason,
    /// The units that 80 % power would need; `None` unless a tested claim is inconclusive.
    pub needed: Option<Needed>,
}

impl Judgement {
    /// Whether the claim holds.
    pub fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }
}

/// A test within its comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// p of the claim alone: two-sided; of a margin, the larger of two one-sided.
    pub p: f64,
    /// p after Holm over the tested claims of the comparison.
    pub holm: f64,
    /// The 1 − α interval of the estimate, two-sided and of this claim alone. Its ends are infinite
    /// where n units bound nothing.
    pub interval: (f64, f64),
    /// Whether only 2¹⁶ of the sign patterns were tried, as above 20 units.
    pub sampled: bool,
}

/// Judges the claims of one comparison, all of them at once: those that were declared and have no
/// units count in Holm's correction too, with p = 1.
///
/// | expectation | confirmed | refuted |
/// |---|---|---|
/// | greater, more often | Holm p ≤ α, estimate ≥ `min_effect` | upper end of the interval < `min_effect`; or Holm p ≤ α, estimate < 0 |
/// | equivalent, value | Holm p ≤ α | interval wholly outside the margin |
/// | monotone | Holm p ≤ α, τ_b > 0, end-to-end change ≥ `min_effect`, no fall of the mean between neighbours > `min_effect` | Holm p ≤ α, τ_b < 0 |
/// | exact | all values within the tolerance | otherwise |
///
/// All else is inconclusive.
///
/// - The null of a claim is that of its test: that any claim with a true null is confirmed has a
///   probability of at most α over all claims of a comparison. 'a > b' confirmed means that a > b is
///   shown and the estimate reaches `min_effect`; not that the true difference is shown to reach it.
/// - A refutation by an interval is that of one interval: wrong with at most α/2 for each true
///   claim, and with α about a margin, which has two ends; not corrected for their number.
/// - A claim about a margin is confirmed at one-sided α, as is usual, so its two-sided interval may
///   reach beyond the margin, and is unbounded for 5 units at α = 0.05.
pub fn judge(claims: &[Claim], alpha: f64) -> Result<Vec<Judgement>, ClaimError> {
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(ClaimError::Alpha { value: alpha });
    }
    let findings: Vec<Finding> = claims.iter().map(|x| Finding::of(x, alpha)).collect();
    let p: Vec<Option<f64>> = findings.iter().map(|x| x.test.map(|test| test.p)).collect();
    let units = |x: &Claim| (x.expectation(), x.evidence().units());
    let smallest = smallest_holm(&claims.iter().map(units).collect::<Vec<_>>());
    let level = Level {
        alpha,
        family: p.iter().flatten().count(),
    };
    let holm = holm::among_tested(&p).into_iter().zip(smallest);
    let each = claims.iter().zip(findings).zip(holm);
    Ok(each
        .map(|((claim, finding), (holm, smallest))| level.judge(claim, finding, holm, smallest))
        .collect())
}

/// α, and how many tests share it.
#[derive(Clone, Copy, Debug)]
struct Level {
    alpha: f64,
    family: usize,
}

impl Level {
    fn judge(
        self,
        claim: &Claim,
        finding: Finding,
        holm: Option<f64>,
        smallest: Option<f64>,
    ) -> Judgement {
        let test = finding.test.zip(holm).map(|(test, holm)| Tested {
            p: test.p,
            holm,
            interval: test.interval,
            sampled: test.sampled,
        });
        let reason = match reason(claim.expectation(), &finding, test, self.alpha) {
            Reason::NotSignificant if smallest.is_some_and(|p| p > self.alpha) => {
                Reason::TooFewUnits
            }
            reason => reason,
        };
        let undecided = test.is_some() && reason.verdict() == Verdict::Inconclusive;
        Judgement {
            n: finding.n,
            ties: finding.ties,
            equal: finding.equal,
            estimate: finding.estimate,
            test,
            curve: finding.curve,
            reason,
            needed: undecided.then(|| needed(claim, self.family, self.alpha)),
        }
    }
}
fn reason(expectation: Expectation, finding: &Finding, test: Option<Tested>, alpha: f64) -> Reason {
    let Some(estimate) = finding.estimate else {
        return Reason::NoUnits;
    };
    let significant = test.is_some_and(|test| test.holm <= alpha);
    let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
    let (low, high) = test.map_or(unbounded, |test| test.interval);
    let of_margin = |of: f64, within: f64| {
        if significant {
            Reason::WithinMargin
        } else if low > of + within || high < of - within {
            Reason::OutsideMargin
        } else {
            Reason::NotSignificant
        }
    };
    match expectation {
        Expectation::Exact { of, within } if (estimate - of).abs() <= within => {
            Reason::WithinTolerance
        }
        Expectation::Exact { .. } => Reason::OutsideTolerance,
        Expectation::Equivalent { within } => of_margin(0.0, within),
        Expectation::Value { of, within } => of_margin(of, within),
        _ if significant && estimate < 0.0 => Reason::Reversal,
        Expectation::Greater { min_effect } | Expectation::MoreOften { min_effect } => {
            if high < min_effect {
                Reason::IntervalBelowMinEffect
            } else if !significant {
                Reason::NotSignificant
            } else if estimate >= min_effect {
                Reason::EffectShown
            } else {
                Reason::EffectTooSmall
            }
        }
        Expectation::Monotone { .. } if !significant => Reason::NotSignificant,
        Expectation::Monotone { min_effect } => of_rise(finding.curve.as_ref(), min_effect),
    }
}

/// A significant rise: whether it is large enough, and nowhere undone.
fn of_rise(curve: Option<&Curve>, min_effect: f64) -> Reason {
    let Some(curve) = curve else {
        return Reason::NoUnits;
    };
    match curve.largest_fall {
        Some((at, fall)) if fall > min_effect => Reason::AdjacentReversal { at },
        _ if curve.change >= min_effect => Reason::RiseShown,
        _ => Reason::EffectTooSmall,
    }
}

#[cfg(test)]
mod tests;
