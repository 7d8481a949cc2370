//! What takes room in a results folder, and how it is given back.

use std::path::Path;

use rusqlite::{Connection, params};

use super::error::{Doing, count};
use super::ownership::Ownership;
use super::{StoreError, clock, filesystem, schema, writer};

/// What a sweep holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Its profile, empty for none.
    pub profile: String,
    /// Runs, those that left the grid too.
    pub runs: u64,
    /// Those among them that left the grid.
    pub left: u64,
    /// Those that no other sweep holds.
    pub own: u64,
    /// Logged values.
    pub values: u64,
    /// Bytes of samples.
    pub samples: u64,
    /// Bytes of weights.
    pub weights: u64,
}

/// Which runs' rows are to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention<'a> {
    /// A sweep with its profile, and its runs that no other sweep holds.
    Sweep {
        /// Its name.
        name: &'a str,
        /// Its profile.
        profile: &'a str,
    },
    /// Runs that left every grid that held them so many seconds ago, and those that no sweep holds.
    Left {
        /// The age.
        seconds: i64,
    },
    /// The weights of all runs, which are needed to measure them again by `eval`.
    Weights,
}

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Runs.
    pub runs: u64,
    /// Weights.
    pub weights: u64,
}

const LOOK: &str = "look at what is stored";
const REMOVE: &str = "remove what is not kept";

/// What every sweep holds, in the order of their names.
pub(super) fn held(db: &Connection, path: &Path) -> Result<Vec<Held>, StoreError> {
    let mut select = db
        .prepare(
            "SELECT s.name, s.profile, count(*), count(m.left_at),
                 sum((SELECT count(*) FROM sweep_runs o WHERE o.run = m.run) = 1),
                 sum((SELECT count(*) FROM metrics x WHERE x.run = m.run)),
                 sum((SELECT coalesce(sum(length(content)), 0) FROM samples x WHERE x.run = m.run)),
                 sum((SELECT coalesce(sum(length(content)), 0) FROM weights x WHERE x.run = m.run))
             FROM sweeps s JOIN sweep_runs m USING (sweep) GROUP BY sweep ORDER BY s.name, s.profile",
        )
        .doing(LOOK, path)?;
    let mut rows = select.query([]).doing(LOOK, path)?;
    let mut held = Vec::new();
    while let Some(row) = rows.next().doing(LOOK, path)? {
        let number = |column: usize| count("a count", row.get(column).doing(LOOK, path)?);
        held.push(Held {
            name: row.get(0).doing(LOOK, path)?,
            profile: row.get(1).doing(LOOK, path)?,
            runs: number(2)?,
            left: number(3)?,
            own: number(4)?,
            values: number(5)?,
            samples: number(6)?,
            weights: number(7)?,
        });
    }
    Ok(held)
}

/// Removes rows and gives their room back to the file system; where `really` is false it only counts.
/// Nobody else may write meanwhile.
///
/// # Errors
/// [`StoreError::Owned`], or what SQLite says; nothing is removed then.
pub fn remove(
    results: &Path,
    retention: Retention<'_>,
    really: bool,
) -> Result<Removed, StoreError> {
    let path = schema::database(results);
    if !path.exists() {
        return Err(StoreError::Missing {
            results: results.to_owned(),
        });
    }
    let _ownership = Ownership::take(results)?;
    let network = filesystem::network(results).is_some();
    let mut db = writer::connect(&path, network)?.map_err(|found| StoreError::Unreadable {
        what: "rows",
        found: format!("{found}; 'gan-sweep run' moves a damaged database aside"),
    })?;
    let transaction = db.transaction().doing(REMOVE, &path)?;
    let removed = apply(&transaction, retention).doing(REMOVE, &path)?;
    if !really {
        return Ok(removed);
    }
    transaction.commit().doing(REMOVE, &path)?;
    db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .doing(REMOVE, &path)?;
    Ok(removed)
}

fn apply(db: &Connection, retention: Retention<'_>) -> Result<Removed, rusqlite::Error> {
    match retention {
        Retention::Weights => {
            let weights = db.execute("DELETE FROM weights", [])? as u64;
            return Ok(Removed { runs: 0, weights });
        }
        Retention::Sweep { name, profile } => {
            let sweep = "SELECT sweep FROM sweeps WHERE name = ?1 AND profile = ?2";
            db.execute(
                &format!("DELETE FROM sweep_runs WHERE sweep = ({sweep})"),
                [name, profile],
            )?;
            db.execute(
                "DELETE FROM sweeps WHERE name = ?1 AND profile = ?2",
                [name, profile],
            )?;
        }
        Retention::Left { seconds } => {
            db.execute(
                "DELETE FROM sweep_runs WHERE left_at IS NOT NULL AND left_at <= ?1",
                params![clock::now().saturating_sub(seconds)],
            )?;
        }
    }
    let nobodys = "run NOT IN (SELECT run FROM sweep_runs)";
    // What is asked for again may come out of the same files again.
    db.execute("DELETE FROM shards", [])?;
    let mut removed = Removed::default();
    for table in ["metrics", "samples", "weights", "attempts", "runs"] {
        let rows = db.execute(&format!("DELETE FROM {table} WHERE {nobodys}"), [])? as u64;
        match table {
            "weights" => removed.weights = rows,
            "runs" => removed.runs = rows,
            _ => {}
        }
    }
    Ok(removed)
}
