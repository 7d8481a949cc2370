//! `gan-sweep report`: Draw the report of a sweep

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::bar::{Bar, Of};
use super::compare::Profile;
use super::{Exit, out};
use crate::claim::Language;
use crate::report::{self, Material};
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
    /// Where to write `report.html` and `plots/` [default: RESULTS/SWEEP, or RESULTS/SWEEP-PROFILE]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The language in which the page opens; it can be switched there
    #[arg(long, value_name = "en|ru", value_parser = super::language, default_value = "en")]
    lang: Language,
    #[command(flatten)]
    profile: Profile,
}

/// The first stage.
const READING: &str = "reading the runs";

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = args.profile.sweep(&reader, &args.sweep)?;
    let folder = args
        .output
        .clone()
        .unwrap_or_else(|| folder(results, &sweep));
    let page = draw(&reader, &sweep, &folder, args.lang, &Bar::new(READING))?;
    out::print(&format!("{}\n", page.display()))?;
    Ok(Exit::Done)
}

/// Draws a sweep's report to its place below the results and returns the page.
pub(super) fn write(
    reader: &Reader,
    sweep: &SweepRow,
    results: &Path,
    bar: &Bar,
) -> anyhow::Result<PathBuf> {
    draw(reader, sweep, &folder(results, sweep), Language::En, bar)
}

/// `RESULTS/NAME`, or `RESULTS/NAME-PROFILE`.
fn folder(results: &Path, sweep: &SweepRow) -> PathBuf {
    if sweep.profile.is_empty() {
        results.join(&sweep.name)
    } else {
        results.join(format!("{}-{}", sweep.name, sweep.profile))
    }
}

fn draw(
    reader: &Reader,
    sweep: &SweepRow,
    folder: &Path,
    language: Language,
    bar: &Bar,
) -> anyhow::Result<PathBuf> {
    let material = Material::load(reader, sweep, |done, of| {
        if done == 0 {
            bar.stage(READING, Of::Things(of));
        }
        bar.at(done as u64);
    })?;
    bar.stage("arranging the report", Of::Time);
    let drawn = |done, of| {
        if done == 1 {
            bar.stage("drawing the plots", Of::Things(of));
        }
        bar.at(done as u64);
    };
    let written = report::write(&material, folder, language, drawn)
        .with_context(|| format!("cannot report on sweep '{}'", sweep.name))?;
    Ok(written.html)
}
