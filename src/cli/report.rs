//! `gan-sweep report`: Draw the report of a sweep

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Exit;
use crate::report::{self, Material};

/// Draw the report of a sweep: plots as PNG and SVG, and one HTML page that needs no network
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sweep's name
    #[arg(value_name = "SWEEP")]
    sweep: String,
    /// Where to write `report.html` and `plots/` [default: RESULTS/SWEEP]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let material = load(results, &args.sweep)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => results.join(&args.sweep),
    };
    let written = report::write(&material, &folder)
        .with_context(|| format!("cannot report on sweep '{}'", args.sweep))?;
    println!("{}", written.html.display());
    Ok(Exit::Done)
}

/// A sweep's rows, from the store.
fn load(_results: &Path, sweep: &str) -> anyhow::Result<Material> {
    anyhow::bail!("cannot read sweep '{sweep}': the store has no reader yet")
}
