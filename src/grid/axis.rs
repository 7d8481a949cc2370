//! Assignments and axes: what `defaults`, `grid`, `zip` and `set` hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::error::{Fault, Problem};
use super::key::{Vocabulary, Word};
use super::node::{Entry, Node, Tree};
use super::source::Place;
use super::value::{Values, comma_string, values};
use crate::param::{Key, Value};

/// Which part of a grid gave a key its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// `defaults`.
    Defaults,
    /// An axis of `grid`.
    Grid,
    /// A member of the named entry of `zip`.
    Zip(String),
    /// A draw of `random`.
    Random,
    /// `set` of a `when` entry.
    WhenSet,
    /// An axis of a `when` entry.
    WhenAxis,
    /// An `include` entry.
    Include,
    /// The option `--set`, with one value.
    SetValue,
    /// The option `--set`, with several values.
    SetAxis,
}

impl Section {
    /// Whether its values span an axis.
    pub(super) fn is_axis(&self) -> bool {
        matches!(
            self,
            Self::Grid | Self::Zip(_) | Self::Random | Self::WhenAxis | Self::SetAxis
        )
    }
}

/// Where a key's value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The section.
    pub section: Section,
    /// The place of the value.
    pub place: Place,
    /// The profile that holds the section, where one does.
    pub profile: Option<Arc<str>>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.place.line;
        match &self.section {
            Section::Defaults => write!(f, "defaults, line {line}")?,
            Section::Grid => write!(f, "axis of grid, line {line}")?,
            Section::Zip(name) => write!(f, "zip '{name}', line {line}")?,
            Section::Random => write!(f, "drawn at random, line {line}")?,
            Section::WhenSet => write!(f, "set by when, line {line}")?,
            Section::WhenAxis => write!(f, "axis of when, line {line}")?,
            Section::Include => write!(f, "include, line {line}")?,
            Section::SetValue | Section::SetAxis => f.write_str("--set")?,
        }
        match &self.profile {
            Some(profile) => write!(f, " (profile {profile})"),
            None => Ok(()),
        }
    }
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub key: Key,
    pub value: Value,
    /// Where the key is written.
    pub key_place: Place,
    pub origin: Origin,
}

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

/// Reads sections, collecting every fault on the way.
pub(super) struct Reader<'v> {
    pub vocabulary: &'v Vocabulary,
    pub faults: Vec<Fault>,
    /// The profile whose sections are being read.
    pub profile: Option<Arc<str>>,
}

