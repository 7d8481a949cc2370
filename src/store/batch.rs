//! The writer's thread: events are gathered into transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use super::collect::{self, Collected};
use super::error::Doing;
use super::look::Look;
use super::plan::{Registered, Registration};
use super::recorder::Recorder;
use super::writer::Failure;
use super::{Past, StoreError, filesystem};
use crate::event::{Outcome, Report, RunEvent};
use crate::fault;
use crate::spec::RunId;

/// How long an event may wait for its commit: what a reader sees is at most this old.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Events in one transaction, at most.
const MOST_EVENTS: usize = 1000;

/// Bytes that must be left on the disk.
const LEAST_ROOM: u64 = 20_000_000;

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Message {
    /// Record; reply when it is committed, if somebody waits.
    Event(Report, Option<SyncSender<()>>),
    /// Register a plan.
    Plan(Registration, SyncSender<Result<Registered, StoreError>>),
    /// Which of these runs have ended, and how?
    Outcomes(
        Vec<RunId>,
        SyncSender<Result<BTreeMap<RunId, Outcome>, StoreError>>,
    ),
    /// What became of these runs?
    Pasts(
        Vec<RunId>,
        SyncSender<Result<BTreeMap<RunId, Past>, StoreError>>,
    ),
    /// The claims of a comparison are judged: which look is it?
    Look(Look, SyncSender<Result<NonZeroU32, StoreError>>),
    /// The names of the shards whose runs are here?
    Shards(SyncSender<Result<BTreeSet<String>, StoreError>>),
    /// Take a shard over.
    Collect(PathBuf, SyncSender<Result<Collected, StoreError>>),
    /// Commit and end.
    Close,
}

/// The open transaction.
#[derive(Default)]
struct Batch {
    events: usize,
    since: Option<Instant>,
    waiting: Vec<SyncSender<()>>,
    /// Whether it must survive the machine too, not the process alone.
    lasting: bool,
}

/// Runs until closed, until nobody is left, or until the first error.
///
/// The failure is set before the queue and the waiting senders are dropped, so that whoever is
/// woken by that finds the reason.
pub(super) fn serve(mut recorder: Recorder, messages: Receiver<Message>, failure: &Failure) {
    let mut batch = Batch::default();
    let result = pump(&mut recorder, &messages, &mut batch)
        .and_then(|()| batch.commit(&mut recorder))
        .and_then(|()| finish(recorder));
    if let Err(error) = result {
        // Only this thread sets it, and only here.
        let _ = failure.set(Arc::new(error));
    }
    drop(batch);
    drop(messages);
}

fn pump(
    recorder: &mut Recorder,
    messages: &Receiver<Message>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    loop {
        let message = match messages.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Disconnected) => return Ok(()),
            Err(TryRecvError::Empty) => {
                // Somebody waits and nothing else is due: commit now rather than in 200 ms.
                if !batch.waiting.is_empty() {
                    batch.commit(recorder)?;
                }
                match batch.next(messages) {
                    Ok(message) => message,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                    Err(RecvTimeoutError::Timeout) => {
                        batch.commit(recorder)?;
                        continue;
                    }
                }
            }
        };
        match message {
            Message::Close => return Ok(()),
            Message::Event(report, reply) => {
                // First, so that who waits is woken only after the failure is set.
                batch.waiting.extend(reply);
                batch.lasting |=
                    matches!(report.event, RunEvent::Ended(_) | RunEvent::Stopped { .. });
                batch.begin(recorder)?;
                recorder.record(&report)?;
                batch.events += 1;
                if batch.is_due() {
                    batch.commit(recorder)?;
                }
            }
            // Whoever asked may have gone; then nobody needs the answer.
            Message::Outcomes(runs, reply) => drop(reply.send(recorder.outcomes(&runs))),
            Message::Pasts(runs, reply) => drop(reply.send(recorder.pasts(&runs))),
            Message::Look(look, reply) => {
                batch.commit(recorder)?;
                let number = look.take(&recorder.connection, &recorder.path);
                drop(reply.send(number));
            }
            Message::Shards(reply) => {
                drop(reply.send(collect::known(&recorder.connection, &recorder.path)));
            }
            Message::Collect(file, reply) => {
                batch.commit(recorder)?;
                check_room(recorder)?;
                drop(reply.send(collect::collect(&mut recorder.connection, &file)));
            }
            Message::Plan(registration, reply) => {
                batch.commit(recorder)?;
                let registered = register(recorder, &registration);
                recorder.sync()?;
                drop(reply.send(registered));
            }
        }
    }
}

impl Batch {
    fn begin(&mut self, recorder: &Recorder) -> Result<(), StoreError> {
        if self.since.is_none() {
            execute(recorder, "BEGIN IMMEDIATE")?;
            self.since = Some(Instant::now());
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.events >= MOST_EVENTS || self.since.is_some_and(|t| t.elapsed() >= LONGEST_WAIT)
    }

    /// The next message, or a time-out when the open transaction is due.
    fn next(&self, messages: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        match self.since {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => messages.recv_timeout(LONGEST_WAIT.saturating_sub(since.elapsed())),
        }
    }

    fn commit(&mut self, recorder: &mut Recorder) -> Result<(), StoreError> {
        if self.since.is_some() {
            check_room(recorder)?;
            fault::point("commit.before");
            execute(recorder, "COMMIT")?;
            fault::point("commit.after");
            if self.lasting {
                recorder.sync()?;
                fault::point("commit.synced");
            }
        }
        for waiting in self.waiting.drain(..) {
            // A sender that has gone does not need to know.
            let _ = waiting.send(());
        }
        *self = Self::default();
        Ok(())
    }
}

/// Stops before the disk is full: room to fold the log into the database and for a checkpoint a worker.
fn check_room(recorder: &Recorder) -> Result<(), StoreError> {
    match filesystem::room(&recorder.path) {
        Some(free) if free < LEAST_ROOM => Err(StoreError::Room {
            path: recorder.path.clone(),
            free,
            least: LEAST_ROOM,
        }),
        _ => Ok(()),
    }
}

/// Registers a plan in a transaction of its own. A plan that cannot be registered changes nothing.
fn register(recorder: &Recorder, registration: &Registration) -> Result<Registered, StoreError> {
    execute(recorder, "BEGIN IMMEDIATE")?;
    let registered = registration
        .store(&recorder.connection, &recorder.path)
        .and_then(|registered| execute(recorder, "COMMIT").map(|()| registered));
    if registered.is_err() && !recorder.connection.is_autocommit() {
        execute(recorder, "ROLLBACK")?;
    }
    registered
}

fn execute(recorder: &Recorder, sql: &str) -> Result<(), StoreError> {
    recorder
        .connection
        .execute_batch(sql)
        .doing("commit results", &recorder.path)
}

/// Folds the WAL into the database and leaves one file that any SQLite opens, in a read-only
/// folder too. While a reader is connected the journal mode cannot change; then an empty WAL stays.
fn finish(recorder: Recorder) -> Result<(), StoreError> {
    let Recorder {
        connection, path, ..
    } = recorder;
    fault::point("close.before");
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .and_then(|()| connection.busy_timeout(Duration::ZERO))
        .doing("fold the write-ahead log into the database", &path)?;
    // Refused while somebody reads; all data are in the database file already.
    let _ = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()));
    connection
        .close()
        .map_err(|(_, error)| error)
        .doing("close the database", &path)
}
