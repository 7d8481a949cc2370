//! What the workers are doing: written by them, read by the progress display.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Job, flops_per_step};
use crate::event::Ended;
use crate::train::Watch;

/// The shared state of one execution.
pub struct Board {
    slots: Vec<Mutex<Option<Current>>>,
    present: AtomicUsize,
    lost: AtomicBool,
    stopped: AtomicBool,
    finished: Mutex<Finished>,
    total_work: f64,
    jobs: usize,
    start: Instant,
}

#[derive(Default)]
struct Finished {
    ended: Vec<Ended>,
    failures: Vec<String>,
    work: f64,
}

/// The run of one worker.
#[derive(Clone)]
pub struct Current {
    /// How people call it.
    pub label: String,
    /// Its generator updates.
    pub steps: u64,
    /// Operations of one of them.
    pub work_per_step: f64,
    /// Where it is.
    pub watch: Arc<Watch>,
}

impl Current {
    fn done(&self) -> u64 {
        self.watch.steps.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking worker leaves behind is still a consistent value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Operations of a generator step: the unit in which time left is predicted.
fn work_per_step(job: &Job) -> f64 {
    flops_per_step(&job.spec)
}

/// A worker at work. All of them are present from the start, so that the board is not empty before
/// the first has begun.
pub(super) struct Present<'b>(&'b Board);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The panic of a run is caught and is its outcome. One outside of it may have cost an
            // event: nothing more is to be trained.
            self.0.lose();
        }
        self.0.leave();
    }
}

impl Board {
    pub(super) fn new(jobs: &[Job], workers: usize) -> Self {
        Self {
            slots: (0..workers).map(|_| Mutex::new(None)).collect(),
            present: AtomicUsize::new(workers),
            lost: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            finished: Mutex::default(),
            total_work: jobs
                .iter()
                .map(|job| work_per_step(job) * job.spec.steps() as f64)
                .sum(),
            jobs: jobs.len(),
            start: Instant::now(),
        }
    }

    pub(super) fn workers(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn begin(&self, worker: usize, job: &Job) -> Arc<Watch> {
        let watch = Arc::<Watch>::default();
        *lock(&self.slots[worker]) = Some(Current {
            label: job.label.clone(),
            steps: job.spec.steps(),
            work_per_step: work_per_step(job),
            watch: Arc::clone(&watch),
        });
        watch
    }

    pub(super) fn finish(&self, worker: usize, ended: Option<(Ended, Option<String>)>) {
        let current = lock(&self.slots[worker]).take();
        let mut finished = lock(&self.finished);
        if let Some(current) = current {
            finished.work += current.work_per_step * current.steps as f64;
        }
        if let Some((ended, failure)) = ended {
            finished.ended.push(ended);
            finished.failures.extend(failure);
        }
    }

    /// Called by a worker as it begins; it is present until the guard is dropped, by a panic too.
    pub(super) fn enter(&self) -> Present<'_> {
        Present(self)
    }

    /// One worker fewer; called for a worker that never began.
    pub(super) fn leave(&self) {
        self.present.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.present.load(Ordering::Acquire) == 0
    }

    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.abandon_all();
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// No further run is to start; those that run are left after their step.
    pub(super) fn stop_all(&self) {
        self.stopped.store(true, Ordering::Release);
        for slot in &self.slots {
            if let Some(current) = &*lock(slot) {
                current.watch.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) || self.is_lost()
    }

    /// Runs that failed, crashed or took too long.
    pub(super) fn failures(&self) -> usize {
        let finished = lock(&self.finished);
        let failed = finished.ended.iter().filter(|e| e.outcome.is_failure());
        failed.count()
    }

    /// Says something to the user.
    pub(super) fn tell(&self, texts: impl IntoIterator<Item = String>) {
        lock(&self.finished).failures.extend(texts);
    }

    pub(super) fn abandon_all(&self) {
        for slot in &self.slots {
            if let Some(current) = &*lock(slot) {
                current.watch.abandon.store(true, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn ended(&self) -> Vec<Ended> {
        lock(&self.finished).ended.clone()
    }

    /// Failures and notes that nobody has been told of yet.
    pub(super) fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.finished).failures)
    }

    /// How many jobs there are, and how many have ended.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.jobs, lock(&self.finished).ended.len())
    }

    /// What a worker does: its run's name, steps done and steps.
    pub(super) fn current(&self, worker: usize) -> Option<(String, u64, u64)> {
        lock(&self.slots[worker])
            .as_ref()
            .map(|c| (c.label.clone(), c.done(), c.steps))
    }

    /// Time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Time left at the pace measured so far; `None` before there is a pace.
    pub(super) fn left(&self) -> Option<Duration> {
        let running: f64 = self
            .slots
            .iter()
            .filter_map(|slot| {
                lock(slot)
                    .as_ref()
                    .map(|c| c.work_per_step * c.done() as f64)
            })
            .sum();
        let done = lock(&self.finished).work + running;
        (done > 0.0).then(|| {
            self.elapsed()
                .mul_f64(((self.total_work - done) / done).max(0.0))
        })
    }
}
