//! `gan-sweep verify`: Execute runs again and compare their bits

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::bar::{Bar, Of};
use super::out::{self, count};
use super::parting::{Series, parting};
use super::{Exit, diff};
use crate::event::{Ended, Outcome, Report, RunEvent};
use crate::exec::{self, Interrupt, Job, Lost, Policy, Progress, Recorder, Stock};
use crate::provenance::provenance;
use crate::rng::{Name, Streams};
use crate::spec::RunId;
use crate::store::{Reader, RunRow};

/// Runs that are executed again unless more are asked for.
const SAMPLE: usize = 3;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep verify losses-on-the-ring  # three of its runs
  gan-sweep verify losses-on-the-ring --sample 10 --seed 1
  gan-sweep verify losses-on-the-ring --all";

/// Execute runs of a sweep again and compare the bits of their weights and of everything they logged
///
/// Nothing is written. Runs of this numeric class and these versions must agree to the last bit: exit
/// code 1 if one does not. Of others a difference is told.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep
    sweep: String,
    /// Execute all runs that ended, not three of them
    #[arg(long, conflicts_with = "sample")]
    all: bool,
    /// Execute so many runs, drawn by --seed
    #[arg(long, value_name = "N", value_parser = super::above_zero::<NonZeroUsize>)]
    sample: Option<NonZeroUsize>,
    /// Seed of the draw
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Cores to use
    #[arg(long, short, value_name = "N", value_parser = super::above_zero::<NonZeroUsize>)]
    jobs: Option<NonZeroUsize>,
    /// No progress, only the result
    #[arg(long, short)]
    quiet: bool,
}

/// What a run does this time.
#[derive(Default)]
struct Again {
    series: Series,
    ended: Option<Ended>,
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<RunId, Again>>);

impl Recorder for Memory {
    fn record(&self, report: Report) -> Result<(), Lost> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let again = runs.entry(report.run).or_default();
        match report.event {
            RunEvent::Logged { step, values } | RunEvent::Worst { step, values } => {
                let values = values.into_iter();
                again
                    .series
                    .extend(values.map(|(name, x)| ((step, name.to_owned()), x)));
            }
            RunEvent::Ended(ended) => again.ended = Some(ended),
            RunEvent::Started { .. }
            | RunEvent::Features(_)
            | RunEvent::Trained { .. }
            | RunEvent::Sampled { .. }
            | RunEvent::Stopped { .. } => {}
        }
        Ok(())
    }
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = reader.sweep(&args.sweep)?;
    let ended =
        |run: &RunRow| matches!(run.outcome, Some(Outcome::Done | Outcome::Diverged { .. }));
    let mut rows: Vec<RunRow> = reader.runs(&sweep)?.into_iter().filter(ended).collect();
    let all = rows.len();
    if all == 0 {
        anyhow::bail!(
            "no run of '{}' is done: there is nothing to compare with",
            args.sweep
        );
    }
    if !args.all {
        let order = Streams::new(args.seed)
            .stream(Name::Subset, 0, 0)
            .permutation(all);
        let mut drawn = order[..args.sample.map_or(SAMPLE, NonZeroUsize::get).min(all)].to_vec();
        drawn.sort_unstable();
        rows = drawn.into_iter().map(|i| rows[i].clone()).collect();
    }
    let catalog = crate::dataset::catalog(results)?;
    let jobs = rows
        .iter()
        .map(|row| {
            Ok(Job {
                spec: reader.spec(row.id, &catalog)?,
                label: row.id.short(),
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let memory = Memory::default();
    let interrupt = Interrupt::on_signals()?;
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut progress = match args.quiet {
        true => Progress::silent(),
        false => Progress::on_stderr(),
    };
    exec::execute(
        &jobs,
        args.jobs.map_or_else(cores, NonZeroUsize::get),
        &Stock::new(results.to_owned()),
        &Policy::default(),
        &memory,
        &interrupt,
        &mut progress,
    )?;
    if interrupt.requested() {
        return Ok(Exit::Interrupted);
    }
    let again = memory
        .0
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut verdict = Verdict::default();
    let bar = match args.quiet {
        true => Bar::silent(),
        false => Bar::new("comparing"),
    };
    bar.stage("comparing", Of::Things(rows.len()));
    for (done, row) in rows.iter().enumerate() {
        bar.at(done as u64);
        verdict.add(&reader, row, again.get(&row.id))?;
    }
    drop(bar);
    out::print(&verdict.text(rows.len(), all))?;
    Ok(match verdict.errors {
        0 => Exit::Done,
        _ => Exit::SomeFailed,
    })
}

#[derive(Default)]
struct Verdict {
    same: usize,
    /// Differences where there must be none.
    errors: usize,
    lines: Vec<String>,
}

impl Verdict {
    fn add(&mut self, reader: &Reader, row: &RunRow, again: Option<&Again>) -> anyhow::Result<()> {
        let now = provenance();
        let made_by = row.provenance.clone().unwrap_or_default();
        let alike = made_by.numeric_class == now.numeric_class && made_by.versions == now.versions;
        let difference = match again {
            None => Some("it was not executed".to_owned()),
            Some(again) => difference(reader, row, again)?,
        };
        let Some(difference) = difference else {
            self.same += 1;
            return Ok(());
        };
        let id = row.id.short();
        self.lines.push(match alike {
            true => {
                self.errors += 1;
                format!("{id}: DIFFERS: {difference}")
            }
            false => format!(
                "{id}: differs, as it may: {difference}; it was made by {} on {}, this is {} on {}",
                made_by.versions, made_by.numeric_class, now.versions, now.numeric_class
            ),
        });
        Ok(())
    }

    fn text(&self, executed: usize, all: usize) -> String {
        let mut lines = self.lines.clone();
        lines.push(format!(
            "{} of {} executed again {} the same bits ({} of {all} that ended)",
            self.same,
            count(executed, "run"),
            if self.same == 1 { "has" } else { "have" },
            executed,
        ));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// How a run differs from itself, if it does.
fn difference(reader: &Reader, row: &RunRow, again: &Again) -> anyhow::Result<Option<String>> {
    let Some(ended) = &again.ended else {
        return Ok(Some("it has no outcome".to_owned()));
    };
    if Some(&ended.outcome) != row.outcome.as_ref() {
        let was = row.outcome.as_ref().map_or("missing", Outcome::word);
        return Ok(Some(format!(
            "it was {was} and is {}",
            ended.outcome.word()
        )));
    }
    if let Some(parting) = parting(&again.series, &diff::stored(reader, row.id)?) {
        return Ok(Some(parting.told(["now", "in the database"])));
    }
    let digest = ended
        .weights_digest
        .map(|d| blake3::Hash::from(d).to_hex().to_string());
    Ok((digest != row.weights_digest).then(|| "its final weights are others".to_owned()))
}
