//! Runs a plan's missing runs on a pool of workers.
//!
//! Threads are workers times threads a run (see [`Share`]). By default a run has one; with fewer
//! runs than cores each has several, which share the rows of large matrix products and change no
//! bit. Every worker has a rayon pool of its own with its run's threads, because kernels parallelise
//! over the current pool: on a shared one, runs would take each other's threads, and a worker
//! waiting inside a kernel could start another run. candle's second pool, one for the process, is
//! switched off (see `ops::threads`). Which worker takes which run changes no number.

mod board;
mod crash;
mod interrupt;
pub(crate) mod kept;
mod policy;
mod prepare;
mod progress;
mod record;
mod share;
mod work;
mod worker;

pub use interrupt::Interrupt;
pub use policy::{Checkpoints, Policy};
pub use prepare::{PrepareError, Stock};
pub use progress::Progress;
pub use share::Share;
pub use work::{flops_per_step, least_memory};

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::event::{Ended, Outcome, Report};
use crate::spec::RunSpec;
use board::Board;
use worker::Worker;

/// Takes what runs report. Only a failure to record stops a sweep.
pub trait Recorder: Sync {
    /// Records one event; an error says why nothing more can be recorded.
    fn record(&self, report: Report) -> Result<(), Lost>;
}

/// Events can no longer be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("results can no longer be recorded")]
pub struct Lost;

/// One run to execute, with how people call it.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to train.
    pub spec: RunSpec,
    /// `loss=minimax k=1 seed 0`
    pub label: String,
}

/// What happened to the jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Finished all steps.
    pub done: usize,
    /// Diverged, which is a result.
    pub diverged: usize,
    /// Failed, crashed, or took too long.
    pub failed: usize,
    /// Without an outcome because of an interruption or of too many failures.
    pub left: usize,
}

impl Tally {
    /// That of these jobs and those.
    pub fn and(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            diverged: self.diverged + other.diverged,
            failed: self.failed + other.failed,
            left: self.left + other.left,
        }
    }

    /// With jobs that were not begun.
    pub fn with_left(mut self, jobs: usize) -> Self {
        self.left += jobs;
        self
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Diverged { .. } => self.diverged += 1,
            Outcome::TimedOut { .. } | Outcome::Failed { .. } | Outcome::Crashed { .. } => {
                self.failed += 1;
            }
        }
    }
}

/// Between two looks at the workers.
const TICK: Duration = Duration::from_millis(50);

/// How long an interruption waits for runs to reach the end of their step: whoever asked expects the
/// process to end within two seconds.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Executes jobs in order on so many cores and returns when all have ended or an interruption has
/// left them at a checkpoint. A run that does not get there in time is dropped with the process: it goes
/// on from its last one.
///
/// # Errors
/// When an event could not be recorded; the workers have stopped then.
pub fn execute(
    jobs: &[Job],
    cores: usize,
    stock: &Stock,
    policy: &Policy,
    recorder: &dyn Recorder,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<Tally, Lost> {
    crash::install();
    let share = Share::of(cores, jobs.len());
    let board = Board::new(jobs, share.workers);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for index in 0..board.workers() {
            let (board, next) = (&board, &next);
            let spawned = std::thread::Builder::new()
                .name(format!("worker {index}"))
                .spawn_scoped(scope, move || {
                    let _present = board.enter();
                    // Without threads for its runs a worker does not exist; the others do its work.
                    let Ok(worker) =
                        Worker::new(index, share.threads, stock, policy, recorder, board)
                    else {
                        return;
                    };
                    while !interrupt.requested() && !board.is_stopped() {
                        let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                            break;
                        };
                        worker.execute(job);
                    }
                });
            match spawned {
                Ok(thread) => threads.push(thread),
                // Without a thread for it a worker does not exist; the others do its work.
                Err(_) => board.leave(),
            }
        }
        progress.begin(&board);
        while !board.is_empty() {
            std::thread::sleep(TICK);
            progress.look(&board, interrupt);
            let too_many = |most| board.failures() >= most;
            if interrupt.requested() || policy.max_fails.is_some_and(too_many) {
                board.stop_all();
            }
            if interrupt.since().is_some_and(|since| since >= PATIENCE) {
                progress.drop_all(&board);
                interrupt.end_the_process();
            }
        }
        progress.end(&board);
        for thread in threads {
            // Its panic has stopped the sweep already; the scope would repeat it.
            let _ = thread.join();
        }
    });
    if board.is_lost() {
        return Err(Lost);
    }
    let mut tally = Tally::default();
    board
        .ended()
        .iter()
        .for_each(|ended: &Ended| tally.count(&ended.outcome));
    tally.left = jobs.len() - tally.done - tally.diverged - tally.failed;
    Ok(tally)
}

#[cfg(test)]
mod tests;
