//! The sections that make a sweep a comparison: texts, claims and figures.

use serde_json::{Map, Value, json};

use super::{Schema, def, described, object, only, words};
use crate::claim::Language;
use crate::grid::claims::CLAIM;
use crate::grid::claims::figures::{FIGURE, KINDS, MOST_COLUMNS};
use crate::grid::claims::words::{
    AT_LEAST, AT_MOST, EXPECTATIONS, LAST, MOMENTS, SCALES, STEP, UNITS,
};
use crate::grid::limits::MOST_ENTRIES;
use crate::quantity;

impl Schema<'_> {
    /// What claims and figures are made of.
    pub(super) fn of_comparisons(&self) -> Map<String, Value> {
        let keys: Vec<String> = self.vocabulary.words().map(|(word, _)| word).collect();
        let defs = [
            ("words", in_both_languages()),
            ("key", json!({ "enum": keys })),
            ("quantity", a_quantity()),
            ("moment", moment()),
            ("claim", claim()),
            ("figure", figure()),
        ];
        let defs = defs.into_iter();
        defs.map(|(name, schema)| (name.to_owned(), schema))
            .collect()
    }
}

/// `{en: …, ru: …}`
fn in_both_languages() -> Value {
    let codes = Language::ALL.map(Language::code);
    let text = |code: &str| (code.to_owned(), json!({"type": "string", "pattern": r"\S"}));
    let mut words = object(codes.map(text).into_iter().collect());
    words["required"] = json!(codes);
    described(words, "A text in both languages of the report.")
}

/// The name of a quantity that runs log, or of a figure that stands beside one (`fid.floor`).
fn a_quantity() -> Value {
    let mut names: Vec<&str> = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for info in quantity::all() {
        if !names.contains(&info.name) {
            names.push(info.name);
            lines.push(info.summary);
        }
    }
    let escaped: Vec<String> = names.iter().map(|n| n.replace('.', r"\.")).collect();
    json!({"anyOf": [
        {"enum": names, "enumDescriptions": lines},
        {"type": "string", "pattern": format!(r"^({})\.[^.]*$", escaped.join("|"))},
    ]})
}

/// When a quantity is read off a run's history.
fn moment() -> Value {
    let count = |least: u64| json!({"type": "integer", "minimum": least});
    json!({"anyOf": [words(&MOMENTS), only(STEP, count(0)), only(LAST, count(1))]})
}

fn claim() -> Value {
    let of = |key: &str| match key {
        "text" => described(def("words"), "What is claimed."),
        "because" => described(def("words"), "Why the effect or margin is of that size."),
        "primary" => described(
            json!({"type": "boolean"}),
            "Whether it is the comparison's primary claim.",
        ),
        "metric" => described(def("quantity"), "The quantity."),
        "metric_b" => described(def("quantity"), "The quantity of b, where it is another."),
        "at" => described(
            def("moment"),
            "When it is read off; by default its last value.",
        ),
        "at_b" => described(def("moment"), "When that of b is."),
        "scale" => described(words(&SCALES), "Whether its decimal logarithm is meant."),
        "in" => described(def("condition"), "The runs that the claim is about."),
        "a" | "b" => described(def("condition"), "One side of the comparison."),
        "expect" => described(words(&EXPECTATIONS), "What is expected."),
        "unit" => described(words(&UNITS), "What is resampled."),
        "over" => described(
            json!({"anyOf": [{"const": STEP}, def("key")]}),
            "What the values are ordered by, where they should rise or fall.",
        ),
        "success" => described(
            json!({"anyOf": ([AT_LEAST, AT_MOST].map(|key| only(key, json!({"type": "number"}))))}),
            "What makes an outcome of a value, where outcomes are compared.",
        ),
        "best" => described(
            def("key"),
            "The key of which each side takes its best value, chosen on the other seeds.",
        ),
        // `of`, `within`, `min_effect`
        _ => json!({"type": "number"}),
    };
    let mut claim = object(
        CLAIM
            .map(|key| (key.to_owned(), of(key)))
            .into_iter()
            .collect(),
    );
    claim["required"] = json!(["text", "metric", "expect"]);
    let rules = EXPECTATIONS.map(|(word, expectation)| {
        let numbers = expectation.numbers();
        let mut needs = numbers.to_vec();
        let tested = expectation.with(&vec![1.0; numbers.len()]);
        if tested.is_some_and(|expect| expect.is_tested()) {
            needs.push("because");
        }
        rule("expect", word, json!({ "required": needs }))
    });
    claim["allOf"] = json!(rules);
    claim
}

fn figure() -> Value {
    let of = |key: &str| match key {
        "kind" => described(words(&KINDS), "What is drawn."),
        "title" => described(def("words"), "The title."),
        "in" => described(def("condition"), "The runs that are shown."),
        "by" => described(
            json!({"type": ["array", "null"], "items": def("key")}),
            "The parameters that the runs are told apart by.",
        ),
        "metric" => def("quantity"),
        "over" => def("key"),
        "log" => described(
            json!({"type": "boolean"}),
            "Whether values are logarithmic.",
        ),
        "log_steps" => described(json!({"type": "boolean"}), "Whether steps are logarithmic."),
        // `columns` and `groups`, which differ by kind.
        _ => json!(true),
    };
    let mut figure = object(
        FIGURE
            .map(|key| (key.to_owned(), of(key)))
            .into_iter()
            .collect(),
    );
    figure["required"] = json!(["kind", "title"]);
    let rules = KINDS.map(|(word, kind)| {
        let needs = kind.needs();
        let mut properties = Map::new();
        if needs.contains(&"groups") {
            properties.insert("groups".to_owned(), groups(needs.contains(&"columns")));
        }
        let label = json!({"anyOf": [{"type": "string"}, def("words")]});
        if needs.contains(&"columns") {
            let columns = json!({"type": ["array", "null"], "items": label});
            properties.insert("columns".to_owned(), columns);
        } else if needs.is_empty() {
            let many = json!({"type": "integer", "minimum": 1, "maximum": MOST_COLUMNS});
            properties.insert(
                "columns".to_owned(),
                described(many, "How many images side by side."),
            );
        }
        let then = json!({"required": needs, "properties": properties});
        rule("kind", word, then)
    });
    figure["allOf"] = json!(rules);
    figure
}

/// Groups of runs, or with columns of quantities.
fn groups(of_quantities: bool) -> Value {
    let (key, holds) = match of_quantities {
        true => (
            "metrics",
            json!({"type": "array", "items": def("quantity")}),
        ),
        false => ("in", def("condition")),
    };
    let properties = [("name".to_owned(), def("words")), (key.to_owned(), holds)];
    let mut group = object(properties.into_iter().collect());
    group["required"] = json!(["name", key]);
    json!({"type": ["array", "null"], "maxItems": MOST_ENTRIES, "items": group})
}

/// What holds where a key has that word.
fn rule(key: &str, word: &str, then: Value) -> Value {
    json!({
        "if": {"properties": {key: {"const": word}}, "required": [key]},
        "then": then,
    })
}
