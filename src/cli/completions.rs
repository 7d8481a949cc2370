//! `gan-sweep completions`: Print a completion script

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Exit, out};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep completions bash > ~/.local/share/bash-completion/completions/gan-sweep
  gan-sweep completions zsh > ~/.zfunc/_gan-sweep  # a folder of $fpath
  gan-sweep completions fish > ~/.config/fish/completions/gan-sweep.fish";

/// Print a script by which a shell completes commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(args.shell, &mut command, name, &mut script);
    out::print(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
