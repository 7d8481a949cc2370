//! Reading results: while a writer writes, and from a folder that nobody may write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use super::error::Doing;
use super::read::{self, Which};
use super::{
    AttemptRow, Held, Measured, Progress, RunRow, SampleRow, StoreError, SweepRow, Tally, collect,
    housekeeping, progress, sample, schema, writer,
};
use crate::event::Outcome;
use crate::nearest::nearest;
use crate::spec::{Catalog, RunId, RunSpec, assigned, resolve};

/// A read-only view of a results folder. Each method sees one consistent state.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    path: PathBuf,
}

const READ: &str = "read results";

impl Reader {
    /// Opens the database of a results folder.
    pub fn open(results: &Path) -> Result<Self, StoreError> {
        let path = schema::database(results);
        if !path.exists() {
            return Err(StoreError::Missing {
                results: results.to_owned(),
            });
        }
        let db = connect(&path).doing("open the database", &path)?;
        db.busy_timeout(writer::PATIENCE)
            .doing("open the database", &path)?;
        db.set_prepared_statement_cache_capacity(64);
        let found = schema::version(&db, &path)?;
        if found < schema::VERSION {
            return Err(StoreError::Older {
                path,
                found,
                known: schema::VERSION,
            });
        }
        Ok(Self { db, path })
    }

    /// The attempts at a run, the first first.
    pub fn attempts(&self, run: RunId) -> Result<Vec<AttemptRow>, StoreError> {
        read::attempts(&self.db, &self.path, run)
    }

    /// The names of the shards whose runs are here.
    pub fn shards(&self) -> Result<BTreeSet<String>, StoreError> {
        collect::known(&self.db, &self.path)
    }

    /// What every sweep holds, by name and profile.
    pub fn held(&self) -> Result<Vec<Held>, StoreError> {
        housekeeping::held(&self.db, &self.path)
    }

    /// Every sweep, by name and profile.
    pub fn sweeps(&self) -> Result<Vec<SweepRow>, StoreError> {
        self.rows(
            "SELECT name, question, profile, source, created_at FROM sweeps ORDER BY name, profile",
            [],
            sweep_row,
        )
    }

    /// The sweep of that name, under the profile that was planned last.
    pub fn sweep(&self, name: &str) -> Result<SweepRow, StoreError> {
        let found = self.rows(
            "SELECT name, question, profile, source, created_at FROM sweeps
             WHERE name = ?1 ORDER BY plan DESC LIMIT 1",
            [name],
            sweep_row,
        )?;
        match found.into_iter().next() {
            Some(sweep) => Ok(sweep),
            None => Err(self.unknown_sweep(
                name,
                "there is no sweep at all: 'gan-sweep run GRID.yaml' makes one",
            )?),
        }
    }

    /// The sweep of that name and profile (empty for none).
    pub fn sweep_under(&self, name: &str, profile: &str) -> Result<SweepRow, StoreError> {
        let sweeps = self.sweeps()?;
        let planned: Vec<_> = sweeps.into_iter().filter(|s| s.name == name).collect();
        if planned.is_empty() {
            return Err(self.unknown_sweep(name, "there is no sweep at all")?);
        }
        let profiles: Vec<_> = planned.iter().map(|s| quoted(&s.profile)).collect();
        let hint = format!(
            " under profile {}; it was run under {}",
            quoted(profile),
            profiles.join(", ")
        );
        planned
            .into_iter()
            .find(|s| s.profile == profile)
            .ok_or_else(|| StoreError::UnknownSweep {
                name: name.to_owned(),
                hint,
            })
    }

