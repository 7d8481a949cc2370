//! The command line: one file a subcommand.

mod bar;
mod cluster;
mod columns;
mod compare;
mod completions;
mod data;
mod diff;
mod directions;
mod eval;
mod experience;
mod explain;
mod export;
mod hint;
mod housekeeping;
mod init;
mod interpolate;
mod logs;
mod look;
mod ls;
mod man;
mod neighbours;
mod out;
mod overrides;
mod params;
mod parting;
mod plan;
mod report;
mod reproduce;
mod run;
mod sample;
mod schema;
mod serve;
mod show;
mod status;
mod target;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use overrides::Overrides;

/// Shown at the end of `--help`: the first minutes.
const EXAMPLES: &str = "\
Examples:
  gan-sweep init                                  # writes grid.yaml, which explains itself
  gan-sweep run grid.yaml                         # trains what it asks for and compares
  gan-sweep compare losses-on-the-ring --by loss  # the sweep by its name, again and in other ways";

/// Train many GANs over a grid of settings and compare which keep the modes.
#[derive(Debug, Parser)]
#[command(name = "gan-sweep", version, about, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// Folder of the database and the reports
    #[arg(long, global = true, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Run(run::Args),
    Reproduce(reproduce::Args),
    Submit(cluster::submit::Args),
    Work(cluster::work::Args),
    Collect(cluster::collect::Args),
    Resume(cluster::resume::Args),
    Cancel(cluster::cancel::Args),
    Plan(plan::Args),
    Explain(explain::Args),
    Params(params::Args),
    Ls(ls::Args),
    Status(status::Args),
    Show(show::Args),
    Compare(compare::Args),
    Report(report::Args),
    Serve(serve::Args),
    Export(export::Args),
    Data(data::Args),
    Eval(eval::Args),
    Logs(logs::Args),
    Verify(verify::Args),
    Diff(diff::Args),
    Sample(sample::Args),
    Interpolate(interpolate::Args),
    Neighbours(neighbours::Args),
    Directions(directions::Args),
    Du(housekeeping::DuArgs),
    Rm(housekeeping::RmArgs),
    Gc(housekeeping::GcArgs),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done,
    /// Some run failed or crashed; divergence alone is no failure.
    SomeFailed,
    /// Interrupted: the same command goes on.
    Interrupted,
}

/// Exit code of a usage error or of bad input.
const BAD_INPUT: u8 = 2;

impl Exit {
    const fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::SomeFailed => 1,
            // EX_TEMPFAIL of sysexits.h.
            Self::Interrupted => 75,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code() as u8)
    }
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    crate::ops::threads::keep_candle_on_one_thread();
    let cli = Cli::try_parse().unwrap_or_else(|error| hint::with_next_step(error).exit());
    let results = &cli.results;
    let outcome = check_folder(results).and_then(|()| dispatch(&cli.command, results));
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            out::say(&format!("error: {}", one_text(&error)));
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// A file where the folder should be is told here, once, instead of by whatever meets it first.
fn check_folder(results: &Path) -> anyhow::Result<()> {
    if results.exists() && !results.is_dir() {
        anyhow::bail!(
            "--results {} is a file; expected a directory",
            results.display()
        );
    }
    Ok(())
}

fn dispatch(command: &Command, results: &Path) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => init::run(args, results),
        Command::Run(args) => run::run(args, results),
        Command::Reproduce(args) => reproduce::run(args, results),
        Command::Submit(args) => cluster::submit::run(args, results),
        Command::Work(args) => cluster::work::run(args, results),
        Command::Collect(args) => cluster::collect::run(args, results),
        Command::Resume(args) => cluster::resume::run(args, results),
        Command::Cancel(args) => cluster::cancel::run(args, results),
        Command::Plan(args) => plan::run(args, results),
        Command::Explain(args) => explain::run(args, results),
        Command::Params(args) => params::run(args),
        Command::Ls(args) => ls::run(args, results),
        Command::Status(args) => status::run(args, results),
        Command::Show(args) => show::run(args, results),
        Command::Compare(args) => compare::run(args, results),
        Command::Report(args) => report::run(args, results),
        Command::Serve(args) => serve::run(args, results),
        Command::Export(args) => export::run(args, results),
        Command::Data(args) => data::run(args, results),
        Command::Eval(args) => eval::run(args, results),
        Command::Logs(args) => logs::run(args, results),
        Command::Verify(args) => verify::run(args, results),
        Command::Diff(args) => diff::run(args, results),
        Command::Sample(args) => sample::run(args, results),
        Command::Interpolate(args) => interpolate::run(args, results),
        Command::Neighbours(args) => neighbours::run(args, results),
        Command::Directions(args) => directions::run(args, results),
        Command::Du(args) => housekeeping::du(args, results),
        Command::Rm(args) => housekeeping::rm(args, results),
        Command::Gc(args) => housekeeping::gc(args, results),
        Command::Schema(args) => schema::run(args, results),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// An error with its causes, each once, on one line a cause.
fn one_text(error: &anyhow::Error) -> String {
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Some libraries repeat their cause's text as their own, or theirs as their cause's.
    causes.dedup_by(|cause, before| cause.ends_with(before.as_str()));
    causes.join("\n  because: ")
}

/// A whole number above 0.
fn above_zero<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let expected = |_| "expected a whole number above 0".to_owned();
    text.parse().map_err(expected)
}

/// `en` or `ru`.
fn language(text: &str) -> Result<crate::claim::Language, String> {
    let found = crate::claim::Language::ALL
        .into_iter()
        .find(|l| l.code() == text);
    found.ok_or_else(|| "expected en or ru".to_owned())
}
