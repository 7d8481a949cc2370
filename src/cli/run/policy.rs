//! `run`: what is done about runs that fail, take too long or are interrupted.

use std::path::Path;
use std::time::Duration;

use crate::cluster;
use crate::duration::duration;
use crate::exec::{Checkpoints, Policy};

/// Time between two checkpoints of a run.
const CHECKPOINT_EVERY: &str = "10s";

/// The options.
#[derive(Clone, Debug, clap::Args)]
pub struct PolicyArgs {
    #[command(flatten)]
    of_run: RunPolicy,
    /// After N runs that failed, crashed or took too long start no further one
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_fails: Option<usize>,
}

/// What is done about one run, wherever it is executed.
#[derive(Clone, Debug, clap::Args)]
pub struct RunPolicy {
    /// Try runs that fail or crash again, up to N times; those that did so earlier too
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// End a run that takes longer (90s, 10m, 2h); under a larger limit it goes on where it was
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// Time between two checkpoints of a run; longer where writing one takes more than a fiftieth of it
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = CHECKPOINT_EVERY)]
    checkpoint_every: Duration,
}

impl PolicyArgs {
    pub(in crate::cli) fn policy(&self, results: &Path) -> Policy {
        Policy {
            timeout: self.of_run.timeout,
            max_fails: self.max_fails,
            retries: self.of_run.retries,
            checkpoints: Some(Checkpoints {
                results: results.to_owned(),
                interval: self.of_run.checkpoint_every,
            }),
        }
    }
}

impl RunPolicy {
    /// What tasks of a cluster are told.
    pub(in crate::cli) fn of_tasks(&self) -> cluster::How {
        cluster::How {
            retries: self.retries,
            timeout: self.timeout.map(|limit| limit.as_secs_f64()),
            checkpoint_every: self.checkpoint_every.as_secs_f64(),
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("expected a whole number from 1 on".to_owned()),
    }
}
