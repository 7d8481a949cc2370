//! Claims with verdicts: what was expected, what was measured, and whether that holds.
//!
//! A [`Claim`] is an [`Expectation`], declared before the run, with [`Evidence`]. [`judge()`] tests
//! the claims of one comparison together and gives each a [`Verdict`] with its [`Reason`]. What
//! could not be shown with so many units is known beforehand, [`smallest_holm`].
//!
//! | expectation | null hypothesis | test |
//! |---|---|---|
//! | greater | differences are symmetric about 0 | two-sided sign flips of the mean |
//! | more often | a discordant pair falls either way alike | McNemar, exact |
//! | equivalent, value | values are symmetric about a mean on the margin or outside | two one-sided sign-flip tests |
//! | monotone | the units' rank correlations with the levels are symmetric about 0 | two-sided sign flips of their mean |
//! | exact | – | none |
//!
//! Units are independent of each other. Differences of a and b on shared seeds are symmetric about
//! 0 wherever a and b could change places, whatever their distribution, so whether there is any
//! difference is tested exactly. Symmetry about a mean other than 0 is an assumption: on it rest
//! margins, expected values and intervals, and with those each refutation by an interval. Where it
//! does not hold they err more often than they say. Of ten exponential values an end of the interval
//! errs with 9 % instead of 2.5 %, of ten lognormal ones with 15 %, and of ten zeros and ones with a
//! mean of 0.1 with 35 %: shares belong into 'more often', not into 'value'.
//!
//! Pure functions of finite numbers, without a clock or chance: the same bits every time.

mod error;
mod evidence;
mod expectation;
mod finding;
mod flips;
mod holm;
mod judge;
mod kendall;
mod looks;
mod mcnemar;
mod power;
mod random;

#[cfg(test)]
mod simulated;

pub use error::ClaimError;
pub use evidence::{Claim, Evidence};
pub use expectation::{Expectation, smallest_holm};
pub use finding::Curve;
pub use holm::holm;
pub use judge::{Judgement, Reason, Tested, Verdict, judge};
pub use kendall::tau_b;
pub use looks::alpha_at_look;
pub use power::Needed;
