//! The grid language as a JSON Schema, by which editors complete, explain and check a grid while it is
//! written.
//!
//! It is made from what the reader reads by: the registry of parameters, the vocabulary of keys, and
//! the words of each section. What it refuses, the reader refuses; what depends on several places of a
//! file (an axis that applies nowhere, lists of a zip that differ in length) only the reader finds.

mod comparison;
mod parameter;
mod sections;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::key::{SECTIONS, Vocabulary, Word, changes_in_profiles};
use crate::spec::Catalog;

/// The dialect.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// By which a file is recognised as such a schema.
pub const TITLE: &str = "A grid of gan-sweep";

/// The schema of a grid file; the data sets of the catalog are among the words of `dataset`.
pub fn schema(catalog: &Catalog) -> Value {
    Schema {
        vocabulary: &Vocabulary::new(catalog),
    }
    .file()
}

/// What the parts of a schema are made from.
struct Schema<'v> {
    vocabulary: &'v Vocabulary,
}

impl Schema<'_> {
    fn file(&self) -> Value {
        let mut defs = self.parameters();
        defs.extend(self.shared());
        defs.extend(self.of_comparisons());
        let mut file = object(self.sections(|_| true));
        file["$schema"] = json!(DIALECT);
        file["title"] = json!(TITLE);
        file["description"] = json!(
            "Values, lists and conditions that expand into runs. `gan-sweep plan FILE` shows them, \
             `gan-sweep run FILE` trains them."
        );
        file["required"] = json!(["version", "name"]);
        file["$defs"] = Value::Object(defs);
        file
    }

    /// Those sections of a file that `are` meant.
    fn sections(&self, are: impl Fn(&str) -> bool) -> Map<String, Value> {
        let names = SECTIONS.into_iter().filter(|name| are(name));
        names
            .filter_map(|name| Some((name.to_owned(), self.section(name)?)))
            .collect()
    }

    /// A profile changes what is expanded, and nothing else.
    fn profiles(&self) -> Value {
        let mut profile = object(self.sections(changes_in_profiles));
        profile["type"] = json!(["object", "null"]);
        profile
    }

    /// A property for every key of a parameter, as `form` gives it.
    fn keyed(&self, form: impl Fn(Word<'_>) -> Value) -> Map<String, Value> {
        let words = self.vocabulary.words();
        words.map(|(written, word)| (written, form(word))).collect()
    }
}

/// A mapping of these keys and no others.
fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// A mapping with the one key.
fn only(key: &str, value: Value) -> Value {
    let mut one = object(Map::from_iter([(key.to_owned(), value)]));
    one["required"] = json!([key]);
    one
}

/// One of the words of a table.
fn words<T>(table: &[(&str, T)]) -> Value {
    let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
    json!({ "enum": words })
}

/// A list of at least one.
fn some(items: Value) -> Value {
    json!({"type": "array", "minItems": 1, "items": items})
}

/// What stands under that name in `$defs`.
fn def(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Anything, or nothing at all, which counts as an empty mapping or list.
fn or_nothing(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// With a line about it.
fn described(mut schema: Value, text: &str) -> Value {
    schema["description"] = json!(text);
    schema
}
