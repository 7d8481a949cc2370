//! Taking the runs of a shard over into the results database, a shard a transaction.
//!
//! All of it is done by SQLite, table by table, so that nothing is decoded on the way. A run that has its
//! outcome here keeps it: another copy must agree with it, by the digests of its weights and of its
//! series, or is told.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::error::Doing;
use super::{StoreError, clock, read, schema, shard};
use crate::spec::RunId;

const COLLECT: &str = "collect a shard";

/// Outcomes that the same spec reaches each time.
const FINAL: &str = "('done', 'diverged')";

/// What collecting a shard did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Runs that have their outcome by it.
    pub runs: usize,
    /// Copies that agree with what was here.
    pub duplicates: usize,
    /// Copies that do not, made in another numeric class, or by other versions.
    pub elsewhere: Vec<Parted>,
    /// Copies that do not although the same bits are promised. Nothing of the shard was taken then.
    pub conflicts: Vec<Parted>,
}

/// Two copies of a run that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// The run.
    pub run: RunId,
    /// Who made the copy that is here, with its numeric class and versions.
    pub here: Maker,
    /// Who made the other.
    pub there: Maker,
}

/// Who made a copy of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maker {
    /// The node.
    pub host: String,
    /// Its numeric class.
    pub numeric_class: String,
    /// The versions.
    pub versions: String,
}

impl Parted {
    /// Whether the same bits were promised.
    fn is_conflict(&self) -> bool {
        self.here.numeric_class == self.there.numeric_class
            && self.here.versions == self.there.versions
    }
}

/// The names of the shards whose runs are here.
pub(super) fn known(db: &Connection, path: &Path) -> Result<BTreeSet<String>, StoreError> {
    let mut select = db.prepare("SELECT name FROM shards").doing(COLLECT, path)?;
    select
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .doing(COLLECT, path)
}

/// Takes a shard over, unless that was done before.
pub(super) fn collect(db: &mut Connection, file: &Path) -> Result<Collected, StoreError> {
    let address = shard::address(file);
    db.execute("ATTACH ?1 AS shard", [&address])
        .doing(COLLECT, file)?;
    let collected = take(db, file);
    let detached = db.execute_batch("DETACH shard").doing(COLLECT, file);
    let collected = collected?;
    detached?;
    Ok(collected)
}

