//! One run, from its first step to its last event.
//!
//! Knows no database, no files and no threads: it emits [`RunEvent`]s.

mod average;
mod batch;
mod cost;
mod encoding;
mod generator;
mod measure;
mod shown;
mod sight;
mod step;
mod unroll;
mod weights;

pub use batch::Draw;
pub use cost::{StepCosts, flops_per_step};
pub use generator::Generator;
pub use measure::{Evaluator, Prepared};
pub use weights::WeightsError;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::event::{Ended, Outcome, RunEvent};
use crate::metric::fid::EvaluationError;
use crate::metric::{LABEL_ACCURACY_WORST, TRAINING};
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
    /// Weights that were stored.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Trains a run and emits what it reports, all but [`RunEvent::Started`] and [`RunEvent::Ended`].
pub fn run(
    spec: &RunSpec,
    prepared: &Prepared,
    watch: &Watch,
    mut emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let mut players = Players::new(spec, prepared)?;
    let mut done = Done::new(spec, prepared);
    let finished = |done: &Done, outcome, weights_digest| {
        Ok(Finish::Outcome(Finished {
            outcome,
            weights_digest,
            flops: done.flops,
        }))
    };
    if let Some(features) = prepared.features() {
        emit(RunEvent::Features(features.to_owned()));
    }
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
        let values = players.step(step, log, &watch.abandon)?;
        done.count(&values);
        if log {
            emit(RunEvent::Logged {
                step,
                values: logged(&values, &done),
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
            let mut values = prepared.worst()?;
            if spec.conditioning.is_conditional() {
                values.push(LABEL_ACCURACY_WORST);
            }
            emit(RunEvent::Worst { step, values });
            let outcome = Outcome::Diverged {
                step,
                quantity: quantity.to_owned(),
            };
            return finished(&done, outcome, None);
        }
    }
    emit(RunEvent::Trained {
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
    fn new(spec: &RunSpec, prepared: &Prepared) -> Self {
        Self {
            costs: StepCosts::of(spec, prepared.sample_shape()),
            batch: (spec.batch_size * spec.pack) as u64,
            d_steps: 0,
            samples: 0,
            flops: 0,
        }
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
mod tests;
