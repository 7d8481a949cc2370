//! Which runs are asked for: `loss=wgan and modes<8`.
//!
//! ```text
//! filter     = all ("or" all)*
//! all        = term ("and" term)*
//! term       = "not" term | "(" filter ")" | name operator value
//! operator   = "=" | "!=" | "<" | "<=" | ">" | ">="
//! value      = word | number | list | "'" text "'" | '"' text '"'
//! ```
//!
//! A name is a setting (`loss`, `norm.g`; `norm` means that of both networks), a quantity, which means its
//! last value (`covered`, `loss.d`), `seed`, `outcome` or `tag`. Where a quantity has the name of a setting,
//! `setting.modes` is the setting. A comparison with a value that a run does not have is false, also with
//! `!=`; `not` turns it.

mod error;
mod names;
mod syntax;

#[cfg(test)]
mod tests;

pub use error::{FilterError, Problem};

use std::collections::BTreeSet;

pub(crate) use self::names::SETTING;

use self::names::Name;
use self::syntax::{Literal, Operator, Tree};
use crate::nearest::nearest;
use crate::stats::outcome_word;
use crate::store::RunRow;

/// A filter of runs whose names all mean something.
#[derive(Clone, Debug)]
pub struct Filter(Tree<Name>);

impl Filter {
    /// Reads a filter of these runs, which tell what names there are.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn new(text: &str, runs: &[RunRow]) -> Result<Self, FilterError> {
        syntax::parse(text)?
            .named(&mut |comparison| names::resolve(text, comparison, runs))
            .map(Self)
    }

    /// What is asked for by `=` and no run has, a sentence each.
    pub fn absent(&self, runs: &[RunRow]) -> Vec<String> {
        let mut sentences = Vec::new();
        absent(&self.0, runs, &mut sentences);
        sentences
    }

    /// Whether a run is asked for.
    pub fn matches(&self, run: &RunRow) -> bool {
        holds(&self.0, run)
    }
}

fn holds(tree: &Tree<Name>, run: &RunRow) -> bool {
    match tree {
        Tree::All(terms) => terms.iter().all(|term| holds(term, run)),
        Tree::Any(terms) => terms.iter().any(|term| holds(term, run)),
        Tree::Not(term) => !holds(term, run),
        Tree::Compare(comparison) => compares(
            &comparison.name,
            comparison.operator,
            &comparison.value,
            run,
        ),
    }
}

/// The most values that are named.
const NAMED: usize = 8;

fn absent(tree: &Tree<Name>, runs: &[RunRow], sentences: &mut Vec<String>) {
    match tree {
        Tree::All(terms) | Tree::Any(terms) => {
            terms.iter().for_each(|term| absent(term, runs, sentences));
        }
        Tree::Not(term) => absent(term, runs, sentences),
        Tree::Compare(comparison) => {
            let Name::Setting(keys) = &comparison.name else {
                return;
            };
            if comparison.operator != Operator::Equal || runs.iter().any(|run| holds(tree, run)) {
                return;
            }
            let values: BTreeSet<&str> = runs
                .iter()
                .flat_map(|run| keys.iter().filter_map(|key| run.settings.get(key)))
                .map(String::as_str)
                .collect();
            let word = comparison.value.text.as_str();
            let key = match keys.as_slice() {
                [key] => key.as_str(),
                _ => keys[0].trim_end_matches(".g"),
            };
            let known: Vec<&str> = values.iter().copied().take(NAMED).collect();
            let more = if values.len() > NAMED { ", …" } else { "" };
            sentences.push(match nearest(word, values.iter().copied()) {
                Some(near) => format!("no run has {key} = {word}; did you mean '{near}'?"),
                None if known.is_empty() => format!("no run has a {key}"),
                None => format!("no run has {key} = {word}, but {}{more}", known.join(", ")),
            });
        }
    }
}

/// A value of a run.
enum Found<'r> {
    Number(f64),
    Text(&'r str),
}

fn compares(name: &Name, operator: Operator, value: &Literal, run: &RunRow) -> bool {
    let one = |found: Found<'_>| compare(&found, operator, value);
    match name {
        // A seed is a count of a few thousands, not of 2⁵³.
        Name::Seed => one(Found::Number(run.seed as f64)),
        Name::Outcome => one(Found::Text(outcome_word(run.outcome.as_ref()))),
        Name::Last(quantity) => {
            let last = run.last.get(quantity);
            last.is_some_and(|last| one(Found::Number(last.value)))
        }
        Name::Tag => {
            let equal = |tag: &String| compare(&Found::Text(tag), Operator::Equal, value);
            let tagged = run.tags.iter().any(equal);
            !run.tags.is_empty() && tagged == (operator == Operator::Equal)
        }
        Name::Setting(keys) => {
            let values: Option<Vec<&str>> = keys
                .iter()
                .map(|key| run.settings.get(key).map(String::as_str))
                .collect();
            // Of both networks: unequal is what is not equal in both.
            let (each, wanted) = match operator {
                Operator::Unequal => (Operator::Equal, false),
                other => (other, true),
            };
            let all = |values: Vec<&str>| {
                let mut values = values.into_iter();
                values.all(|found| compare(&Found::Text(found), each, value)) == wanted
            };
            values.is_some_and(all)
        }
    }
}

fn compare(found: &Found<'_>, operator: Operator, value: &Literal) -> bool {
    let number = match found {
        Found::Number(x) => Some(*x),
        Found::Text(text) => syntax::number(text),
    };
    let (Some(a), Some(b)) = (number, value.number) else {
        let equal = match found {
            Found::Text(text) => bare(text) == bare(&value.text),
            Found::Number(_) => false,
        };
        return match operator {
            Operator::Equal => equal,
            Operator::Unequal => !equal,
            // Words have no order.
            _ => false,
        };
    };
    let equal = a == b || a.is_nan() && b.is_nan();
    match operator {
        Operator::Equal => equal,
        Operator::Unequal => !equal,
        Operator::Less => a < b,
        Operator::AtMost => a <= b,
        Operator::Greater => a > b,
        Operator::AtLeast => a >= b,
    }
}

/// Lists are the same however their items are set apart.
fn bare(text: &str) -> String {
    match text.starts_with('[') {
        true => text.split_whitespace().collect(),
        false => text.to_owned(),
    }
}
