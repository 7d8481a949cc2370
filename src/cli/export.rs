//! `gan-sweep export`: Write every value of a sweep

mod table;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::compare::Profile;
use super::{Exit, out};
use crate::store::Reader;
use table::Sink;

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
    /// One row a run, or one row a measured value
    #[arg(long, value_enum)]
    table: Table,
    /// How to write it
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Write to FILE instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add attempts, times, host, revision, versions and numeric class to the runs
    #[arg(long)]
    execution: bool,
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
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    if args.execution && args.table == Table::Metrics {
        anyhow::bail!("--execution adds columns to '--table runs' only: metrics have none");
    }
    let reader = Reader::open(results)?;
    let sweep = args.profile.sweep(&reader, &args.sweep)?;
    let runs = reader.runs(&sweep)?;
    let write = |to: &mut dyn Write| -> anyhow::Result<()> {
        let mut sink = Sink::new(to, args.format == Format::Csv);
        match args.table {
            Table::Runs => table::runs(&runs, args.execution, &mut sink)?,
            Table::Metrics => table::metrics(&runs, &reader, &mut sink)?,
        }
        Ok(sink.finish()?)
    };
    match &args.output {
        None => forgive(write(&mut BufWriter::new(io::stdout().lock())))?,
        Some(path) => to_file(path, write)
            .with_context(|| format!("cannot write the export to {}", path.display()))?,
    }
    Ok(Exit::Done)
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

/// Writes a file that is there only when it is complete; what is no plain file is written as is.
fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return write(&mut BufWriter::new(File::create(path)?));
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = File::create(&partial)
        .map_err(anyhow::Error::from)
        .and_then(|file| write(&mut BufWriter::new(file)))
        .and_then(|()| Ok(std::fs::rename(&partial, path)?));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&partial);
    }
    written
}