    fn unknown_sweep(&self, name: &str, none: &str) -> Result<StoreError, StoreError> {
        let mut names: Vec<_> = self.sweeps()?.into_iter().map(|s| s.name).collect();
        names.dedup();
        let hint = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("; did you mean '{near}'?"),
            None if names.is_empty() => format!("; {none}"),
            None => format!("; there is {}", names.join(", ")),
        };
        Ok(StoreError::UnknownSweep {
            name: name.to_owned(),
            hint,
        })
    }

    /// How far a sweep is.
    pub fn tally(&self, sweep: &SweepRow) -> Result<Tally, StoreError> {
        let key = self.key(sweep)?;
        self.db
            .query_row(
                "SELECT count(*),
                     count(*) FILTER (WHERE a.outcome = 'done'),
                     count(*) FILTER (WHERE a.outcome = 'diverged'),
                     count(*) FILTER (WHERE a.outcome IN ('failed', 'crashed', 'timed_out')),
                     max(coalesce(max(a.ended_at), 0), s.planned_at)
                 FROM sweep_runs m JOIN sweeps s USING (sweep) JOIN runs r USING (run)
                 LEFT JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
                 WHERE m.sweep = ?1 AND m.left_at IS NULL",
                [key],
                |row| {
                    Ok(Tally {
                        runs: row.get(0)?,
                        done: row.get(1)?,
                        diverged: row.get(2)?,
                        failed: row.get(3)?,
                        changed_at: row.get::<_, Option<i64>>(4)?.unwrap_or(sweep.created_at),
                    })
                },
            )
            .doing(READ, &self.path)
    }

    /// The runs of a sweep, in plan order.
    pub fn runs(&self, sweep: &SweepRow) -> Result<Vec<RunRow>, StoreError> {
        let key = self.key(sweep)?;
        self.snapshot(|| read::runs(&self.db, &self.path, Which::Members(key)))
    }

    /// How far a sweep is, run by run: cheaper than [`Reader::runs`], for who looks again and again.
    pub fn progress(&self, sweep: &SweepRow) -> Result<Progress, StoreError> {
        let key = self.key(sweep)?;
        self.snapshot(|| progress::of(&self.db, &self.path, key))
    }

    /// The runs that the sweep's grid once asked for and no longer does.
    pub fn left(&self, sweep: &SweepRow) -> Result<Vec<RunRow>, StoreError> {
        let key = self.key(sweep)?;
        self.snapshot(|| read::runs(&self.db, &self.path, Which::Left(key)))
    }

    /// One run; it has position 0 and no tags, which belong to a sweep.
    pub fn run(&self, id: RunId) -> Result<RunRow, StoreError> {
        let text = id.to_string();
        let found = self.snapshot(|| read::runs(&self.db, &self.path, Which::One(&text)))?;
        found
            .into_iter()
            .next()
            .ok_or(StoreError::UnknownRun { prefix: text })
    }

    /// The sweeps (name, profile) that hold a run, and its place in each.
    pub fn memberships(&self, id: RunId) -> Result<Vec<Membership>, StoreError> {
        self.rows(
            "SELECT s.name, s.profile, m.position, m.left_at FROM sweep_runs m
             JOIN sweeps s USING (sweep) JOIN runs r USING (run)
             WHERE r.id = ?1 ORDER BY s.name, s.profile",
            [id.to_string()],
            |row| {
                Ok(Membership {
                    sweep: row.get(0)?,
                    profile: row.get(1)?,
                    position: row.get(2)?,
                    left_at: row.get(3)?,
                })
            },
        )
    }

    /// The run whose id begins with these digits.
    pub fn find_run(&self, prefix: &str) -> Result<RunId, StoreError> {
        const EXAMPLES: usize = 3;
        let unknown = || StoreError::UnknownRun {
            prefix: prefix.to_owned(),
        };
        let digits = prefix.to_ascii_lowercase();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        // All ids that begin so lie between the digits and the digits followed by a letter.
        let found: Vec<String> = self.rows(
            "SELECT id FROM runs WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id",
            [digits],
            |row| row.get(0),
        )?;
        match found.as_slice() {
            [] => Err(unknown()),
            [one] => read::id(one),
            many => Err(StoreError::AmbiguousRun {
                prefix: prefix.to_owned(),
                count: many.len(),
                examples: many.iter().take(EXAMPLES).cloned().collect(),
            }),
        }
    }

    /// A quantity over a run's steps; of an unfinished attempt what there is so far.
    pub fn series(&self, run: RunId, quantity: &str) -> Result<Vec<Measured>, StoreError> {
        let mut all = self.measurements(run, Some(quantity))?;
        Ok(all.remove(quantity).unwrap_or_default())
    }

    /// Every quantity over a run's steps; of an unfinished attempt what there is so far.
    pub fn all_series(&self, run: RunId) -> Result<BTreeMap<String, Vec<Measured>>, StoreError> {
        self.measurements(run, None)
    }

    fn measurements(
        &self,
        run: RunId,
        quantity: Option<&str>,
    ) -> Result<BTreeMap<String, Vec<Measured>>, StoreError> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT q.name, m.step, m.value, m.kind, m.worst FROM metrics m
                 JOIN quantities q USING (quantity) JOIN runs r USING (run)
                 WHERE r.id = ?1 AND (?2 IS NULL OR q.name = ?2) ORDER BY m.quantity, m.step",
            )
            .doing(READ, &self.path)?;
        let mut rows = select
            .query(params![run.to_string(), quantity])
            .doing(READ, &self.path)?;
        let mut series: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
        while let Some(row) = rows.next().doing(READ, &self.path)? {
            let name = row.get(0).doing(READ, &self.path)?;
            let measured = read::measured(row, 1, &self.path)?;
            series.entry(name).or_default().push(measured);
        }
        Ok(series)
    }

    /// What G made, step by step.
    pub fn samples(&self, run: RunId) -> Result<Vec<SampleRow>, StoreError> {
        let blobs: Vec<(i64, Vec<u8>)> = self.rows(
            "SELECT s.step, s.content FROM samples s JOIN runs r USING (run)
             WHERE r.id = ?1 ORDER BY s.step",
            [run.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        blobs
            .into_iter()
            .map(|(step, blob)| {
                Ok(SampleRow {
                    step: super::error::count("a step", step)?,
                    sample: sample::decode(&blob)?,
                })
            })
            .collect()
    }

    /// The steps of a run at which there are samples.
    pub fn sample_steps(&self, run: RunId) -> Result<Vec<u64>, StoreError> {
        let steps: Vec<i64> = self.rows(
            "SELECT s.step FROM samples s JOIN runs r USING (run) WHERE r.id = ?1 ORDER BY s.step",
            [run.to_string()],
            |row| row.get(0),
        )?;
        steps
            .into_iter()
            .map(|step| super::error::count("a step", step))
            .collect()
    }

    /// What a run is, made again from its stored settings; imported data sets are looked up in the
    /// catalog.
    ///
    /// # Errors
    /// [`StoreError::OtherSpec`] if this program would train something else under these settings.
    pub fn spec(&self, run: RunId, catalog: &Catalog) -> Result<RunSpec, StoreError> {
        let (settings, seed): (String, i64) = self
            .db
            .query_row(
                "SELECT settings, seed FROM runs WHERE id = ?1",
                [run.to_string()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .doing(READ, &self.path)?;
        let seed = super::error::count("a seed", seed)?;
        let other = || StoreError::OtherSpec { run };
        let spec = assigned(read::values(&settings)?)
            .and_then(|assigned| resolve(&assigned, catalog).ok())
            .and_then(|resolved| RunSpec::new(resolved.settings, seed, catalog).ok());
        spec.filter(|spec| spec.id() == run).ok_or_else(other)
    }

    /// The weights of a run that is done, a safetensors file; `None` of any other run, and of one that
    /// was trained before weights were kept.
    pub fn weights(&self, run: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        self.db
            .query_row(
                "SELECT w.content FROM runs r JOIN weights w USING (run)
                 JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
                 WHERE r.id = ?1 AND a.outcome = 'done'",
                [run.to_string()],
                |row| row.get(0),
            )
            .optional()
            .doing(READ, &self.path)
    }

    /// The outcomes of those runs that have one; what is not in it is missing.
    pub fn outcomes(&self, runs: &[RunId]) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
        self.snapshot(|| read::outcomes(&self.db, &self.path, runs))
    }

    fn key(&self, sweep: &SweepRow) -> Result<i64, StoreError> {
        self.db
            .query_row(
                "SELECT sweep FROM sweeps WHERE name = ?1 AND profile = ?2",
                [&sweep.name, &sweep.profile],
                |row| row.get(0),
            )
            .doing(READ, &self.path)
    }

    /// Several queries on one state of the database.
    fn snapshot<T>(
        &self,
        queries: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.db.unchecked_transaction().doing(READ, &self.path)?;
        let result = queries()?;
        transaction.commit().doing(READ, &self.path)?;
        Ok(result)
    }

    fn rows<T, P: rusqlite::Params>(
        &self,
        sql: &str,
        parameters: P,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut select| select.query_map(parameters, read)?.collect())
            .doing(READ, &self.path)
    }
}

/// A sweep that holds a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The sweep's name.
    pub sweep: String,
    /// Its profile, empty for none.
    pub profile: String,
    /// The run's place in its plan.
    pub position: i64,
    /// When the run left the grid; `None` while it is in it.
    pub left_at: Option<i64>,
}

