//! `gan-sweep data`: List and import data sets

use std::path::Path;

use super::Exit;

/// List and import data sets
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