impl<'v> Reader<'v> {
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Keeps what was read, or its fault.
    pub fn keep<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// The entries of a mapping; nothing at all counts as an empty one.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Entry] {
        match &node.tree {
            Tree::Map(entries) => entries,
            Tree::Null => &[],
            _ => {
                self.wrong_shape(node, what, "a mapping of keys to values");
                &[]
            }
        }
    }

    /// The elements of a list; nothing at all counts as an empty one.
    pub fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.tree {
            Tree::List(items) => items,
            Tree::Null => &[],
            _ => {
                self.wrong_shape(node, what, "a list");
                &[]
            }
        }
    }

    pub fn wrong_shape(&mut self, node: &Node, what: &str, expected: &'static str) {
        self.fault(Fault::new(
            node.place,
            Problem::WrongShape {
                what: what.to_owned(),
                expected,
                found: node.kind(),
            },
        ));
    }

    pub fn word(&mut self, entry: &Entry) -> Option<Word<'v>> {
        let word = self.vocabulary.word(&entry.key, entry.key_place);
        self.keep(word)
    }

    /// `{lr: 1e-4, norm.g: batch}`: each key with one value.
    pub fn assignments(&mut self, entries: &[Entry], section: &Section) -> Vec<Assignment> {
        let mut taken: BTreeMap<Key, (Place, &str)> = BTreeMap::new();
        let mut out = Vec::new();
        for entry in entries {
            let Some(word) = self.word(entry) else {
                continue;
            };
            let mut beside = None;
            for key in word.keys() {
                if let Some(&other) = taken.get(&key) {
                    beside = Some(other);
                } else {
                    taken.insert(key, (entry.key_place, entry.key.as_str()));
                }
            }
            if let Some((place, other)) = beside {
                self.fault(beside_fault(entry.key_place, &entry.key, place, other));
                continue;
            }
            let node = at_least_the_key(entry);
            let read = values(self.vocabulary, word, &entry.key, &node);
            if let Some(values) = self.keep(read) {
                out.extend(self.assign(values, entry.key_place, node.place, section));
            }
        }
        out
    }

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
    fn axis_list<'n>(&mut self, entry: &'n Entry) -> Option<&'n [Node]> {
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

    /// `{rate: {lr: [..], betas: [..]}}`: an axis an entry.
    pub fn zip(&mut self, entries: &[Entry], nested: bool) -> Vec<Axis> {
        let mut axes = Vec::new();
        for entry in entries {
            let section = if nested {
                Section::WhenAxis
            } else {
                Section::Zip(entry.key.clone())
            };
            let members = match &entry.value.tree {
                Tree::Map(members) if !members.is_empty() => members,
                Tree::Map(_) | Tree::Null => {
                    self.fault(Fault::new(
                        entry.key_place,
                        Problem::Nothing {
                            what: format!("zip '{}'", entry.key),
                        },
                    ));
                    continue;
                }
                _ => {
                    self.wrong_shape(
                        &entry.value,
                        &format!("the zip entry '{}'", entry.key),
                        "a mapping of keys to lists",
                    );
                    continue;
                }
            };
            let lists = self.grid_of_zip(members, &section);
            if let Some(axis) = self.join_zip(entry, members.len(), lists) {
                axes.push(axis);
            }
        }
        axes
    }

    /// The members of a zip, each read as an axis; a member may well repeat a value.
    fn grid_of_zip(&mut self, members: &[Entry], section: &Section) -> Vec<Axis> {
        let mut axes = Vec::new();
        for member in members {
            let Some(word) = self.word(member) else {
                continue;
            };
            let Some(items) = self.axis_list(member) else {
                continue;
            };
            let mut positions = Vec::with_capacity(items.len());
            for item in items {
                let read = values(self.vocabulary, word, &member.key, item)
                    .map_err(|fault| list_valued_help(fault, word, item));
                if let Some(values) = self.keep(read) {
                    positions.push(self.assign(values, member.key_place, item.place, section));
                }
            }
            if positions.len() == items.len() {
                axes.push(Axis {
                    label: member.key.clone(),
                    place: member.key_place,
                    positions: Arc::new(positions),
                });
            }
        }
        axes
    }

    fn join_zip(&mut self, entry: &Entry, members: usize, lists: Vec<Axis>) -> Option<Axis> {
        if lists.len() < members {
            return None;
        }
        let length = lists.first()?.positions.len();
        if lists.iter().any(|l| l.positions.len() != length) {
            let lengths: Vec<_> = lists
                .iter()
                .map(|l| format!("{} has {}", l.label, l.positions.len()))
                .collect();
            let mut fault = Fault::new(
                entry.key_place,
                Problem::ZipLengths {
                    name: entry.key.clone(),
                    lengths: lengths.join(", "),
                },
            );
            for list in &lists {
                fault = fault.also(list.place, format!("{} values", list.positions.len()));
            }
            self.fault(fault);
            return None;
        }
        if let Some(fault) = clash(&lists) {
            self.fault(fault);
            return None;
        }
        let mut positions: Vec<Vec<Assignment>> = vec![Vec::new(); length];
        for list in lists {
            for (position, assignments) in positions.iter_mut().zip(list.positions.iter()) {
                position.extend(assignments.iter().cloned());
            }
        }
        let place =
            |position: &[Assignment]| position.first().map_or(entry.key_place, |a| a.origin.place);
        let mut seen: HashMap<String, Place> = HashMap::new();
        for position in &positions {
            let tuple: Vec<_> = position
                .iter()
                .map(|a| format!("{}={}", a.key, a.value))
                .collect();
            let value = tuple.join(", ");
            if let Some(first) = seen.insert(value.clone(), place(position)) {
                let key = entry.key.clone();
                self.fault(
                    Fault::new(place(position), Problem::Repeated { key, value })
                        .also(first, "first here"),
                );
                return None;
            }
        }
        Some(Axis {
            label: entry.key.clone(),
            place: entry.key_place,
            positions: Arc::new(positions),
        })
    }

    pub fn assign(
        &self,
        values: Values,
        key_place: Place,
        place: Place,
        section: &Section,
    ) -> Vec<Assignment> {
        values
            .into_iter()
            .map(|(key, value)| Assignment {
                key,
                value,
                key_place,
                origin: Origin {
                    section: section.clone(),
                    place,
                    profile: self.profile.clone(),
                },
            })
            .collect()
    }
}

/// The value, at the key's place if nothing is written.
pub(super) fn at_least_the_key(entry: &Entry) -> Node {
    match entry.value.tree {
        Tree::Null => Node {
            place: entry.key_place,
            tree: Tree::Null,
        },
        _ => entry.value.clone(),
    }
}

/// In an axis the outer list is the axis; `hidden: [64, 64]` forgets that.
fn list_valued_help(fault: Fault, word: Word<'_>, item: &Node) -> Fault {
    let takes_lists = word.known.params.iter().any(|p| p.kind.is_list());
    match item.tree {
        Tree::Int(_) | Tree::Float(..) if takes_lists => fault
            .help("the outer list is the axis, each of its elements a value: write [[...], [...]]"),
        _ => fault,
    }
}

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