fn sweep_row(row: &Row<'_>) -> rusqlite::Result<SweepRow> {
    Ok(SweepRow {
        name: row.get(0)?,
        question: row.get(1)?,
        profile: row.get(2)?,
        source: row.get(3)?,
        created_at: row.get(4)?,
    })
}

fn quoted(profile: &str) -> String {
    if profile.is_empty() {
        "no profile".to_owned()
    } else {
        format!("'{profile}'")
    }
}

/// A read-only connection that works.
///
/// SQLite needs to make a shared-memory file beside a database in WAL mode. Where the folder
/// forbids that and no log waits to be read, nothing can change under us: the file is immutable.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let first = Connection::open_with_flags(path, flags).and_then(works);
    match (first, immutable_uri(path)) {
        (Err(error), Some(uri)) if wants_to_write(&error) && !has_log(path) => {
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).and_then(works)
        }
        (first, _) => first,
    }
}

/// The two ways in which SQLite says that it cannot make its shared-memory file.
fn wants_to_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
    )
}

/// Opening alone touches nothing; the first query does.
fn works(connection: Connection) -> rusqlite::Result<Connection> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(Path::new(&log)).is_ok_and(|log| log.len() > 0)
}

fn immutable_uri(path: &Path) -> Option<String> {
    let escaped = path
        .to_str()?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file:{escaped}?immutable=1"))
}
