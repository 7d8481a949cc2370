//! One run, from its first step to its last event.
//!
//! Knows no database, no files but its checkpoints and no threads: it emits [`RunEvent`]s.

mod average;
mod batch;
mod cost;
mod encoding;
mod generator;
mod keeping;
mod measure;
mod memory;
mod probe;
mod shown;
mod sight;
mod state;
mod step;
mod unroll;
mod weights;

pub use batch::Draw;
pub use cost::{StepCosts, flops_per_step};
pub use generator::{Generator, PART};
pub use keeping::{Keeping, holds};
pub use measure::{Evaluator, Prepared};
pub use memory::least_memory;
pub use shown::{kept, shown};
pub use weights::WeightsError;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::checkpoint::CheckpointError;
use crate::event::{Ended, Outcome, RunEvent};
use crate::fault;
use crate::metric::divergence::DivergenceError;
use crate::metric::fid::EvaluationError;
use crate::metric::{LABEL_ACCURACY_WORST, TRAINING};
use crate::spec::{GanSpec, Probe};
use keeping::Log;
use measure::Purpose;
use shown::is_pictured;
use state::Progress;
use step::{Players, StepValues};

/// What the outside sees and says of a running run.
#[derive(Debug, Default)]
pub struct Watch {
    /// Generator updates done.
    pub steps: AtomicU64,
    /// Set to keep a checkpoint after this step and leave the run there.
    pub stop: AtomicBool,
    /// Set to abandon the run at its next step.
    pub abandon: AtomicBool,
}

/// How a call of [`run`] ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Finish {
    /// The run has an outcome.
    Outcome(Finished),
    /// It was left after a step; another attempt goes on from there where a checkpoint could be kept.
    Stopped {
        /// The step.
        step: u64,
    },
    /// It was abandoned: nothing is final, another attempt goes on from the last checkpoint.
    Abandoned,
}

/// The end of a run, before times are added.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The outcome.
    pub outcome: Outcome,
    /// BLAKE3 of the final weights.
    pub weights_digest: Option<[u8; 32]>,
    /// Operations of all steps done.
    pub flops: u64,
    /// Time of earlier attempts, up to the checkpoint from which this one went on.
    pub earlier: Duration,
}

impl Finished {
    /// With the cost of this attempt, which only the caller knows.
    pub fn timed(self, wall: Duration, cpu: Duration) -> Ended {
        let Self {
            outcome,
            weights_digest,
            flops,
            earlier,
        } = self;
        Ended {
            outcome,
            weights_digest,
            flops,
            wall: wall + earlier,
            cpu,
        }
    }
}

