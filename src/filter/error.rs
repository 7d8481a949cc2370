//! What is wrong with a filter, and where.

use std::fmt;

/// A filter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The filter.
    pub text: String,
    /// The place of the offending word, in letters from 1.
    pub column: usize,
    /// Its letters.
    pub length: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something else belongs there.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A text without an end.
    #[error("this text has no closing {0}")]
    Unclosed(char),
    /// Too many parentheses or `not`s within each other.
    #[error("more than {0} levels within each other")]
    TooDeep(usize),
    /// Nothing has that name.
    #[error("no run has a setting or a value '{name}'")]
    UnknownName {
        /// The name.
        name: String,
        /// The nearest one there is.
        near: Option<String>,
    },
    /// No run ends so.
    #[error("there is no outcome '{word}'; expected {known}")]
    UnknownOutcome {
        /// The word.
        word: String,
        /// Those that there are.
        known: String,
        /// The nearest of them.
        near: Option<String>,
    },
    /// An order of what has none.
    #[error("'{operator}' compares numbers, and {what} is none")]
    NoOrder {
        /// The operator.
        operator: &'static str,
        /// The value, or what the name stands for.
        what: String,
    },
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Letters that would move what follows them are no help here.
        let shown = self.text.replace(|c: char| c.is_control(), " ");
        let blanks = " ".repeat(self.column - 1);
        let marks = "^".repeat(self.length.max(1));
        write!(
            f,
            "{}\n --> column {} of the filter\n  |\n  | {shown}\n  | {blanks}{marks}",
            self.problem, self.column
        )?;
        match &self.problem {
            Problem::UnknownName { near, .. } | Problem::UnknownOutcome { near, .. } => {
                match near {
                    Some(near) => write!(f, "\n  = help: did you mean '{near}'?"),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}
