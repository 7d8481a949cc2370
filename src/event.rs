//! The closed set of things that a run can report: the only way out of a worker.

use std::time::Duration;

use crate::spec::RunId;

/// The name of a logged quantity: `loss.d`, `covered`, `fid.floor`.
pub type Quantity = &'static str;

/// What a run reports, in the order in which it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// An attempt began.
    Started {
        /// The step of the checkpoint that it goes on from, 0 for none; what was logged up to it follows.
        from: u64,
    },
    /// Values at a step (generator updates done so far).
    Logged {
        /// The step.
        step: u64,
        /// Quantities and values; a value may be NaN or infinite.
        values: Vec<(Quantity, f64)>,
    },
    /// Values that stand in for those of a diverged run: each metric's declared worst.
    Worst {
        /// The step at which the run diverged.
        step: u64,
        /// Metrics and their worst values.
        values: Vec<(Quantity, f64)>,
    },
    /// What the features are that FID and its like compare: the network's name and digest.
    Features(String),
    /// The weights at the end of a run that is done, a safetensors file.
    Trained {
        /// Its content.
        weights: Vec<u8>,
    },
    /// What G makes at a step.
    Sampled {
        /// The step.
        step: u64,
        /// The samples.
        sample: Sample,
    },
    /// The attempt was left after a step because somebody asked; no more follows.
    Stopped {
        /// The step.
        step: u64,
    },
    /// The attempt ended; always the last event.
    Ended(Ended),
}

/// Generated samples to look at, in canonical coordinates.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// Points in the plane, with the modes they should cover.
    Points {
        /// Generated points.
        generated: Vec<[f32; 2]>,
        /// The centres of the mixture.
        centres: Vec<[f64; 2]>,
        /// Its standard deviation.
        sigma: f64,
        /// Coordinates of a sample: 2, or more where points and centres are projected on a plane.
        dimensions: usize,
    },
    /// Points on a line, with the density they should have.
    Line {
        /// Generated points.
        generated: Vec<f32>,
        /// The components.
        components: Vec<Gaussian>,
    },
    /// Points in the plane beside real ones, of a distribution without modes.
    Cloud {
        /// Generated points.
        generated: Vec<[f32; 2]>,
        /// Real points.
        real: Vec<[f32; 2]>,
        /// Two corners of the evaluation box, low and high.
        frame: [[f64; 2]; 2],
    },
    /// Lines to draw: functions, or ways that something went.
    Paths(Vec<Path>),
    /// Images, 0 to 255, row-major `[count, channels, height, width]`.
    Images {
        /// How many.
        count: usize,
        /// Channels, height, width.
        shape: [usize; 3],
        /// The pixels.
        pixels: Vec<u8>,
    },
}

/// A line in the plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// What it is: `D*`.
    pub name: String,
    /// Its points, in order.
    pub points: Vec<[f32; 2]>,
}

/// A component of a mixture on a line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gaussian {
    /// Its mean.
    pub centre: f64,
    /// Its weight; those of a mixture sum to 1.
    pub weight: f64,
    /// Its standard deviation.
    pub sigma: f64,
}

/// How an attempt ended, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The outcome.
    pub outcome: Outcome,
    /// BLAKE3 of the final weights of G and D, in the order of the layers.
    pub weights_digest: Option<[u8; 32]>,
    /// Floating-point operations of training, counted from the shapes.
    pub flops: u64,
    /// Elapsed time.
    pub wall: Duration,
    /// Processor time of the worker.
    pub cpu: Duration,
}

/// The outcome of an attempt. Divergence is a result; the others but `Done` are failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All steps done.
    Done,
    /// A value stopped being finite. Final: the same spec diverges again.
    Diverged {
        /// The generator step in which it happened, counted from 1.
        step: u64,
        /// What stopped being finite: `loss.d`.
        quantity: String,
    },
    /// It took longer than it was allowed to. Its checkpoint is kept: under a larger limit it goes on.
    TimedOut {
        /// The generator step after which it was stopped.
        step: u64,
        /// The limit.
        limit: Duration,
    },
    /// An error that the code foresaw.
    Failed {
        /// The error with its causes.
        message: String,
    },
    /// A panic.
    Crashed {
        /// Its text.
        message: String,
        /// File and line.
        place: String,
    },
}

impl Outcome {
    /// Whether the run was not carried through: it failed, crashed, or took too long.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Done | Self::Diverged { .. } => false,
            Self::TimedOut { .. } | Self::Failed { .. } | Self::Crashed { .. } => true,
        }
    }

    /// The word in tables and exports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Diverged { .. } => "diverged",
            Self::TimedOut { .. } => "timed_out",
            Self::Failed { .. } => "failed",
            Self::Crashed { .. } => "crashed",
        }
    }
}

/// An event with the run it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// What it reports.
    pub event: RunEvent,
}
