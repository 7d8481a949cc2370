//! One worker, one run at a time.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::board::Board;
use super::kept;
use super::{Job, Lost, Policy, Recorder, Stock, crash};
use crate::checkpoint::Shelf;
use crate::event::{Ended, Outcome, Report, RunEvent};
use crate::latent::look::{self, Looked};
use crate::problem;
use crate::spec::{GanSpec, Look, Probe, Task};
use crate::train::{self, Finish, Finished, Generator, Keeping, Prepared, TrainError, Watch};

/// candle's backward pass recurses over the graph, which unrolled steps make deep.
const STACK_BYTES: usize = 64 << 20;

/// A worker with a rayon pool of its own.
pub(super) struct Worker<'a> {
    index: usize,
    pool: rayon::ThreadPool,
    /// The name of its threads.
    pool_name: String,
    stock: &'a Stock,
    policy: &'a Policy,
    recorder: &'a dyn Recorder,
    board: &'a Board,
}

impl<'a> Worker<'a> {
    /// A worker with so many threads; an error where the system gives none.
    pub fn new(
        index: usize,
        threads: usize,
        stock: &'a Stock,
        policy: &'a Policy,
        recorder: &'a dyn Recorder,
        board: &'a Board,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool_name = crash::pool_name();
        let name = pool_name.clone();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |_| name.clone())
            .stack_size(STACK_BYTES)
            .build()?;
        Ok(Self {
            index,
            pool,
            pool_name,
            stock,
            policy,
            recorder,
            board,
        })
    }

    /// Executes one run and records all it reports.
    pub fn execute(&self, job: &Job) {
        let watch = self.board.begin(self.index, job);
        let mut tries = 0;
        let ended = loop {
            match self.attempt(job, &watch) {
                Ok(None) => break None,
                Ok(Some(ended)) => {
                    let failure = failure(job, &ended.outcome);
                    if tries < self.policy.retries && may_be_retried(&ended.outcome) {
                        tries += 1;
                        let again = format!("; again, {tries} of {}", self.policy.retries);
                        self.board.tell(failure.map(|text| text + &again));
                        continue;
                    }
                    break Some((ended, failure));
                }
                Err(Lost) => {
                    self.board.lose();
                    break None;
                }
            }
        };
        self.board.finish(self.index, ended);
    }

    /// `None` when the run was left or abandoned.
    fn attempt(&self, job: &Job, watch: &Watch) -> Result<Option<Ended>, Lost> {
        let run = job.spec.id();
        let record = |event| self.recorder.record(Report { run, event });
        let checkpoints = self.policy.checkpoints.as_ref();
        let shelf = checkpoints.map(|c| Shelf::new(&c.results, run));
        let trajectory = job.spec.trajectory_id();
        let ends = checkpoints.map(|c| Shelf::of_trajectory(&c.results, trajectory));
        let keeping = Keeping {
            shelf: shelf.as_ref(),
            ends: ends.as_ref(),
            interval: checkpoints.map_or(Duration::ZERO, |c| c.interval),
            limit: self.policy.timeout,
        };
        let from = shelf.as_ref().map_or(0, Shelf::newest_step);
        record(RunEvent::Started { from })?;
        if let (Some(checkpoints), true) = (checkpoints, from > 0) {
            for picture in kept::up_to(&checkpoints.results, run, from) {
                record(picture)?;
            }
        }
        let start = Instant::now();
        let mut lost = false;
        let cpu = self.cpu_time();
        let finish = self.pool.install(|| {
            std::panic::catch_unwind(AssertUnwindSafe(|| {
                train(job, self.stock, watch, &keeping, |event| {
                    if !lost && record(event).is_err() {
                        lost = true;
                        watch.abandon.store(true, Ordering::Relaxed);
                    }
                })
            }))
            .map_err(|_| crash::take(&self.pool_name))
        });
        let cpu = self.cpu_time().saturating_sub(cpu);
        self.board
            .tell(shelf.iter().chain(&ends).flat_map(Shelf::take_notes));
        if lost {
            return Err(Lost);
        }
        let finished = match finish {
            Ok(Ok(Finish::Abandoned)) => return Ok(None),
            Ok(Ok(Finish::Stopped { step })) => {
                record(RunEvent::Stopped { step })?;
                return Ok(None);
            }
            Ok(Ok(Finish::Outcome(finished))) => finished,
            Ok(Err(error @ TrainError::Checkpoint(_))) => {
                self.board
                    .tell([format!("stopped: {}", with_causes(&error))]);
                return Err(Lost);
            }
            Ok(Err(error)) => without_numbers(Outcome::Failed {
                message: with_causes(&error),
            }),
            Err((message, place)) => without_numbers(Outcome::Crashed { message, place }),
        };
        let ended = finished.timed(start.elapsed(), cpu);
        record(RunEvent::Ended(ended.clone()))?;
        if let (Some(shelf), false) = (&shelf, matches!(ended.outcome, Outcome::TimedOut { .. })) {
            shelf.clear();
        }
        Ok(Some(ended))
    }

    /// What all threads of the worker have used so far.
    fn cpu_time(&self) -> Duration {
        let each = self.pool.broadcast(|_| thread_cpu_time());
        each.into_iter().sum()
    }
}

