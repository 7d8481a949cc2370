//! Events become rows. Owned by the writer's thread; holds the only connection that writes.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Doing, integer};
use super::value::SeriesDigest;
use super::{Past, Provenance, StoreError, clock, sample, value};
use crate::event::{Ended, Outcome, Report, RunEvent, Sample};
use crate::spec::RunId;

/// The state between events: which attempts are under way.
pub(super) struct Recorder {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    provenance: i64,
    host: String,
    /// Attempts under way.
    active: HashMap<RunId, Attempt>,
    quantities: BTreeMap<&'static str, i64>,
    /// The write-ahead log, once there is one.
    log: Option<File>,
}

#[derive(Clone, Copy)]
struct Attempt {
    run: i64,
    number: i64,
}

const RECORD: &str = "record results";

impl Recorder {
    pub(super) fn new(
        connection: Connection,
        path: PathBuf,
        provenance: &Provenance,
        host: String,
    ) -> Result<Self, StoreError> {
        let of = provenance;
        let columns = params![of.git_revision, of.dirty, of.versions, of.numeric_class];
        let provenance = connection
            .execute(
                "INSERT INTO provenances (git_revision, dirty, versions, numeric_class)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                columns,
            )
            .and_then(|_| {
                connection.query_row(
                    "SELECT provenance FROM provenances WHERE git_revision = ?1 AND dirty = ?2
                     AND versions = ?3 AND numeric_class = ?4",
                    columns,
                    |row| row.get(0),
                )
            })
            .doing(RECORD, &path)?;
        Ok(Self {
            connection,
            path,
            provenance,
            host,
            active: HashMap::new(),
            quantities: BTreeMap::new(),
            log: None,
        })
    }

