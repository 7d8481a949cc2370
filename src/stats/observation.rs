//! The one value that a run counts with.

use crate::event::Outcome;
use crate::metric::Direction;
use crate::quantity::info;
use crate::store::RunRow;

/// What a run counts with in a comparison by a metric; `None` if it is missing, failed, or has no
/// value of it.
///
/// A diverged run counts with the metric's declared worst value, never with what it had reached
/// before; only a quantity that knows no better or worse, such as a loss, counts with its last
/// value, finite or not.
pub fn observed(run: &RunRow, metric: &str) -> Option<f64> {
    let last = run.last.get(metric)?;
    let judged = info(metric).is_some_and(|i| i.direction != Direction::Neither);
    match run.outcome {
        Some(Outcome::Done) => Some(last.value),
        Some(Outcome::Diverged { .. }) if last.worst || !judged => Some(last.value),
        _ => None,
    }
}

/// The word for an outcome, or for its absence.
pub fn outcome_word(outcome: Option<&Outcome>) -> &'static str {
    outcome.map_or("missing", Outcome::word)
}
