//! When checkpoints are kept, and what of a run is.

use std::time::{Duration, Instant};

use super::state::{self, Logged, Progress};
use super::step::Players;
use super::{Done, Prepared, TrainError};
use crate::checkpoint::{CheckpointError, Shelf};
use crate::event::{Quantity, RunEvent};
use crate::spec::GanSpec;

/// Writing takes at most one part in so many of a run's time.
const SHARE: u32 = 50;

/// How a run is kept from being lost.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'s> {
    /// Where its checkpoints go; nowhere by default.
    pub shelf: Option<&'s Shelf>,
    /// Where runs of the same trajectory, with other numbers of steps, leave what a longer one goes on
    /// from.
    pub ends: Option<&'s Shelf>,
    /// Time to the first checkpoint and between two, at least; 50 times what writing one takes, if that
    /// is longer.
    pub interval: Duration,
    /// How long the run may take, all attempts together.
    pub limit: Option<Duration>,
}

impl<'s> Keeping<'s> {
    /// No checkpoints and no limit.
    pub const NOTHING: Self = Self {
        shelf: None,
        ends: None,
        interval: Duration::ZERO,
        limit: None,
    };

    /// The run's id, where it has checkpoints.
    pub(super) fn whose(&self) -> &str {
        self.shelf.map_or("", Shelf::whose)
    }

    /// Players as the newest checkpoint has them, or the longest run of the trajectory that is not longer,
    /// or as they begin.
    pub(super) fn newest(
        &self,
        steps: u64,
        begin: impl Fn() -> candle_core::Result<Players>,
    ) -> Result<(Players, Option<Progress>), TrainError> {
        let found = [self.shelf, self.ends]
            .into_iter()
            .flatten()
            .find_map(|shelf| {
                shelf.newest(steps, |content| {
                    let mut players = begin().ok()?;
                    let progress = state::read(content, &mut players)?;
                    Some((players, Some(progress)))
                })
            });
        match found {
            Some(found) => Ok(found),
            None => Ok((begin()?, None)),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        Pace {
            since: Instant::now(),
            wait: match self.shelf {
                Some(_) => self.interval,
                None => Duration::MAX,
            },
            interval: self.interval,
        }
    }
}

/// Whether a checkpoint's content is one of that run: what [`super::go_on`] goes on from.
pub fn holds(spec: &GanSpec, prepared: &Prepared, content: &[u8]) -> bool {
    let players = Players::new(spec, prepared);
    players.is_ok_and(|mut players| state::read(content, &mut players).is_some())
}

/// When the next checkpoint is due.
pub(super) struct Pace {
    since: Instant,
    wait: Duration,
    interval: Duration,
}

impl Pace {
    pub fn is_due(&self) -> bool {
        self.since.elapsed() >= self.wait
    }

    fn written(&mut self, took: Duration) {
        self.wait = self.interval.max(took * SHARE);
        self.since = Instant::now();
    }
}

/// What a run reports, kept too where checkpoints are.
pub(super) struct Log<'s, E> {
    emit: E,
    shelf: Option<&'s Shelf>,
    /// Whether anything is kept, and what was logged with it.
    keeps: bool,
    history: Vec<Logged>,
}

impl<'s, E: FnMut(RunEvent)> Log<'s, E> {
    pub fn new(emit: E, keeping: &Keeping<'s>) -> Self {
        Self {
            emit,
            shelf: keeping.shelf,
            keeps: keeping.shelf.or(keeping.ends).is_some(),
            history: Vec::new(),
        }
    }

    /// What every attempt says anew.
    pub fn reference(&mut self, values: &[(Quantity, f64)]) {
        let values = values.to_vec();
        (self.emit)(RunEvent::Logged { step: 0, values });
    }

    /// Says again what an earlier attempt has said.
    pub fn repeat(&mut self, history: Vec<Logged>) {
        for (step, values) in history {
            self.emit(RunEvent::Logged { step, values });
        }
    }

    pub fn emit(&mut self, event: RunEvent) {
        if let (RunEvent::Logged { step, values }, true) = (&event, self.keeps) {
            self.history.push((*step, values.clone()));
        }
        (self.emit)(event);
    }

    /// Keeps a checkpoint, where checkpoints are kept.
    pub fn keep(
        &self,
        players: &mut Players,
        (step, done, spent): (u64, &Done, Duration),
        pace: &mut Pace,
    ) -> Result<(), TrainError> {
        let Some(shelf) = self.shelf else {
            return Ok(());
        };
        let start = Instant::now();
        let content = state::write(players, (step, done, spent), &self.history)?;
        shelf.keep(step, &content)?;
        pace.written(start.elapsed());
        Ok(())
    }

    /// Keeps what a run with more steps goes on from, where it is worth that.
    pub fn keep_end(
        &self,
        keeping: &Keeping<'_>,
        players: &mut Players,
        (step, done, spent): (u64, &Done, Duration),
    ) -> Result<(), TrainError> {
        match keeping.ends {
            Some(ends) if spent >= keeping.interval => {
                let content = state::write(players, (step, done, spent), &self.history)?;
                Ok(ends.keep(step, &content)?)
            }
            _ => Ok(()),
        }
    }
}

impl From<CheckpointError> for TrainError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}
