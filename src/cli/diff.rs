//! `gan-sweep diff`: Where two runs part

use std::path::{Path, PathBuf};

use serde_json::json;

use super::parting::{Parting, Series, parting};
use super::{Exit, out};
use crate::store::{Reader, RunRow};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep diff 7d3f1a b8a51d                      # two runs
  gan-sweep diff 7d3f1a --other /mnt/other/results  # one run in two folders";

/// Where two runs part: the first step and quantity that differ
///
/// Tells too in which settings they differ, and whether they were made in one numeric class: within
/// one, runs of the same id have the same bits.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A run's id or its first digits
    first: String,
    /// Another's; by default the same run's, in the folder of --other
    second: Option<String>,
    /// The results folder of the second run
    #[arg(long, value_name = "DIR")]
    other: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

struct Side {
    row: RunRow,
    series: Series,
}

impl Side {
    fn read(results: &Path, word: &str) -> anyhow::Result<Self> {
        let reader = Reader::open(results)?;
        let id = reader.find_run(word)?;
        Ok(Self {
            row: reader.run(id)?,
            series: stored(&reader, id)?,
        })
    }

    fn class(&self) -> &str {
        let made_by = self.row.provenance.as_ref();
        made_by.map_or("unknown", |p| p.numeric_class.as_str())
    }
}

/// All that a run has logged.
pub(super) fn stored(reader: &Reader, id: crate::spec::RunId) -> anyhow::Result<Series> {
    let all = reader.all_series(id)?.into_iter();
    Ok(all
        .flat_map(|(name, values)| {
            let of_name = values.into_iter();
            of_name.map(move |m| ((m.step, name.clone()), m.value))
        })
        .collect())
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let there = args.other.as_deref();
    let Some(second) = args.second.as_ref().or(there.map(|_| &args.first)) else {
        anyhow::bail!(
            "name a second run, or by --other the folder in which the same run is to be found"
        );
    };
    let sides = [
        Side::read(results, &args.first)?,
        Side::read(there.unwrap_or(results), second)?,
    ];
    let found = parting(&sides[0].series, &sides[1].series);
    let same_weights = sides[0].row.weights_digest == sides[1].row.weights_digest;
    if args.json {
        out::print_json(&as_json(&sides, found.as_ref(), same_weights))?;
    } else {
        out::print(&as_text(&sides, found.as_ref(), same_weights))?;
    }
    Ok(match (found, same_weights) {
        (None, true) => Exit::Done,
        _ => Exit::SomeFailed,
    })
}

/// Settings that are not the same: name and both values.
fn settings(sides: &[Side; 2]) -> Vec<(&str, [&str; 2])> {
    let [a, b] = [&sides[0].row.settings, &sides[1].row.settings];
    let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let values = |name: &String| [a, b].map(|side| side.get(name).map_or("", String::as_str));
    names
        .into_iter()
        .map(|name| (name.as_str(), values(name)))
        .filter(|(_, [a, b])| a != b)
        .collect()
}

fn as_text(sides: &[Side; 2], found: Option<&Parting>, same_weights: bool) -> String {
    let ids = [0, 1].map(|i| sides[i].row.id.short());
    let mut lines = Vec::new();
    for (name, [a, b]) in settings(sides) {
        lines.push(format!(
            "setting {name}: {a} in {}, {b} in {}",
            ids[0], ids[1]
        ));
    }
    let seeds = [0, 1].map(|i| sides[i].row.seed);
    if seeds[0] != seeds[1] {
        lines.push(format!(
            "seed: {} in {}, {} in {}",
            seeds[0], ids[0], seeds[1], ids[1]
        ));
    }
    let places = match sides[0].row.id == sides[1].row.id {
        true => ["here".to_owned(), "there".to_owned()],
        false => ids.map(|id| format!("in {id}")),
    };
    lines.push(match found {
        Some(parting) => format!("they part with {}", parting.told([&places[0], &places[1]])),
        None => format!("the same {} values to the last bit", sides[0].series.len()),
    });
    lines.push(match same_weights {
        true => "the same final weights".to_owned(),
        false => "other final weights".to_owned(),
    });
    let classes = [sides[0].class(), sides[1].class()];
    lines.push(match classes[0] == classes[1] {
        true => format!("one numeric class: {}", classes[0]),
        false => format!(
            "numeric classes differ, and with them digits may: {} and {}",
            classes[0], classes[1]
        ),
    });
    lines.push(String::new());
    lines.join("\n")
}

fn as_json(sides: &[Side; 2], found: Option<&Parting>, same_weights: bool) -> serde_json::Value {
    let of = |side: &Side| {
        json!({
            "run": side.row.id.to_string(),
            "seed": side.row.seed,
            "numeric_class": side.class(),
            "values": side.series.len(),
        })
    };
    let changed: serde_json::Map<String, serde_json::Value> = settings(sides)
        .into_iter()
        .map(|(name, values)| (name.to_owned(), json!(values)))
        .collect();
    json!({
        "runs": [of(&sides[0]), of(&sides[1])],
        "settings": changed,
        "parting": found.map(|p| json!({
            "step": p.step,
            "quantity": p.quantity,
            "values": p.values.map(|v| v.map(out::json_number)),
        })),
        "same_weights": same_weights,
    })
}
