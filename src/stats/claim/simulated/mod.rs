//! The tests and verdicts on data of which the truth is known.

pub(super) mod draw;
mod enumerated;
mod few_units;
mod kinds;
mod nulls;
mod refuted;

use super::{Claim, Evidence, Expectation, Judgement, Verdict, judge};

const ALPHA: f64 = 0.05;

/// Data sets for each setting.
const TRIALS: usize = 2000;

/// So small that only the test stands between the data and a confirmation.
const TINY: f64 = f64::MIN_POSITIVE;
