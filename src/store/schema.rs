//! The database file: its name, its schema, and how an older schema becomes the current one.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::StoreError;
use super::error::Doing;

/// The database in the results folder.
pub(super) const DATABASE: &str = "gan-sweep.db";

/// What brings version i to version i + 1. Never edited once released, only added to; a small
/// database of every version is committed and tested.
const MIGRATIONS: &[&str] = &[
    include_str!("schema-1.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
    include_str!("schema-5.sql"),
];

/// The schema version that this program reads and writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// `GSWP`: tells our file from any other SQLite database.
const APPLICATION_ID: i64 = 0x4753_5750;

/// The path of the database.
pub(super) fn database(results: &Path) -> PathBuf {
    results.join(DATABASE)
}

/// The version of an open database; 0 if it is empty.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .doing("read the database", path)
    };
    let version = pragma("user_version")?;
    let empty = version == 0 && pragma("schema_version")? == 0;
    if !empty && pragma("application_id")? != APPLICATION_ID {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
        });
    }
    if version > VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: version,
            known: VERSION,
        });
    }
    Ok(version)
}

/// Brings the database to the current version, all steps in one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    if found == VERSION {
        return Ok(());
    }
    let doing = "bring the database to the current schema";
    let transaction = connection.transaction().doing(doing, path)?;
    for step in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(step).doing(doing, path)?;
    }
    transaction
        .pragma_update(None, "user_version", VERSION)
        .and_then(|()| transaction.pragma_update(None, "application_id", APPLICATION_ID))
        .and_then(|()| transaction.commit())
        .doing(doing, path)
}
