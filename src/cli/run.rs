//! `gan-sweep run`: train everything that a grid asks for and is missing, then compare.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::{Exit, Overrides, out};
use crate::event::Outcome;
use crate::exec::{self, Interrupt, Job, Progress, Stock, Tally};
use crate::grid::Plan;
use crate::provenance::provenance;
use crate::spec::RunId;
use crate::store::{Reader, Writer};

/// Train everything that a grid asks for and that is missing; end with the comparison
///
/// Runs that are done are never trained again, in whichever sweep they were done; running the same
/// command again after an interruption trains exactly what is missing. Ctrl-C finishes the running
/// runs and exits with 75; a second one drops them; a third one, or one while the report is drawn,
/// exits at once.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The grid, a YAML file
    #[arg(value_name = "GRID.yaml")]
    grid: PathBuf,
    /// Runs at a time, one thread each; by default the number of cores
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Train runs that failed or crashed before once more
    #[arg(long)]
    retry: bool,
    /// Do not draw the report
    #[arg(long)]
    no_report: bool,
    /// No progress, only failures and the result
    #[arg(long, short)]
    quiet: bool,
    /// Print the comparison as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overrides: Overrides,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plan = args.overrides.plan(&args.grid, results)?;
    for note in &plan.notes {
        out::say(&format!("note: {note}"));
    }
    let writer = Writer::open(results, provenance())?;
    if let Some(note) = writer.note() {
        out::say(&format!("note: {note}"));
    }
    let registered = writer.plan(&plan)?;
    if registered.left_runs > 0 {
        let runs = registered.left_runs;
        out::say(&format!(
            "note: {runs} runs of earlier plans are no longer in the grid; they are kept"
        ));
    }
    let known = writer.outcomes(
        &plan
            .runs
            .iter()
            .map(|run| run.spec.id())
            .collect::<Vec<_>>(),
    )?;
    let jobs = missing(&plan, &known, args.retry);
    let selected = plan.runs.iter().filter(|run| run.selected).count();
    say_what_is_to_do(args, selected, jobs.len(), plan.runs.len());
    let interrupt = Interrupt::on_signals()?;
    let tally = train(args, results, &jobs, &writer, &interrupt);
    // The writer knows why nothing could be recorded any more.
    writer.close()?;
    interrupt.training_is_over();
    let tally = tally?;
    conclude(args, results, &plan, &tally)
}

/// The selected runs without a final outcome, in plan order.
fn missing(plan: &Plan, known: &BTreeMap<RunId, Outcome>, retry: bool) -> Vec<Job> {
    plan.cells
        .iter()
        .flat_map(|cell| {
            let values = plan.columns.iter().filter_map(|column| {
                Some(format!(
                    "{}={}",
                    column.label,
                    plan.value(cell, column.key)?
                ))
            });
            let values = values.collect::<Vec<_>>().join(" ");
            cell.runs.iter().map(move |&run| (run, values.clone()))
        })
        .filter_map(|(run, values)| Some((plan.runs.get(run)?, values)))
        .filter(|(run, _)| run.selected)
        .filter(|(run, _)| match known.get(&run.spec.id()) {
            None => true,
            Some(Outcome::Done | Outcome::Diverged { .. }) => false,
            Some(Outcome::Failed { .. } | Outcome::Crashed { .. }) => retry,
        })
        .map(|(run, values)| Job {
            label: format!("{values} seed={}", run.spec.seed)
                .trim_start()
                .to_owned(),
            spec: run.spec.clone(),
        })
        .collect()
}

fn say_what_is_to_do(args: &Args, selected: usize, missing: usize, all: usize) {
    if args.quiet {
        return;
    }
    let of = if selected == all {
        String::new()
    } else {
        format!(" of {all}")
    };
    match (missing, selected - missing) {
        (0, _) => out::say(&format!(
            "nothing to train: all {selected}{of} runs have their outcome"
        )),
        (_, 0) => out::say(&format!("{missing}{of} runs to train")),
        (_, done) => out::say(&format!(
            "{missing} runs to train, {done} have their outcome already"
        )),
    }
}

fn train(
    args: &Args,
    results: &Path,
    jobs: &[Job],
    writer: &Writer,
    interrupt: &Interrupt,
) -> anyhow::Result<Tally> {
    if jobs.is_empty() {
        return Ok(Tally::default());
    }
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = args.jobs.map_or_else(cores, NonZeroUsize::get);
    let mut progress = if args.quiet {
        Progress::silent()
    } else {
        Progress::on_stderr()
    };
    let stock = Stock::new(results.to_owned());
    let sender = writer.sender();
    Ok(exec::execute(
        jobs,
        workers,
        &stock,
        &sender,
        interrupt,
        &mut progress,
    )?)
}

/// The comparison, the report, and how it all ended.
fn conclude(args: &Args, results: &Path, plan: &Plan, tally: &Tally) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = reader.sweep_under(&plan.name, &plan.profile)?;
    let runs = reader.runs(&sweep)?;
    if args.json {
        out::print_json(&super::compare::json(&sweep, &runs)?)?;
    } else {
        out::print(&super::table(&runs))?;
    }
    if tally.left > 0 {
        out::say(&format!(
            "interrupted: {} runs are left; the same command goes on",
            tally.left
        ));
        return Ok(Exit::Interrupted);
    }
    if !args.no_report {
        let page = super::report::write(&reader, &sweep, results)?;
        out::say(&format!("report: {}", page.display()));
    }
    let failed = runs
        .iter()
        .filter(|run| {
            matches!(
                run.outcome,
                Some(Outcome::Failed { .. } | Outcome::Crashed { .. })
            )
        })
        .count();
    if failed > 0 {
        out::say(&format!(
            "{failed} runs failed: `gan-sweep show RUN` says why, --retry trains them again"
        ));
        return Ok(Exit::SomeFailed);
    }
    Ok(Exit::Done)
}