fn take(db: &mut Connection, file: &Path) -> Result<Collected, StoreError> {
    let version: i64 = db
        .query_row("PRAGMA shard.user_version", [], |row| row.get(0))
        .doing(COLLECT, file)?;
    if version != schema::VERSION {
        return Err(StoreError::OtherShard {
            path: file.to_owned(),
            found: version,
            known: schema::VERSION,
        });
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let transaction = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(COLLECT, file)?;
    let is_new = transaction
        .execute(
            "INSERT INTO main.shards (name, attempts, collected_at)
             VALUES (?1, (SELECT count(*) FROM shard.attempts), ?2) ON CONFLICT DO NOTHING",
            params![name, clock::now()],
        )
        .doing(COLLECT, file)?;
    if is_new == 0 {
        return Ok(Collected::default());
    }
    transaction
        .execute_batch(PAIR)
        .and_then(|()| transaction.execute_batch(&judge()))
        .doing(COLLECT, file)?;
    let mixed = is_mixed(&transaction).doing(COLLECT, file)?;
    let mut collected = compare(&transaction, file, mixed)?;
    if !collected.conflicts.is_empty() {
        return Ok(Collected {
            conflicts: collected.conflicts,
            ..Collected::default()
        });
    }
    let fresh: u32 = transaction
        .query_row("SELECT count(*) FROM pairs WHERE fresh", [], |row| {
            row.get(0)
        })
        .doing(COLLECT, file)?;
    collected.runs = fresh as usize;
    if fresh > 0 {
        check(&transaction, file)?;
        transaction.execute_batch(COPY).doing(COLLECT, file)?;
    }
    transaction.commit().doing(COLLECT, file)?;
    Ok(collected)
}

/// The keys of everything, there and here.
const PAIR: &str = "
    INSERT INTO main.provenances (git_revision, dirty, versions, numeric_class)
        SELECT git_revision, dirty, versions, numeric_class FROM shard.provenances WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO main.quantities (name)
        SELECT name FROM shard.quantities WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO main.runs (id, trajectory, seed, settings)
        SELECT id, trajectory, seed, settings FROM shard.runs WHERE true ORDER BY run
        ON CONFLICT DO NOTHING;
    CREATE TEMP TABLE IF NOT EXISTS makers (there INTEGER PRIMARY KEY, here INTEGER NOT NULL);
    CREATE TEMP TABLE IF NOT EXISTS names (there INTEGER PRIMARY KEY, here INTEGER NOT NULL);
    -- The last attempt of each, and whether the one there is to be taken.
    CREATE TEMP TABLE IF NOT EXISTS pairs (
        here INTEGER PRIMARY KEY, there INTEGER NOT NULL, before INTEGER NOT NULL,
        attempts INTEGER NOT NULL, fresh INTEGER NOT NULL DEFAULT 0);
    DELETE FROM makers;
    DELETE FROM names;
    DELETE FROM pairs;
    INSERT INTO makers SELECT t.provenance, h.provenance FROM shard.provenances t
        JOIN main.provenances h USING (git_revision, dirty, versions, numeric_class);
    INSERT INTO names SELECT t.quantity, h.quantity FROM shard.quantities t
        JOIN main.quantities h USING (name);
    INSERT INTO pairs (here, there, before, attempts)
        SELECT h.run, t.run, h.attempts, t.attempts FROM shard.runs t JOIN main.runs h USING (id)
        WHERE t.attempts > 0;";

/// A copy is taken where there is no outcome yet, or only that of a failure.
fn judge() -> String {
    format!(
        "UPDATE pairs SET fresh = 1 WHERE NOT EXISTS (
             SELECT 1 FROM main.attempts a WHERE a.run = here AND a.attempt = before
                 AND a.outcome IN {FINAL});"
    )
}

/// Everything of the runs that are taken. Pictures up to the step that an attempt went on from stay, as
/// where it is recorded at once.
const COPY: &str = "
    DELETE FROM main.metrics WHERE run IN (SELECT here FROM pairs WHERE fresh AND before > 0);
    DELETE FROM main.weights WHERE run IN (SELECT here FROM pairs WHERE fresh AND before > 0);
    DELETE FROM main.samples WHERE rowid IN (
        SELECT s.rowid FROM pairs p
        CROSS JOIN shard.attempts a ON a.run = p.there AND a.attempt = p.attempts
        CROSS JOIN main.samples s ON s.run = p.here AND s.step > a.from_step
        WHERE p.fresh AND p.before > 0);
    UPDATE main.runs SET attempts =
            (SELECT p.before + p.attempts FROM pairs p WHERE p.here = runs.run)
        WHERE run IN (SELECT here FROM pairs WHERE fresh);
    INSERT INTO main.attempts (run, attempt, started_at, from_step, host, provenance, features,
            stopped_step, outcome, outcome_step, outcome_quantity, outcome_message, outcome_place,
            limit_seconds, weights_digest, series_digest, flops, wall_seconds, cpu_seconds, ended_at)
        SELECT p.here, p.before + a.attempt, a.started_at, a.from_step, a.host, m.here, a.features,
            a.stopped_step, a.outcome, a.outcome_step, a.outcome_quantity, a.outcome_message,
            a.outcome_place, a.limit_seconds, a.weights_digest, a.series_digest, a.flops,
            a.wall_seconds, a.cpu_seconds, a.ended_at
        FROM pairs p CROSS JOIN shard.attempts a ON a.run = p.there
        CROSS JOIN makers m ON m.there = a.provenance WHERE p.fresh;
    INSERT INTO main.metrics (run, quantity, step, value, kind, worst)
        SELECT p.here, n.here, x.step, x.value, x.kind, x.worst
        FROM pairs p CROSS JOIN shard.metrics x ON x.run = p.there
        CROSS JOIN names n ON n.there = x.quantity WHERE p.fresh;
    INSERT OR REPLACE INTO main.samples (run, step, content, checksum)
        SELECT p.here, x.step, x.content, x.checksum
        FROM pairs p CROSS JOIN shard.samples x ON x.run = p.there WHERE p.fresh;
    INSERT INTO main.weights (run, content, checksum)
        SELECT p.here, x.content, x.checksum
        FROM pairs p CROSS JOIN shard.weights x ON x.run = p.there WHERE p.fresh;";

