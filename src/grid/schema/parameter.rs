//! The values of each parameter.

use serde_json::{Map, Value, json};

use super::{Schema, def, object};
use crate::grid::key::{Known, Word};
use crate::param::{Kind, Network, Param, Range};
use crate::spec::registry;

/// Where the values of one network stand, and those of both.
const VALUE: &str = "value";
const BOTH: &str = "both";

impl Schema<'_> {
    /// The values of every parameter: `value.lr` of one network, `both.lr` also `{g: …, d: …}`.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        let mut defs = Map::new();
        for (_, word) in self.vocabulary.words().filter(|(_, w)| w.network.is_none()) {
            let known = word.known;
            defs.insert(format!("{VALUE}.{}", known.name), self.value(known));
            if known.per_network {
                let one = def(&format!("{VALUE}.{}", known.name));
                let both = json!({"anyOf": [one, pair(known.name)]});
                defs.insert(format!("{BOTH}.{}", known.name), both);
            }
        }
        defs
    }

    /// One value of a parameter. Several choices may own one of the same name, each with its own range
    /// and default.
    fn value(&self, known: &Known) -> Value {
        let mut different: Vec<&Param> = Vec::new();
        for param in &known.params {
            if !different.iter().any(|other| is_same(other, param)) {
                different.push(param);
            }
        }
        match different.as_slice() {
            [one] => self.one(one),
            several => {
                let texts: Vec<String> = several.iter().map(|p| text(p)).collect();
                let forms: Vec<Value> = several.iter().map(|p| self.one(p)).collect();
                json!({"anyOf": forms, "description": texts.join("\n\n")})
            }
        }
    }

    fn one(&self, param: &Param) -> Value {
        let mut schema = kind(param.kind);
        if param.name == "dataset"
            && let (Some(words), Some(lines)) = (
                schema["enum"].as_array().cloned(),
                schema["enumDescriptions"].as_array().cloned(),
            )
        {
            let imported = &self.vocabulary.datasets;
            let names = imported.iter().map(|name| json!(name));
            schema["enum"] = words.into_iter().chain(names).collect();
            let about = imported.iter().map(|_| json!("imported"));
            schema["enumDescriptions"] = lines.into_iter().chain(about).collect();
        }
        schema["description"] = json!(text(param));
        if let Some(birth) = param.birth.value() {
            schema["default"] = Value::from(&birth);
        }
        schema
    }
}

/// What a key may be given: of `lr` also a value for each network.
pub(super) fn values(word: Word<'_>) -> Value {
    let known = word.known;
    match known.per_network && word.network.is_none() {
        true => def(&format!("{BOTH}.{}", known.name)),
        false => def(&format!("{VALUE}.{}", known.name)),
    }
}

/// A value for each network.
fn pair(name: &str) -> Value {
    let suffixes = Network::BOTH.map(Network::suffix);
    let one = || def(&format!("{VALUE}.{name}"));
    let mut pair = object(
        suffixes
            .map(|s| (s.to_owned(), one()))
            .into_iter()
            .collect(),
    );
    pair["required"] = json!(suffixes);
    pair
}

fn is_same(a: &Param, b: &Param) -> bool {
    (a.birth, a.summary) == (b.birth, b.summary) && a.kind.expected() == b.kind.expected()
}

/// What a person reads: what it is, what it takes, and where it applies.
fn text(param: &Param) -> String {
    let mut text = param.summary.to_owned();
    if !matches!(param.kind, Kind::Axis(_) | Kind::Words(_)) {
        text += &format!("; {}", param.kind.expected());
    }
    let of_this = |name: &str, other: &Param| name == param.name && is_same(param, other);
    let owners: Vec<String> = registry()
        .into_iter()
        .filter(|entry| of_this(entry.param.name, entry.param))
        .filter_map(|entry| entry.owner)
        // What every training has goes without saying.
        .filter(|owner| (owner.0, owner.1.name) != ("problem", "gan"))
        .map(|(axis, choice)| format!("{axis}: {}", choice.name))
        .collect();
    if !owners.is_empty() {
        text += &format!("; only with {}", owners.join(", "));
    }
    text
}

/// The values that a kind takes. A whole number may be written `3e6`, which JSON Schema calls an integer
/// too.
fn kind(kind: Kind) -> Value {
    let whole = |min: i64, max: i64| json!({"type": "integer", "minimum": min, "maximum": max});
    let list = |items: Value, least: usize, most: usize| json!({"type": "array", "items": items, "minItems": least, "maxItems": most});
    match kind {
        Kind::Axis(choices) => {
            let choices = choices();
            choice(choices.iter().map(|c| (c.name, c.summary)).collect())
        }
        Kind::Words(words) => choice(words.to_vec()),
        Kind::Int { min, max } => whole(min, max),
        Kind::Count { min, max, or } => {
            let words = choice(or.iter().map(|c| (c.name, c.summary)).collect());
            json!({"anyOf": [whole(min, max), words]})
        }
        // Digits alone are a number in YAML.
        Kind::Checksum => json!({"anyOf": [
            {"type": "string", "pattern": "^[0-9A-Fa-f]{8}$"},
            whole(0, 99_999_999),
        ]}),
        Kind::Float(range) => number(range),
        Kind::Ints { min, max, most } => list(whole(min, max), 0, most),
        Kind::Pair(range) => list(number(range), 2, 2),
        Kind::Floats { range, most }
        | Kind::Points {
            dimensions: 1,
            range,
            most,
        } => list(number(range), 1, most),
        Kind::Points {
            dimensions,
            range,
            most,
        } => list(list(number(range), dimensions, dimensions), 1, most),
    }
}

/// One of these words; editors show the line about each.
fn choice(words: Vec<(&str, &str)>) -> Value {
    let (words, lines): (Vec<&str>, Vec<&str>) = words.into_iter().unzip();
    json!({"enum": words, "enumDescriptions": lines})
}

/// A number in a range.
pub(super) fn number(range: Range) -> Value {
    let mut number = json!({"type": "number"});
    let low = if range.min_included {
        "minimum"
    } else {
        "exclusiveMinimum"
    };
    let high = if range.max_included {
        "maximum"
    } else {
        "exclusiveMaximum"
    };
    number[low] = json!(range.min);
    number[high] = json!(range.max);
    number
}
