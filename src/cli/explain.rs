//! `gan-sweep explain`: Explain one run of a grid

use std::path::Path;

use super::Exit;

/// Explain one run of a grid
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