/// What the code foresees that can go wrong in a run; divergence is an outcome instead.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A tensor operation.
    #[error("a tensor operation failed")]
    Tensor(#[from] candle_core::Error),
    /// An evaluation.
    #[error("the samples could not be measured")]
    Measure(#[from] EvaluationError),
    /// Weights that were stored.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An integral of a problem.
    #[error("the densities cannot be compared")]
    Divergence(#[from] DivergenceError),
    /// A checkpoint that could not be written: nothing more of the sweep would be safe.
    #[error(transparent)]
    Checkpoint(CheckpointError),
}

/// Trains a run and emits what it reports, all but [`RunEvent::Started`],
/// [`RunEvent::Stopped`] and [`RunEvent::Ended`].
pub fn run(
    spec: &GanSpec,
    prepared: &Prepared,
    watch: &Watch,
    emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    go_on(spec, prepared, watch, &Keeping::NOTHING, emit)
}

/// As [`run`], from the newest checkpoint if there is one: what it holds of the series is emitted again.
/// Every number is that of a run that was not interrupted.
pub fn go_on(
    spec: &GanSpec,
    prepared: &Prepared,
    watch: &Watch,
    keeping: &Keeping<'_>,
    emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let start = Instant::now();
    let (mut players, progress) = keeping.newest(spec.steps, || Players::new(spec, prepared))?;
    let mut done = Done::new(spec, prepared);
    let mut log = Log::new(emit, keeping);
    if let Some(features) = prepared.features() {
        log.emit(RunEvent::Features(features.to_owned()));
    }
    // Not part of the history: they are the data's.
    log.reference(prepared.references());
    let (mut first, mut earlier) = (1, Duration::ZERO);
    if let Some(progress) = progress {
        (first, earlier) = (progress.step + 1, progress.spent);
        done.go_on_from(&progress);
        log.repeat(progress.history);
        watch.steps.store(progress.step, Ordering::Relaxed);
    }
    let finished = |done: &Done, outcome, weights_digest| {
        Ok(Finish::Outcome(Finished {
            outcome,
            weights_digest,
            flops: done.flops,
            earlier,
        }))
    };
    let mut pace = keeping.pace();
    for step in first..=spec.steps {
        fault::step(keeping.whose(), step);
        let last = step == spec.steps;
        let is_logged = last || step.is_multiple_of(spec.log_every);
        let values = players.step(step, is_logged, &watch.abandon)?;
        if watch.abandon.load(Ordering::Relaxed) {
            // The step may have been cut short: nothing of it is to be kept.
            return Ok(Finish::Abandoned);
        }
        done.count(&values);
        if is_logged {
            let mut values = logged(&values, &done);
            if players.probe() == Probe::Gradients {
                values.extend(probe::gradients(&players)?);
            }
            log.emit(RunEvent::Logged { step, values });
        }
        let mut broken = first_not_finite(&values);
        if broken.is_none() && (last || step.is_multiple_of(spec.eval_every)) {
            let purpose = match last {
                true => Purpose::Final,
                // A look into the final generator has a picture of its own.
                false if matches!(spec.probe, Probe::Look(_)) => Purpose::Interim,
                false if is_pictured(step, spec.eval_every, spec.steps) => Purpose::Pictured,
                false => Purpose::Interim,
            };
            broken = measure::evaluate(&players, prepared, step, purpose, &mut |e| log.emit(e))?;
        }
        if broken.is_none() && last {
            broken = players.first_not_finite()?;
        }
        watch.steps.store(step, Ordering::Relaxed);
        if let Some(quantity) = broken {
            let mut values = prepared.worst()?;
            if spec.conditioning.is_conditional() || spec.probe == Probe::Labels {
                values.push(LABEL_ACCURACY_WORST);
            }
            log.emit(RunEvent::Worst { step, values });
            let outcome = Outcome::Diverged {
                step,
                quantity: quantity.to_owned(),
            };
            return finished(&done, outcome, None);
        }
        let spent = earlier + start.elapsed();
        let over = keeping.limit.filter(|&limit| spent >= limit);
        let stopped = watch.stop.load(Ordering::Relaxed);
        if step + 1 == spec.steps {
            log.keep_end(keeping, &mut players, (step, &done, spent))?;
        }
        if !last && (stopped || over.is_some() || pace.is_due()) {
            log.keep(&mut players, (step, &done, spent), &mut pace)?;
            if let Some(limit) = over {
                return finished(&done, Outcome::TimedOut { step, limit }, None);
            }
            if stopped {
                return Ok(Finish::Stopped { step });
            }
        }
    }
    log.emit(RunEvent::Trained {
        weights: players.weights()?,
    });
    finished(&done, Outcome::Done, Some(players.digest()?))
}

/// The work done so far, by which runs are compared at equal compute.
struct Done {
    costs: StepCosts,
    batch: u64,
    d_steps: u64,
    samples: u64,
    flops: u64,
}

impl Done {
    fn new(spec: &GanSpec, prepared: &Prepared) -> Self {
        Self {
            costs: StepCosts::of(spec, prepared.sample_shape()),
            batch: (spec.batch_size * spec.pack) as u64,
            d_steps: 0,
            samples: 0,
            flops: 0,
        }
    }

    fn go_on_from(&mut self, progress: &Progress) {
        self.d_steps = progress.d_steps;
        self.samples = progress.samples;
        self.flops = progress.flops;
    }

    fn count(&mut self, values: &StepValues) {
        self.d_steps += u64::from(values.k);
        self.samples += u64::from(values.k) * self.batch;
        self.flops += self.costs.round(values.k);
    }
}

/// In the order of [`TRAINING`]. `k.used` is not said again of later steps of G against the same D.
fn logged(values: &StepValues, done: &Done) -> Vec<(crate::event::Quantity, f64)> {
    let StepValues {
        loss_d,
        loss_g,
        d_real,
        d_fake,
        grad_d,
        grad_g,
        k,
    } = *values;
    let values = [
        Some(loss_d),
        Some(loss_g),
        Some(d_real),
        Some(d_fake),
        Some(grad_d),
        Some(grad_g),
        (k > 0).then_some(f64::from(k)),
        Some(done.d_steps as f64),
        Some(done.samples as f64),
        Some(done.flops as f64),
    ];
    let named = TRAINING.iter().map(|info| info.name).zip(values);
    named
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn first_not_finite(values: &StepValues) -> Option<&'static str> {
    if !values.loss_d.is_finite() {
        Some("loss.d")
    } else if !values.loss_g.is_finite() {
        Some("loss.g")
    } else {
        None
    }
}

#[cfg(test)]
mod resume_tests;
#[cfg(test)]
pub(crate) mod tests;
