//! Why the store cannot be opened, read or written.

use std::path::PathBuf;
use std::sync::Arc;

use crate::spec::RunId;

/// What goes wrong at the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database yet.
    #[error(
        "there are no results in {}: 'gan-sweep run GRID.yaml' makes them; --results names another folder",
        results.display()
    )]
    Missing {
        /// The folder.
        results: PathBuf,
    },
    /// The folder cannot be made or looked at.
    #[error("cannot use {}: --results names another folder for results", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The disk is about to be full.
    #[error(
        "only {} MB are left where {} is, less than {} MB: make room there",
        free / 1_000_000,
        path.display(),
        least / 1_000_000
    )]
    Room {
        /// The database.
        path: PathBuf,
        /// Bytes left.
        free: u64,
        /// Bytes that there must be.
        least: u64,
    },
    /// Another process writes into the folder.
    #[error("{} is being written by another gan-sweep ({holder}): wait for it, or choose another --results", results.display())]
    Owned {
        /// The folder.
        results: PathBuf,
        /// What the owner wrote about itself.
        holder: String,
    },
    /// SQLite reports an error.
    #[error("cannot {doing} ({}){}", path.display(), next_step(source))]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is an SQLite database of something else.
    #[error("{} is not a gan-sweep database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database is newer than this program.
    #[error("{} has schema version {found}, this gan-sweep knows versions up to {known}: use the newer program", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The database is older than this program and was opened for reading only.
    #[error("{} has schema version {found}, this gan-sweep reads version {known}: 'gan-sweep run' of any grid with these results upgrades it", path.display())]
    Older {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version that is read here.
        known: i64,
    },
    /// A file of runs that was written by a program with another schema.
    #[error(
        "{} was written by another version of gan-sweep (schema {found}; this one has {known}): collect it \
         with that version", path.display()
    )]
    OtherShard {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version that is read here.
        known: i64,
    },
    /// A file of runs whose content has changed.
    #[error("{} is damaged: {what} are not what was written", path.display())]
    DamagedShard {
        /// The file.
        path: PathBuf,
        /// Which table.
        what: &'static str,
    },
    /// A run of another version of the program, or on a data set that is no longer there.
    #[error(
        "run {run} cannot be made again: its settings, or the data set of that name, mean something else \
         now than when it was trained; train it again with this version of the program"
    )]
    OtherSpec {
        /// The run.
        run: RunId,
    },
    /// A stored value does not mean anything: the file was changed by something else.
    #[error("the database holds {what} that cannot be read: {found}")]
    Unreadable {
        /// What kind of value.
        what: &'static str,
        /// The value, or why it cannot be read.
        found: String,
    },
    /// A number beyond SQLite's integers.
    #[error(
        "{what} {value} is larger than the database can hold (at most {})",
        i64::MAX
    )]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// An event of a run that no plan registered.
    #[error("internal: run {0} reports but was never planned")]
    NotPlanned(RunId),
    /// An event of a run outside an attempt.
    #[error("internal: run {0} reports outside an attempt")]
    NotStarted(RunId),
    /// No sweep has that name.
    #[error("there is no sweep '{name}'{}", .hint)]
    UnknownSweep {
        /// The name that was asked for.
        name: String,
        /// The nearest name, or all of them, as the end of the sentence.
        hint: String,
    },
    /// No run's id begins so.
    #[error("no run's id begins with '{prefix}': 'gan-sweep ls SWEEP' lists them")]
    UnknownRun {
        /// The digits that were asked for.
        prefix: String,
    },
    /// Several runs' ids begin so.
    #[error("{count} runs' ids begin with '{prefix}', such as {}: give more digits", examples.join(", "))]
    AmbiguousRun {
        /// The digits that were asked for.
        prefix: String,
        /// How many runs match.
        count: usize,
        /// Some of them.
        examples: Vec<String>,
    },
    /// The writer's thread cannot be started.
    #[error("cannot start the thread that writes results")]
    Thread {
        /// Why.
        source: std::io::Error,
    },
    /// The writer has stopped.
    #[error(transparent)]
    Gone(#[from] WriterGone),
}

/// The writer no longer takes events: nothing more can be recorded.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "results can no longer be recorded; what was committed is kept, and the same command goes on when the \
     cause is gone"
)]
pub struct WriterGone {
    /// The first write error; `None` after a close.
    #[source]
    pub reason: Option<Arc<StoreError>>,
}

/// Says what was attempted when SQLite reports an error.
pub(super) trait Doing<T> {
    /// Names the attempt, as the end of `cannot …`.
    fn doing(self, doing: &'static str, path: &std::path::Path) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str, path: &std::path::Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Database {
            doing,
            path: path.to_owned(),
            source,
        })
    }
}

/// A count as SQLite holds it.
pub(super) fn integer(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { what, value })
}

/// A count as the database holds it, back.
pub(super) fn count(what: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Unreadable {
        what,
        found: value.to_string(),
    })
}

/// What can be done about an error of SQLite.
fn next_step(source: &rusqlite::Error) -> &'static str {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            ": `gan-sweep run` of any grid moves it aside and begins another"
        }
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly) => {
            ": --results names another folder for results"
        }
        _ => "",
    }
}
