//! The one writer: a thread that owns the connection, and the handles that reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::batch::{self, Message};
use super::collect::Collected;
use super::error::Doing;
use super::look::Look;
use super::ownership::{Ownership, host};
use super::plan::{Registered, Registration};
use super::recorder::Recorder;
use super::{Past, Provenance, StoreError, WriterGone, filesystem, intact, rescue, schema};
use crate::event::{Outcome, Report, RunEvent};
use crate::fault;
use crate::grid::Plan;
use crate::spec::RunId;

/// How long SQLite waits for a reader that is in the way (it can be, without WAL, while the writer
/// commits) before that is an error.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Events that may wait for the writer before senders wait too: bounds the memory.
const QUEUE: usize = 4096;

/// The first write error, shared by all who want to know why the writer has stopped.
pub(super) type Failure = Arc<OnceLock<Arc<StoreError>>>;

/// The one writer of a results folder.
///
/// Dropping it closes it; [`Writer::close`] does the same and reports errors.
#[derive(Debug)]
pub struct Writer {
    inbox: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
    failure: Failure,
    notes: Vec<String>,
    /// Given up last, after the thread has ended.
    _ownership: Ownership,
}

impl Writer {
    /// Makes the folder and the database where they are missing, takes ownership and starts the
    /// thread. `provenance` is recorded with every attempt.
    pub fn open(results: &Path, provenance: Provenance) -> Result<Self, StoreError> {
        std::fs::create_dir_all(results).map_err(|source| StoreError::Folder {
            path: results.to_owned(),
            source,
        })?;
        let ownership = Ownership::take(results)?;
        let path = schema::database(results);
        let network = filesystem::network(results);
        let mut notes = Vec::from_iter(network.as_ref().map(|kind| {
            format!(
                "{} is on a network file system ({kind}): written without WAL, which is slower; \
                 readers may have to wait",
                results.display()
            )
        }));
        let connection = match connect(&path, network.is_some())? {
            Ok(connection) => connection,
            Err(damage) => {
                notes.push(rescue::rescue(&path, &damage)?);
                connect(&path, network.is_some())?.map_err(|found| StoreError::Unreadable {
                    what: "rescued rows",
                    found,
                })?
            }
        };
        let recorder = Recorder::new(connection, path, &provenance, host())?;
        let failure = Failure::default();
        let (inbox, messages) = sync_channel(QUEUE);
        let shared = Arc::clone(&failure);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || batch::serve(recorder, messages, &shared))
            .map_err(|source| StoreError::Thread { source })?;
        Ok(Self {
            inbox,
            thread: Some(thread),
            failure,
            notes,
            _ownership: ownership,
        })
    }

    /// What the user should know about where the results are, and about what happened to them.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Registers a plan: the sweep, its runs, their order and tags. Runs that the sweep held and
    /// that are no longer asked for are kept and marked with when they left.
    pub fn plan(&self, plan: &Plan) -> Result<Registered, StoreError> {
        let registration = Registration::of(plan)?;
        self.ask(|reply| Message::Plan(registration, reply))
    }

    /// Notes that the claims of a plan are judged on so many units, all claims together: which look on growing data that is,
    /// from 1. The same units again are the same look.
    pub fn look(&self, plan: &Plan, units: usize) -> Result<NonZeroU32, StoreError> {
        let look = Look::of(plan, units)?;
        self.ask(|reply| Message::Look(look, reply))
    }

    /// The outcomes of those runs that have one; what is not in it is missing.
    pub fn outcomes(&self, runs: &[RunId]) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
        self.ask(|reply| Message::Outcomes(runs.to_vec(), reply))
    }

    /// What became of those runs that were attempted; what is not in it never was.
    pub fn pasts(&self, runs: &[RunId]) -> Result<BTreeMap<RunId, Past>, StoreError> {
        self.ask(|reply| Message::Pasts(runs.to_vec(), reply))
    }

    /// The names of the shards whose runs are here.
    pub fn shards(&self) -> Result<BTreeSet<String>, StoreError> {
        self.ask(Message::Shards)
    }

    /// Takes the runs of a shard over, unless that was done before. After an error nothing of it is here,
    /// and others can still be collected.
    pub fn collect(&self, shard: &Path) -> Result<Collected, StoreError> {
        self.ask(|reply| Message::Collect(shard.to_owned(), reply))
    }

    /// A handle through which workers report.
    pub fn sender(&self) -> EventSender {
        EventSender {
            inbox: self.inbox.clone(),
            failure: Arc::clone(&self.failure),
        }
    }

    /// Writes everything that was sent, folds the WAL into the database, gives the folder back.
    /// The first write error since the opening, if there was one, is returned here.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), StoreError> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        // An error here means that the thread has ended; why is asked next.
        let _ = self.inbox.send(Message::Close);
        let ended = thread.join();
        match (self.failure.get(), ended) {
            (None, Ok(())) => Ok(()),
            _ => Err(gone(&self.failure).into()),
        }
    }

    fn ask<T>(
        &self,
        message: impl FnOnce(SyncSender<Result<T, StoreError>>) -> Message,
    ) -> Result<T, StoreError> {
        let (reply, answer) = sync_channel(1);
        let sent = self.inbox.send(message(reply)).is_ok();
        match (sent, answer.recv()) {
            (true, Ok(answer)) => answer,
            _ => Err(gone(&self.failure).into()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.stop();
    }
}

/// Reports the events of runs to the writer; every worker has its own.
#[derive(Clone, Debug)]
pub struct EventSender {
    inbox: SyncSender<Message>,
    failure: Failure,
}

impl EventSender {
    /// Hands an event over. Waits while the queue is full.
    ///
    /// [`RunEvent::Ended`] returns only when the outcome and everything before it are committed:
    /// from then on the run survives `kill -9`.
    pub fn send(&self, report: Report) -> Result<(), WriterGone> {
        let gone = || gone(&self.failure);
        let is_awaited = match report.event {
            RunEvent::Started { .. } | RunEvent::Stopped { .. } | RunEvent::Ended(_) => true,
            RunEvent::Logged { .. }
            | RunEvent::Worst { .. }
            | RunEvent::Features(_)
            | RunEvent::Trained { .. }
            | RunEvent::Sampled { .. } => false,
        };
        if !is_awaited {
            let message = Message::Event(report, None);
            return self.inbox.send(message).map_err(|_| gone());
        }
        let (reply, committed): (_, Receiver<()>) = sync_channel(1);
        self.inbox
            .send(Message::Event(report, Some(reply)))
            .map_err(|_| gone())?;
        committed.recv().map_err(|_| gone())
    }
}

fn gone(failure: &Failure) -> WriterGone {
    WriterGone {
        reason: failure.get().map(Arc::clone),
    }
}

/// The database, made where it is missing and brought to the current schema; or why it is taken for damaged.
pub(super) fn connect(
    path: &Path,
    network: bool,
) -> Result<Result<Connection, String>, StoreError> {
    let open = || -> Result<Connection, StoreError> {
        let mut connection = Connection::open(path).doing("open the database", path)?;
        prepare(&connection, network).doing("open the database", path)?;
        schema::migrate(&mut connection, path)?;
        Ok(connection)
    };
    let connection = match open() {
        Ok(connection) => connection,
        Err(StoreError::Database { source, .. }) if intact::is_damage(&source) => {
            return Ok(Err(source.to_string()));
        }
        Err(error) => return Err(error),
    };
    let damage = intact::damage(&connection).doing("check the database", path)?;
    Ok(damage.map_or(Ok(connection), Err))
}

/// Settings of the connection.
fn prepare(connection: &Connection, network: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    let mode = if network { "DELETE" } else { "WAL" };
    connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?;
    // With a log NORMAL survives a kill, and the recorder syncs the log itself where a power loss must
    // be survived too: so that the begin of an attempt can be written down at once and costs nothing.
    let synchronous = if network { "FULL" } else { "NORMAL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    if let Some(pages) = fault::most_pages() {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    connection.pragma_update(None, "foreign_keys", true)
}
