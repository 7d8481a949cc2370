//! Summaries, intervals and paired differences. Pure functions of the runs of a sweep.
//!
//! What a run counts with, everywhere: a done run with its last value; a diverged run with the
//! metric's declared worst value; a failed or missing run with nothing, but it is counted.

mod axes;
pub mod claim;
mod comparison;
mod effects;
mod explained;
mod figures;
mod headline;
mod observation;
mod summary;

#[cfg(test)]
pub(crate) mod fixture;

pub use axes::{Axis, varied};
pub use comparison::{Cell, Comparison, ComparisonError, Counts, Reference};
pub use effects::{Effect, Effects};
pub use explained::{Explained, explained};
pub use figures::{figure, interval};
pub use headline::{HEADLINES, Kind, kinds, subject};
pub use observation::{observed, outcome_word};
pub use summary::{Summary, t_quantile};
