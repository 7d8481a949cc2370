//! `gan-sweep ls`: List sweeps or the runs of a sweep

use std::path::Path;

use super::Exit;

/// List sweeps or the runs of a sweep
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
