//! `gan-sweep params`: List every parameter

use serde_json::json;

use super::Exit;
use super::columns::{Heading, lines};
use super::out::print;
use crate::nearest::nearest;
use crate::param::{Birth, Choice, Kind};
use crate::spec::{Entry, registry};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep params
  gan-sweep params norm  # one, with the words it takes
  gan-sweep params --json";

/// List every parameter
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only this parameter
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut entries = registry();
    if let Some(name) = &args.name {
        // `norm.g` is the parameter `norm`.
        let bare = name.strip_suffix(".g").or(name.strip_suffix(".d"));
        let bare = bare.unwrap_or(name);
        let near = nearest(bare, entries.iter().map(|e| e.param.name));
        entries.retain(|e| e.param.name == bare);
        if entries.is_empty() {
            let hint = match near {
                Some(near) => format!("; did you mean '{near}'?"),
                None => ": 'gan-sweep params' lists all".to_owned(),
            };
            anyhow::bail!("unknown parameter '{name}'{hint}");
        }
    }
    if args.json {
        let all: Vec<_> = entries.iter().map(to_json).collect();
        print(&format!("{:#}\n", serde_json::Value::from(all)))?;
    } else {
        print(&listing(&entries))?;
    }
    Ok(Exit::Done)
}

/// `lr .g .d`: a parameter of which each network has its own.
fn label(entry: &Entry) -> String {
    let networks = if entry.param.per_network {
        " .g .d"
    } else {
        ""
    };
    format!("{}{networks}", entry.param.name)
}

/// A parameter, and the choices it is owned by in the same way: `dataset: ring8 or grid25`.
struct Shown {
    entry: Entry,
    owners: Vec<&'static str>,
}

/// Every parameter once, at the place of its first owner.
fn shown(entries: &[Entry]) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for &entry in entries {
        let axis = |e: &Entry| e.owner.map(|(axis, _)| axis);
        let same = |other: &&mut Shown| {
            let (a, b) = (entry.param, other.entry.param);
            axis(&entry).is_some()
                && axis(&entry) == axis(&other.entry)
                && (a.name, a.birth, a.summary) == (b.name, b.birth, b.summary)
                && a.kind.expected() == b.kind.expected()
        };
        let owners = entry.owner.map(|(_, choice)| choice.name);
        match all.iter_mut().find(same) {
            Some(known) => known.owners.extend(owners),
            None => all.push(Shown {
                entry,
                owners: owners.into_iter().collect(),
            }),
        }
    }
    all
}

fn applies_to(shown: &Shown) -> String {
    match shown.entry.owner {
        // What every training has goes without saying.
        Some(("problem", choice)) if choice.name == "gan" => String::new(),
        Some((axis, _)) => format!("{axis}: {}", shown.owners.join(" or ")),
        None => String::new(),
    }
}

fn default(birth: Birth) -> String {
    birth.value().map_or("-".to_owned(), |v| v.to_string())
}

/// The words a parameter takes, with a line about each.
fn words(kind: Kind) -> Vec<(&'static str, &'static str)> {
    match kind {
        Kind::Words(words) => words.to_vec(),
        _ => kind
            .choices()
            .iter()
            .map(|c: &Choice| (c.name, c.summary))
            .collect(),
    }
}

/// A block a parameter: what to write, what it is, the words it takes.
fn listing(entries: &[Entry]) -> String {
    let unnamed = || Heading {
        name: "",
        right: false,
    };
    let all = shown(entries);
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|Shown { entry, .. }| {
            let values = match entry.param.kind {
                // They follow, each with a line about it.
                Kind::Axis(_) | Kind::Words(_) => "one of".to_owned(),
                kind => kind.expected(),
            };
            vec![
                label(entry),
                format!("default {}", default(entry.param.birth)),
                values,
            ]
        })
        .collect();
    let headings = [unnamed(), unnamed(), unnamed()];
    let heads = lines(&headings, &rows);
    let mut out = String::new();
    for (shown, head) in all.iter().zip(&heads[1..]) {
        let entry = &shown.entry;
        out.push_str(&format!("{head}\n    {}", entry.param.summary));
        match applies_to(shown).as_str() {
            "" => out.push('\n'),
            owner => out.push_str(&format!("; only with {owner}\n")),
        }
        let rows: Vec<Vec<String>> = words(entry.param.kind)
            .iter()
            .map(|(word, summary)| vec![format!("      {word}"), (*summary).to_owned()])
            .collect();
        for line in &lines(&[unnamed(), unnamed()], &rows)[1..] {
            out.push_str(&format!("{line}\n"));
        }
    }
    if entries.iter().any(|e| e.param.per_network) {
        out.push_str("\n.g .d: one value for each network; the name alone sets both.\n");
    }
    out
}

fn to_json(entry: &Entry) -> serde_json::Value {
    let choices: Vec<_> = words(entry.param.kind)
        .iter()
        .map(|(name, summary)| json!({ "name": name, "summary": summary }))
        .collect();
    json!({
        "name": entry.param.name,
        "per_network": entry.param.per_network,
        "default": entry.param.birth.value().as_ref().map(serde_json::Value::from),
        "expected": entry.param.kind.expected(),
        "owner": entry.owner.map(|(axis, choice)| json!({ "axis": axis, "choice": choice.name })),
        "choices": choices,
        "summary": entry.param.summary,
    })
}