/// An error that the code foresees is an outcome like any other.
fn train(
    job: &Job,
    stock: &Stock,
    watch: &Watch,
    keeping: &Keeping<'_>,
    emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let prepared = job.spec.dataset().map(|dataset| stock.prepared(dataset));
    let weights = job.spec.inception_weights();
    let inception = weights.map(|sha256| stock.inception(sha256));
    let (prepared, inception) = match (prepared.transpose(), inception.transpose()) {
        (Ok(prepared), Ok(inception)) => (prepared, inception),
        (Err(error), _) | (_, Err(error)) => {
            return Ok(Finish::Outcome(without_numbers(Outcome::Failed {
                message: with_causes(&error),
            })));
        }
    };
    match (&job.spec.task, prepared) {
        (Task::Gan(gan), Some(prepared)) => match gan.probe {
            Probe::Look(look) => looked_into(look, gan, &prepared, (watch, keeping), emit),
            _ => train::go_on(gan, &prepared, watch, keeping, emit),
        },
        (Task::Gan(_), None) => unreachable!("a GAN has a data set"),
        (Task::Problem(of), prepared) => {
            let with = (prepared.as_deref(), inception.as_deref());
            problem::work_out(of, with, watch, keeping.limit, emit)
        }
    }
}

/// Trains a GAN, and looks into the generator that it ends with. What is found is logged at the last step,
/// and its picture takes the place of samples.
fn looked_into(
    look: Look,
    gan: &GanSpec,
    prepared: &Prepared,
    (watch, keeping): (&Watch, &Keeping<'_>),
    mut emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let mut trained = None;
    let finish = train::go_on(gan, prepared, watch, keeping, |event| {
        if let RunEvent::Trained { weights } = &event {
            trained = Some(weights.clone());
        }
        emit(event);
    })?;
    let Some(weights) = trained else {
        return Ok(finish);
    };
    let generator = Generator::new(gan, prepared.data(), &weights)?;
    match look::into(look, &generator, gan.seed) {
        Ok(Looked { values, picture }) => {
            let step = gan.steps;
            emit(RunEvent::Logged { step, values });
            emit(RunEvent::Sampled {
                step,
                sample: picture,
            });
            Ok(finish)
        }
        Err(error) => Ok(Finish::Outcome(without_numbers(Outcome::Failed {
            message: format!("looking into the generator: {}", with_causes(&error)),
        }))),
    }
}

/// Whether another attempt may end otherwise, without anything else being changed.
fn may_be_retried(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { .. } | Outcome::Crashed { .. })
}

fn without_numbers(outcome: Outcome) -> Finished {
    Finished {
        outcome,
        weights_digest: None,
        flops: 0,
        earlier: Duration::ZERO,
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn failure(job: &Job, outcome: &Outcome) -> Option<String> {
    let id = job.spec.id().short();
    // `verify` knows runs by their ids alone.
    let who = match job.label == id {
        true => id,
        false => format!("{} ({id})", job.label),
    };
    match outcome {
        Outcome::Done => None,
        Outcome::Diverged { step, quantity } => Some(format!(
            "diverged: {who}: {quantity} was not finite at step {step}"
        )),
        Outcome::TimedOut { step, limit } => Some(format!(
            "timed out: {who}: its {} s were over after step {step}",
            limit.as_secs_f64()
        )),
        Outcome::Failed { message } => Some(format!("failed: {who}: {message}")),
        Outcome::Crashed { message, place } => {
            Some(format!("crashed: {who}: {message} at {place}"))
        }
    }
}

fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
