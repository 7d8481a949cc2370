//! `gan-sweep ls`: List sweeps or the runs of a sweep

use std::path::Path;

use serde_json::{Value, json};

use super::columns::{Align, Columns};
use super::compare::{Profile, heading};
use super::{Exit, out};
use crate::event::Outcome;
use crate::filter::Filter;
use crate::stats::{Kind, figure, kinds, outcome_word, varied};
use crate::store::{Reader, RunRow, clock};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep ls                     # the sweeps
  gan-sweep ls losses-on-the-ring  # the runs of one
  gan-sweep ls losses-on-the-ring --left";

/// List the sweeps, or the runs of a sweep
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep whose runs to list
    sweep: Option<String>,
    #[command(flatten)]
    profile: Profile,
    /// List the runs that the grid once asked for and no longer does
    #[arg(long, requires = "sweep")]
    left: bool,
    /// List only the runs that match, as 'loss=wgan and modes<8'
    ///
    /// Settings, last values, seed, outcome and tag, compared by = != < <= > >= with words, numbers or
    /// 'texts', and joined by and, or, not and parentheses. What a run does not have never compares.
    /// `modes` is the last value where there is one of that name, and `setting.modes` the setting.
    #[arg(long = "where", value_name = "FILTER", requires = "sweep")]
    filter: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    match &args.sweep {
        None => sweeps(&reader, args.json)?,
        Some(name) => {
            let sweep = args.profile.sweep(&reader, name)?;
            let mut runs = if args.left {
                reader.left(&sweep)?
            } else {
                reader.runs(&sweep)?
            };
            if let Some(filter) = &args.filter {
                let all = runs.len();
                let filter = Filter::new(filter, &runs)?;
                let absent = filter.absent(&runs);
                runs.retain(|run| filter.matches(run));
                if runs.is_empty() {
                    out::say(&format!("note: none of {} matches", out::count(all, "run")));
                    absent
                        .iter()
                        .for_each(|what| out::say(&format!("note: {what}")));
                }
            }
            if args.json {
                out::print_json(&runs.iter().map(run_json).collect())?;
            } else {
                out::print(&list(&runs))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn sweeps(reader: &Reader, as_json: bool) -> anyhow::Result<()> {
    let mut columns = Columns::default()
        .column("sweep", Align::Left)
        .column("profile", Align::Left)
        .column("done", Align::Right)
        .column("diverged", Align::Right)
        .column("failed", Align::Right)
        .column("missing", Align::Right)
        .column("last change", Align::Left);
    let mut all = Vec::new();
    for sweep in reader.sweeps()? {
        let tally = reader.tally(&sweep)?;
        let missing = tally.missing();
        all.push(json!({
            "sweep": sweep.name,
            "profile": sweep.profile,
            "question": sweep.question,
            "runs": tally.runs,
            "done": tally.done,
            "diverged": tally.diverged,
            "failed": tally.failed,
            "missing": missing,
            "changed_at": tally.changed_at,
        }));
        columns.row(vec![
            sweep.name,
            if sweep.profile.is_empty() {
                "–".to_owned()
            } else {
                sweep.profile
            },
            format!("{}/{}", tally.done, tally.runs),
            tally.diverged.to_string(),
            tally.failed.to_string(),
            missing.to_string(),
            clock::utc(tally.changed_at),
        ]);
    }
    if as_json {
        out::print_json(&Value::Array(all))
    } else {
        let few = ["diverged", "failed", "missing"];
        out::print(&columns.without_zeros(&few).text())
    }
}

/// One table for each data set, with its headline metric; named where there are several.
fn list(runs: &[RunRow]) -> String {
    let kinds = kinds(runs);
    let tables = kinds.iter().map(|of_one| match kinds.len() {
        1 => kind(of_one),
        _ => format!("{}\n{}", of_one.dataset, kind(of_one)),
    });
    tables.collect::<Vec<_>>().join("\n")
}

fn kind(kind: &Kind<'_>) -> String {
    let axes = varied(&kind.runs);
    let mut columns = Columns::default().column("run", Align::Left);
    for axis in &axes {
        columns = columns.column(&axis.name, Align::Left);
    }
    columns = columns
        .column("seed", Align::Right)
        .column("outcome", Align::Left);
    if let Some(headline) = kind.headline {
        columns = columns.column(heading(headline), Align::Right);
    }
    for run in &kind.runs {
        let mut row = vec![run.id.short()];
        let dash = || "–".to_owned();
        row.extend(axes.iter().map(|axis| axis.value(run).unwrap_or_else(dash)));
        row.push(run.seed.to_string());
        row.push(outcome_word(run.outcome.as_ref()).to_owned());
        if let Some(headline) = kind.headline {
            let last = run.last.get(headline);
            row.push(last.map_or_else(dash, |measured| {
                let mark = if measured.worst { " (worst)" } else { "" };
                format!("{}{mark}", figure(measured.value))
            }));
        }
        columns.row(row);
    }
    columns.text()
}

/// A run as JSON, as `show` prints it too.
pub(super) fn run_json(run: &RunRow) -> Value {
    let last: serde_json::Map<_, _> = run
        .last
        .iter()
        .map(|(name, measured)| {
            let value = json!({
                "step": measured.step,
                "value": out::json_number(measured.value),
                "worst": measured.worst,
            });
            (name.clone(), value)
        })
        .collect();
    let mut json = json!({
        "run": run.id.to_string(),
        "position": run.position,
        "seed": run.seed,
        "settings": run.settings,
        "tags": run.tags,
        "outcome": outcome_word(run.outcome.as_ref()),
        "last": last,
        "weights_digest": run.weights_digest,
        "series_digest": run.series_digest,
        "flops": run.flops,
        "attempts": run.attempts,
        "wall_seconds": run.wall_seconds,
        "cpu_seconds": run.cpu_seconds,
        "host": run.host,
        "ended_at": run.ended_at,
        "features": run.features,
    });
    match &run.outcome {
        Some(Outcome::Diverged { step, quantity }) => {
            json["outcome_step"] = json!(step);
            json["outcome_quantity"] = json!(quantity);
        }
        Some(Outcome::TimedOut { step, limit }) => {
            json["outcome_step"] = json!(step);
            json["limit_seconds"] = json!(limit.as_secs_f64());
        }
        Some(Outcome::Failed { message }) => json["outcome_message"] = json!(message),
        Some(Outcome::Crashed { message, place }) => {
            json["outcome_message"] = json!(message);
            json["outcome_place"] = json!(place);
        }
        Some(Outcome::Done) | None => {}
    }
    if let Some(made_by) = &run.provenance {
        json["provenance"] = json!({
            "git_revision": made_by.git_revision,
            "dirty": made_by.dirty,
            "versions": made_by.versions,
            "numeric_class": made_by.numeric_class,
        });
    }
    json
}
