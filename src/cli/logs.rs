//! `gan-sweep logs`: What happened to a run, attempt by attempt

use std::path::Path;

use serde_json::json;

use super::cluster::standing;
use super::columns::{Align, Columns};
use super::show::ending;
use super::{Exit, out};
use crate::store::{AttemptRow, Reader, clock};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep logs 7d3f1a
  gan-sweep logs 7d3f1a --json";

/// What happened to a run, attempt by attempt
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The run's id or its first digits
    run: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let run = reader.find_run(&args.run)?;
    let attempts = reader.attempts(run)?;
    if args.json {
        let attempts: Vec<_> = attempts.iter().map(as_json).collect();
        out::print_json(&json!(attempts))?;
        return Ok(Exit::Done);
    }
    match attempts.is_empty() {
        true => out::print("no attempt yet\n")?,
        false => out::print(&as_text(&attempts))?,
    }
    for (path, last) in standing::logs(results, run)? {
        out::print(&format!("\n{}\n{last}\n", path.display()))?;
    }
    Ok(Exit::Done)
}

fn as_text(attempts: &[AttemptRow]) -> String {
    let mut columns = Columns::default()
        .column("attempt", Align::Right)
        .column("began", Align::Left)
        .column("host", Align::Left)
        .column("from step", Align::Right)
        .column("how it ended", Align::Left);
    for attempt in attempts {
        columns.row(vec![
            attempt.number.to_string(),
            clock::utc(attempt.started_at),
            attempt.host.clone(),
            attempt.from_step.to_string(),
            told(attempt),
        ]);
    }
    columns.text()
}

fn told(attempt: &AttemptRow) -> String {
    match (&attempt.outcome, attempt.stopped_step) {
        (Some(outcome), _) => ending(outcome),
        (None, Some(step)) => format!("left after step {step}, because somebody asked"),
        (None, None) => "has not ended: it runs, or was lost with its process".to_owned(),
    }
}

fn as_json(attempt: &AttemptRow) -> serde_json::Value {
    json!({
        "attempt": attempt.number,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "host": attempt.host,
        "from_step": attempt.from_step,
        "stopped_step": attempt.stopped_step,
        "outcome": attempt.outcome.as_ref().map(crate::event::Outcome::word),
        "told": told(attempt),
        "wall_seconds": attempt.wall_seconds,
        "versions": attempt.versions,
        "numeric_class": attempt.numeric_class,
    })
}
