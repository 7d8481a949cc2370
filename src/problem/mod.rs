//! Problems of the lecture that are worked out and not trained as GANs are: a closed form, a game of two
//! numbers, a discriminator against densities that are known.
//!
//! A problem is a choice of the parameter `problem` like any other axis: it stands in grids, has runs,
//! seeds and ids, and logs into the same store. What it logs is declared beside it.

mod densities;
mod digits;
pub mod distortion;
pub mod features;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::axis::{Component, axis};
use crate::dataset::Dataset;
use crate::event::{Outcome, Quantity, RunEvent, Sample};
use crate::inception::Inception;
use crate::metric::{Direction, Info};
use crate::rng::Streams;
use crate::spec::ProblemSpec;
use crate::train::{Finish, Finished, Prepared, TrainError, Watch};

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
        mmd::Mmd,
    }
}

/// Works out a problem.
pub trait Analytic: Send + Sync {
    /// The data set that it looks at, if any.
    fn dataset(&self) -> Option<&Dataset> {
        None
    }

    /// The beginning of the SHA-256 of a file of Inception's weights, where it looks through Inception.
    fn inception_weights(&self) -> Option<&str> {
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
    /// Inception, where it asks for its weights.
    pub inception: Option<&'w Inception>,
    watch: &'w Watch,
    /// When its time is over.
    deadline: Option<Instant>,
    left: Option<Left>,
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

    /// Notes that a quantity stopped being finite at a step, with the worst values, with which the run then counts.
    /// Nothing more is worked out.
    pub fn diverge(&mut self, step: u64, quantity: &'static str, worst: Vec<(Quantity, f64)>) {
        let values = worst;
        (self.emit)(RunEvent::Worst { step, values });
        self.left = Some(Left::Diverged { step, quantity });
    }

    /// Notes that a step is done; whether to go on. Where not, what is missing is not worked out.
    pub fn goes_on(&mut self, step: u64) -> bool {
        self.watch.steps.store(step, Ordering::Relaxed);
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let late = self.deadline.is_some_and(|end| Instant::now() >= end);
        self.left = if is_set(&self.watch.abandon) {
            Some(Left::Abandoned)
        } else if is_set(&self.watch.stop) {
            Some(Left::Stopped)
        } else if late {
            Some(Left::Late { step })
        } else {
            None
        };
        self.left.is_none()
    }
}

/// Why a problem was left before its end.
#[derive(Clone, Copy, Debug)]
enum Left {
    Abandoned,
    Stopped,
    Late { step: u64 },
    Diverged { step: u64, quantity: &'static str },
}

/// Works out a problem from its beginning, as it has no checkpoints, within a limit of time.
///
/// # Errors
/// As [`Analytic::work_out`].
pub fn work_out(
    spec: &ProblemSpec,
    (prepared, inception): (Option<&Prepared>, Option<&Inception>),
    watch: &Watch,
    limit: Option<Duration>,
    mut emit: impl FnMut(RunEvent),
) -> Result<Finish, TrainError> {
    let mut work = Work {
        streams: Streams::new(spec.seed),
        prepared,
        inception,
        watch,
        deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
        left: None,
        emit: &mut emit,
    };
    spec.problem.work_out(&mut work)?;
    let done = match work.left {
        Some(Left::Diverged { step, .. } | Left::Late { step }) => step,
        _ => spec.problem.steps(),
    };
    let outcome = match work.left {
        Some(Left::Abandoned) => return Ok(Finish::Abandoned),
        Some(Left::Stopped) => return Ok(Finish::Stopped { step: 0 }),
        Some(Left::Late { step }) => Outcome::TimedOut {
            step,
            limit: limit.unwrap_or_default(),
        },
        Some(Left::Diverged { step, quantity }) => Outcome::Diverged {
            step,
            quantity: quantity.to_owned(),
        },
        None => Outcome::Done,
    };
    Ok(Finish::Outcome(Finished {
        outcome,
        weights_digest: None,
        flops: (spec.problem.flops_per_step() * done as f64) as u64,
        earlier: Duration::ZERO,
    }))
}

/// What each problem logs.
const LOGGED: [(&str, &[Info]); 9] = [
    (CrossEntropy::CHOICE.name, cross_entropy::QUANTITIES),
    (Divergence::CHOICE.name, divergence::QUANTITIES),
    (
        OptimalDiscriminator::CHOICE.name,
        optimal_discriminator::QUANTITIES,
    ),
    (
        TrainedDiscriminator::CHOICE.name,
        trained_discriminator::QUANTITIES,
    ),
    (Bilinear::CHOICE.name, bilinear::QUANTITIES),
    (Dirac::CHOICE.name, dirac::QUANTITIES),
    (ClassifierNoise::CHOICE.name, classifier_noise::QUANTITIES),
    (FidResponse::CHOICE.name, fid_response::QUANTITIES),
    (Mmd::CHOICE.name, mmd::QUANTITIES),
];

/// What the problem of that name logs; `None` for training.
pub fn logged(problem: &str) -> Option<&'static [Info]> {
    let found = LOGGED.iter().find(|(name, _)| *name == problem);
    found.map(|(_, quantities)| *quantities)
}

/// Whether a problem trains a generator and no discriminator: of what is one a network it has G's alone.
pub fn trains_g_alone(problem: &str) -> bool {
    problem == Mmd::CHOICE.name
}

/// What the runs of a problem are ranked by: the first of its quantities that knows better and worse,
/// or else the first.
pub fn headline(problem: &str) -> Option<&'static Info> {
    let quantities = logged(problem)?;
    let judged = quantities
        .iter()
        .find(|info| info.direction != Direction::Neither);
    judged.or(quantities.first())
}

/// Quantities of all problems.
pub fn quantities() -> impl Iterator<Item = &'static Info> {
    LOGGED.iter().flat_map(|(_, quantities)| *quantities)
}

/// A quantity that is better the lower it is.
const fn error(name: &'static str, unit: &'static str, summary: &'static str) -> Info {
    Info {
        name,
        unit,
        direction: Direction::Lower,
        summary,
    }
}

/// A quantity that is neither better nor worse.
const fn value(name: &'static str, unit: &'static str, summary: &'static str) -> Info {
    Info {
        name,
        unit,
        direction: Direction::Neither,
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
