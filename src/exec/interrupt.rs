//! Ctrl-C and SIGTERM: the first leaves the running runs at a checkpoint, the second ends the process.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};

/// From this signal on nobody waits for a run to reach the end of its step.
const END_AT: usize = 2;

/// EX_TEMPFAIL of sysexits.h: interrupted, the same command goes on.
const INTERRUPTED: i32 = 75;

/// How often an interruption was asked for.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    asked: AtomicUsize,
    training_is_over: AtomicBool,
    time_is_up: AtomicBool,
    first: OnceLock<Instant>,
    last_words: Mutex<Option<LastWords>>,
}

/// What is done before the process ends without waiting.
type LastWords = Box<dyn FnOnce() + Send>;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl Interrupt {
    /// Counts the signals of this process from now on.
    ///
    /// The second signal, and any after [`Self::training_is_over`], ends the process with exit code
    /// 75. No result is lost by it: a run's outcome is committed before it is reported as done, and
    /// whatever comes after training is drawn from the database again.
    pub fn on_signals() -> std::io::Result<Self> {
        Self::on(&[SIGINT, SIGTERM])
    }

    /// As [`Self::on_signals`], with SIGUSR1, by which a batch system says that the time is nearly up.
    pub fn on_signals_of_a_task() -> std::io::Result<Self> {
        Self::on(&[SIGINT, SIGTERM, SIGUSR1])
    }

    fn on(signals: &[i32]) -> std::io::Result<Self> {
        let interrupt = Self::default();
        let mut signals = signal_hook::iterator::Signals::new(signals)?;
        let count = interrupt.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    if signal == SIGUSR1 {
                        count.0.time_is_up.store(true, Ordering::Release);
                    }
                    count.ask();
                    if count.ends_the_process() {
                        count.end_the_process();
                    }
                }
            })?;
        Ok(interrupt)
    }

    /// Asks for an interruption.
    pub fn ask(&self) {
        self.0.first.get_or_init(Instant::now);
        self.0.asked.fetch_add(1, Ordering::AcqRel);
    }

    /// Time since it was first asked for.
    pub fn since(&self) -> Option<Duration> {
        self.0.first.get().map(Instant::elapsed)
    }

    /// No further run starts; those that run are left after their step.
    pub fn requested(&self) -> bool {
        self.0.asked.load(Ordering::Acquire) >= 1
    }

    /// Nothing is left to drain: from now on any signal ends the process.
    pub fn training_is_over(&self) {
        self.0.training_is_over.store(true, Ordering::Release);
    }

    /// Whether the interruption was asked for because the time is nearly up.
    pub fn time_is_up(&self) -> bool {
        self.0.time_is_up.load(Ordering::Acquire)
    }

    /// What is to be done, once, before the process ends without waiting for its runs.
    pub fn with_last_words(&self, words: impl FnOnce() + Send + 'static) {
        *self.last_words() = Some(Box::new(words));
    }

    /// Ends the process without destructors, which may wait for what is being interrupted.
    pub(super) fn end_the_process(&self) -> ! {
        // Held meanwhile: whoever comes second waits until they are spoken.
        let mut words = self.last_words();
        if let Some(words) = words.take() {
            words();
        }
        signal_hook::low_level::exit(INTERRUPTED)
    }

    fn last_words(&self) -> MutexGuard<'_, Option<LastWords>> {
        let words = self.0.last_words.lock();
        words.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the newest signal leaves nothing to wait for.
    fn ends_the_process(&self) -> bool {
        self.0.training_is_over.load(Ordering::Acquire)
            || self.0.asked.load(Ordering::Acquire) >= END_AT
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;

    #[test]
    fn the_second_signal_ends_the_process() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.since(), None);
        interrupt.ask();
        assert!(interrupt.requested() && interrupt.since().is_some());
        assert!(!interrupt.ends_the_process());
        interrupt.ask();
        assert!(interrupt.ends_the_process());
    }

    #[test]
    fn after_training_the_first_signal_ends_the_process() {
        let interrupt = Interrupt::default();
        interrupt.training_is_over();
        interrupt.ask();
        assert!(interrupt.ends_the_process());
    }
}
