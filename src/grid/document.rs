//! From the YAML tree to checked sections.

use std::sync::Arc;

use super::axis::Axis;
use super::claims;
use super::cluster::Wishes;
use super::condition::Condition;
use super::error::{Fault, Problem};
use super::key::{SECTIONS, changes_in_profiles};
use super::limits::{LONGEST_NAME, MOST_TAGS};
use super::node::{Entry, Node, Tree};
use super::origin::{Assignment, Section};
use super::reader::Reader;
use super::source::Place;

/// The keys of an entry of `when`.
pub(super) const WHEN: [&str; 5] = ["if", "set", "grid", "zip", "random"];

/// A grid file, every section checked by itself.
#[derive(Debug)]
pub(super) struct Document {
    pub name: String,
    pub question: Option<String>,
    pub sections: Sections,
    pub profiles: Vec<Profile>,
    pub cluster: Wishes,
    pub comparison: claims::Sections,
}

/// A named change to the file's sections.
#[derive(Debug)]
pub(super) struct Profile {
    pub name: String,
    pub sections: Sections,
}

/// The sections that a profile may change too; `None` where one is not written.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    pub defaults: Vec<Assignment>,
    pub grid: Vec<Axis>,
    pub zip: Option<Vec<Axis>>,
    /// None or one axis.
    pub random: Option<Vec<Axis>>,
    pub when: Option<Vec<When>>,
    pub exclude: Option<Vec<Condition>>,
    pub include: Option<Vec<Include>>,
    pub seeds: Option<(Seeds, Place)>,
}

/// What happens to the cells that match.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub condition: Condition,
    pub set: Vec<Assignment>,
    pub axes: Vec<Axis>,
}

/// A cell of its own.
#[derive(Clone, Debug)]
pub(super) struct Include {
    pub place: Place,
    pub set: Vec<Assignment>,
    pub tags: Vec<String>,
    pub seeds: Option<Seeds>,
}

/// The seeds of every cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seeds {
    /// 0, 1, …, N − 1.
    First(u64),
    /// These.
    Listed(Vec<u64>),
}

impl Seeds {
    pub fn len(&self) -> u64 {
        match self {
            Self::First(n) => *n,
            Self::Listed(seeds) => seeds.len() as u64,
        }
    }

    pub fn iter(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::First(n) => Box::new(0..*n),
            Self::Listed(seeds) => Box::new(seeds.iter().copied()),
        }
    }
}

