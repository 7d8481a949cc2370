//! `gan-sweep schema`: Print the JSON Schema of grids

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use super::{Exit, out};
use crate::dataset;
use crate::grid::schema;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep schema > gan-sweep.schema.json
  gan-sweep init grid.yaml --schema  # a grid that names its schema, and the schema beside it";

/// The file beside a grid.
const FILE: &str = "gan-sweep.schema.json";

/// Print the JSON Schema of grids, by which editors complete, explain and check them
///
/// Draft 2020-12. Data sets that were imported into the results folder are among the words of
/// `dataset`. An editor with the YAML language server uses it where a grid begins with the line
/// `# yaml-language-server: $schema=gan-sweep.schema.json`, as `gan-sweep init --schema` writes it. What
/// it cannot know, such as an axis that applies to no cell, `gan-sweep plan` tells.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

pub(super) fn run(_: &Args, results: &Path) -> anyhow::Result<Exit> {
    out::print(&text(results)?)?;
    Ok(Exit::Done)
}

fn text(results: &Path) -> anyhow::Result<String> {
    let schema = schema::schema(&dataset::catalog(results)?);
    Ok(format!("{schema:#}\n"))
}

/// By which the YAML language server finds the schema beside a grid.
pub(super) fn line_for_editors() -> String {
    format!("# yaml-language-server: $schema={FILE}\n")
}

/// Writes the schema beside a grid. An older one is replaced; a file that is something else is not.
pub(super) fn write_beside(grid: &Path, results: &Path) -> anyhow::Result<PathBuf> {
    let path = grid.with_file_name(FILE);
    if path.exists() && !is_a_schema(&path) {
        anyhow::bail!(
            "{} is no schema of grids, and is left as it is: move it away, or leave --schema out",
            path.display()
        );
    }
    fs::write(&path, text(results)?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Whether an earlier `schema` made it.
fn is_a_schema(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).is_ok_and(|value: Value| value["title"] == schema::TITLE)
}
