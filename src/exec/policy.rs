//! What is done about runs that fail, take too long, or are interrupted.

use std::path::PathBuf;
use std::time::Duration;

/// What a sweep does about runs that do not go well.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// How long a run may take, all its attempts together.
    pub timeout: Option<Duration>,
    /// After so many failures no further run starts and those that run are left at a checkpoint.
    pub max_fails: Option<usize>,
    /// How often a run that failed or crashed is tried again.
    pub retries: u32,
    /// Where checkpoints go, and when.
    pub checkpoints: Option<Checkpoints>,
}

/// Where checkpoints go, and how often.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// The results folder.
    pub results: PathBuf,
    /// Between two of a run, at least.
    pub interval: Duration,
}
