//! The sections that expand into runs, and the parts they share.

use serde_json::{Map, Value, json};

use super::parameter::{number, values};
use super::{Schema, def, described, object, only, or_nothing, some};
use crate::grid::cluster;
use crate::grid::condition::{ABOVE, ANY, BELOW, is_list_valued, is_numeric};
use crate::grid::document::WHEN;
use crate::grid::key::Word;
use crate::grid::limits::{LONGEST_NAME, MOST_ENTRIES, MOST_RUNS, MOST_TAGS};
use crate::grid::name;
use crate::grid::random::{CHOICE, LOG_UNIFORM, SAMPLES, SEED, UNIFORM, bounds};
use crate::param::Network;

impl Schema<'_> {
    /// A section of a file; `None` for a name that is none.
    pub(super) fn section(&self, name: &str) -> Option<Value> {
        let (schema, text) = match name {
            "version" => (json!({"const": 1}), "The version of the grid language."),
            "name" => {
                let text = name::rule();
                let name =
                    json!({"type": "string", "pattern": name::PATTERN, "maxLength": LONGEST_NAME});
                return Some(described(
                    name,
                    &format!("The sweep's name, by which every other command calls it: {text}."),
                ));
            }
            "question" => (
                json!({"anyOf": [{"type": ["string", "null"]}, def("words")]}),
                "The question that the sweep asks; its report begins with it.",
            ),
            "slide" => (def("words"), "The title of the lecture's slide."),
            "setup" => (def("words"), "What is run, and what is held against it."),
            "changes" => (def("words"), "What was changed from the source."),
            "discussion" => (
                def("words"),
                "What the results mean, written after they were seen; it changes no verdict.",
            ),
            "defaults" => (
                def("assignments"),
                "Values of every run. A list here is a value, not an axis.",
            ),
            "grid" => (
                def("axes"),
                "Every combination of these lists is a cell; the first key varies slowest.",
            ),
            "zip" => (
                def("zip"),
                "Keys that vary together: each entry is one axis, its lists equally long.",
            ),
            "random" => (
                or_nothing(def("random")),
                "Sampled points as one more axis, the same points in every cell.",
            ),
            "when" => (
                list_of("when"),
                "Values and axes of the cells that match, in order; elsewhere the keys are absent.",
            ),
            "exclude" => (
                list_of("condition"),
                "Cells that are left out: those that match any entry.",
            ),
            "include" => (
                json!({"type": ["array", "null"], "items": def("include")}),
                "Further runs, each over the defaults alone.",
            ),
            "seeds" => (
                def("seeds"),
                "How many seeds, from 0 on, or a list of them; the same in every cell.",
            ),
            "profiles" => (
                json!({
                    "type": ["object", "null"],
                    "maxProperties": MOST_ENTRIES,
                    "additionalProperties": self.profiles(),
                }),
                "Named changes: `--profile NAME`. Their 'defaults' and 'grid' are merged key by key, \
                 other sections replace those of the file.",
            ),
            "cluster" => (
                or_nothing(object(of_cluster())),
                "What `gan-sweep submit` asks of a cluster; it changes no run.",
            ),
            "claims" => (
                json!({
                    "type": ["object", "null"],
                    "maxProperties": MOST_ENTRIES,
                    "additionalProperties": def("claim"),
                }),
                "What is claimed before it is run, for `gan-sweep reproduce FILE`.",
            ),
            "figures" => (list_of("figure"), "What the report on the claims shows."),
            _ => return None,
        };
        Some(described(schema, text))
    }

    /// What several sections hold.
    pub(super) fn shared(&self) -> Map<String, Value> {
        let mut include = self.keyed(values);
        let tag = json!({"type": "string", "pattern": r"\S", "maxLength": LONGEST_NAME});
        include.insert(
            "tags".to_owned(),
            json!({"type": "array", "maxItems": MOST_TAGS, "items": tag,
                   "description": "Words by which to find these runs again."}),
        );
        include.insert("seeds".to_owned(), def("seeds"));
        let seed = json!({"type": "integer", "minimum": 0});
        let mut listed = some(seed);
        listed["uniqueItems"] = json!(true);
        let mut condition = self.mapping(self.keyed(clause));
        condition["minProperties"] = json!(1);
        let members = self.keyed(|word| some(values(word)));
        let mut joined = self.mapping(members);
        joined["minProperties"] = json!(1);
        let axes = self.keyed(|word| {
            let mut axis = some(values(word));
            axis["uniqueItems"] = json!(true);
            axis
        });
        let defs = [
            ("apart", self.apart()),
            ("assignments", nullable(self.mapping(self.keyed(values)))),
            ("axes", nullable(self.mapping(axes))),
            (
                "zip",
                json!({
                    "type": ["object", "null"],
                    "maxProperties": MOST_ENTRIES,
                    "additionalProperties": joined,
                }),
            ),
            ("random", self.random()),
            ("condition", condition),
            ("when", when()),
            ("include", nullable(self.mapping(include))),
            (
                "seeds",
                json!({"anyOf": [{"type": "integer", "minimum": 1}, listed]}),
            ),
        ];
        let defs = defs.into_iter();
        defs.map(|(name, schema)| (name.to_owned(), schema))
            .collect()
    }

    /// A mapping of keys of which none stands beside one that it includes.
    fn mapping(&self, properties: Map<String, Value>) -> Value {
        let mut mapping = object(properties);
        mapping["allOf"] = json!([def("apart")]);
        mapping
    }

    /// `lr` beside `lr.g` says the same key twice.
    fn apart(&self) -> Value {
        let words = self.vocabulary.words().map(|(_, word)| word.known);
        let rules: Map<String, Value> = words
            .filter(|known| known.per_network)
            .map(|known| {
                let one = |n: Network| (format!("{}.{}", known.name, n.suffix()), json!(false));
                let none: Map<String, Value> = Network::BOTH.into_iter().map(one).collect();
                (known.name.to_owned(), json!({"properties": none}))
            })
            .collect();
        json!({"dependentSchemas": rules})
    }

    fn random(&self) -> Value {
        let mut properties = self.keyed(law);
        properties.insert(
            SAMPLES.to_owned(),
            json!({"type": "integer", "minimum": 1, "maximum": MOST_RUNS,
                   "description": "How many points; more of them keep the first ones."}),
        );
        properties.insert(
            SEED.to_owned(),
            json!({"type": "integer", "minimum": 0, "default": 0,
                   "description": "Another seed draws other points."}),
        );
        let mut random = self.mapping(properties);
        random["required"] = json!([SAMPLES]);
        random["minProperties"] = json!(2);
        random
    }
}

