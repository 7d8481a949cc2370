//! How far a sweep is while somebody works on it.

use std::path::Path;

use rusqlite::{Connection, Row};

use super::error::{Doing, count};
use super::{RunRow, StoreError, read};
use crate::spec::RunId;

/// A sweep at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Its runs in plan order, without their last values.
    pub runs: Vec<RunRow>,
    /// Those whose last attempt has not ended, in plan order.
    pub begun: Vec<Begun>,
}

/// A run whose last attempt has neither an outcome nor been left: a worker has it, or it was lost with
/// its process. Which of both, only the lock can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The run.
    pub run: RunId,
    /// When the attempt began, seconds since 1970.
    pub started_at: i64,
    /// The step up to which something is known of it: the last one that was logged, or that of the
    /// checkpoint that it went on from.
    pub step: u64,
}

const READ: &str = "read results";

/// The caller holds a transaction.
pub(super) fn of(db: &Connection, path: &Path, sweep: i64) -> Result<Progress, StoreError> {
    Ok(Progress {
        runs: read::members(db, path, read::Which::Members(sweep))?,
        begun: begun(db, path, sweep)?,
    })
}

fn begun(db: &Connection, path: &Path, sweep: i64) -> Result<Vec<Begun>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT r.id, a.started_at, max(a.from_step, coalesce(
                 (SELECT max(m.step) FROM metrics m WHERE m.run = r.run), 0))
             FROM sweep_runs s JOIN runs r USING (run)
             JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
             WHERE s.sweep = ?1 AND s.left_at IS NULL
                 AND a.outcome IS NULL AND a.stopped_step IS NULL
             ORDER BY s.position",
        )
        .doing(READ, path)?;
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let rows: Vec<(String, i64, i64)> = select
        .query_map([sweep], columns)
        .and_then(Iterator::collect)
        .doing(READ, path)?;
    rows.into_iter()
        .map(|(id, started_at, step)| {
            Ok(Begun {
                run: read::id(&id)?,
                started_at,
                step: count("a step", step)?,
            })
        })
        .collect()
}
