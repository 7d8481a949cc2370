//! Ctrl-C and SIGTERM: the first drains, the second stops at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// How often an interruption was asked for.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Counts the signals of this process from now on.
    pub fn on_signals() -> std::io::Result<Self> {
        let interrupt = Self::default();
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
        let count = interrupt.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                signals.forever().for_each(|_| count.ask());
            })?;
        Ok(interrupt)
    }

    /// Asks for an interruption.
    pub fn ask(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// No further run starts; those that run go on to their end.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Acquire) >= 1
    }

    /// Runs stop at their next step, without an outcome.
    pub fn at_once(&self) -> bool {
        self.0.load(Ordering::Acquire) >= 2
    }
}
