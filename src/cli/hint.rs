//! What a mistake in the arguments suggests, where clap knows no word that is near.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The grid argument of `run`, `plan` and `explain`, as clap names it.
const GRID: &str = "<GRID.yaml>";

/// The error, with the next step where it is one of a first minute: a grid without a command, or a
/// command without a grid.
pub(super) fn with_next_step(mut error: Error) -> Error {
    if let Some(step) = next_step(&error) {
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![step.into()]),
        );
    }
    error
}

fn next_step(error: &Error) -> Option<String> {
    match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => {
            let is_grid = word.ends_with(".yaml") || word.ends_with(".yml");
            is_grid.then(|| format!("to train a grid, write 'gan-sweep run {word}'"))
        }
        (ErrorKind::MissingRequiredArgument, _) => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) if missing.iter().any(|m| m == GRID) => {
                Some("'gan-sweep init' writes a grid to begin with, grid.yaml".to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}
