//! `gan-sweep work`: Execute a slice of a sweep, without the database

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;

use crate::cli::out::{count, say};
use crate::cli::run::policy::RunPolicy;
use crate::cli::run::{Hands, Missing, missing, train};
use crate::cli::{Exit, Overrides};
use crate::cluster::slurm::{self, MOST_RESTARTS};
use crate::cluster::{self, ClusterPlan, Folder, Publisher, attempt_name, node_name};
use crate::dataset;
use crate::exec::{Interrupt, Recorder, Tally};
use crate::grid::cluster::Wishes;
use crate::spec::RunId;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep work grid.yaml --shard 3/16  # the third of sixteen slices, wherever it is started
  gan-sweep work --plan losses-on-the-ring-0123456789abcdef --slice 3  # what a task of Slurm does";

/// Execute a slice of a sweep, without the database: what the tasks of a cluster do
///
/// Runs that ended are published in files below RESULTS/cluster, at latest every half minute, and
/// `collect` takes them over. Slices share no run, so that any number of these commands may go on at a time, on
/// machines that share nothing but the folder. The same command again does what its slice lacks. SIGTERM
/// and SIGUSR1 leave the running runs at a checkpoint, publish the others, and exit with 75 within two
/// seconds; after SIGUSR1 a task of Slurm goes back into the queue.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The grid, a YAML file; with --shard
    #[arg(
        value_name = "GRID.yaml",
        required_unless_present = "plan",
        requires = "shard"
    )]
    grid: Option<PathBuf>,
    /// A plan that `submit` wrote; with --slice
    #[arg(long, value_name = "NAME", conflicts_with = "grid", requires = "slice")]
    plan: Option<String>,
    /// Which slice of the plan, from 1
    #[arg(long, value_name = "I", requires = "plan", value_parser = crate::cli::above_zero::<NonZeroUsize>)]
    slice: Option<NonZeroUsize>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    hands: Hands,
    #[command(flatten)]
    policy: RunPolicy,
}

/// Between two looks whether something is to be published.
const TICK: Duration = Duration::from_millis(200);

pub(in crate::cli) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals_of_a_task()?;
    let (folder, plan, slice) = task(args, results)?;
    let runs = plan.slices.get(slice - 1).with_context(|| {
        format!(
            "the plan {} has {}, no slice {slice}",
            folder.name(),
            count(plan.slices.len(), "slice")
        )
    })?;
    work(args, results, (&folder, &plan), (slice, runs), &interrupt)
}

/// The plan with its folder, and which of its slices is meant.
fn task(args: &Args, results: &Path) -> anyhow::Result<(Folder, ClusterPlan, usize)> {
    if let (Some(name), Some(slice)) = (&args.plan, args.slice) {
        let folder = Folder::named(results, name);
        let plan = ClusterPlan::read(&folder)?;
        return Ok((folder, plan, slice.get()));
    }
    let grid = args.grid.as_deref().context("no grid")?;
    let plan = args.overrides.unsliced(grid, results)?;
    let shard = plan.shard.context("no --shard")?;
    let specs = plan.runs.iter().filter(|run| run.selected);
    let (ids, costs): (Vec<RunId>, Vec<f64>) = specs
        .map(|run| (run.spec.id(), cluster::core_seconds(&run.spec)))
        .unzip();
    let slices = cluster::slices(&costs, shard.count).into_iter();
    let slices = slices.map(|slice| slice.into_iter().map(|i| ids[i]).collect());
    let (how, wishes) = (args.policy.of_tasks(), Wishes::default());
    let plan = ClusterPlan::new(
        &plan,
        grid,
        &args.overrides.of_grid(),
        (how, wishes),
        slices.collect(),
    );
    let folder = plan.folder(results);
    // Every slice's command writes the same file.
    plan.write(&folder)?;
    Ok((folder, plan, shard.index))
}