    /// Makes what was committed survive the machine. SQLite holds no lock on the log, so that a handle
    /// of our own does no harm; without a log every commit is synced already.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let failed = |source| StoreError::Folder {
            path: log.clone().into(),
            source,
        };
        let file = match &self.log {
            Some(file) => file,
            None => match File::open(&log) {
                Ok(file) => self.log.insert(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(failed(error)),
            },
        };
        file.sync_data().map_err(failed)
    }

    /// Stores one event; the caller holds a transaction.
    pub(super) fn record(&mut self, report: &Report) -> Result<(), StoreError> {
        let run = report.run;
        if let RunEvent::Started { from } = report.event {
            let attempt = self.begin(run, integer("step", from)?)?;
            self.active.insert(run, attempt);
            return Ok(());
        }
        let Some(&attempt) = self.active.get(&run) else {
            return Err(StoreError::NotStarted(run));
        };
        match &report.event {
            RunEvent::Started { .. } => Ok(()),
            RunEvent::Logged { step, values } => self.values(attempt, *step, values, false),
            RunEvent::Worst { step, values } => self.values(attempt, *step, values, true),
            RunEvent::Features(features) => self.features(attempt, features),
            RunEvent::Trained { weights } => self.weights(attempt, weights),
            RunEvent::Sampled { step, sample } => self.sample(attempt, *step, sample),
            RunEvent::Stopped { step } => {
                self.active.remove(&run);
                self.stopped(attempt, *step)
            }
            RunEvent::Ended(ended) => {
                self.active.remove(&run);
                self.end(attempt, ended)
            }
        }
    }

    /// A new attempt; the rows of the one before it go, but for the pictures up to the checkpoint that it goes
    /// on from: the series come again out of that, pictures do not.
    fn begin(&self, id: RunId, from: i64) -> Result<Attempt, StoreError> {
        self.insert_attempt(id, from)
            .doing(RECORD, &self.path)?
            .ok_or(StoreError::NotPlanned(id))
    }

    fn insert_attempt(&self, id: RunId, from: i64) -> rusqlite::Result<Option<Attempt>> {
        let db = &self.connection;
        let attempt = db
            .prepare_cached(
                "UPDATE runs SET attempts = attempts + 1 WHERE id = ?1 RETURNING run, attempts",
            )?
            .query_row([id.to_string()], |row| {
                Ok(Attempt {
                    run: row.get(0)?,
                    number: row.get(1)?,
                })
            })
            .optional()?;
        let Some(attempt) = attempt else {
            return Ok(None);
        };
        db.prepare_cached("DELETE FROM metrics WHERE run = ?1")?
            .execute([attempt.run])?;
        db.prepare_cached("DELETE FROM samples WHERE run = ?1 AND step > ?2")?
            .execute([attempt.run, from])?;
        db.prepare_cached("DELETE FROM weights WHERE run = ?1")?
            .execute([attempt.run])?;
        db.prepare_cached(
            "INSERT INTO attempts (run, attempt, started_at, from_step, host, provenance)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            attempt.run,
            attempt.number,
            clock::now(),
            from,
            self.host,
            self.provenance
        ])?;
        Ok(Some(attempt))
    }

    fn values(
        &mut self,
        attempt: Attempt,
        step: u64,
        values: &[(&'static str, f64)],
        worst: bool,
    ) -> Result<(), StoreError> {
        let step = integer("step", step)?;
        for &(name, number) in values {
            let quantity = self.quantity(name).doing(RECORD, &self.path)?;
            let (number, kind) = value::encode(number);
            // A quantity that is logged twice at a step keeps its last value.
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO metrics (run, quantity, step, value, kind, worst)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![attempt.run, quantity, step, number, kind, worst])
                })
                .doing(RECORD, &self.path)?;
        }
        Ok(())
    }

    /// The key of a quantity. Keys are remembered although a transaction may still be rolled back:
    /// after a rollback nothing more is written.
    fn quantity(&mut self, name: &'static str) -> rusqlite::Result<i64> {
        if let Some(&key) = self.quantities.get(name) {
            return Ok(key);
        }
        self.connection.execute(
            "INSERT INTO quantities (name) VALUES (?1) ON CONFLICT DO NOTHING",
            [name],
        )?;
        let key = self.connection.query_row(
            "SELECT quantity FROM quantities WHERE name = ?1",
            [name],
            |row| row.get(0),
        )?;
        self.quantities.insert(name, key);
        Ok(key)
    }

    fn sample(&self, attempt: Attempt, step: u64, sample: &Sample) -> Result<(), StoreError> {
        let step = integer("step", step)?;
        let content = sample::encode(sample)?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO samples (run, step, content, checksum) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut insert| {
                let checksum = blake3::hash(&content);
                insert.execute(params![attempt.run, step, content, checksum.as_bytes()])
            })
            .doing(RECORD, &self.path)?;
        Ok(())
    }

    fn features(&self, attempt: Attempt, features: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE attempts SET features = ?3 WHERE run = ?1 AND attempt = ?2")
            .and_then(|mut update| update.execute(params![attempt.run, attempt.number, features]))
            .doing(RECORD, &self.path)?;
        Ok(())
    }

    fn weights(&self, attempt: Attempt, weights: &[u8]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO weights (run, content, checksum) VALUES (?1, ?2, ?3)",
            )
            .and_then(|mut insert| {
                let checksum = blake3::hash(weights);
                insert.execute(params![attempt.run, weights, checksum.as_bytes()])
            })
            .doing(RECORD, &self.path)?;
        Ok(())
    }

    fn end(&self, attempt: Attempt, ended: &Ended) -> Result<(), StoreError> {
        let (mut step, mut quantity, mut message, mut place) = (None, None, None, None);
        let mut limit = None;
        match &ended.outcome {
            Outcome::Done => {}
            Outcome::Diverged {
                step: at,
                quantity: what,
            } => {
                step = Some(integer("step", *at)?);
                quantity = Some(what);
            }
            Outcome::TimedOut {
                step: at,
                limit: of,
            } => {
                step = Some(integer("step", *at)?);
                limit = Some(of.as_secs_f64());
            }
            Outcome::Failed { message: text } => message = Some(text),
            Outcome::Crashed {
                message: text,
                place: at,
            } => {
                message = Some(text);
                place = Some(at);
            }
        }
        let weights_digest = ended
            .weights_digest
            .map(|digest| blake3::Hash::from(digest).to_hex().to_string());
        let series_digest = self.series_digest(attempt)?;
        let flops = integer("flops", ended.flops)?;
        self.connection
            .prepare_cached(
                "UPDATE attempts SET outcome = ?3, outcome_step = ?4, outcome_quantity = ?5,
                     outcome_message = ?6, outcome_place = ?7, weights_digest = ?8,
                     series_digest = ?9, flops = ?10, wall_seconds = ?11, cpu_seconds = ?12,
                     ended_at = ?13, limit_seconds = ?14
                 WHERE run = ?1 AND attempt = ?2",
            )
            .and_then(|mut update| {
                update.execute(params![
                    attempt.run,
                    attempt.number,
                    ended.outcome.word(),
                    step,
                    quantity,
                    message,
                    place,
                    weights_digest,
                    series_digest,
                    flops,
                    ended.wall.as_secs_f64(),
                    ended.cpu.as_secs_f64(),
                    clock::now(),
                    limit,
                ])
            })
            .doing(RECORD, &self.path)?;
        Ok(())
    }

    fn stopped(&self, attempt: Attempt, step: u64) -> Result<(), StoreError> {
        let step = integer("step", step)?;
        self.connection
            .prepare_cached(
                "UPDATE attempts SET stopped_step = ?3, ended_at = ?4 WHERE run = ?1 AND attempt = ?2",
            )
            .and_then(|mut update| {
                update.execute(params![attempt.run, attempt.number, step, clock::now()])
            })
            .doing(RECORD, &self.path)?;
        Ok(())
    }

    fn series_digest(&self, attempt: Attempt) -> Result<String, StoreError> {
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT q.name, m.step, m.value, m.kind FROM metrics m
                 JOIN quantities q USING (quantity) WHERE m.run = ?1 ORDER BY m.step, q.name",
            )
            .doing(RECORD, &self.path)?;
        let mut rows = select.query([attempt.run]).doing(RECORD, &self.path)?;
        let mut digest = SeriesDigest::default();
        while let Some(row) = rows.next().doing(RECORD, &self.path)? {
            let read = || -> rusqlite::Result<(String, i64, Option<f64>, i64)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            };
            let (name, step, number, kind) = read().doing(RECORD, &self.path)?;
            digest.add(&name, step, value::decode(number, kind)?);
        }
        Ok(digest.finish())
    }

    /// The outcomes of those runs that have one.
    pub(super) fn outcomes(&self, ids: &[RunId]) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
        super::read::outcomes(&self.connection, &self.path, ids)
    }

    /// What became of those runs that were attempted.
    pub(super) fn pasts(&self, ids: &[RunId]) -> Result<BTreeMap<RunId, Past>, StoreError> {
        super::read::pasts(&self.connection, &self.path, ids)
    }
}
