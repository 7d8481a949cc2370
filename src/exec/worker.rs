//! One worker, one run at a time.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::board::Board;
use super::{Job, Lost, Recorder, Stock, crash};
use crate::event::{Ended, Outcome, Report, RunEvent};
use crate::train::{self, Finish, Finished, Watch};

/// candle's backward pass recurses over the graph, which unrolled steps make deep.
const STACK_BYTES: usize = 64 << 20;

/// A worker with a rayon pool of its own.
pub(super) struct Worker<'a> {
    index: usize,
    pool: rayon::ThreadPool,
    /// The name of its threads.
    pool_name: String,
    stock: &'a Stock,
    recorder: &'a dyn Recorder,
    board: &'a Board,
}

impl<'a> Worker<'a> {
    /// A worker with so many threads; an error where the system gives none.
    pub fn new(
        index: usize,
        threads: usize,
        stock: &'a Stock,
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
            recorder,
            board,
        })
    }

    /// Executes one run and records all it reports.
    pub fn execute(&self, job: &Job) {
        let watch = self.board.begin(self.index, job);
        let ended = match self.attempt(job, &watch) {
            Ok(None) => None,
            Ok(Some(ended)) => {
                let failure = failure(job, &ended.outcome);
                Some((ended, failure))
            }
            Err(Lost) => {
                self.board.lose();
                None
            }
        };
        self.board.finish(self.index, ended);
    }

    /// `None` when the run was abandoned.
    fn attempt(&self, job: &Job, watch: &Watch) -> Result<Option<Ended>, Lost> {
        let run = job.spec.id();
        self.recorder.record(Report {
            run,
            event: RunEvent::Started,
        })?;
        let start = Instant::now();
        let mut lost = false;
        let cpu = self.cpu_time();
        let finish = self.pool.install(|| {
            std::panic::catch_unwind(AssertUnwindSafe(|| {
                train(job, self.stock, watch, |event| {
                    if !lost && self.recorder.record(Report { run, event }).is_err() {
                        lost = true;
                        watch.abandon.store(true, Ordering::Relaxed);
                    }
                })
            }))
            .map_err(|_| crash::take(&self.pool_name))
        });
        let cpu = self.cpu_time().saturating_sub(cpu);
        if lost {
            return Err(Lost);
        }
        let finished = match finish {
            Ok(Finish::Abandoned) => return Ok(None),
            Ok(Finish::Outcome(finished)) => finished,
            Err((message, place)) => without_numbers(Outcome::Crashed { message, place }),
        };
        let ended = finished.timed(start.elapsed(), cpu);
        self.recorder.record(Report {
            run,
            event: RunEvent::Ended(ended.clone()),
        })?;
        Ok(Some(ended))
    }

    /// What all threads of the worker have used so far.
    fn cpu_time(&self) -> Duration {
        let each = self.pool.broadcast(|_| thread_cpu_time());
        each.into_iter().sum()
    }
}

/// An error that the code foresees is an outcome like any other.
fn train(job: &Job, stock: &Stock, watch: &Watch, emit: impl FnMut(RunEvent)) -> Finish {
    let failed = |message| Finish::Outcome(without_numbers(Outcome::Failed { message }));
    let prepared = match stock.prepared(&job.spec.dataset) {
        Ok(prepared) => prepared,
        Err(error) => return failed(with_causes(&error)),
    };
    train::run(&job.spec, &prepared, watch, emit)
        .unwrap_or_else(|error| failed(with_causes(&error)))
}

fn without_numbers(outcome: Outcome) -> Finished {
    Finished {
        outcome,
        weights_digest: None,
        flops: 0,
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
    match outcome {
        Outcome::Done => None,
        Outcome::Diverged { step, quantity } => Some(format!(
            "diverged: {} ({id}): {quantity} was not finite at step {step}",
            job.label
        )),
        Outcome::Failed { message } => Some(format!("failed: {} ({id}): {message}", job.label)),
        Outcome::Crashed { message, place } => Some(format!(
            "crashed: {} ({id}): {message} at {place}",
            job.label
        )),
    }
}

fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
