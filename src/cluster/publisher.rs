//! What a task's runs report, on its way into shards.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::begun::Begun as BegunFile;
use crate::checkpoint::write_atomically;
use crate::event::{Outcome, Report, RunEvent};
use crate::exec::{Lost, Recorder, kept};
use crate::provenance::provenance;
use crate::spec::{RunId, RunSpec};
use crate::store::{self, Shard, StoreError};

/// A run that ended is in a file after so long at latest: what a killed task has to do again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Attempts in one shard, at most.
const MOST_RUNS: usize = 1000;

/// Bytes of weights in one shard, about.
const MOST_WEIGHTS: usize = 64 << 20;

/// Pictures of a run that takes longer than this part of the time between checkpoints are written down at
/// once: a picture must be safe before a checkpoint behind it is.
const LONG_RUN: u32 = 4;

/// Why nothing more can be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The shard cannot be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It, or a picture, cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or its folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Records the runs of one attempt at a task; a shard's runs are gathered in memory.
#[derive(Debug)]
pub struct Publisher {
    results: PathBuf,
    /// Of this slice's shards.
    folder: PathBuf,
    /// `4711_3.r0.5c1f…`, of this attempt alone.
    name: String,
    specs: HashMap<RunId, RunSpec>,
    /// After which a run's pictures are written down at once.
    long: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    in_hand: BegunFile,
    /// Runs under way.
    begun: HashMap<RunId, Begun>,
    /// Runs that ended and are in no file yet.
    shard: Option<Shard>,
    /// When the first run of it ended.
    since: Option<Instant>,
    published: u32,
    failure: Option<PublishError>,
}

#[derive(Debug)]
struct Begun {
    at: Instant,
    events: Vec<RunEvent>,
    /// Pictures among them that are not yet written down.
    unsafe_pictures: Vec<usize>,
}

impl Publisher {
    /// For these runs; `folder` is that of the slice's shards, `name` that of the attempt, and
    /// `checkpoint_every` the time between two checkpoints of a run.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn new<'s>(
        results: &Path,
        folder: PathBuf,
        name: String,
        checkpoint_every: Duration,
        specs: impl IntoIterator<Item = &'s RunSpec>,
    ) -> Result<Self, PublishError> {
        if let Err(source) = std::fs::create_dir_all(&folder) {
            return Err(PublishError::Write {
                path: folder,
                source,
            });
        }
        let specs = specs.into_iter().map(|spec| (spec.id(), spec.clone()));
        Ok(Self {
            results: results.to_owned(),
            state: Mutex::new(State {
                in_hand: BegunFile::new(&folder, &name),
                begun: HashMap::new(),
                shard: None,
                since: None,
                published: 0,
                failure: None,
            }),
            folder,
            name,
            specs: specs.collect(),
            long: checkpoint_every / LONG_RUN,
        })
    }

    /// What is due, if anything: to be called every second or so.
    ///
    /// # Errors
    /// The first failure; nothing more is recorded then.
    pub fn look(&self) -> Result<(), Lost> {
        self.with(|state| {
            for (&run, begun) in &mut state.begun {
                if begun.at.elapsed() >= self.long {
                    begun.secure(&self.results, run)?;
                }
            }
            match state.since {
                Some(since) if since.elapsed() >= LONGEST_WAIT => self.write(state),
                _ => Ok(()),
            }
        })
    }

    /// Publishes the runs that have ended.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn publish(&self) -> Result<(), Lost> {
        self.with(|state| self.write(state))
    }

    /// The first failure, if there was one; the caller is done with it.
    pub fn take_failure(&self) -> Option<PublishError> {
        self.lock().failure.take()
    }

    /// Publishes what there is, and notes that the runs in hand are left because somebody asked: the process is
    /// about to end.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn leave(&self) -> Result<(), Lost> {
        self.with(|state| {
            self.write(state)?;
            for (run, mut begun) in std::mem::take(&mut state.begun) {
                begun.secure(&self.results, run)?;
                let noted = state.in_hand.end(run);
                noted.map_err(|source| self.unwritable(source))?;
            }
            Ok(())
        })
    }

    /// Publishes what there is; no run is in hand any more.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn finish(&self) -> Result<(), Lost> {
        self.publish()?;
        self.lock().in_hand.remove();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, act: impl FnOnce(&mut State) -> Result<(), PublishError>) -> Result<(), Lost> {
        let mut state = self.lock();
        if state.failure.is_some() {
            return Err(Lost);
        }
        act(&mut state).map_err(|failure| {
            state.failure = Some(failure);
            Lost
        })
    }

    fn write(&self, state: &mut State) -> Result<(), PublishError> {
        state.since = None;
        let Some(shard) = state.shard.take() else {
            return Ok(());
        };
        let bytes = shard.into_bytes()?;
        let path = self
            .folder
            .join(format!("{}.{}.db", self.name, state.published));
        write_atomically(&path, &bytes).map_err(|source| PublishError::Write { path, source })?;
        state.published += 1;
        Ok(())
    }

    fn take(&self, state: &mut State, report: Report) -> Result<(), PublishError> {
        let run = report.run;
        match report.event {
            RunEvent::Started { from } => {
                let noted = state.in_hand.begin(run, from);
                noted.map_err(|source| self.unwritable(source))?;
                let begun = Begun {
                    at: Instant::now(),
                    events: vec![RunEvent::Started { from }],
                    unsafe_pictures: Vec::new(),
                };
                state.begun.insert(run, begun);
                Ok(())
            }
            RunEvent::Stopped { .. } => {
                if let Some(mut begun) = state.begun.remove(&run) {
                    begun.secure(&self.results, run)?;
                }
                let noted = state.in_hand.end(run);
                noted.map_err(|source| self.unwritable(source))
            }
            RunEvent::Ended(ended) => {
                let took = ended.wall;
                let Some(begun) = state.begun.remove(&run) else {
                    return Err(StoreError::NotStarted(run).into());
                };
                self.end(state, (run, took), begun, RunEvent::Ended(ended))?;
                let noted = state.in_hand.end(run);
                noted.map_err(|source| self.unwritable(source))
            }
            event => {
                let Some(begun) = state.begun.get_mut(&run) else {
                    return Err(StoreError::NotStarted(run).into());
                };
                if matches!(event, RunEvent::Sampled { .. }) {
                    begun.unsafe_pictures.push(begun.events.len());
                }
                begun.events.push(event);
                match begun.at.elapsed() >= self.long {
                    true => begun.secure(&self.results, run),
                    false => Ok(()),
                }
            }
        }
    }

    fn unwritable(&self, source: io::Error) -> PublishError {
        PublishError::Write {
            path: self.folder.clone(),
            source,
        }
    }

    fn end(
        &self,
        state: &mut State,
        (run, took): (RunId, Duration),
        begun: Begun,
        end: RunEvent,
    ) -> Result<(), PublishError> {
        let spec = self.specs.get(&run).ok_or(StoreError::NotPlanned(run))?;
        let shard = match &mut state.shard {
            Some(shard) => shard,
            none => none.insert(Shard::new(&provenance(), &node_name())?),
        };
        shard.add(spec, begun.events.into_iter().chain([end]))?;
        let since = *state.since.get_or_insert_with(Instant::now);
        // What took long, earlier attempts included, is not to be lost for the sake of a larger file.
        let is_due = shard.runs() >= MOST_RUNS
            || shard.weights() >= MOST_WEIGHTS
            || since.elapsed() >= LONGEST_WAIT
            || took >= LONGEST_WAIT;
        if is_due { self.write(state) } else { Ok(()) }
    }
}

