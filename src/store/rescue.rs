//! A damaged database is moved aside, and what is intact in it is read into a new one.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::Doing;
use super::{StoreError, clock, intact, schema};

/// In the order in which rows refer to each other. Which shards were collected is forgotten: what was lost of
/// their runs comes again when they are collected again.
const TABLES: [&str; 10] = [
    "sweeps",
    "runs",
    "sweep_runs",
    "provenances",
    "attempts",
    "quantities",
    "metrics",
    "samples",
    "weights",
    "looks",
];

/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

const DOING: &str = "rescue what is intact in the damaged database";

/// Moves the database aside and fills a new one in its place. What people should know.
pub(super) fn rescue(path: &Path, reason: &str) -> Result<String, StoreError> {
    let aside = move_aside(path)?;
    let mut new = Connection::open(path).doing(DOING, path)?;
    schema::migrate(&mut new, path)?;
    let mut kept = 0;
    if let Ok(old) = Connection::open(&aside) {
        kept = fill(&old, &mut new).doing(DOING, path)?;
    }
    new.close().map_err(|(_, error)| error).doing(DOING, path)?;
    let outcomes = match kept {
        1 => "1 run with its outcome was".to_owned(),
        n => format!("{n} runs with their outcomes were"),
    };
    Ok(format!(
        "the database was damaged ({reason}) and is now {}; {outcomes} read from it, what is missing is \
         trained again",
        aside.display()
    ))
}

fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let with = |path: &Path, ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let aside = (0..)
        .map(|i| path.with_extension(format!("damaged-{}-{i}.db", clock::now())))
        .find(|candidate| !candidate.exists())
        .unwrap_or_default();
    let moved = |from: &Path, to: &Path| {
        fs::rename(from, to).map_err(|source| StoreError::Folder {
            path: from.to_owned(),
            source,
        })
    };
    // The log first: a database without its log is older, a log without its database is nothing.
    for ending in BESIDE {
        let from = with(path, ending);
        if from.exists() {
            moved(&from, &with(&aside, ending))?;
        }
    }
    moved(path, &aside)?;
    Ok(aside)
}

/// Copies what can be read and removes what is not whole. How many runs have their outcome then.
fn fill(old: &Connection, new: &mut Connection) -> Result<i64, rusqlite::Error> {
    new.pragma_update(None, "foreign_keys", false)?;
    let transaction = new.transaction()?;
    for table in TABLES {
        copy(old, &transaction, table)?;
    }
    let orphans = "DELETE FROM sweep_runs WHERE sweep NOT IN (SELECT sweep FROM sweeps)
             OR run NOT IN (SELECT run FROM runs);
         DELETE FROM attempts WHERE run NOT IN (SELECT run FROM runs)
             OR provenance NOT IN (SELECT provenance FROM provenances);
         DELETE FROM metrics WHERE run NOT IN (SELECT run FROM runs)
             OR quantity NOT IN (SELECT quantity FROM quantities);
         DELETE FROM samples WHERE run NOT IN (SELECT run FROM runs);
         DELETE FROM weights WHERE run NOT IN (SELECT run FROM runs);
         UPDATE runs SET attempts =
             (SELECT coalesce(max(attempt), 0) FROM attempts a WHERE a.run = runs.run);";
    transaction.execute_batch(orphans)?;
    // A run that is done has weights, unless an older version made it: then it has no checksums either.
    let bare =
        "SELECT a.run, '' FROM attempts a JOIN runs r ON r.run = a.run AND r.attempts = a.attempt
         WHERE a.outcome = 'done' AND a.run NOT IN (SELECT run FROM weights)
             AND a.run IN (SELECT run FROM samples WHERE checksum IS NOT NULL)";
    let mut lost = intact::damaged_runs(&transaction)?;
    {
        let mut select = transaction.prepare(bare)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            lost.push(row?);
        }
    }
    for (run, _) in lost {
        for table in ["attempts", "metrics", "samples", "weights"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run])?;
        }
        transaction.execute("UPDATE runs SET attempts = 0 WHERE run = ?1", [run])?;
    }
    let kept = transaction.query_row(
        "SELECT count(*) FROM runs r JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
         WHERE a.outcome IS NOT NULL",
        [],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    Ok(kept)
}

/// Copies the rows that can be read, from both ends: what lies behind a damaged page is reached from the
/// other one.
fn copy(old: &Connection, new: &Connection, table: &str) -> Result<(), rusqlite::Error> {
    let (ours, keys) = columns(new, table)?;
    // Nothing of the table can be read.
    let Ok((theirs, _)) = columns(old, table) else {
        return Ok(());
    };
    let both: Vec<String> = ours.into_iter().filter(|c| theirs.contains(c)).collect();
    if both.is_empty() {
        return Ok(());
    }
    let list = both.join(", ");
    let places = vec!["?"; both.len()].join(", ");
    let mut insert = new.prepare(&format!(
        "INSERT OR IGNORE INTO {table} ({list}) VALUES ({places})"
    ))?;
    for direction in ["ASC", "DESC"] {
        let order: Vec<String> = keys
            .iter()
            .map(|key| format!("{key} {direction}"))
            .collect();
        let query = format!("SELECT {list} FROM {table} ORDER BY {}", order.join(", "));
        let Ok(mut select) = old.prepare(&query) else {
            continue;
        };
        let Ok(mut rows) = select.query([]) else {
            continue;
        };
        // To the first row that cannot be read.
        while let Ok(Some(row)) = rows.next() {
            let values: Result<Vec<Value>, _> = (0..both.len()).map(|i| row.get(i)).collect();
            if let Ok(values) = values {
                // What the new schema refuses is damaged.
                let _ = insert.execute(params_from_iter(values));
            }
        }
    }
    Ok(())
}

/// The columns of a table, and those of its primary key in order.
fn columns(db: &Connection, table: &str) -> Result<(Vec<String>, Vec<String>), rusqlite::Error> {
    let mut select = db.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
    let rows = select.query_map([table], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    let all = rows.collect::<Result<Vec<_>, _>>()?;
    let mut keys: Vec<_> = all.iter().filter(|(_, pk)| *pk > 0).collect();
    keys.sort_by_key(|(_, pk)| *pk);
    let keys = keys.into_iter().map(|(name, _)| name.clone()).collect();
    Ok((all.into_iter().map(|(name, _)| name).collect(), keys))
}
