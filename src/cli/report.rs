//! `gan-sweep report`: Draw the report of a sweep

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::compare::Profile;
use super::{Exit, out};
use crate::report::{self, Material, RunMaterial};
use crate::store::{Reader, SweepRow};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep report losses-on-the-ring
  gan-sweep report losses-on-the-ring --profile quick --output talk";

/// Draw the report of a sweep: plots as PNG and SVG, and one HTML page that needs no network
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    #[arg(value_name = "SWEEP")]
    sweep: String,
    /// Where to write `report.html` and `plots/` [default: RESULTS/SWEEP]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    profile: Profile,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = args.profile.sweep(&reader, &args.sweep)?;
    let folder = args
        .output
        .clone()
        .unwrap_or_else(|| folder(results, &sweep));
    let page = draw(&reader, &sweep, &folder)?;
    out::print(&format!("{}\n", page.display()))?;
    Ok(Exit::Done)
}

/// Draws a sweep's report to its place below the results and returns the page.
pub(super) fn write(reader: &Reader, sweep: &SweepRow, results: &Path) -> anyhow::Result<PathBuf> {
    draw(reader, sweep, &folder(results, sweep))
}

/// `RESULTS/NAME`, or `RESULTS/NAME-PROFILE`.
fn folder(results: &Path, sweep: &SweepRow) -> PathBuf {
    if sweep.profile.is_empty() {
        results.join(&sweep.name)
    } else {
        results.join(format!("{}-{}", sweep.name, sweep.profile))
    }
}

fn draw(reader: &Reader, sweep: &SweepRow, folder: &Path) -> anyhow::Result<PathBuf> {
    let written = report::write(&load(reader, sweep)?, folder)
        .with_context(|| format!("cannot report on sweep '{}'", sweep.name))?;
    Ok(written.html)
}

/// A sweep's rows, from the store.
fn load(reader: &Reader, sweep: &SweepRow) -> anyhow::Result<Material> {
    let mut runs = Vec::new();
    for row in reader.runs(sweep)? {
        let series = reader.all_series(row.id)?;
        let samples = reader.samples(row.id)?;
        runs.push(RunMaterial {
            row,
            series,
            samples,
        });
    }
    Ok(Material {
        sweep: sweep.clone(),
        runs,
    })
}
