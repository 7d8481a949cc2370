//! `gan-sweep run`: train everything that a grid asks for and is missing, then compare.

mod memory;
pub(super) mod missing;
pub(super) mod policy;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

pub(super) use self::missing::Missing;
use self::policy::PolicyArgs;
use super::bar::Bar;
use super::compare::{self, Plots};
use super::out::{self, count};
use super::{Exit, Overrides};
use crate::event::Outcome;
use crate::exec::{self, Interrupt, Job, Policy, Progress, Recorder, Stock, Tally};
use crate::grid::Plan;
use crate::provenance::provenance;
use crate::store::{Reader, Writer};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep run grid.yaml
  gan-sweep run grid.yaml --set k=1,3 --seeds 5  # other values than the file has
  gan-sweep run grid.yaml --profile quick --jobs 1";

/// Train everything that a grid asks for and that is missing; end with the comparison
///
/// Runs that are done are never trained again, in whichever sweep they were done; running the same
/// command again after an interruption trains exactly what is missing, to the same bits. Ctrl-C leaves
/// the running runs at a checkpoint and exits with 75 within two seconds; a second one exits at once.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The grid, a YAML file
    #[arg(value_name = "GRID.yaml")]
    grid: PathBuf,
    #[command(flatten)]
    how: How,
    /// Do not draw the report
    #[arg(long)]
    no_report: bool,
    /// Print the comparison as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    plots: Plots,
    #[command(flatten)]
    overrides: Overrides,
}

/// How runs are executed.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct How {
    #[command(flatten)]
    pub hands: Hands,
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// With how many cores, and what is said meanwhile.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Hands {
    /// Cores to use: so many runs at a time, one thread each, or with fewer runs than cores several
    /// threads a run; by default all cores
    #[arg(long, short, value_name = "N", value_parser = super::above_zero::<NonZeroUsize>)]
    pub jobs: Option<NonZeroUsize>,
    /// No progress, only failures and the result
    #[arg(long, short)]
    pub quiet: bool,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plan = args.overrides.plan(&args.grid, results)?;
    for note in &plan.notes {
        out::say(&format!("note: {note}"));
    }
    let writer = Writer::open(results, provenance())?;
    for note in writer.notes() {
        out::say(&format!("note: {note}"));
    }
    let registered = writer.plan(&plan)?;
    if registered.left_runs > 0 {
        out::say(&left_the_grid(&plan.name, registered.left_runs));
    }
    missing::clear_checkpoints(&writer, results)?;
    let policy = args.how.policy.policy(results);
    let jobs = missing::missing(&plan, &writer, results, &policy, &BTreeMap::new())?;
    let selected = plan.runs.iter().filter(|run| run.selected).count();
    say_what_is_to_do(args, selected, jobs.count(), plan.runs.len());
    if !jobs.alone.is_empty() {
        out::say(&alone(jobs.alone.len()));
    }
    let interrupt = Interrupt::on_signals()?;
    let sender = writer.sender();
    let hands = args.how.hands;
    let tally = train(hands, results, &jobs, &policy, &sender, &interrupt);
    drop(sender);
    // The writer knows why nothing could be recorded any more.
    writer.close()?;
    interrupt.training_is_over();
    let tally = tally?;
    if interrupt.requested() && tally.left > 0 {
        let are = if tally.left == 1 { "is" } else { "are" };
        out::say(&format!(
            "interrupted: {} {are} left; the same command goes on",
            count(tally.left, "run")
        ));
        return Ok(Exit::Interrupted);
    }
    conclude(args, results, &plan, &policy, &tally)
}

fn left_the_grid(name: &str, runs: usize) -> String {
    let (are, they) = match runs {
        1 => ("is", "it is"),
        _ => ("are", "they are"),
    };
    format!(
        "note: {} of this sweep {are} no longer in the grid; {they} kept and left out of the table \
         (`gan-sweep ls {name} --left` lists {}; to have {} back, ask for the values again)",
        count(runs, "run"),
        if runs == 1 { "it" } else { "them" },
        if runs == 1 { "it" } else { "them" },
    )
}

fn say_what_is_to_do(args: &Args, selected: usize, missing: usize, all: usize) {
    if args.how.hands.quiet {
        return;
    }
    out::say(&what_is_to_do(selected, missing, all));
}

pub(super) fn what_is_to_do(selected: usize, missing: usize, all: usize) -> String {
    let of = |n: usize| match n {
        n if selected == all => count(n, "run"),
        n => format!("{n} of {}", count(all, "run")),
    };
    match (missing, selected - missing) {
        (0, 0) => "nothing to train: no run is selected".to_owned(),
        (0, 1) => format!("nothing to train: {} has its outcome", of(1)),
        (0, _) => format!("nothing to train: all {} have their outcome", of(selected)),
        (_, 0) => format!("{} to train", of(missing)),
        (_, 1) => format!(
            "{} to train, 1 has its outcome already",
            count(missing, "run")
        ),
        (_, done) => format!(
            "{} to train, {done} have their outcome already",
            count(missing, "run")
        ),
    }
}

