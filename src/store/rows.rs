//! What readers of the store see: plain rows, in plan order.

use std::collections::BTreeMap;

use crate::event::{Outcome, Sample};
use crate::spec::RunId;

/// One sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRow {
    /// Its name.
    pub name: String,
    /// The question its grid asks.
    pub question: Option<String>,
    /// The profile of the newest plan, empty for none.
    pub profile: String,
    /// The grid file's text, as it was read.
    pub source: String,
    /// When it was first planned, seconds since 1970.
    pub created_at: i64,
}

/// How far a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Members of the sweep.
    pub runs: u32,
    /// Those that are done.
    pub done: u32,
    /// Those that diverged.
    pub diverged: u32,
    /// Those that failed, crashed or took too long.
    pub failed: u32,
    /// When it was last planned or a run last ended, seconds since 1970.
    pub changed_at: i64,
}

impl Tally {
    /// Those without an outcome.
    pub fn missing(&self) -> u32 {
        self.runs - self.done - self.diverged - self.failed
    }
}

/// A stored value with the step of its measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Generator updates done.
    pub step: u64,
    /// The value; may be NaN or infinite.
    pub value: f64,
    /// Whether it is the metric's declared worst value, standing in for a diverged run's.
    pub worst: bool,
}

/// How one attempt at a run went.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// From 1.
    pub number: u64,
    /// Seconds since 1970.
    pub started_at: i64,
    /// When it ended, or was left.
    pub ended_at: Option<i64>,
    /// The machine.
    pub host: String,
    /// The step of the checkpoint that it went on from, 0 for none.
    pub from_step: u64,
    /// Where it was left, because somebody asked.
    pub stopped_step: Option<u64>,
    /// Its outcome.
    pub outcome: Option<Outcome>,
    /// Time, with that of the attempts that it went on from.
    pub wall_seconds: Option<f64>,
    /// The versions that made it.
    pub versions: String,
    /// The numeric class of the machine.
    pub numeric_class: String,
}

/// What became of a run that was attempted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// That of the last attempt, if it has one.
    pub outcome: Option<Outcome>,
    /// The versions that made the last attempt.
    pub versions: String,
    /// The steps from which the newest attempts went on, newest first, that were lost with their process.
    pub lost: Vec<u64>,
}

/// What a run was made by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// Revision of the source, empty if unknown.
    pub git_revision: String,
    /// Whether `src` or `Cargo.lock` differed from it.
    pub dirty: bool,
    /// Versions: `gan-sweep 0.1.0, training 1, candle 0.11.1, faer 0.24.4, rustc …`.
    pub versions: String,
    /// Instruction set and cache geometry.
    pub numeric_class: String,
}

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its identity.
    pub id: RunId,
    /// Its place in the plan.
    pub position: u64,
    /// Its seed.
    pub seed: u64,
    /// Every setting by its key (`norm.g`), in its canonical form; lists as `[64, 64]`.
    pub settings: BTreeMap<String, String>,
    /// Its tags in this sweep.
    pub tags: Vec<String>,
    /// The outcome; `None` while it is missing.
    pub outcome: Option<Outcome>,
    /// The last value of every quantity; empty while the outcome is missing.
    pub last: BTreeMap<String, Measured>,
    /// BLAKE3 of the final weights, hexadecimal.
    pub weights_digest: Option<String>,
    /// BLAKE3 of the metric series, hexadecimal.
    pub series_digest: Option<String>,
    /// Counted floating-point operations of training.
    pub flops: Option<u64>,
    /// Attempts so far.
    pub attempts: u32,
    /// Elapsed seconds of the last attempt.
    pub wall_seconds: Option<f64>,
    /// Processor seconds of the last attempt.
    pub cpu_seconds: Option<f64>,
    /// Host of the last attempt.
    pub host: Option<String>,
    /// When the last attempt ended, seconds since 1970.
    pub ended_at: Option<i64>,
    /// Name and digest of the network whose features FID and its like compare.
    pub features: Option<String>,
    /// What made it.
    pub provenance: Option<Provenance>,
}

/// Samples of a run at a step.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRow {
    /// Generator updates done.
    pub step: u64,
    /// The samples.
    pub sample: Sample,
}