fn work(
    args: &Args,
    results: &Path,
    (folder, plan): (&Folder, &ClusterPlan),
    (slice, runs): (usize, &Vec<RunId>),
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    let catalog = dataset::catalog(results)?;
    let expanded = plan.expand(&catalog, std::slice::from_ref(runs))?;
    let policy = plan.how.policy(results);
    let shards = folder.shards_of(slice);
    let ended = cluster::ended(&folder.shards(slice), plan.how.retries)?;
    let lost = cluster::lost(&shards);
    let (jobs, given_up) = missing::missing_of_slice(&expanded, &ended, &lost, results, &policy);
    say(&format!(
        "{}, slice {slice} of {}: {} of {} to train, on {}",
        plan.name,
        plan.slices.len(),
        jobs.count(),
        count(runs.len(), "run"),
        node_name()
    ));
    let specs = expanded.runs.iter().filter(|run| run.selected);
    let publisher = Arc::new(Publisher::new(
        results,
        shards,
        attempt_name(slice),
        Duration::from_secs_f64(plan.how.checkpoint_every),
        specs.map(|run| &run.spec),
    )?);
    let again = Arc::new(BackInQueue::default());
    interrupt.with_last_words({
        let (publisher, again, interrupt) = (
            Arc::clone(&publisher),
            Arc::clone(&again),
            interrupt.clone(),
        );
        move || {
            // Whoever would tell of a failure is about to end.
            let _ = publisher.leave();
            again.go(&interrupt);
        }
    });
    // A plan of 100,000 runs takes memory that training wants.
    drop(expanded);
    for report in given_up {
        let recorded = publisher.record(report);
        told(&publisher, recorded)?;
    }
    let tally = publishing(&publisher, interrupt, || {
        train(hands(args), results, &jobs, &policy, &*publisher, interrupt)
    });
    let finished = publisher.finish();
    told(&publisher, finished)?;
    let tally = tally?;
    say(&ending(&jobs, &tally));
    if interrupt.requested() && tally.left > 0 {
        again.go(interrupt);
        return Ok(Exit::Interrupted);
    }
    anyhow::ensure!(
        tally.left == 0,
        "{} could not be begun: no thread for a worker",
        count(tally.left, "run")
    );
    // A run that failed is a row; the task did its work.
    Ok(Exit::Done)
}

/// The cores that Slurm gives a task, unless the user says how many.
fn hands(args: &Args) -> Hands {
    let of_slurm = || std::env::var("SLURM_CPUS_PER_TASK").ok()?.parse().ok();
    Hands {
        jobs: args.hands.jobs.or_else(of_slurm),
        quiet: args.hands.quiet,
    }
}

/// Publishes what is due while something else is done.
fn publishing<T>(publisher: &Publisher, interrupt: &Interrupt, act: impl FnOnce() -> T) -> T {
    /// By a panic too.
    struct Over<'o>(&'o AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends = Over(&over);
        scope.spawn(|| {
            let mut hurried = false;
            while !over.load(Ordering::Acquire) {
                std::thread::sleep(TICK);
                // Before the runs have reached the end of their step: who asked may not wait for that.
                let published = match interrupt.requested() && !hurried {
                    true => publisher.publish(),
                    false => publisher.look(),
                };
                hurried = interrupt.requested();
                if published.is_err() {
                    break;
                }
            }
        });
        act()
    })
}

/// The publisher knows why nothing could be recorded any more.
fn told<E: std::error::Error + Send + Sync + 'static>(
    publisher: &Publisher,
    result: Result<(), E>,
) -> anyhow::Result<()> {
    match publisher.take_failure() {
        Some(failure) => Err(failure.into()),
        None => Ok(result?),
    }
}

fn ending(jobs: &Missing, tally: &Tally) -> String {
    let mut text = format!(
        "{} of {} ended",
        jobs.count() - tally.left,
        count(jobs.count(), "run")
    );
    if tally.diverged > 0 {
        text.push_str(&format!(", {} diverged", tally.diverged));
    }
    if tally.failed > 0 {
        text.push_str(&format!(", {} failed", tally.failed));
    }
    if tally.left > 0 {
        text.push_str(&format!(
            "; {} left at a checkpoint or not begun",
            tally.left
        ));
    }
    text
}

/// The way back into the queue, which is gone once.
#[derive(Debug, Default)]
struct BackInQueue(AtomicBool);

impl BackInQueue {
    /// Where Slurm has said that the time is nearly up.
    fn go(&self, interrupt: &Interrupt) {
        let restarts = std::env::var("SLURM_RESTART_COUNT").ok();
        let restarts = restarts.and_then(|n| n.parse().ok()).unwrap_or(0);
        if !interrupt.time_is_up() || self.0.swap(true, Ordering::AcqRel) {
            return;
        }
        if restarts >= MOST_RESTARTS {
            say(&format!(
                "back in the queue {restarts} times already: left to `gan-sweep resume`"
            ));
            return;
        }
        // Slurm ends the process as soon as it is asked: there is no time to say so afterwards.
        say("the time is nearly up: back into the queue");
        if let Some(Err(error)) = slurm::requeue() {
            say(&format!("cannot go back into the queue: {error}"));
        }
    }
}