impl Reader<'_> {
    /// Reads a whole file.
    pub fn document(&mut self, root: &Node, suggested_name: &str) -> Option<Document> {
        let Tree::Map(entries) = &root.tree else {
            self.wrong_shape(root, "a grid", "a mapping of sections");
            return None;
        };
        let start = Place {
            width: 1,
            ..root.place
        };
        self.version(entries, start);
        let name = self.name(entries, start, suggested_name);
        let question = self.question(entries);
        let sections = self.sections(entries, false);
        let mut profiles = Vec::new();
        if let Some(entry) = entries.iter().find(|e| e.key == "profiles") {
            let entries = self.map(&entry.value, "profiles");
            for profile in self.few(entries, "profiles") {
                self.profile = Some(Arc::from(profile.key.as_str()));
                let what = format!("the profile '{}'", profile.key);
                let entries = self.map(&profile.value, &what);
                let sections = self.sections(entries, true);
                profiles.push(Profile {
                    name: profile.key.clone(),
                    sections,
                });
                self.profile = None;
            }
        }
        let cluster = self.cluster(entries);
        let comparison = self.claims(entries);
        Some(Document {
            name: name?,
            question,
            sections,
            profiles,
            cluster,
            comparison,
        })
    }

    fn version(&mut self, entries: &[Entry], place: Place) {
        let Some(entry) = entries.iter().find(|e| e.key == "version") else {
            let fault = Fault::new(place, Problem::Missing { section: "version" });
            self.fault(fault.help("begin the file with the line 'version: 1'"));
            return;
        };
        if !matches!(entry.value.tree, Tree::Int(1)) {
            let found = entry.value.written();
            self.fault(
                Fault::new(entry.value.place, Problem::Version { found })
                    .help("write 'version: 1'"),
            );
        }
    }

    fn question(&mut self, entries: &[Entry]) -> Option<String> {
        let entry = entries.iter().find(|e| e.key == "question")?;
        match &entry.value.tree {
            Tree::Text { text, .. } => Some(text.trim().to_owned()),
            Tree::Null => None,
            // In both languages.
            Tree::Map(entries) => {
                entries
                    .iter()
                    .find(|e| e.key == "en")
                    .and_then(|e| match &e.value.tree {
                        Tree::Text { text, .. } => Some(text.trim().to_owned()),
                        _ => None,
                    })
            }
            _ => {
                self.wrong_shape(&entry.value, "the question", "text");
                None
            }
        }
    }

    fn sections(&mut self, entries: &[Entry], in_profile: bool) -> Sections {
        let mut sections = Sections::default();
        for entry in entries {
            let value = &entry.value;
            match entry.key.as_str() {
                word if in_profile && SECTIONS.contains(&word) && !changes_in_profiles(word) => {
                    self.fault(Fault::new(
                        entry.key_place,
                        Problem::Misplaced {
                            word: entry.key.clone(),
                            place: "a profile",
                        },
                    ));
                }
                "version" | "name" | "question" | "profiles" | "cluster" => {}
                word if claims::WORDS.contains(&word) => {}
                "defaults" => {
                    let entries = self.map(value, "defaults");
                    sections.defaults = self.assignments(entries, &Section::Defaults);
                }
                "grid" => {
                    let entries = self.map(value, "grid");
                    sections.grid = self.grid(entries, &Section::Grid);
                }
                "zip" => {
                    let entries = self.map(value, "zip");
                    sections.zip = Some(self.zip(entries, false));
                }
                "random" => {
                    let axis = match value.tree {
                        Tree::Null => None,
                        _ => self.random(value, entry.key_place, &Section::Random),
                    };
                    sections.random = Some(axis.into_iter().collect());
                }
                "when" => {
                    let entries = self.list(value, "when");
                    let entries = self.few(entries, "when");
                    sections.when = Some(entries.iter().filter_map(|e| self.when(e)).collect());
                }
                "exclude" => {
                    let entries = self.list(value, "exclude");
                    let entries = self.few(entries, "exclude");
                    let conditions = entries
                        .iter()
                        .filter_map(|e| self.condition(e, "an entry of exclude"));
                    sections.exclude = Some(conditions.collect());
                }
                "include" => {
                    let entries = self.list(value, "include");
                    sections.include =
                        Some(entries.iter().filter_map(|e| self.include(e)).collect());
                }
                "seeds" => sections.seeds = self.seeds(entry).map(|s| (s, entry.key_place)),
                _ => self.unknown_section(entry),
            }
        }
        sections
    }

    fn unknown_section(&mut self, entry: &Entry) {
        let word = entry.key.clone();
        let name = word.split('.').next().unwrap_or_default();
        let known = self.vocabulary.known(name).is_some();
        let fault = Fault::new(entry.key_place, Problem::UnknownSection { word });
        let near = self.nearest(&entry.key, &SECTIONS);
        self.fault(match near {
            Some(near) => fault.nearest(Some(near)),
            None if known => fault.help(format!(
                "'{}' is a parameter: put it under 'defaults' or 'grid'",
                entry.key
            )),
            None => fault.help(format!("the sections are {}", SECTIONS.join(", "))),
        });
    }

    fn when(&mut self, node: &Node) -> Option<When> {
        let before = self.faults.len();
        let entries = self.map(node, "an entry of when");
        let mut condition = None;
        let mut set = Vec::new();
        let mut axes = Vec::new();
        for entry in entries {
            let value = &entry.value;
            match entry.key.as_str() {
                "if" => condition = self.condition(value, "the 'if' of when"),
                "set" => {
                    let entries = self.map(value, "set");
                    set = self.assignments(entries, &Section::WhenSet);
                }
                "grid" => {
                    let entries = self.map(value, "grid");
                    axes.extend(self.grid(entries, &Section::WhenAxis));
                }
                "zip" => {
                    let entries = self.map(value, "zip");
                    axes.extend(self.zip(entries, true));
                }
                "random" => axes.extend(self.random(value, entry.key_place, &Section::WhenAxis)),
                other => {
                    let word = other.to_owned();
                    let place = "an entry of when, which holds if, set, grid, zip and random";
                    let near = self.nearest(other, &WHEN);
                    self.fault(
                        Fault::new(entry.key_place, Problem::Misplaced { word, place })
                            .nearest(near),
                    );
                }
            }
        }
        if self.faults.len() > before {
            return None;
        }
        let Some(condition) = condition else {
            let missing = Problem::Missing { section: "if" };
            self.fault(
                Fault::new(node.place, missing)
                    .help("write {if: {loss: minimax}, set: {...}}; what holds everywhere belongs in 'defaults' or 'grid'"),
            );
            return None;
        };
        if set.is_empty() && axes.is_empty() {
            let what = "this entry of when".to_owned();
            self.fault(
                Fault::new(node.place, Problem::Nothing { what })
                    .help("add one of set, grid, zip, random"),
            );
            return None;
        }
        if let Some(fault) = super::axis::clash(&axes) {
            self.fault(fault);
            return None;
        }
        Some(When {
            condition,
            set,
            axes,
        })
    }

    fn include(&mut self, node: &Node) -> Option<Include> {
        let before = self.faults.len();
        let entries = self.map(node, "an entry of include");
        let mut tags = Vec::new();
        let mut seeds = None;
        let mut keys = Vec::new();
        for entry in entries {
            match entry.key.as_str() {
                "tags" => tags = self.tags(entry),
                "seeds" => seeds = self.seeds(entry),
                _ => keys.push(entry.clone()),
            }
        }
        let set = self.assignments(&keys, &Section::Include);
        (self.faults.len() == before).then_some(Include {
            place: node.place,
            set,
            tags,
            seeds,
        })
    }

    fn tags(&mut self, entry: &Entry) -> Vec<String> {
        let Tree::List(items) = &entry.value.tree else {
            self.wrong_shape(&entry.value, "tags", "a list of words");
            return Vec::new();
        };
        if items.len() > MOST_TAGS {
            self.wrong_shape(&entry.value, "tags", "a list of at most 16 words");
            return Vec::new();
        }
        let mut tags = Vec::new();
        for item in items {
            match &item.tree {
                Tree::Text { text, .. } if text.chars().count() > LONGEST_NAME => {
                    self.wrong_shape(item, "a tag", "a word of at most 100 letters");
                }
                Tree::Text { text, .. } if !text.trim().is_empty() => tags.push(text.clone()),
                _ => self.wrong_shape(item, "a tag", "a word"),
            }
        }
        tags
    }

    pub fn seeds(&mut self, entry: &Entry) -> Option<Seeds> {
        match &entry.value.tree {
            Tree::Int(n) if *n >= 1 => Some(Seeds::First(*n as u64)),
            Tree::List(items) if !items.is_empty() => {
                let mut seeds: Vec<u64> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                for item in items {
                    let Tree::Int(seed @ 0..) = item.tree else {
                        let found = item.written();
                        self.fault(Fault::new(item.place, Problem::Seed { found }));
                        return None;
                    };
                    let seed = seed as u64;
                    if !seen.insert(seed) {
                        self.fault(Fault::new(item.place, Problem::RepeatedSeed { seed }));
                        return None;
                    }
                    seeds.push(seed);
                }
                Some(Seeds::Listed(seeds))
            }
            tree => {
                let (place, found) = match tree {
                    Tree::Null => (entry.key_place, "nothing".to_owned()),
                    _ => (entry.value.place, entry.value.written()),
                };
                self.fault(
                    Fault::new(place, Problem::Seeds { found })
                        .help("write 'seeds: 5' for 0 to 4, or 'seeds: [3, 7]'"),
                );
                None
            }
        }
    }
}
