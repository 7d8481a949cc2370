//! `gan-sweep cancel`: End a sweep's tasks on a cluster

use std::path::Path;

use super::{queue, submitted};
use crate::cli::Exit;
use crate::cli::out::{count, say};
use crate::cluster::slurm;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep cancel losses-on-the-ring";

/// End a sweep's tasks on a cluster
///
/// Tasks leave their runs at a checkpoint and publish what has ended. Nothing that was published goes:
/// `collect` takes it over, and `resume` submits what is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    sweep: String,
}

pub(in crate::cli) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plans = submitted(results, Some(&args.sweep))?;
    let queue = queue(&plans)?;
    let live = queue.tasks().iter().filter(|task| task.is_live());
    let mut jobs: Vec<u64> = live.clone().map(|task| task.job).collect();
    let tasks = live.count();
    jobs.sort_unstable();
    jobs.dedup();
    if jobs.is_empty() {
        say(&format!("no task of {} waits or runs", args.sweep));
        return Ok(Exit::Done);
    }
    slurm::cancel(&jobs)?;
    say(&format!(
        "{} cancelled; `gan-sweep collect {name}` takes over what they have published, `gan-sweep resume {name}` \
         submits the rest",
        count(tasks, "task"),
        name = args.sweep
    ));
    Ok(Exit::Done)
}
