//! `gan-sweep plan`: Show the runs a grid asks for

use std::path::{Path, PathBuf};

use serde_json::{Map, json};

use super::columns::{Heading, lines};
use super::experience::Experience;
use super::out::{count, print};
use super::{Exit, Overrides};
use crate::grid::{Cell, Exclusion, Plan};
use crate::lecture;
use crate::param::Value;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep plan grid.yaml
  gan-sweep plan grid.yaml --profile quick
  gan-sweep plan grid.yaml --only loss=minimax --json  # every run, for other programs";

/// Show the runs a grid asks for
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The grid file
    #[arg(value_name = "GRID.yaml")]
    pub grid: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Print every run as JSON
    #[arg(long)]
    pub json: bool,
}

/// Excluded cells that the listing shows for each entry; `--json` shows more.
const EXCLUDED_SHOWN: usize = 5;

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plan = args.overrides.plan(&args.grid, results)?;
    lecture::check(&plan)?;
    let ids: Vec<_> = plan.runs.iter().map(|run| run.spec.id()).collect();
    let experience = Experience::of(results)?;
    let done = experience.outcomes(&ids)?;
    let shown = Shown {
        plan: &plan,
        done: ids.iter().map(|id| done.contains_key(id)).collect(),
        seconds: plan
            .runs
            .iter()
            .map(|r| experience.core_seconds(&r.spec))
            .collect(),
    };
    if args.json {
        print(&format!("{:#}\n", to_json(&shown)))?;
    } else {
        print(&listing(&shown))?;
    }
    Ok(Exit::Done)
}

/// A plan and what is known about its runs, by their positions.
struct Shown<'p> {
    plan: &'p Plan,
    done: Vec<bool>,
    /// Predicted core-seconds.
    seconds: Vec<Option<f64>>,
}

/// What a person reads.
fn listing(shown: &Shown<'_>) -> String {
    let plan = shown.plan;
    let mut out = String::new();
    let mut say = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    let profile = match plan.profile.as_str() {
        "" => String::new(),
        profile => format!(" (profile {profile})"),
    };
    say(&format!("{}{profile}", plan.name));
    if let Some(question) = &plan.question {
        say(question);
    }
    say(&format!(
        "{}, {}, {} steps in all",
        count(plan.cells.len(), "cell"),
        count(plan.runs.len(), "run"),
        plan.total_steps()
    ));
    say("");
    for line in table(shown) {
        say(&line);
    }
    for exclusion in &plan.excluded {
        say("");
        say(&format!(
            "line {} excludes {}: {}",
            exclusion.line,
            count(exclusion.cells as usize, "cell"),
            exclusion.text
        ));
        for example in examples(exclusion) {
            say(&format!("  {example}"));
        }
    }
    if !plan.notes.is_empty() {
        say("");
    }
    for note in &plan.notes {
        say(&format!("note: {note}"));
    }
    say("");
    let finished = shown.done.iter().filter(|done| **done).count();
    let selected = plan.runs.iter().filter(|r| r.selected).count();
    let left = plan.runs.iter().zip(&shown.done);
    let left = left.filter(|(run, done)| run.selected && !**done).count();
    let mut total = format!(
        "{}, {finished} done, {left} to do",
        count(plan.runs.len(), "run"),
    );
    if selected < plan.runs.len() {
        total.push_str(&format!(" of the {selected} selected"));
    }
    let seconds: Option<f64> = shown.seconds.iter().copied().sum();
    if let Some(seconds) = seconds {
        total.push_str(&format!(", about {seconds:.0} core-seconds in all"));
    }
    say(&total);
    out
}

