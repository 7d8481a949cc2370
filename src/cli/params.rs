//! `gan-sweep params`: List every parameter

use super::Exit;

/// List every parameter
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
