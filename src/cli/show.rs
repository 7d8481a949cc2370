//! `gan-sweep show`: Show one run

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use super::columns::{Align, Columns};
use super::compare::heading;
use super::ls::run_json;
use super::{Exit, out};
use crate::event::Outcome;
use crate::stats::{figure, outcome_word};
use crate::store::{Measured, Membership, Reader, RunRow, clock};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep show 7d3f1a  # the first digits of a run that `ls SWEEP` lists
  gan-sweep show 7d3f1a --json";

/// Show one run: settings, outcome, provenance, and what it measured
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The run's id or its first digits
    run: String,
    /// Print JSON, with every value
    #[arg(long)]
    json: bool,
}

type Series = std::collections::BTreeMap<String, Vec<Measured>>;

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let id = reader.find_run(&args.run)?;
    let run = reader.run(id)?;
    let members = reader.memberships(id)?;
    let series = reader.all_series(id)?;
    let samples = reader.sample_steps(id)?;
    if args.json {
        out::print_json(&as_json(&run, &members, &series, &samples))?;
    } else {
        out::print(&as_text(&run, &members, &series, &samples))?;
    }
    Ok(Exit::Done)
}

fn as_json(
    run: &RunRow,
    members: &[Membership],
    series: &Series,
    samples: &[u64],
) -> serde_json::Value {
    let mut json = run_json(run);
    if let Some(object) = json.as_object_mut() {
        // Place and tags belong to a sweep, of which there may be several.
        object.remove("position");
        object.remove("tags");
    }
    json["sweeps"] = members
        .iter()
        .map(|m| {
            json!({
                "sweep": m.sweep,
                "profile": m.profile,
                "position": m.position,
                "left_at": m.left_at,
            })
        })
        .collect();
    json["series"] = series
        .iter()
        .map(|(name, values)| {
            let values: Vec<_> = values
                .iter()
                .map(|m| json!([m.step, out::json_number(m.value), m.worst]))
                .collect();
            (name.clone(), json!(values))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    json["sample_steps"] = json!(samples);
    json
}

fn as_text(run: &RunRow, members: &[Membership], series: &Series, samples: &[u64]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<16}{value}");
    };
    line("run", &run.id.to_string());
    for m in members {
        let profile = if m.profile.is_empty() {
            String::new()
        } else {
            format!(", profile {}", m.profile)
        };
        let left = m.left_at.map_or_else(String::new, |at| {
            format!(", left the grid on {}", clock::utc(at))
        });
        line("sweep", &format!("{}{profile}{left}", m.sweep));
    }
    line("outcome", &outcome(run));
    line("seed", &run.seed.to_string());
    line("attempts", &run.attempts.to_string());
    if let (Some(wall), Some(cpu)) = (run.wall_seconds, run.cpu_seconds) {
        line(
            "time",
            &match run.attempts {
                0 | 1 => format!("{wall:.2} s elapsed, {cpu:.2} s of processor"),
                _ => format!("{wall:.2} s elapsed, {cpu:.2} s of processor in the last attempt"),
            },
        );
    }
    if let (Some(host), Some(at)) = (&run.host, run.ended_at) {
        line("ended", &format!("{} on {host}", clock::utc(at)));
    }
    if let Some(flops) = run.flops {
        line("flops", &format!("{:.3e}", flops as f64));
    }
    if let Some(made_by) = &run.provenance {
        let revision = match made_by.git_revision.as_str() {
            "" => "unknown",
            revision => revision,
        };
        let dirty = if made_by.dirty {
            ", with changes of its own"
        } else {
            ""
        };
        line("made by", &format!("revision {revision}{dirty}"));
        line("versions", &made_by.versions);
        line("numeric class", &made_by.numeric_class);
    }
    if let Some(features) = &run.features {
        line("features", features);
    }
    for (name, digest) in [
        ("weights", &run.weights_digest),
        ("series", &run.series_digest),
    ] {
        if let Some(digest) = digest {
            line(&format!("{name} digest"), digest);
        }
    }
    let mut settings = Columns::default()
        .column("setting", Align::Left)
        .column("value", Align::Left);
    for (key, value) in &run.settings {
        settings.row(vec![key.clone(), value.clone()]);
    }
    let _ = write!(text, "\n{}\n{}", settings.text(), listing(series));
    if !samples.is_empty() {
        let steps: Vec<_> = samples.iter().map(u64::to_string).collect();
        let _ = writeln!(text, "\nsamples at steps {}", steps.join(", "));
    }
    text
}

fn outcome(run: &RunRow) -> String {
    match &run.outcome {
        Some(outcome) => ending(outcome),
        None if run.attempts > 0 => format!(
            "{}; the last attempt did not end (`gan-sweep logs {}`)",
            outcome_word(None),
            run.id.short()
        ),
        None => outcome_word(None).to_owned(),
    }
}

/// An outcome with what there is to say of it.
pub(super) fn ending(outcome: &Outcome) -> String {
    let word = outcome.word();
    match outcome {
        Outcome::Done => word.to_owned(),
        Outcome::Diverged { step, quantity } => {
            format!("{word} in step {step}: {quantity} is not finite")
        }
        Outcome::TimedOut { step, limit } => format!(
            "{word} after step {step}: its {} s were over; under a larger --timeout it goes on",
            limit.as_secs_f64()
        ),
        Outcome::Failed { message } => format!("{word}: {message}"),
        Outcome::Crashed { message, place } => format!("{word} at {place}: {message}"),
    }
}

/// Every quantity with its first, middle and last value.
fn listing(series: &Series) -> String {
    let mut columns = Columns::default()
        .column("quantity", Align::Left)
        .column("values", Align::Right)
        .column("first", Align::Right)
        .column("middle", Align::Right)
        .column("last", Align::Right)
        .column("at step", Align::Right);
    for (name, values) in series {
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            continue;
        };
        let shown = |m: &Measured| {
            let mark = if m.worst { " (worst)" } else { "" };
            format!("{}{mark}", figure(m.value))
        };
        columns.row(vec![
            heading(name),
            values.len().to_string(),
            shown(first),
            shown(&values[values.len() / 2]),
            shown(last),
            last.step.to_string(),
        ]);
    }
    columns.text()
}