fn table(shown: &Shown<'_>) -> Vec<String> {
    let plan = shown.plan;
    let tagged = plan.runs.iter().any(|r| !r.tags.is_empty());
    let seconds: Vec<Option<f64>> = plan
        .cells
        .iter()
        .map(|cell| cell.runs.iter().map(|&i| shown.seconds[i]).sum())
        .collect();
    let timed = seconds.iter().any(Option::is_some);
    let left = |name| Heading { name, right: false };
    let right = |name| Heading { name, right: true };
    let mut headings = vec![right("#")];
    for column in &plan.columns {
        let number = plan.cells.iter().all(|cell| {
            !matches!(
                plan.value(cell, column.key),
                Some(Value::Text(_) | Value::List(_))
            )
        });
        headings.push(Heading {
            name: &column.label,
            right: number,
        });
    }
    headings.extend([right("seeds"), right("done")]);
    if timed {
        headings.push(right("core-s"));
    }
    if tagged {
        headings.push(left("tags"));
    }
    let rows: Vec<Vec<String>> = plan
        .cells
        .iter()
        .zip(&seconds)
        .enumerate()
        .map(|(i, (cell, seconds))| {
            let mut row = vec![(i + 1).to_string()];
            row.extend(plan.columns.iter().map(|column| {
                // A dash: the key does not apply there.
                plan.value(cell, column.key)
                    .map_or("-".to_owned(), ToString::to_string)
            }));
            row.push(cell.runs.len().to_string());
            let finished = cell.runs.iter().filter(|&&i| shown.done[i]);
            row.push(finished.count().to_string());
            if timed {
                row.push(seconds.map_or("?".to_owned(), |s| format!("{s:.0}")));
            }
            if tagged {
                row.push(tags(plan, cell).join(", "));
            }
            row
        })
        .collect();
    lines(&headings, &rows)
}

fn runs<'p>(plan: &'p Plan, cell: &'p Cell) -> impl Iterator<Item = &'p crate::grid::PlannedRun> {
    cell.runs.iter().filter_map(|&i| plan.runs.get(i))
}

/// The tags of a cell's runs, each once.
fn tags<'p>(plan: &'p Plan, cell: &'p Cell) -> Vec<&'p str> {
    let mut tags: Vec<&str> = Vec::new();
    for tag in runs(plan, cell).flat_map(|r| &r.tags) {
        if !tags.contains(&tag.as_str()) {
            tags.push(tag);
        }
    }
    tags
}

fn examples(exclusion: &Exclusion) -> Vec<String> {
    let mut lines: Vec<String> = exclusion
        .examples
        .iter()
        .take(EXCLUDED_SHOWN)
        .map(|cell| {
            let values: Vec<_> = cell.iter().map(|(k, v)| format!("{k}={v}")).collect();
            values.join(", ")
        })
        .collect();
    let more = exclusion.cells as usize - lines.len();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn to_json(shown: &Shown<'_>) -> serde_json::Value {
    let plan = shown.plan;
    let cells: Vec<_> = plan
        .cells
        .iter()
        .enumerate()
        .map(|(i, cell)| {
            let settings: Map<String, serde_json::Value> = runs(plan, cell)
                .next()
                .into_iter()
                .flat_map(|run| &run.spec.settings.0)
                .map(|(key, value)| (key.to_string(), serde_json::Value::from(value)))
                .collect();
            let runs: Vec<_> = cell
                .runs
                .iter()
                .filter_map(|&position| Some((position, plan.runs.get(position)?)))
                .map(|(position, run)| {
                    json!({
                        "id": run.spec.id().to_string(),
                        "position": position,
                        "seed": run.spec.seed(),
                        "tags": run.tags,
                        "selected": run.selected,
                        "done": shown.done[position],
                        "core_seconds": shown.seconds[position],
                    })
                })
                .collect();
            json!({ "cell": i + 1, "settings": settings, "runs": runs })
        })
        .collect();
    let excluded: Vec<_> = plan
        .excluded
        .iter()
        .map(|exclusion| {
            let cells: Vec<_> = exclusion
                .examples
                .iter()
                .map(|cell| {
                    let values = cell.iter();
                    values
                        .map(|(k, v)| (k.clone(), serde_json::Value::from(v)))
                        .collect::<Map<_, _>>()
                })
                .collect();
            json!({ "line": exclusion.line, "entry": exclusion.text, "count": exclusion.cells, "cells": cells })
        })
        .collect();
    let columns: Vec<_> = plan.columns.iter().map(|c| &c.label).collect();
    json!({
        "name": plan.name,
        "question": plan.question,
        "profile": plan.profile,
        "runs": plan.runs.len(),
        "steps": plan.total_steps(),
        "varied": columns,
        "cells": cells,
        "excluded": excluded,
        "notes": plan.notes,
    })
}
