//! `gan-sweep compare`: Compare the cells of a sweep

use std::path::Path;

use super::Exit;

/// Compare the cells of a sweep
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
