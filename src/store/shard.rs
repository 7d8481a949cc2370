//! Shards: files of runs that ended, written by workers that share no database.
//!
//! A shard has the schema of the results database and holds runs with their outcome only. It is put
//! together in memory and written as one file by its maker, once: nobody opens a database for writing on
//! a network file system, and a shard is never changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::error::Doing;
use super::plan::RunKey;
use super::recorder::Recorder;
use super::{Provenance, StoreError, read, schema};
use crate::event::{Outcome, Report, RunEvent};
use crate::spec::{RunId, RunSpec};

const MAKE: &str = "put a shard together";

/// A shard that is being put together.
pub struct Shard {
    recorder: Recorder,
    runs: usize,
    bytes: usize,
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("runs", &self.runs)
            .finish_non_exhaustive()
    }
}

impl Shard {
    /// An empty one; `host` is the node that its runs are trained on.
    pub fn new(provenance: &Provenance, host: &str) -> Result<Self, StoreError> {
        let path = PathBuf::from("a shard");
        let mut connection = Connection::open_in_memory().doing(MAKE, &path)?;
        // Nothing is ever rolled back: a shard that cannot be finished is dropped.
        connection
            .pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))
            .doing(MAKE, &path)?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::migrate(&mut connection, &path)?;
        let recorder = Recorder::new(connection, path, provenance, host.to_owned())?;
        Ok(Self {
            recorder,
            runs: 0,
            bytes: 0,
        })
    }

    /// Adds an attempt at a run: all its events, from [`RunEvent::Started`] to [`RunEvent::Ended`].
    pub fn add(
        &mut self,
        spec: &RunSpec,
        events: impl IntoIterator<Item = RunEvent>,
    ) -> Result<(), StoreError> {
        let path = self.recorder.path.clone();
        let begin = |text| self.recorder.connection.execute_batch(text);
        begin("BEGIN").doing(MAKE, &path)?;
        RunKey::of(spec)?
            .insert(&self.recorder.connection)
            .doing(MAKE, &path)?;
        let run = spec.id();
        for event in events {
            self.bytes += match &event {
                RunEvent::Trained { weights } => weights.len(),
                _ => 0,
            };
            self.recorder.record(&Report { run, event })?;
        }
        self.recorder
            .connection
            .execute_batch("COMMIT")
            .doing(MAKE, &path)?;
        self.runs += 1;
        Ok(())
    }

    /// Attempts that it holds.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Bytes of weights that it holds.
    pub fn weights(&self) -> usize {
        self.bytes
    }

    /// The file.
    pub fn into_bytes(self) -> Result<Vec<u8>, StoreError> {
        let Recorder {
            mut connection,
            path,
            ..
        } = self.recorder;
        let data = connection.serialize(MAIN_DB).doing(MAKE, &path)?;
        Ok(data.to_vec())
    }
}

/// The outcomes of the runs in a file.
pub fn outcomes(path: &Path) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
    const READ: &str = "read a shard";
    let db = Connection::open_with_flags(
        address(path),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
    )
    .doing(READ, path)?;
    check_version(&db, path)?;
    let mut select = db.prepare("SELECT id FROM runs").doing(READ, path)?;
    let ids: Vec<String> = select
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .doing(READ, path)?;
    let ids: Vec<RunId> = ids
        .iter()
        .map(|id| read::id(id))
        .collect::<Result<_, _>>()?;
    read::outcomes(&db, path, &ids)
}

/// A shard never changes: SQLite needs neither locks nor a look for a log beside it.
pub(super) fn address(path: &Path) -> String {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02x}")),
        }
    }
    address.push_str("?mode=ro&immutable=1");
    address
}

fn check_version(db: &Connection, path: &Path) -> Result<(), StoreError> {
    match schema::version(db, path)? {
        schema::VERSION => Ok(()),
        found => Err(StoreError::OtherShard {
            path: path.to_owned(),
            found,
            known: schema::VERSION,
        }),
    }
}
