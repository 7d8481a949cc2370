//! Reading one value of one parameter, and saying what is wrong with it.

use super::error::{Fault, Problem};
use super::key::{Vocabulary, Word};
use super::node::{Node, Tree};
use crate::param::{Key, Kind, Misfit, Network, Value};

/// A value for every key that a word stands for.
pub(super) type Values = Vec<(Key, Value)>;

/// Reads a value; for a per-network parameter also `{g: …, d: …}`.
pub(super) fn values(
    vocabulary: &Vocabulary,
    word: Word<'_>,
    written: &str,
    node: &Node,
) -> Result<Values, Fault> {
    if let Tree::Map(entries) = &node.tree
        && word.known.per_network
        && word.network.is_none()
    {
        let mut values = Vec::with_capacity(2);
        for entry in entries {
            let network = match entry.key.as_str() {
                "g" => Network::G,
                "d" => Network::D,
                other => {
                    let problem = Problem::NoSuchNetwork {
                        word: other.to_owned(),
                    };
                    return Err(Fault::new(entry.key_place, problem)
                        .help(format!("write {written}: {{g: ..., d: ...}}")));
                }
            };
            let one = Word {
                network: Some(network),
                ..word
            };
            let key = format!("{written}.{}", entry.key);
            values.extend(values_of_one(vocabulary, one, &key, &entry.value)?);
        }
        if values.len() < Network::BOTH.len() {
            let problem = Problem::HalfAPair {
                word: written.to_owned(),
            };
            return Err(Fault::new(node.place, problem).help(format!(
                "write both, or one of the keys {written}.g and {written}.d"
            )));
        }
        values.sort_by_key(|(key, _)| *key);
        return Ok(values);
    }
    values_of_one(vocabulary, word, written, node)
}

fn values_of_one(
    vocabulary: &Vocabulary,
    word: Word<'_>,
    written: &str,
    node: &Node,
) -> Result<Values, Fault> {
    let value = one(vocabulary, word, written, node)?;
    Ok(word
        .keys()
        .into_iter()
        .map(|key| (key, value.clone()))
        .collect())
}

/// Reads a value in canonical form.
fn one(
    vocabulary: &Vocabulary,
    word: Word<'_>,
    written: &str,
    node: &Node,
) -> Result<Value, Fault> {
    let mut misfit: Option<Misfit> = None;
    if let Some(value) = plain(node) {
        // Several choices may own a parameter of this name; the run itself decides which is meant.
        for param in &word.known.params {
            match param.check(&value, more(vocabulary, word)) {
                Ok(value) => return Ok(value),
                Err(m) if misfit.as_ref().is_none_or(|old| old.nearest.is_none()) => {
                    misfit = Some(m);
                }
                Err(_) => {}
            }
        }
    }
    Err(explain(vocabulary, word, written, node, misfit))
}

/// Further words that a parameter takes.
fn more<'v>(vocabulary: &'v Vocabulary, word: Word<'_>) -> &'v [String] {
    match word.known.name {
        "dataset" => &vocabulary.datasets,
        _ => &[],
    }
}

/// A node as a parameter's value; `None` for a mapping, for nothing, and inside them.
fn plain(node: &Node) -> Option<Value> {
    Some(match &node.tree {
        Tree::Null | Tree::Map(_) => return None,
        Tree::Bool(b) => Value::Bool(*b),
        Tree::Int(i) => Value::Int(*i),
        Tree::Float(x, _) => Value::Float(*x),
        Tree::Text { text, .. } => Value::Text(text.clone()),
        Tree::List(items) => Value::List(items.iter().map(plain).collect::<Option<_>>()?),
    })
}

