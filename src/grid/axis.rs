//! Axes: what `grid` holds, and when two of them clash.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::error::{Fault, Problem};
use super::key::Word;
use super::node::{Entry, Node, Tree};
use super::origin::{Assignment, Section};
use super::reader::Reader;
use super::source::Place;
use super::value::{comma_string, values};
use crate::param::Key;

/// One axis: at each of its positions, one or several keys take a value together.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// As written: `k`, `norm.g`, or a zip's name.
    pub label: String,
    pub place: Place,
    /// Shared, because every profile makes its own list of axes.
    pub positions: Arc<Vec<Vec<Assignment>>>,
}

impl Axis {
    /// The keys it assigns, each with its place.
    pub fn keys(&self) -> impl Iterator<Item = (Key, Place)> + '_ {
        self.positions
            .first()
            .into_iter()
            .flatten()
            .map(|a| (a.key, a.key_place))
    }
}

impl<'v> Reader<'v> {
    /// `{k: [1, 2], norm.g: [none, batch]}`: an axis a key.
    pub fn grid(&mut self, entries: &[Entry], section: &Section) -> Vec<Axis> {
        let mut axes = Vec::new();
        for entry in entries {
            let Some(word) = self.word(entry) else {
                continue;
            };
            if let Some(axis) = self.axis(word, &entry.key, entry, section) {
                axes.push(axis);
            }
        }
        axes
    }

    fn axis(
        &mut self,
        word: Word<'v>,
        label: &str,
        entry: &Entry,
        section: &Section,
    ) -> Option<Axis> {
        let items = self.axis_list(entry)?;
        let mut positions = Vec::with_capacity(items.len());
        let mut seen: HashMap<String, Place> = HashMap::new();
        let mut sound = true;
        for item in items {
            let read = values(self.vocabulary, word, &entry.key, item)
                .map_err(|fault| list_valued_help(fault, word, item));
            let Some(values) = self.keep(read) else {
                sound = false;
                continue;
            };
            if let Some(&first) = seen.get(&format!("{values:?}")) {
                self.fault(
                    Fault::new(
                        item.place,
                        Problem::Repeated {
                            key: label.to_owned(),
                            value: item.written(),
                        },
                    )
                    .also(first, "first here"),
                );
                continue;
            }
            seen.insert(format!("{values:?}"), item.place);
            positions.push(self.assign(values, entry.key_place, item.place, section));
        }
        // A half-read axis would give a wrong count and follow-up errors.
        sound.then(|| Axis {
            label: label.to_owned(),
            place: entry.key_place,
            positions: Arc::new(positions),
        })
    }

    /// The elements of an axis, of which there must be some.
    pub fn axis_list<'n>(&mut self, entry: &'n Entry) -> Option<&'n [Node]> {
        let key = entry.key.clone();
        let fault = match &entry.value.tree {
            Tree::List(items) if items.is_empty() => {
                Fault::new(entry.value.place, Problem::EmptyAxis { key })
                    .help("an axis without values would leave no runs")
            }
            Tree::List(items) => return Some(items),
            Tree::Text { text, .. } if text.contains(',') => comma_string(&entry.value, key, text),
            Tree::Map(entries) if entries.iter().any(|e| e.key == "g" || e.key == "d") => {
                Fault::new(
                    entry.value.place,
                    Problem::ScalarForList {
                        found: "a mapping".to_owned(),
                        key,
                    },
                )
                .help(format!(
                    "'{0}.g' and '{0}.d' are keys of their own: {0}.g: [...]",
                    entry.key
                ))
            }
            Tree::Null => Fault::new(
                entry.key_place,
                Problem::ScalarForList {
                    key,
                    found: "an empty value".to_owned(),
                },
            )
            .help(format!("write {}: [...]", entry.key)),
            _ => {
                let found = entry.value.written();
                let bare = match &entry.value.tree {
                    Tree::Text { text, .. } => text.clone(),
                    _ => found.clone(),
                };
                Fault::new(entry.value.place, Problem::ScalarForList { key, found }).help(format!(
                    "write {}: [{bare}], or move it to 'defaults'",
                    entry.key
                ))
            }
        };
        self.fault(fault);
        None
    }
}

/// In an axis the outer list is the axis; `hidden: [64, 64]` forgets that.
pub(super) fn list_valued_help(fault: Fault, word: Word<'_>, item: &Node) -> Fault {
    let takes_lists = word.known.params.iter().any(|p| p.kind.is_list());
    match item.tree {
        Tree::Int(_) | Tree::Float(..) if takes_lists => fault
            .help("the outer list is the axis, each of its elements a value: write [[...], [...]]"),
        _ => fault,
    }
}

/// Two words of one mapping that mean the same key.
pub(super) fn beside_fault(place: Place, word: &str, other_place: Place, other: &str) -> Fault {
    Fault::new(
        place,
        Problem::Beside {
            word: word.to_owned(),
            other: other.to_owned(),
        },
    )
    .also(other_place, "here")
    .help("write one key for each network: the ones that end in .g and .d")
}

/// The first key that two axes share.
pub(super) fn clash(axes: &[Axis]) -> Option<Fault> {
    let mut taken: BTreeMap<Key, (Place, &str)> = BTreeMap::new();
    for axis in axes {
        for (key, place) in axis.keys() {
            let Some(&(other, label)) = taken.get(&key) else {
                taken.insert(key, (place, &axis.label));
                continue;
            };
            // In one section under two words: `norm` beside `norm.g`.
            let words = [axis.label.as_str(), label];
            let shorthand = |w: &str| w == key.name || *w == key.to_string();
            if axis.label != label && words.iter().all(|w| shorthand(w)) {
                return Some(beside_fault(place, &axis.label, other, label));
            }
            // `lr` rather than `lr.g` where both networks are meant.
            let both = axis.keys().filter(|(k, _)| k.name == key.name).count() > 1;
            let key = if both {
                key.name.to_owned()
            } else {
                key.to_string()
            };
            let problem = Problem::TwoAxes { key };
            return Some(Fault::new(place, problem).also(other, "the other axis"));
        }
    }
    None
}
