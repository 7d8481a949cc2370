//! `gan-sweep plan`: Show the runs a grid asks for

use std::path::Path;

use super::Exit;

/// Show the runs a grid asks for
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