pub(super) fn train(
    hands: Hands,
    results: &Path,
    jobs: &Missing,
    policy: &Policy,
    recorder: &dyn Recorder,
    interrupt: &Interrupt,
) -> anyhow::Result<Tally> {
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = hands.jobs.map_or_else(cores, NonZeroUsize::get);
    memory::check(&jobs.together, workers)?;
    memory::check(&jobs.alone, 1)?;
    let mut progress = if hands.quiet {
        Progress::silent()
    } else {
        Progress::on_stderr()
    };
    let stock = Stock::new(results.to_owned());
    // Every one of them would fail: better said before the first.
    for job in jobs.together.iter().chain(&jobs.alone) {
        if let Some(weights) = job.spec.inception_weights() {
            stock.inception(weights)?;
        }
    }
    let mut execute = |jobs: &[Job], cores| match jobs {
        [] => Ok(Tally::default()),
        jobs => exec::execute(
            jobs,
            cores,
            &stock,
            policy,
            recorder,
            interrupt,
            &mut progress,
        ),
    };
    let together = execute(&jobs.together, workers)?;
    Ok(match interrupt.requested() || together.left > 0 {
        true => together.with_left(jobs.alone.len()),
        false => together.and(execute(&jobs.alone, 1)?),
    })
}

fn alone(runs: usize) -> String {
    let (were, they_are) = match runs {
        1 => ("was", "it is"),
        _ => ("were", "they are"),
    };
    format!(
        "note: {} {were} lost twice with the whole process: {they_are} trained alone, after all others",
        count(runs, "run")
    )
}

/// The comparison, the report, and how it all ended.
fn conclude(
    args: &Args,
    results: &Path,
    plan: &Plan,
    policy: &Policy,
    tally: &Tally,
) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = reader.sweep_under(&plan.name, &plan.profile)?;
    let runs = reader.runs(&sweep)?;
    if args.json {
        out::print_json(&compare::json(&sweep, &runs)?)?;
    } else {
        out::print(&compare::table(&reader, &runs, args.plots)?)?;
    }
    if let (1.., Some(most)) = (tally.left, policy.max_fails) {
        out::say(&format!(
            "stopped after {} (--max-fails {most}): {} left; the same command goes on",
            count(tally.failed, "failure"),
            count(tally.left, "run")
        ));
        return Ok(Exit::SomeFailed);
    }
    if !args.no_report {
        let bar = match args.how.hands.quiet {
            true => Bar::silent(),
            false => Bar::new("report"),
        };
        let page = super::report::write(&reader, &sweep, results, &bar)?;
        drop(bar);
        out::say(&format!("report: {}", page.display()));
    }
    if !plan.claims.is_empty() {
        out::say(&format!(
            "its {}: `gan-sweep reproduce {}` judges them",
            count(plan.claims.len(), "claim"),
            args.grid.display()
        ));
    }
    let failures = runs.iter().filter_map(|run| run.outcome.as_ref());
    let (late, failed): (Vec<_>, Vec<_>) = failures
        .filter(|outcome| outcome.is_failure())
        .partition(|outcome| matches!(outcome, Outcome::TimedOut { .. }));
    let them = |n: usize| if n == 1 { "it" } else { "them" };
    if !late.is_empty() {
        out::say(&format!(
            "{} took too long: a larger --timeout goes on with {}",
            count(late.len(), "run"),
            them(late.len())
        ));
    }
    if !failed.is_empty() {
        out::say(&format!(
            "{} failed: `gan-sweep show RUN` says why, --retries 1 trains {} again",
            count(failed.len(), "run"),
            them(failed.len())
        ));
    }
    if !(late.is_empty() && failed.is_empty()) {
        return Ok(Exit::SomeFailed);
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::{left_the_grid, what_is_to_do};

    #[test]
    fn one_run_is_spoken_of_as_one() {
        let said = [
            what_is_to_do(1, 1, 1),
            what_is_to_do(8, 8, 8),
            what_is_to_do(4, 4, 8),
            what_is_to_do(1, 1, 8),
            what_is_to_do(2, 1, 2),
            what_is_to_do(1, 0, 1),
            what_is_to_do(8, 0, 8),
            what_is_to_do(4, 0, 8),
        ];
        let expected = [
            "1 run to train",
            "8 runs to train",
            "4 of 8 runs to train",
            "1 of 8 runs to train",
            "1 run to train, 1 has its outcome already",
            "nothing to train: 1 run has its outcome",
            "nothing to train: all 8 runs have their outcome",
            "nothing to train: all 4 of 8 runs have their outcome",
        ];
        assert_eq!(said, expected);
        let note = left_the_grid("demo", 1);
        assert!(note.starts_with("note: 1 run of this sweep is no longer in the grid; it is kept and left out of the table"), "{note}");
        assert!(note.contains("`gan-sweep ls demo --left`"), "{note}");
        assert!(left_the_grid("demo", 3).contains("3 runs of this sweep are no longer"));
    }
}
