//! One run, from its first step to its last event.
//!
//! Knows no database, no files and no threads: it emits [`RunEvent`]s.

mod batch;
mod encoding;
mod measure;
mod shown;
mod step;

pub use measure::{Evaluator, Prepared};

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::event::{Ended, Outcome, RunEvent};
use crate::metric::TRAINING;
use crate::metric::fid::EvaluationError;
use crate::model::SampleShape;
use crate::spec::RunSpec;
use step::{Players, StepValues};

/// What the outside sees and says of a running run.
#[derive(Debug, Default)]
pub struct Watch {
    /// Generator updates done.
    pub steps: AtomicU64,
    /// Set to abandon the run at its next step.
    pub abandon: AtomicBool,
}

/// How a call of [`run`] ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Finish {
    /// The run has an outcome.
    Outcome(Finished),
    /// It was abandoned: nothing is final, another attempt starts afresh.
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
}

impl Finished {
    /// With the cost that only the caller knows.
    pub fn timed(self, wall: std::time::Duration, cpu: std::time::Duration) -> Ended {
        let Self {
            outcome,
            weights_digest,
            flops,
        } = self;
        Ended {
            outcome,
            weights_digest,
            flops,
            wall,
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
}

/// Trains a run and emits what it reports, all but [`RunEvent::Started`] and [`RunEvent::Ended`].
pub fn run(
    spec: &RunSpec,
    prepared: &Prepared,
    watch: &Watch,
    mut emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let mut players = Players::new(spec, prepared)?;
    let finished = |step: u64, outcome, weights_digest| {
        let flops = step * flops_per_step(spec, prepared.sample_shape());
        Ok(Finish::Outcome(Finished {
            outcome,
            weights_digest,
            flops,
        }))
    };
    emit(RunEvent::Logged {
        step: 0,
        values: prepared.references().to_vec(),
    });
    for step in 1..=spec.steps {
        if watch.abandon.load(Ordering::Relaxed) {
            return Ok(Finish::Abandoned);
        }
        let last = step == spec.steps;
        let log = last || step.is_multiple_of(spec.log_every);
        let values = players.step(step, log)?;
        if log {
            emit(RunEvent::Logged {
                step,
                values: logged(&values),
            });
        }
        let mut broken = first_not_finite(&values);
        if broken.is_none() && (last || step.is_multiple_of(spec.eval_every)) {
            broken = measure::evaluate(&players, prepared, step, last, &mut emit)?;
        }
        if broken.is_none() && last {
            broken = players.first_not_finite()?;
        }
        watch.steps.store(step, Ordering::Relaxed);
        if let Some(quantity) = broken {
            emit(RunEvent::Worst {
                step,
                values: prepared.worst().to_vec(),
            });
            let outcome = Outcome::Diverged {
                step,
                quantity: quantity.to_owned(),
            };
            return finished(step, outcome, None);
        }
    }
    finished(spec.steps, Outcome::Done, Some(players.digest()?))
}

/// In the order of [`TRAINING`].
fn logged(values: &StepValues) -> Vec<(crate::event::Quantity, f64)> {
    let StepValues {
        loss_d,
        loss_g,
        d_real,
        d_fake,
        grad_d,
        grad_g,
    } = *values;
    let values = [loss_d, loss_g, d_real, d_fake, grad_d, grad_g];
    TRAINING.iter().map(|info| info.name).zip(values).collect()
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

/// Floating-point operations of one generator step with its k discriminator steps: those of the
/// matrix products that are really done (a multiply-add counts as two).
pub fn flops_per_step(spec: &RunSpec, sample: SampleShape) -> u64 {
    let cost = spec.model.costs(spec.shapes(sample));
    let (g, d) = (cost.g, cost.d);
    // D learns from two batches; G only serves it.
    let discriminator = g.forward + 2 * (d.forward + d.weights + d.hidden);
    // G learns through D, whose weights need no gradient.
    let generator = g.forward + g.weights + g.hidden + d.forward + d.hidden + d.input;
    // The slope; its pass along a direction; and back through values and tangents.
    let slope = d.forward + d.hidden + d.input;
    let penalty = slope + d.forward + 2 * (d.weights + d.hidden);
    let discriminator = discriminator + spec.penalties().len() as u64 * penalty;
    let compared = u64::from(spec.loss.generator_sees_real()) * d.forward;
    spec.batch_size as u64 * (u64::from(spec.k) * discriminator + generator + compared)
}

#[cfg(test)]
mod tests;
