//! The data sets that a user has imported, as far as a grid has to know them.

use std::collections::BTreeMap;

use crate::dataset::ContentDigest;
use crate::model::SampleShape;

/// What a grid has to know of an imported data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// [`Manifest::identity`](crate::dataset::Manifest::identity), which enters the ids of its runs.
    pub identity: ContentDigest,
    /// Channels, height and width of an image.
    pub shape: SampleShape,
    /// How many classes its labels tell apart; `None` without labels.
    pub classes: Option<usize>,
}

/// The imported data sets by name: those that can be used, each with what is known of it, and those
/// whose files are no longer what was imported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    sound: BTreeMap<String, Known>,
    damaged: BTreeMap<String, String>,
}

impl Catalog {
    /// No imported data sets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a set that can be used.
    pub fn add(&mut self, name: String, known: Known) {
        self.sound.insert(name, known);
    }

    /// Adds a set that cannot be used, and why not.
    pub fn add_damaged(&mut self, name: String, damage: String) {
        self.damaged.insert(name, damage);
    }

    /// What is known of a set that can be used.
    pub fn get(&self, name: &str) -> Option<Known> {
        self.sound.get(name).copied()
    }

    /// The names of the sets that can be used, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sound.keys().map(String::as_str)
    }

    /// The sets that cannot be used, by name, with what is wrong with them.
    pub fn damaged(&self) -> &BTreeMap<String, String> {
        &self.damaged
    }
}
