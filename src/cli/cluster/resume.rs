//! `gan-sweep resume`: Submit what is missing of a sweep

use std::path::Path;

use super::submit::{Order, WishArgs, submit};
use super::submitted;
use crate::cli::Exit;
use crate::cluster::ClusterPlan;
use crate::dataset;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep resume losses-on-the-ring
  gan-sweep resume losses-on-the-ring --slurm-time 2:00:00";

/// Collect what tasks have published, and submit what is missing, as it was submitted before
///
/// Refused while tasks of the sweep wait or run. Runs that were left go on at their checkpoints.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    sweep: String,
    #[command(flatten)]
    wishes: WishArgs,
}

pub(in crate::cli) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plans = submitted(results, Some(&args.sweep))?;
    let Some(newest) = plans.last() else {
        anyhow::bail!("no sweep '{}' was submitted", args.sweep);
    };
    let of = &newest.plan;
    // What was asked for at first: later plans of the same grid hold what was missing of it.
    let same = |other: &ClusterPlan| other.grid == of.grid && other.overrides() == of.overrides();
    let slices: Vec<_> = plans
        .iter()
        .filter(|submitted| same(&submitted.plan))
        .flat_map(|submitted| submitted.plan.slices.iter().cloned())
        .collect();
    let order = Order {
        plan: of.expand(&dataset::catalog(results)?, &slices)?,
        file: of.file.clone(),
        overrides: of.overrides(),
        how: of.how.clone(),
        wishes: args.wishes.wishes().or(&of.wishes),
        slices: args.wishes.slices(),
        dry_run: args.wishes.dry_run(),
    };
    submit(&order, results)
}