/// What is wrong with a value that fits nowhere, most telling first.
fn explain(
    vocabulary: &Vocabulary,
    word: Word<'_>,
    written: &str,
    node: &Node,
    misfit: Option<Misfit>,
) -> Fault {
    let key = written.to_owned();
    let Some(kind) = word.known.params.first().map(|p| p.kind) else {
        return Fault::new(node.place, Problem::Nothing { what: key });
    };
    if let Some(fault) = special(node, written, kind.is_list(), takes_numbers(kind)) {
        return fault;
    }
    if let (Tree::Text { text, .. }, "dataset") = (&node.tree, word.known.name)
        && let Some(damage) = vocabulary.damaged.get(text)
    {
        let (name, damage) = (text.clone(), damage.clone());
        return Fault::new(node.place, Problem::DamagedDataset { name, damage }).help(format!(
            "remove its folder, data/{text} in the results, and import it again"
        ));
    }
    let expected = match &misfit {
        Some(m) => m.expected.clone(),
        None => kind.expected(),
    };
    let fault = Fault::new(
        node.place,
        Problem::Misfit {
            key,
            found: node.written(),
            expected,
        },
    );
    match (&node.tree, misfit.and_then(|m| m.nearest)) {
        (_, Some(near)) => fault.help(format!("did you mean '{near}'?")),
        (Tree::Text { text, plain: false }, _)
            if takes_numbers(kind) && text.parse::<f64>().is_ok() =>
        {
            fault.help(format!("remove the quotes: {text}"))
        }
        (Tree::Null | Tree::Bool(_), _) if has_word(kind, "none") => {
            fault.help("write the word none")
        }
        (Tree::List(_), _) if !kind.is_list() => {
            fault.help("a list of values to compare belongs in 'grid'")
        }
        (Tree::Text { .. }, _)
            if word.known.name == "dataset" && vocabulary.datasets.is_empty() =>
        {
            fault.help("`gan-sweep data import` adds data sets of your own")
        }
        _ => fault,
    }
}

fn takes_numbers(kind: Kind) -> bool {
    !matches!(kind, Kind::Axis(_) | Kind::Words(_))
}

fn has_word(kind: Kind, word: &str) -> bool {
    match kind {
        Kind::Axis(choices) => choices().iter().any(|c| c.name == word),
        Kind::Words(words) => words.iter().any(|w| w.0 == word),
        _ => false,
    }
}

/// Slips that deserve words of their own, looked for inside lists too.
fn special(node: &Node, key: &str, list: bool, numbers: bool) -> Option<Fault> {
    let key = key.to_owned();
    match &node.tree {
        Tree::Float(x, text) if !x.is_finite() => Some(Fault::new(
            node.place,
            Problem::NotFinite {
                key,
                text: text.clone(),
            },
        )),
        Tree::Text { text, plain } if numbers => {
            if *plain && let Some(meant) = number_meant(text) {
                let problem = Problem::NumberAsText {
                    key,
                    text: text.clone(),
                };
                return Some(Fault::new(node.place, problem).help(format!("write {meant}")));
            }
            if list && text.contains(',') {
                return Some(comma_string(node, key, text));
            }
            let overflows = text.parse::<f64>().is_ok_and(|x| !x.is_finite());
            overflows.then(|| {
                Fault::new(
                    node.place,
                    Problem::NotFinite {
                        key,
                        text: text.clone(),
                    },
                )
            })
        }
        Tree::List(items) => items
            .iter()
            .find_map(|item| special(item, &key, false, numbers)),
        _ => None,
    }
}

/// `1, 2` where a list belongs.
pub(super) fn comma_string(node: &Node, key: String, text: &str) -> Fault {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let items: Vec<_> = inner.split(',').map(str::trim).collect();
    Fault::new(
        node.place,
        Problem::CommaString {
            key,
            text: text.to_owned(),
        },
    )
    .help(format!("write [{}]", items.join(", ")))
}

/// What `1_000` and `010` were meant to be; YAML reads both as text.
fn number_meant(text: &str) -> Option<String> {
    let digits = text.replace('_', "");
    let (sign, rest) = match digits.strip_prefix(['-', '+']) {
        Some(rest) => (if digits.starts_with('-') { "-" } else { "" }, rest),
        None => ("", digits.as_str()),
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit())
        || !rest.parse::<f64>().is_ok_and(f64::is_finite)
    {
        return None;
    }
    let trimmed = rest.trim_start_matches('0');
    let meant = match trimmed.chars().next() {
        Some(c) if c.is_ascii_digit() => trimmed.to_owned(),
        _ => format!("0{trimmed}"),
    };
    let meant = format!("{sign}{meant}");
    (meant != text).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::number_meant;

    #[test]
    fn numbers_that_yaml_reads_as_text_are_recognised() {
        for (text, meant) in [
            ("1_000", "1000"),
            ("010", "10"),
            ("-007", "-7"),
            ("1_0.5e-3", "10.5e-3"),
            ("00", "0"),
        ] {
            assert_eq!(number_meant(text).as_deref(), Some(meant), "{text}");
        }
        for text in ["fast", "inf", "nan", "_", "1k", "", "-"] {
            assert_eq!(number_meant(text), None, "{text}");
        }
    }
}