/// Whether machines of several numeric classes have worked for these results. Then a run that went on from a
/// checkpoint may have begun in another class than the one that it ended in.
fn is_mixed(db: &Transaction<'_>) -> rusqlite::Result<bool> {
    db.query_row(
        "SELECT count(DISTINCT numeric_class) > 1 FROM main.provenances",
        [],
        |row| row.get(0),
    )
}

/// That weights and samples are what was written: a damaged one must not come into the database.
fn check(db: &Transaction<'_>, file: &Path) -> Result<(), StoreError> {
    for table in ["weights", "samples"] {
        let text = format!(
            "SELECT x.content, x.checksum FROM pairs p CROSS JOIN shard.{table} x ON x.run = p.there
             WHERE p.fresh"
        );
        let mut select = db.prepare_cached(&text).doing(COLLECT, file)?;
        let mut rows = select.query([]).doing(COLLECT, file)?;
        while let Some(row) = rows.next().doing(COLLECT, file)? {
            let blob = |i| row.get_ref(i)?.as_blob().map_err(rusqlite::Error::from);
            let (content, checksum) =
                (blob(0).doing(COLLECT, file)?, blob(1).doing(COLLECT, file)?);
            if blake3::hash(content).as_bytes() != checksum {
                return Err(StoreError::DamagedShard {
                    path: file.to_owned(),
                    what: table,
                });
            }
        }
    }
    Ok(())
}

/// The copies that are not taken, against those that are here.
fn compare(db: &Transaction<'_>, file: &Path, mixed: bool) -> Result<Collected, StoreError> {
    let text = format!(
        "SELECT r.id, a.host, u.numeric_class, u.versions, b.host, v.numeric_class, v.versions,
             a.outcome IS b.outcome AND a.outcome_step IS b.outcome_step
                 AND a.outcome_quantity IS b.outcome_quantity
                 AND a.weights_digest IS b.weights_digest AND a.series_digest IS b.series_digest,
             a.from_step > 0 OR b.from_step > 0
         FROM pairs p JOIN main.runs r ON r.run = p.here
         JOIN main.attempts a ON a.run = p.here AND a.attempt = p.before
         JOIN main.provenances u ON u.provenance = a.provenance
         JOIN shard.attempts b ON b.run = p.there AND b.attempt = p.attempts
         JOIN shard.provenances v ON v.provenance = b.provenance
         WHERE NOT p.fresh AND b.outcome IN {FINAL}"
    );
    let maker = |row: &Row<'_>, from: usize| -> rusqlite::Result<Maker> {
        Ok(Maker {
            host: row.get(from)?,
            numeric_class: row.get(from + 1)?,
            versions: row.get(from + 2)?,
        })
    };
    let mut select = db.prepare_cached(&text).doing(COLLECT, file)?;
    let mut rows = select.query([]).doing(COLLECT, file)?;
    let mut collected = Collected::default();
    while let Some(row) = rows.next().doing(COLLECT, file)? {
        let copy = || -> rusqlite::Result<(String, Maker, Maker)> {
            Ok((row.get(0)?, maker(row, 1)?, maker(row, 4)?))
        };
        let (run, here, there) = copy().doing(COLLECT, file)?;
        let flag = |i| row.get::<_, bool>(i).doing(COLLECT, file);
        let (agree, went_on) = (flag(7)?, flag(8)?);
        let parted = Parted {
            run: read::id(&run)?,
            here,
            there,
        };
        match (agree, parted.is_conflict() && !(mixed && went_on)) {
            (true, _) => collected.duplicates += 1,
            (false, true) => collected.conflicts.push(parted),
            (false, false) => collected.elsewhere.push(parted),
        }
    }
    Ok(collected)
}
