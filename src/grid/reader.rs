//! Reading the parts that every section is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::axis::beside_fault;
use super::error::{Fault, Problem};
use super::key::{Vocabulary, Word};
use super::limits::{Limits, MOST_ADVISED, MOST_ENTRIES};
use super::node::{Entry, Node, Tree};
use super::origin::{Assignment, Origin, Section};
use super::source::Place;
use super::value::{Values, values};
use crate::nearest::nearest;
use crate::param::Key;

/// What a section is a list of.
pub(super) trait Placed {
    /// Where it is written.
    fn place(&self) -> Place;
}

impl Placed for Node {
    fn place(&self) -> Place {
        self.place
    }
}

impl Placed for Entry {
    fn place(&self) -> Place {
        self.key_place
    }
}

/// Reads sections, collecting every fault on the way.
pub(super) struct Reader<'v> {
    pub vocabulary: &'v Vocabulary,
    pub limits: Limits,
    pub faults: Vec<Fault>,
    /// Numbers drawn by the `random` sections so far.
    pub draws: u64,
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
        let advise = self.advises();
        let word = self.vocabulary.word(&entry.key, entry.key_place, advise);
        self.keep(word)
    }

    /// Whether nearest words are still looked for: in a file that is all wrong they would take long.
    fn advises(&self) -> bool {
        self.faults.len() < MOST_ADVISED
    }

    /// The candidate nearest to a misspelt word.
    pub fn nearest<'c>(&self, word: &str, candidates: &[&'c str]) -> Option<&'c str> {
        self.advises()
            .then(|| nearest(word, candidates.iter().copied()))
            .flatten()
    }

    /// The entries of a section that may have no more than [`MOST_ENTRIES`]; none of too many.
    pub fn few<'n, T>(&mut self, entries: &'n [T], section: &'static str) -> &'n [T]
    where
        T: Placed,
    {
        match entries.get(MOST_ENTRIES) {
            None => entries,
            Some(first_too_many) => {
                let problem = Problem::TooManyEntries {
                    section,
                    count: entries.len(),
                    most: MOST_ENTRIES,
                };
                self.fault(Fault::new(first_too_many.place(), problem));
                &[]
            }
        }
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