/// Nothing written counts as an empty mapping.
fn nullable(mut schema: Value) -> Value {
    schema["type"] = json!(["object", "null"]);
    schema
}

fn list_of(name: &str) -> Value {
    json!({"type": ["array", "null"], "maxItems": MOST_ENTRIES, "items": def(name)})
}

/// The keys of `cluster`.
fn of_cluster() -> Map<String, Value> {
    let word = |text| json!({"type": ["string", "integer"], "pattern": cluster::WORD, "description": text});
    let whole = |text| json!({"type": "integer", "minimum": 1, "maximum": cluster::MOST, "description": text});
    let of = |key: &str| match key {
        "engine" => json!({"const": cluster::ENGINE}),
        "partition" => word("Slurm's partition."),
        "account" => word("Whose time is spent."),
        "time" => word("A task's time limit as Slurm reads it: minutes, H:MM:SS or D-HH."),
        "memory" => word("A task's memory as Slurm reads it: 4G."),
        "cores" => whole("Cores of a task; so many runs are trained in it at a time."),
        "at_once" => whole("Tasks at a time, at most."),
        "slice" => json!({"type": "string", "pattern": r"^[0-9.]+[smhd]$",
            "description": "Predicted time of a task; 10m if not said."}),
        _ => described(
            json!({"type": "array", "items": {"type": "string", "pattern": cluster::LINE}}),
            "Further options of the batch script: ['--qos=short'].",
        ),
    };
    let keys = cluster::CLUSTER.into_iter();
    keys.map(|key| (key.to_owned(), of(key))).collect()
}

/// An entry of `when`.
fn when() -> Value {
    let of = |key: &str| match key {
        "if" => described(def("condition"), "The cells that are meant."),
        "set" => described(def("assignments"), "Values that they get."),
        "grid" => described(def("axes"), "Axes that they get."),
        key => def(key),
    };
    let mut when = object(
        WHEN.map(|key| (key.to_owned(), of(key)))
            .into_iter()
            .collect(),
    );
    when["required"] = json!(["if"]);
    let one_of: Vec<Value> = WHEN
        .into_iter()
        .filter(|key| *key != "if")
        .map(|key| json!({ "required": [key] }))
        .collect();
    when["anyOf"] = json!(one_of);
    when
}

/// What a condition may say of a key: a value, any of a list, or bounds.
fn clause(word: Word<'_>) -> Value {
    let one = values(word);
    let mut forms = vec![only(ANY, some(one.clone()))];
    if is_list_valued(word) {
        // A bare list might be one value or several.
        forms.push(json!({"allOf": [one], "not": {"type": "array"}}));
    } else {
        forms.push(some(one.clone()));
        forms.push(one);
    }
    if is_numeric(word) {
        let bound = |key: &str| (key.to_owned(), json!({"type": "number"}));
        let mut between = object([bound(ABOVE), bound(BELOW)].into_iter().collect());
        between["minProperties"] = json!(1);
        forms.push(between);
    }
    json!({ "anyOf": forms })
}

/// What a key may be drawn from.
fn law(word: Word<'_>) -> Value {
    let mut laws = vec![only(CHOICE, some(values(word)))];
    // The first decides, as for the reader.
    if let Some((whole, range)) = word.known.params.first().and_then(|p| bounds(p.kind)) {
        let mut bound = number(range);
        if whole {
            bound["type"] = json!("integer");
        }
        let two =
            |bound: &Value| json!({"type": "array", "items": bound, "minItems": 2, "maxItems": 2});
        laws.push(only(UNIFORM, two(&bound)));
        bound["exclusiveMinimum"] = json!(0);
        laws.push(only(LOG_UNIFORM, two(&bound)));
    }
    json!({ "anyOf": laws })
}