impl Recorder for Publisher {
    fn record(&self, report: Report) -> Result<(), Lost> {
        self.with(|state| self.take(state, report))
    }
}

impl Begun {
    /// Writes down the pictures that are in memory alone.
    fn secure(&mut self, results: &Path, run: RunId) -> Result<(), PublishError> {
        for index in self.unsafe_pictures.drain(..) {
            if let Some(RunEvent::Sampled { step, sample }) = self.events.get(index) {
                kept::keep(results, run, *step, sample).map_err(|source| PublishError::Write {
                    path: crate::checkpoint::folder(results, run),
                    source,
                })?;
            }
        }
        Ok(())
    }
}

/// The runs of a slice that have their outcome in its shards, but for those that failed and are to be
/// tried again.
///
/// # Errors
/// A shard that cannot be read.
pub fn ended(shards: &[PathBuf], retries: u32) -> Result<BTreeSet<RunId>, StoreError> {
    let mut ended = BTreeSet::new();
    for shard in shards {
        let outcomes = store::shard_outcomes(shard)?;
        let counts = |outcome: &Outcome| retries == 0 || !outcome.is_failure();
        ended.extend(
            outcomes
                .into_iter()
                .filter(|(_, outcome)| counts(outcome))
                .map(|(run, _)| run),
        );
    }
    Ok(ended)
}

/// The name of this attempt at a task, which no other has: `4711_3.r0.` and 128 random bits under Slurm, the
/// slice and the process elsewhere.
pub fn attempt_name(slice: usize) -> String {
    let of = |name: &str| std::env::var(name).ok().filter(|text| is_number(text));
    let task = match (of("SLURM_ARRAY_JOB_ID"), of("SLURM_ARRAY_TASK_ID")) {
        (Some(job), Some(task)) => format!("{job}_{task}"),
        _ => format!("slice_{slice}"),
    };
    let restart = of("SLURM_RESTART_COUNT").unwrap_or_else(|| "0".to_owned());
    format!("{task}.r{restart}.{:016x}{:016x}", random(), random())
}

/// Eight digits that no other call gives.
pub fn nonce() -> String {
    format!("{:08x}", random() >> 32)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The keys of the standard library's hash maps are drawn by the system; time and process are added for
/// where they are not.
fn random() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    hasher.write_u128(now.unwrap_or_default().as_nanos());
    hasher.finish()
}

/// The node that this process runs on: as Slurm calls it, or the machine's name.
pub fn node_name() -> String {
    let of_slurm = std::env::var("SLURMD_NODENAME").ok();
    of_slurm
        .filter(|name| !name.is_empty())
        .unwrap_or_else(store::host)
}
