//! Problems of the lecture that are worked out and not trained as GANs are: a closed form, a game of two
//! numbers, a discriminator against densities that are known.
//!
//! A problem is a choice of the parameter `problem` like any other axis: it stands in grids, has runs,
//! seeds and ids, and logs into the same store. What it logs is declared beside it.

mod densities;
mod digits;
pub mod distortion;

use crate::axis::axis;
use crate::dataset::Dataset;
use crate::event::{Outcome, Quantity, RunEvent, Sample};
use crate::metric::Info;
use crate::rng::Streams;
use crate::spec::ProblemSpec;
use crate::train::{Finish, Finished, Prepared, TrainError, Watch};
use std::sync::atomic::Ordering;
use std::time::Duration;

axis! {
    /// What a run can do besides training a GAN.
    pub enum Problem : Analytic {
        cross_entropy::CrossEntropy,
        divergence::Divergence,
        optimal_discriminator::OptimalDiscriminator,
        trained_discriminator::TrainedDiscriminator,
        bilinear::Bilinear,
        dirac::Dirac,
        classifier_noise::ClassifierNoise,
        fid_response::FidResponse,
    }
}

/// Works out a problem.
pub trait Analytic: Send + Sync {
    /// What it logs.
    fn quantities(&self) -> &'static [Info];

    /// The data set that it looks at, if any.
    fn dataset(&self) -> Option<&Dataset> {
        None
    }

    /// What it counts.
    fn steps(&self) -> u64 {
        1
    }

    /// Floating-point operations of a step, roughly: by these its time is predicted.
    fn flops_per_step(&self) -> f64;

    /// Why its parameters do not go together, with their names; `None` where they do.
    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        None
    }

    /// Does it, and reports what it finds.
    ///
    /// # Errors
    /// Those of the tensor library, of metrics and of integrals.
    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError>;
}

/// What a problem works with.
pub struct Work<'w> {
    /// Its random streams.
    pub streams: Streams,
    /// The data set, where it has one.
    pub prepared: Option<&'w Prepared>,
    watch: &'w Watch,
    emit: &'w mut dyn FnMut(RunEvent),
}

impl Work<'_> {
    /// Logs values at a step.
    pub fn log(&mut self, step: u64, values: &[(Quantity, f64)]) {
        let values = values.to_vec();
        (self.emit)(RunEvent::Logged { step, values });
    }

    /// Names the features that a distance compares, with the digest of their network.
    pub fn compares(&mut self, features: String) {
        (self.emit)(RunEvent::Features(features));
    }

    /// Something to look at.
    pub fn show(&mut self, step: u64, sample: Sample) {
        (self.emit)(RunEvent::Sampled { step, sample });
    }

    /// Notes that a step is done; whether to go on.
    pub fn goes_on(&self, step: u64) -> bool {
        self.watch.steps.store(step, Ordering::Relaxed);
        !self.is_left()
    }

    fn is_left(&self) -> bool {
        let set = |flag: &std::sync::atomic::AtomicBool| flag.load(Ordering::Relaxed);
        set(&self.watch.stop) || set(&self.watch.abandon)
    }
}

/// Works out a problem from its beginning: it has no checkpoints.
///
/// # Errors
/// As [`Analytic::work_out`].
pub fn work_out(
    spec: &ProblemSpec,
    prepared: Option<&Prepared>,
    watch: &Watch,
    mut emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let mut work = Work {
        streams: Streams::new(spec.seed),
        prepared,
        watch,
        emit: &mut emit,
    };
    spec.problem.work_out(&mut work)?;
    if work.is_left() {
        return Ok(match watch.stop.load(Ordering::Relaxed) {
            true => Finish::Stopped { step: 0 },
            false => Finish::Abandoned,
        });
    }
    Ok(Finish::Outcome(Finished {
        outcome: Outcome::Done,
        weights_digest: None,
        flops: (spec.problem.flops_per_step() * spec.problem.steps() as f64) as u64,
        earlier: Duration::ZERO,
    }))
}

/// Quantities of all problems.
pub fn quantities() -> impl Iterator<Item = &'static Info> {
    [
        cross_entropy::QUANTITIES,
        divergence::QUANTITIES,
        optimal_discriminator::QUANTITIES,
        trained_discriminator::QUANTITIES,
        bilinear::QUANTITIES,
        dirac::QUANTITIES,
        classifier_noise::QUANTITIES,
        fid_response::QUANTITIES,
    ]
    .into_iter()
    .flatten()
}

/// A quantity that is better the lower it is.
const fn error(name: &'static str, unit: &'static str, summary: &'static str) -> Info {
    Info {
        name,
        unit,
        direction: crate::metric::Direction::Lower,
        summary,
    }
}

/// A quantity that is neither better nor worse.
const fn value(name: &'static str, unit: &'static str, summary: &'static str) -> Info {
    Info {
        name,
        unit,
        direction: crate::metric::Direction::Neither,
        summary,
    }
}

/// A parameter of a problem.
const fn param(
    name: &'static str,
    kind: crate::param::Kind,
    birth: crate::param::Birth,
    summary: &'static str,
) -> crate::param::Param {
    crate::param::Param {
        name,
        per_network: false,
        kind,
        birth,
        summary,
    }
}

#[cfg(test)]
mod tests;
