//! `gan-sweep export`: Write every value of a sweep

mod cell;
#[cfg(feature = "parquet")]
mod parquet;
mod sink;
mod table;
mod tensorboard;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::compare::Profile;
use super::target::Target;
use super::{Exit, out};
use crate::store::{Reader, RunRow};
use cell::Column;
use sink::Sink;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep export losses-on-the-ring --table runs > runs.csv
  gan-sweep export losses-on-the-ring --table metrics --format jsonl -o metrics.jsonl
  gan-sweep export losses-on-the-ring --table runs --execution  # with times, host and versions";

/// Write every value of a sweep, unsampled, in plan order
///
/// The same sweep gives the same bytes however many workers made it; only --execution adds what
/// differs. Values of attempts that have not ended are not written.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    sweep: String,
    #[command(flatten)]
    profile: Profile,
    /// One row a run, or one row a measured value; for all formats but tensorboard
    #[arg(long, value_enum)]
    table: Option<Table>,
    /// How to write it
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Write to FILE instead of stdout; with tensorboard, to a folder
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add attempts, times, host, revision, versions and numeric class to the runs; to events for
    /// TensorBoard, when their run ended
    #[arg(long)]
    execution: bool,
    /// Add pictures of the samples to events for TensorBoard
    #[arg(long)]
    pictures: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Table {
    /// Every run with outcome, settings and last values; missing ones too
    Runs,
    /// Every measured value of every run that ended
    Metrics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Comma-separated values with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// A Parquet file, if the program was built with that feature
    Parquet,
    /// A folder of event files, one a run
    Tensorboard,
}

impl Format {
    fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Tensorboard => "tensorboard",
        }
    }
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    check(args)?;
    let reader = Reader::open(results)?;
    let sweep = args.profile.sweep(&reader, &args.sweep)?;
    let runs = reader.runs(&sweep)?;
    match (&args.table, &args.output) {
        (None, Some(folder)) => {
            let with = tensorboard::With {
                execution: args.execution,
                pictures: args.pictures,
            };
            tensorboard::write(&runs, &reader, with, folder)?;
        }
        (None, None) => {}
        (Some(table), None) => {
            let mut to = BufWriter::new(io::stdout());
            forgive(rows(*table, args, &runs, &reader, &mut to))?;
        }
        (Some(table), Some(path)) => {
            let mut to = BufWriter::new(Target::create(path)?);
            rows(*table, args, &runs, &reader, &mut to)?;
            to.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .finish()?;
        }
    }
    Ok(Exit::Done)
}

/// What does not go together.
fn check(args: &Args) -> anyhow::Result<()> {
    let events = args.format == Format::Tensorboard;
    let format = args.format.word();
    match args.table {
        None if !events => bail!("--format {format} needs '--table runs' or '--table metrics'"),
        Some(_) if events => bail!(
            "--table does not go with --format tensorboard, which writes all values of every run"
        ),
        Some(Table::Metrics) if args.execution => {
            bail!("--execution adds columns to '--table runs' only: metrics have none")
        }
        _ => {}
    }
    if args.pictures && !events {
        bail!("--pictures go with --format tensorboard only");
    }
    if args.format == Format::Parquet && !cfg!(feature = "parquet") {
        bail!(
            "this gan-sweep was built without Parquet: build it with `cargo build --release \
             --features parquet`, or name --format csv or jsonl"
        );
    }
    match (args.format, &args.output) {
        (Format::Parquet, None) => bail!("a Parquet file is no text: name one by --output FILE"),
        (Format::Tensorboard, None) => {
            bail!("TensorBoard reads a folder: name one by --output DIR")
        }
        _ => Ok(()),
    }
}

/// Writes a table.
fn rows(
    table: Table,
    args: &Args,
    runs: &[RunRow],
    reader: &Reader,
    to: &mut (dyn Write + Send),
) -> anyhow::Result<()> {
    match table {
        Table::Runs => {
            let table = table::Runs::new(runs, args.execution);
            let columns = table.columns();
            let mut sink = sink(args.format, to, &columns)?;
            table.write(&columns, &mut sink)?;
            sink.finish()
        }
        Table::Metrics => {
            let columns = table::metric_columns();
            let mut sink = sink(args.format, to, &columns)?;
            table::metrics(runs, reader, &columns, &mut sink)?;
            sink.finish()
        }
    }
}

fn sink<'a>(
    format: Format,
    to: &'a mut (dyn Write + Send),
    columns: &[Column],
) -> anyhow::Result<Sink<'a>> {
    Ok(match format {
        Format::Csv => Sink::csv(to, columns)?,
        #[cfg(feature = "parquet")]
        Format::Parquet => Sink::Parquet(Box::new(parquet::Table::new(to, columns)?)),
        _ => Sink::Jsonl(to),
    })
}

/// Whoever reads stdout may stop early.
fn forgive(written: anyhow::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) => match error.downcast::<io::Error>() {
            Ok(error) => out::forgive(Err(error)),
            Err(error) => Err(error),
        },
        Ok(()) => Ok(()),
    }
}
