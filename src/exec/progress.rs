//! Progress on stderr: bars on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Interrupt;
use super::board::Board;

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// How an execution is shown.
pub struct Progress {
    view: View,
    told_of_interrupt: bool,
}

enum View {
    Silent,
    Plain {
        last: Instant,
    },
    Bars {
        all: MultiProgress,
        sweep: ProgressBar,
        workers: Vec<ProgressBar>,
    },
}

impl Progress {
    /// Bars if stderr is a terminal, plain lines if not.
    pub fn on_stderr() -> Self {
        let view = if std::io::stderr().is_terminal() {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let sweep = all.add(ProgressBar::new(0));
            View::Bars {
                all,
                sweep,
                workers: Vec::new(),
            }
        } else {
            View::Plain {
                last: Instant::now(),
            }
        };
        Self {
            view,
            told_of_interrupt: false,
        }
    }

    /// Shows nothing but failures.
    pub fn silent() -> Self {
        Self {
            view: View::Silent,
            told_of_interrupt: false,
        }
    }

    pub(super) fn begin(&mut self, board: &Board) {
        if let View::Bars {
            all,
            sweep,
            workers,
        } = &mut self.view
        {
            sweep.set_length(board.counts().0 as u64);
            sweep.set_style(style("{bar:30} {pos}/{len} runs  {msg}"));
            *workers = (0..board.workers())
                .map(|_| all.add(ProgressBar::new(0).with_style(style("  {bar:12} {wide_msg}"))))
                .collect();
        }
    }

    pub(super) fn look(&mut self, board: &Board, interrupt: &Interrupt) {
        for failure in board.take_failures() {
            self.say(&failure);
        }
        self.tell_of(interrupt, board);
        let (jobs, ended) = board.counts();
        match &mut self.view {
            View::Silent => {}
            View::Plain { last } => {
                if last.elapsed() >= PLAIN_EVERY {
                    *last = Instant::now();
                    let text = format!("{ended}/{jobs} runs, {}", pace(board));
                    self.say(&text);
                }
            }
            View::Bars { sweep, workers, .. } => {
                sweep.set_position(ended as u64);
                sweep.set_message(pace(board));
                for (index, bar) in workers.iter().enumerate() {
                    let (label, done, steps) = board.current(index).unwrap_or_default();
                    bar.set_length(steps);
                    bar.set_position(done);
                    bar.set_message(label);
                }
            }
        }
    }

    pub(super) fn end(&mut self, board: &Board) {
        for failure in board.take_failures() {
            self.say(&failure);
        }
        if let View::Bars { all, .. } = &self.view {
            // A terminal that went away is no reason to fail.
            let _ = all.clear();
        }
    }

    fn tell_of(&mut self, interrupt: &Interrupt, board: &Board) {
        if interrupt.requested() && !std::mem::replace(&mut self.told_of_interrupt, true) {
            let running = running(board);
            let runs = if running == 1 { "run" } else { "runs" };
            self.say(&format!(
                "interrupted: leaving {running} running {runs} at a checkpoint"
            ));
        }
    }

    /// Of runs that are too slow to be waited for.
    pub(super) fn drop_all(&mut self, board: &Board) {
        self.end(board);
        let running = running(board);
        let (runs, go) = match running {
            1 => ("run", "it goes"),
            _ => ("runs", "they go"),
        };
        self.say(&format!(
            "{running} {runs} did not reach the end of a step in time: {go} on from the last checkpoint"
        ));
    }

    fn say(&self, text: &str) {
        match &self.view {
            View::Bars { all, .. } => {
                let _ = all.println(text);
            }
            View::Silent | View::Plain { .. } => {
                let _ = writeln!(std::io::stderr(), "{text}");
            }
        }
    }
}

fn running(board: &Board) -> usize {
    let at_work = |worker: &usize| board.current(*worker).is_some();
    (0..board.workers()).filter(at_work).count()
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; should one be wrong, the default shows.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

fn pace(board: &Board) -> String {
    let elapsed = clock(board.elapsed());
    match board.left() {
        Some(left) => format!("{elapsed} elapsed, about {} left", clock(left)),
        None => format!("{elapsed} elapsed"),
    }
}

/// `3:07`, or `1:02:03`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::clock;
    use std::time::Duration;

    #[test]
    fn times_read_like_a_clock() {
        assert_eq!(clock(Duration::from_secs(7)), "0:07");
        assert_eq!(clock(Duration::from_secs(187)), "3:07");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
