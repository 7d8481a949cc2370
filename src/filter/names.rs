//! What the names in a filter mean.

use std::collections::BTreeSet;

use super::error::{FilterError, Problem};
use super::syntax::{self, Comparison, Written};
use crate::event::Outcome;
use crate::nearest::nearest;
use crate::quantity;
use crate::spec::registry;
use crate::stats::{Axis, outcome_word};
use crate::store::RunRow;

/// Tells a setting from a quantity of the same name.
pub(crate) const SETTING: &str = "setting.";

const OWN: [&str; 3] = ["seed", "outcome", "tag"];

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name {
    Seed,
    Outcome,
    Tag,
    /// These settings, which must all compare.
    Setting(Vec<String>),
    /// The last value of a quantity.
    Last(String),
}

/// A comparison whose name means something and whose value can be compared with it.
pub(super) fn resolve(
    text: &str,
    comparison: Comparison<Written>,
    runs: &[RunRow],
) -> Result<Comparison<Name>, FilterError> {
    let Comparison {
        name: Written { name, place },
        operator,
        value,
    } = comparison;
    let Some(found) = named(&name, runs) else {
        let known = known(runs);
        let near = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(place.error(text, Problem::UnknownName { name, near }));
    };
    if operator.is_order() {
        let no_order = |what| {
            let operator = operator.sign();
            Problem::NoOrder { operator, what }
        };
        if !may_be_number(&found, runs) {
            return Err(place.error(text, no_order(name)));
        }
        if value.number.is_none() {
            let what = format!("'{}'", value.text);
            return Err(value.place.error(text, no_order(what)));
        }
    }
    if found == Name::Outcome {
        let known = outcomes();
        if !known.contains(&value.text.as_str()) {
            let near = nearest(&value.text, known).map(str::to_owned);
            let problem = Problem::UnknownOutcome {
                word: value.text,
                known: known.join(", "),
                near,
            };
            return Err(value.place.error(text, problem));
        }
    }
    Ok(Comparison {
        name: found,
        operator,
        value,
    })
}

fn named(name: &str, runs: &[RunRow]) -> Option<Name> {
    match name {
        "seed" => return Some(Name::Seed),
        "outcome" => return Some(Name::Outcome),
        "tag" => return Some(Name::Tag),
        _ => {}
    }
    if let Some(key) = name.strip_prefix(SETTING) {
        return setting(key, runs);
    }
    // Asked of the registry too, so that a name means the same before and after the first run.
    let is_measured = quantity::info(name).is_some();
    if is_measured || runs.iter().any(|run| run.last.contains_key(name)) {
        return Some(Name::Last(name.to_owned()));
    }
    setting(name, runs)
}

/// A setting that a run has, or could have.
fn setting(key: &str, runs: &[RunRow]) -> Option<Name> {
    let rows: Vec<&RunRow> = runs.iter().collect();
    if let Some(axis) = Axis::named(key, &rows) {
        return Some(Name::Setting(axis.keys));
    }
    let network = key.strip_suffix(".g").or(key.strip_suffix(".d"));
    let mut entries = registry().into_iter();
    entries
        .any(|entry| {
            let of_network = entry.param.per_network && network == Some(entry.param.name);
            entry.param.name == key || of_network
        })
        .then(|| Name::Setting(vec![key.to_owned()]))
}

fn may_be_number(name: &Name, runs: &[RunRow]) -> bool {
    match name {
        Name::Outcome | Name::Tag => false,
        Name::Seed | Name::Last(_) => true,
        Name::Setting(keys) => {
            let values = || {
                let each = |run| keys.iter().filter_map(move |key| value(run, key));
                runs.iter().flat_map(each)
            };
            values().next().is_none() || values().any(|text| syntax::number(text).is_some())
        }
    }
}

fn value<'r>(run: &'r RunRow, key: &str) -> Option<&'r str> {
    run.settings.get(key).map(String::as_str)
}

/// What a misspelt name may have meant.
fn known(runs: &[RunRow]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = OWN.map(str::to_owned).into();
    for run in runs {
        names.extend(run.last.keys().cloned());
        for key in run.settings.keys() {
            names.insert(key.clone());
            names.extend(key.strip_suffix(".g").map(str::to_owned));
            names.insert(format!("{SETTING}{key}"));
        }
    }
    names
}

/// The words of outcomes; this does not compile when one is added.
fn outcomes() -> [&'static str; 6] {
    let word = |outcome: Outcome| match outcome {
        Outcome::Done
        | Outcome::Diverged { .. }
        | Outcome::TimedOut { .. }
        | Outcome::Failed { .. }
        | Outcome::Crashed { .. } => outcome_word(Some(&outcome)),
    };
    let text = String::new;
    [
        word(Outcome::Done),
        word(Outcome::Diverged {
            step: 0,
            quantity: text(),
        }),
        word(Outcome::TimedOut {
            step: 0,
            limit: std::time::Duration::ZERO,
        }),
        word(Outcome::Failed { message: text() }),
        word(Outcome::Crashed {
            message: text(),
            place: text(),
        }),
        outcome_word(None),
    ]
}
