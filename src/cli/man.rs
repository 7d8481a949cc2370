//! `gan-sweep man`: Print the manual page, or write those of all commands

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::out::{self, count};
use super::{Cli, Exit};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep man > gan-sweep.1
  gan-sweep man ~/.local/share/man/man1  # then: man gan-sweep-run";

/// Print the manual page, or write a page for every command to a folder
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder; it is made where it is missing
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut all = Cli::command().disable_help_subcommand(true);
    // Names the pages of subcommands, and gives them the options of all.
    all.build();
    let Some(folder) = &args.dir else {
        out::print(&page(&Man::new(all))?)?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let pages = write(&all, folder)?;
    out::print(&format!(
        "wrote {} to {}: man -l {} shows the first\n",
        count(pages, "page"),
        folder.display(),
        folder.join("gan-sweep.1").display()
    ))?;
    Ok(Exit::Done)
}

/// Writes the page of a command and those of its subcommands; how many.
fn write(command: &Command, folder: &Path) -> anyhow::Result<usize> {
    let man = Man::new(command.clone());
    let path = folder.join(man.get_filename());
    fs::write(&path, page(&man)?).with_context(|| format!("cannot write {}", path.display()))?;
    let below = command.get_subcommands().filter(|c| !c.is_hide_set());
    below
        .map(|c| write(c, folder))
        .sum::<anyhow::Result<usize>>()
        .map(|n| n + 1)
}

/// A page, its examples under the heading that manual pages give them.
fn page(man: &Man) -> anyhow::Result<String> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok(String::from_utf8(page)?.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n"))
}
