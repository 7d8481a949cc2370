//! Whether what is in the database is what was written.
//!
//! SQLite finds pages that do not hang together. What lies inside them is found by our own checksums: of
//! every series, of weights and of samples.

use rusqlite::{Connection, Error, ErrorCode};

use super::value::{self, SeriesDigest};

/// Why a database is taken for damaged; `None` where it is whole.
pub(super) fn damage(db: &Connection) -> Result<Option<String>, Error> {
    let found: String = match db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)) {
        Ok(found) => found,
        Err(error) if is_damage(&error) => return Ok(Some(error.to_string())),
        Err(error) => return Err(error),
    };
    if found != "ok" {
        return Ok(Some(found));
    }
    match damaged_runs(db) {
        Ok(runs) => Ok(runs.first().map(|(_, why)| why.clone())),
        Err(error) if is_damage(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Whether this error says that the file is damaged.
pub(super) fn is_damage(error: &Error) -> bool {
    match error {
        // A value of another type than every row has.
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..) => true,
        _ => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}

/// Runs that ended and whose series, weights or samples are not those that were written, with the reason.
pub(super) fn damaged_runs(db: &Connection) -> Result<Vec<(i64, String)>, Error> {
    let mut ended = db.prepare(
        "SELECT r.run, r.id, a.series_digest FROM runs r
         JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
         WHERE a.outcome IS NOT NULL ORDER BY r.run",
    )?;
    let mut rows = ended.query([])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        let (run, id): (i64, String) = (row.get(0)?, row.get(1)?);
        let expected: Option<String> = row.get(2)?;
        let what = if series(db, run)? != expected {
            "the series"
        } else if !contents_are_whole(db, "weights", run)? {
            "the weights"
        } else if !contents_are_whole(db, "samples", run)? {
            "a sample"
        } else {
            continue;
        };
        let reason = format!("{what} of run {id} are not what was written");
        damaged.push((run, reason));
    }
    Ok(damaged)
}

/// The digest of a run's series; `None` where a value is none.
fn series(db: &Connection, run: i64) -> Result<Option<String>, Error> {
    let mut select = db.prepare_cached(
        "SELECT q.name, m.step, m.value, m.kind FROM metrics m
         JOIN quantities q USING (quantity) WHERE m.run = ?1 ORDER BY m.step, q.name",
    )?;
    let mut rows = select.query([run])?;
    let mut digest = SeriesDigest::default();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let Ok(number) = value::decode(row.get(2)?, row.get(3)?) else {
            return Ok(None);
        };
        digest.add(&name, row.get(1)?, number);
    }
    Ok(Some(digest.finish()))
}

fn contents_are_whole(db: &Connection, table: &str, run: i64) -> Result<bool, Error> {
    let query =
        format!("SELECT content, checksum FROM {table} WHERE run = ?1 AND checksum IS NOT NULL");
    let mut select = db.prepare_cached(&query)?;
    let mut rows = select.query([run])?;
    while let Some(row) = rows.next()? {
        let content = row.get_ref(0)?.as_blob()?;
        if blake3::hash(content).as_bytes() != row.get_ref(1)?.as_blob()? {
            return Ok(false);
        }
    }
    Ok(true)
}
