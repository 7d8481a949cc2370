//! One value of a table and what its column holds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::out::{json_number, spell};
use crate::param::Kind;
use crate::spec::registry;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Empty in CSV, null in JSON.
    Absent,
    /// Text.
    Text(String),
    /// A count.
    Count(u64),
    /// A number in its shortest form that reads back the same.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A setting as people write it, and as JSON.
    Setting(String, Value),
    /// Words.
    Words(Vec<String>),
}

impl Cell {
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.to_owned()))
    }

    pub fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Absent, Self::Count)
    }

    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }

    pub fn csv(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) | Self::Setting(text, _) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Number(x) => spell(*x),
            Self::Flag(yes) => yes.to_string(),
            Self::Words(words) => words.join(" "),
        }
    }

    pub fn json(&self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(n) => (*n).into(),
            Self::Number(x) => json_number(*x),
            Self::Flag(yes) => (*yes).into(),
            Self::Setting(_, json) => json.clone(),
            Self::Words(words) => words.clone().into(),
        }
    }
}

/// What the cells of a column hold, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Text.
    Text,
    /// Whole numbers.
    Whole,
    /// Numbers, some of which may be NaN or infinite.
    Number,
    /// Yes or no.
    Flag,
    /// Lists of words.
    Words,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

impl Column {
    pub fn new(name: &str, holds: Holds) -> Self {
        Self {
            name: name.to_owned(),
            holds,
        }
    }
}

/// The types of settings. The declared type counts, not what a value looks like: a data set named `123` is
/// no number.
pub(super) struct Settings(BTreeMap<&'static str, Kind>);

impl Default for Settings {
    fn default() -> Self {
        let params = registry().into_iter().map(|entry| entry.param);
        Self(params.map(|param| (param.name, param.kind)).collect())
    }
}

impl Settings {
    fn kind(&self, key: &str) -> Option<&Kind> {
        let suffix = [".g", ".d"].iter().find_map(|end| key.strip_suffix(end));
        self.0.get(suffix.unwrap_or(key))
    }

    /// A setting's value, from the text in which people write it.
    pub fn json(&self, key: &str, text: &str) -> Value {
        if matches!(self.kind(key), Some(Kind::Axis(_) | Kind::Words(_))) {
            return text.into();
        }
        serde_json::from_str(text).unwrap_or_else(|_| text.into())
    }

    /// What a setting's column holds. A count that has a word in one of these values (`k: converge`) is
    /// text there, and a list is text everywhere, as people write it.
    pub fn holds<'a>(&self, key: &str, mut values: impl Iterator<Item = &'a str>) -> Holds {
        match self.kind(key) {
            Some(Kind::Int { .. }) => Holds::Whole,
            Some(Kind::Float(_)) => Holds::Number,
            Some(Kind::Count { .. }) if values.all(|text| text.parse::<i64>().is_ok()) => {
                Holds::Whole
            }
            _ => Holds::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, Settings};

    #[test]
    fn the_declared_type_of_a_setting_counts() {
        let settings = Settings::default();
        let holds = |key, text: &'static str| settings.holds(key, [text].into_iter());
        assert_eq!(holds("steps", "500"), Holds::Whole);
        assert_eq!(holds("lr.g", "1"), Holds::Number);
        assert_eq!(holds("hidden.d", "[128, 128]"), Holds::Text);
        assert_eq!(holds("dataset", "123"), Holds::Text);
        assert_eq!(holds("k", "5"), Holds::Whole);
        assert_eq!(
            settings.holds("k", ["1", "converge"].into_iter()),
            Holds::Text
        );
        assert_eq!(settings.json("dataset", "123"), "123");
        assert_eq!(settings.json("lr.g", "2e-4"), 2e-4);
    }
}
