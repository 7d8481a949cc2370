//! A key with its value, and where the value came from.

use std::fmt;
use std::sync::Arc;

use super::source::Place;
use crate::param::{Key, Value};

/// Which part of a grid gave a key its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// `defaults`.
    Defaults,
    /// An axis of `grid`.
    Grid,
    /// A member of the named entry of `zip`.
    Zip(Arc<str>),
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
