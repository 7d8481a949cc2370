//! `gan-sweep show`: Show one run

use std::path::Path;

use super::Exit;

/// Show one run
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
