//! The lecture as experiments: comparisons with claims, and what became of them.
//!
//! `experiments/lecture/x.yaml` → [`Plan`] with its claims → runs → [`Histories`] → [`find`] (evidence) →
//! [`rule`] (verdicts, by [`crate::stats::claim`]).

mod catalog;
mod evidence;
mod observe;

pub use catalog::{COMPARISONS, Comparison, QUICK, profile};
pub use evidence::{Found, Histories, expectation, find, units};
pub use observe::{Gap, History};

use std::num::NonZeroU32;

use crate::claim::{Claim, Expect, Unit};
use crate::grid::Plan;
use crate::stats::claim::{ClaimError, Judgement, alpha_at_look, judge, smallest_holm};

/// The error that a comparison's verdicts are allowed, over all its claims.
pub const ALPHA: f64 = 0.05;

/// The largest number of tested claims of a comparison: with more, ten seeds show nothing.
pub const MOST_TESTED: usize = 6;

/// A claim with what was found and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The claim.
    pub claim: Claim,
    /// The evidence.
    pub found: Found,
    /// The verdict with its reason.
    pub judgement: Judgement,
}

/// Why a comparison cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum LectureError {
    /// A claim that no outcome could confirm.
    #[error(
        "the claim '{claim}' of '{comparison}' cannot be confirmed with {units} {what}: its smallest p after \
         Holm's correction over {tested} claims is {smallest:.3}, above {ALPHA}; give it more {what}, or take \
         --profile quick, which confirms nothing"
    )]
    Hopeless {
        /// The comparison.
        comparison: String,
        /// The claim.
        claim: String,
        /// Its units.
        units: usize,
        /// What they are.
        what: &'static str,
        /// The tested claims of the comparison.
        tested: usize,
        /// The smallest p.
        smallest: f64,
    },
    /// More claims than can be tested together.
    #[error(
        "'{comparison}' has {tested} claims that are tested; {MOST_TESTED} at most share one error"
    )]
    TooMany {
        /// The comparison.
        comparison: String,
        /// How many.
        tested: usize,
    },
    /// Evidence that does not fit its claim.
    #[error("the claim '{claim}' of '{comparison}' cannot be judged")]
    Claim {
        /// The comparison.
        comparison: String,
        /// The claim.
        claim: String,
        /// Why.
        source: ClaimError,
    },
}

/// Whether every claim of a plan could be confirmed at all; under [`catalog::QUICK`] none has to be.
///
/// # Errors
/// [`LectureError::Hopeless`], [`LectureError::TooMany`].
pub fn check(plan: &Plan) -> Result<(), LectureError> {
    if plan.profile == catalog::QUICK {
        return Ok(());
    }
    let comparison = || plan.name.clone();
    let tested = plan.claims.iter().filter(|c| c.expect.is_tested()).count();
    if tested > MOST_TESTED {
        return Err(LectureError::TooMany {
            comparison: comparison(),
            tested,
        });
    }
    let expected: Vec<_> = plan
        .claims
        .iter()
        .map(|claim| (expectation(claim), units(plan, claim)))
        .collect();
    for (claim, (smallest, (_, units))) in plan
        .claims
        .iter()
        .zip(smallest_holm(&expected).into_iter().zip(&expected))
    {
        if let Some(smallest) = smallest.filter(|p| *p > ALPHA) {
            return Err(LectureError::Hopeless {
                comparison: comparison(),
                claim: claim.name.clone(),
                units: *units,
                what: match (claim.expect, claim.unit) {
                    (Expect::Between { .. }, _) => "pairs of configurations",
                    (_, Unit::Configuration) => "configurations",
                    (_, Unit::Seed | Unit::Image) => "seeds",
                },
                tested,
                smallest,
            });
        }
    }
    Ok(())
}

/// The units of all claims of a plan together, which grow when any of them is given more.
pub fn all_units(plan: &Plan) -> usize {
    plan.claims.iter().map(|claim| units(plan, claim)).sum()
}

/// The verdict on every claim of a plan, in the order of the file, at the level of a look on growing data:
/// see [`alpha_at_look`].
///
/// # Errors
/// [`LectureError::Claim`].
pub fn rule(
    plan: &Plan,
    histories: &Histories<'_>,
    look: NonZeroU32,
) -> Result<Vec<Ruling>, LectureError> {
    let failed = |claim: &Claim, source| LectureError::Claim {
        comparison: plan.name.clone(),
        claim: claim.name.clone(),
        source,
    };
    let mut evidence = Vec::new();
    let mut all = Vec::new();
    for claim in &plan.claims {
        let found = find(plan, claim, histories);
        let tested = evidence::claim(claim, &found).map_err(|source| failed(claim, source))?;
        all.push(tested);
        evidence.push((claim.clone(), found));
    }
    let judgements = match (plan.claims.first(), judge(&all, alpha_at_look(ALPHA, look))) {
        (_, Ok(judgements)) => judgements,
        (Some(first), Err(source)) => return Err(failed(first, source)),
        (None, Err(_)) => Vec::new(),
    };
    let rulings = evidence.into_iter().zip(judgements);
    let ruling = |((claim, found), judgement)| Ruling {
        claim,
        found,
        judgement,
    };
    Ok(rulings.map(ruling).collect())
}

#[cfg(test)]
mod tests;
