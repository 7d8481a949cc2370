//! `gan-sweep explain`: Explain one cell of a grid

use std::path::{Path, PathBuf};

use super::columns::{Heading, lines};
use super::out::print;
use super::{Exit, Overrides};
use crate::grid::{Cell, Plan};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep explain grid.yaml 1       # the first cell that `plan` lists
  gan-sweep explain grid.yaml 7d3f1a  # the cell of a run
  gan-sweep explain grid.yaml 1 --set lr=5e-4";

/// Show where every value of a cell comes from
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The grid file
    #[arg(value_name = "GRID.yaml")]
    pub grid: PathBuf,
    /// The cell's number in `plan`, or the beginning of one of its run ids
    #[arg(value_name = "CELL")]
    pub cell: String,
    #[command(flatten)]
    pub overrides: Overrides,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plan = args.overrides.plan(&args.grid, results)?;
    let (number, cell) = find(&plan, &args.cell)?;
    print(&explanation(&plan, number, cell))?;
    Ok(Exit::Done)
}

/// The cell of that number or run id.
fn find<'p>(plan: &'p Plan, word: &str) -> anyhow::Result<(usize, &'p Cell)> {
    let number: Option<usize> = word.parse().ok();
    let by_number = number.and_then(|n| Some((n, plan.cells.get(n.checked_sub(1)?)?)));
    if let Some(found) = by_number {
        return Ok(found);
    }
    let cells = plan.cells.len();
    if number.is_some_and(|n| n <= 9999) {
        anyhow::bail!(
            "there is no cell {word}: '{}' has cells 1 to {cells}",
            plan.name
        );
    }
    let prefix = word.to_lowercase();
    let mut found = plan.cells.iter().enumerate().filter(|(_, cell)| {
        cell.runs
            .iter()
            .filter_map(|&i| plan.runs.get(i))
            .any(|run| run.spec.id().to_string().starts_with(&prefix))
    });
    match (found.next(), found.next()) {
        (Some((i, cell)), None) => Ok((i + 1, cell)),
        (Some(_), Some(_)) => {
            anyhow::bail!(
                "several cells have a run whose id begins with '{word}': write more of it"
            )
        }
        _ => anyhow::bail!(
            "'{word}' is neither a cell of '{}' (1 to {cells}) nor the beginning of a run id: \
             'gan-sweep plan' lists the cells, its --json the ids",
            plan.name
        ),
    }
}

fn explanation(plan: &Plan, number: usize, cell: &Cell) -> String {
    let mut out = format!(
        "cell {number} of {} of '{}'\n\n",
        plan.cells.len(),
        plan.name
    );
    let runs: Vec<_> = cell.runs.iter().filter_map(|&i| plan.runs.get(i)).collect();
    let left = |name| Heading { name, right: false };
    let rows: Vec<Vec<String>> = runs
        .first()
        .into_iter()
        .flat_map(|run| &run.spec.settings.0)
        .map(|(key, value)| {
            let origin = plan.origin(cell, *key);
            vec![
                key.to_string(),
                value.to_string(),
                origin.map_or("default".to_owned(), ToString::to_string),
            ]
        })
        .collect();
    for line in lines(&[left("key"), left("value"), left("from")], &rows) {
        out.push_str(&line);
        out.push('\n');
    }
    out.push('\n');
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            vec![
                run.spec.seed().to_string(),
                run.spec.id().to_string(),
                run.tags.join(", "),
            ]
        })
        .collect();
    let seed = Heading {
        name: "seed",
        right: true,
    };
    for line in lines(&[seed, left("run"), left("tags")], &rows) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}
