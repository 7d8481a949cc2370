//! Work that may last: a bar on stderr that appears after a second; a plain line every ten seconds where
//! stderr is no terminal.
//!
//! Runs have a board of their own, `exec::progress`.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::out;

/// What is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Between two turns of what turns while nothing else changes.
const TURN: Duration = Duration::from_millis(200);

/// Shows what is going on until it is dropped.
pub(super) struct Bar {
    /// Hidden until its time has come, and always where stderr is no terminal: it holds the counts.
    bar: ProgressBar,
    teller: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// Nothing: only the time is known.
    Time,
    /// So many things.
    Things(usize),
    /// So many bytes.
    Bytes(u64),
}

impl Bar {
    /// Begins with a first stage.
    pub fn new(what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let (sender, receiver) = channel();
        let shared = bar.clone();
        let teller = match ProgressDrawTarget::stderr() {
            target if target.is_hidden() => std::thread::spawn(move || plain(&shared, &receiver)),
            target => std::thread::spawn(move || appear(&shared, target, &receiver)),
        };
        let bar = Self {
            bar,
            teller: Some((sender, teller)),
        };
        bar.stage(what, Of::Time);
        bar
    }

    /// Shows nothing.
    pub fn silent() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            teller: None,
        }
    }

    /// Another part of the work, from its beginning.
    pub fn stage(&self, what: &str, of: Of) {
        let (template, length) = match of {
            Of::Time => ("{prefix} {spinner} {elapsed}", None),
            Of::Things(n) => (
                "{prefix} {bar:30} {pos}/{len} {eta} left  {msg}",
                Some(n as u64),
            ),
            Of::Bytes(n) => (
                "{prefix} {bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left",
                Some(n),
            ),
        };
        // Before the new words, which would else be drawn once beside the old counts.
        self.bar.reset();
        self.bar.set_message("");
        // The templates are constants of this function; should one be wrong, the default shows.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
        match length {
            Some(n) => self.bar.set_length(n),
            None => self.bar.unset_length(),
        }
        self.bar.set_prefix(what.to_owned());
    }

    /// So much of the stage is done.
    pub fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// So much more of the stage is done; a last part may be smaller than said.
    pub fn add(&self, more: u64) {
        let done = self.bar.position() + more;
        self.bar
            .set_position(self.bar.length().map_or(done, |of| done.min(of)));
    }

    /// What else there is to know.
    pub fn note(&self, text: String) {
        self.bar.set_message(text);
    }

    /// A line that stays.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| out::say(text));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((sender, teller)) = self.teller.take() {
            drop(sender);
            // A teller that panicked has nothing more to say.
            let _ = teller.join();
        }
        self.bar.finish_and_clear();
    }
}

/// Shows the bar after a second, unless the work is over.
fn appear(bar: &ProgressBar, target: ProgressDrawTarget, over: &Receiver<()>) {
    if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
        bar.set_draw_target(target);
        bar.enable_steady_tick(TURN);
    }
}

/// Says now and then how far the work is, until it is over.
fn plain(bar: &ProgressBar, over: &Receiver<()>) {
    while over.recv_timeout(PLAIN_EVERY) == Err(RecvTimeoutError::Timeout) {
        out::say(&line(
            &bar.prefix(),
            bar.length().map(|of| (bar.position(), of)),
            &bar.message(),
            bar.elapsed(),
        ));
    }
}

/// `reading: 3 of 4`, `training: 500 of 1000, loss 0.1`, or `fid: 20 s so far`.
fn line(what: &str, counts: Option<(u64, u64)>, note: &str, elapsed: Duration) -> String {
    let note = match note {
        "" => String::new(),
        note => format!(", {note}"),
    };
    match counts {
        Some((done, of)) => format!("{what}: {done} of {of}{note}"),
        None => format!("{what}: {} s so far{note}", elapsed.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_says_what_is_known() {
        let seconds = Duration::from_secs(20);
        assert_eq!(line("fid", None, "", seconds), "fid: 20 s so far");
        assert_eq!(
            line("training", Some((500, 1000)), "loss 0.100", seconds),
            "training: 500 of 1000, loss 0.100"
        );
    }

    #[test]
    fn what_is_over_at_once_shows_nothing_and_a_new_stage_begins_at_its_beginning() {
        let bar = Bar::new("reading");
        bar.stage("reading", Of::Things(4));
        bar.at(3);
        assert_eq!((bar.bar.position(), bar.bar.length()), (3, Some(4)));
        bar.stage("measuring", Of::Time);
        assert_eq!((bar.bar.position(), bar.bar.length()), (0, None));
        assert!(bar.bar.is_hidden());
        let begun = std::time::Instant::now();
        drop(bar);
        assert!(
            begun.elapsed() < PATIENCE,
            "dropping does not wait for the second"
        );
    }
}
