//! The YAML tree with a value and a place at every node: both parses joined.

use std::collections::HashMap;

use super::error::{Fault, Problem};
use super::limits::Limits;
use super::locate::{Marked, Shape, locate};
use super::source::Place;
use super::yaml::{self, Raw};

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub tree: Tree,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    /// As written too, because a person recognises `1e-4`, not `0.0001`.
    Float(f64, String),
    /// `plain`: without quotes.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub value: Node,
}

impl Node {
    /// What it is, for an error: `a list`.
    pub fn kind(&self) -> &'static str {
        match self.tree {
            Tree::Null => "an empty value",
            Tree::Bool(_) => "true or false",
            Tree::Int(_) | Tree::Float(..) => "a number",
            Tree::Text { .. } => "text",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a mapping",
        }
    }

    /// The node as a person would write it, shortened.
    pub fn written(&self) -> String {
        match &self.tree {
            Tree::Null => "an empty value".to_owned(),
            Tree::Bool(b) => b.to_string(),
            Tree::Int(i) => i.to_string(),
            Tree::Float(_, text) => text.clone(),
            Tree::Text { text, .. } => format!("'{}'", shortened(text)),
            Tree::List(items) => {
                let items: Vec<_> = items.iter().take(8).map(Self::written).collect();
                format!("[{}]", shortened(&items.join(", ")))
            }
            Tree::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// A text that fits into a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}...")
}

/// Reads one document; `None` when the text holds none. Duplicate keys are added to `faults` and
/// the first one kept; everything else that is wrong ends the reading.
pub(super) fn read(
    text: &str,
    source: usize,
    limits: Limits,
    faults: &mut Vec<Fault>,
) -> Result<Option<Node>, Vec<Fault>> {
    let Some(marked) = locate(text, source, limits)? else {
        return Ok(None);
    };
    let raw = yaml::read(text).map_err(|refusal| {
        let (line, column) = refusal.at.unwrap_or((1, 1));
        vec![Fault::new(
            Place {
                source,
                line,
                column,
                width: 1,
            },
            Problem::Syntax {
                message: refusal.message,
            },
        )]
    })?;
    join(&marked, raw, faults)
        .map(Some)
        .map_err(|fault| vec![fault])
}

fn join(marked: &Marked, raw: Raw, faults: &mut Vec<Fault>) -> Result<Node, Fault> {
    // Two parsers that see different structures: nothing sensible can be said about values.
    let ambiguous = || Fault::new(marked.place, Problem::Ambiguous).help("put the text in quotes");
    let tree = match (&marked.shape, raw) {
        (Shape::Scalar { .. }, Raw::Null) => Tree::Null,
        (Shape::Scalar { .. }, Raw::Bool(b)) => Tree::Bool(b),
        (Shape::Scalar { .. }, Raw::Int(i)) => Tree::Int(i),
        (Shape::Scalar { text, .. }, Raw::Float(x)) => Tree::Float(x, text.clone()),
        (Shape::Scalar { text, plain }, Raw::Text(value)) if *text == value => Tree::Text {
            text: value,
            plain: *plain,
        },
        (Shape::List(items), Raw::List(values)) if items.len() == values.len() => Tree::List(
            items
                .iter()
                .zip(values)
                .map(|(item, value)| join(item, value, faults))
                .collect::<Result<_, _>>()?,
        ),
        (Shape::Map(marked), Raw::Map(values)) if marked.len() == values.len() => {
            let mut first: HashMap<String, Place> = HashMap::new();
            let mut entries = Vec::with_capacity(marked.len());
            for ((key, value), (_, raw)) in marked.iter().zip(values) {
                let value = join(value, raw, faults)?;
                let Shape::Scalar { text, .. } = &key.shape else {
                    return Err(ambiguous());
                };
                if let Some(&place) = first.get(text) {
                    faults.push(
                        Fault::new(key.place, Problem::Duplicate { key: text.clone() })
                            .also(place, "first here"),
                    );
                    continue;
                }
                first.insert(text.clone(), key.place);
                entries.push(Entry {
                    key: text.clone(),
                    key_place: key.place,
                    value,
                });
            }
            Tree::Map(entries)
        }
        _ => return Err(ambiguous()),
    };
    Ok(Node {
        place: marked.place,
        tree,
    })
}
