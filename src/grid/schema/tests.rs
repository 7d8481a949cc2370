//! The schema beside the reader: what one says of a grid, the other says too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::super::yaml::{self, Raw};
use super::super::{Overrides, key, read};
use super::schema;
use crate::dataset::ContentDigest;
use crate::spec::{Catalog, Known, registry};

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema(&Catalog::new())).expect("a valid schema")
}

/// A grid as an editor's YAML parser hands it to the schema.
fn json(text: &str) -> Value {
    fn of(raw: Raw) -> Value {
        match raw {
            Raw::Null => Value::Null,
            Raw::Bool(b) => b.into(),
            Raw::Int(i) => i.into(),
            Raw::Float(x) => x.into(),
            Raw::Text(text) => text.into(),
            Raw::List(items) => items.into_iter().map(of).collect(),
            Raw::Map(entries) => {
                let word = |raw| match raw {
                    Raw::Text(text) => text,
                    other => panic!("a key {other:?}"),
                };
                let entries = entries.into_iter();
                let entries: Map<_, _> = entries.map(|(k, v)| (word(k), of(v))).collect();
                Value::Object(entries)
            }
        }
    }
    of(yaml::read(text).expect("YAML"))
}

/// What the reader says.
fn reads(text: &str) -> Result<(), String> {
    let overrides = Overrides::default();
    let plan = read(text, Path::new("grid.yaml"), &overrides, &Catalog::new());
    plan.map(|_| ()).map_err(|error| error.to_string())
}

/// What the schema says.
fn fits(validator: &Validator, text: &str) -> Result<(), String> {
    let grid = json(text);
    let faults: Vec<String> = validator
        .iter_errors(&grid)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n")),
    }
}

fn grids(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(grids(&path));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_committed_experiment_fits_the_schema() {
    let validator = validator();
    let files = grids(&Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments"));
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        if let Err(faults) = fits(&validator, &text) {
            panic!("{}: {faults}", file.display());
        }
    }
}

#[test]
fn the_schema_is_one_of_its_dialect() {
    let schema = schema(&Catalog::new());
    assert_eq!(schema["$schema"], super::DIALECT);
    jsonschema::meta::validate(&schema).expect("a schema of draft 2020-12");
}

#[test]
fn every_section_and_every_parameter_is_named_with_its_summary() {
    let schema = schema(&Catalog::new());
    for section in key::SECTIONS {
        let described = &schema["properties"][section]["description"];
        assert!(described.is_string(), "{section}");
    }
    let mut named = 0;
    for entry in registry() {
        let param = entry.param;
        let mut keys = vec![param.name.to_owned()];
        if param.per_network {
            keys.extend(["g", "d"].map(|n| format!("{}.{n}", param.name)));
        }
        for key in keys {
            for holder in ["assignments", "axes", "condition", "random", "include"] {
                let property = &schema["$defs"][holder]["properties"][&key];
                assert!(property.is_object(), "{key} in {holder}");
            }
        }
        let value = &schema["$defs"][format!("value.{}", param.name)];
        let text = value["description"].as_str().expect("a description");
        assert!(text.contains(param.summary), "{}: {text}", param.name);
        let mut forms = value["anyOf"].as_array().cloned().unwrap_or_default();
        forms.push(value.clone());
        if let Some(birth) = param.birth.value() {
            let default = Value::from(&birth);
            assert!(
                forms.iter().any(|form| form["default"] == default),
                "{}: no default {default}",
                param.name
            );
            named += 1;
        }
    }
    assert!(named > 50);
}

#[test]
fn names_of_imported_data_sets_are_words_of_dataset() {
    let mut catalog = Catalog::new();
    let known = Known {
        identity: ContentDigest([0; 32]),
        shape: [1, 8, 8],
        classes: None,
    };
    catalog.add("my-photos".to_owned(), known);
    let grid = "{version: 1, name: a, defaults: {dataset: my-photos}}";
    let with = jsonschema::draft202012::new(&schema(&catalog)).expect("a valid schema");
    assert_eq!(fits(&with, grid), Ok(()));
    assert!(fits(&validator(), grid).is_err());
}

/// What follows `version: 1` and `name: a`; the reader and the schema take it.
const SOUND: &[&str] = &[
    "",
    "defaults:\ngrid:\nzip:\nwhen:\nexclude:\ninclude:\nrandom:\nprofiles:\nclaims:\nfigures:\nquestion:",
    "question: Which?\nseeds: [3, 7]",
    "question: {en: Which?, ru: Какая?}",
    "grid: {k: [1, 2.0, converge], norm: [none, {g: batch, d: layer}]}",
    "grid: {norm.g: [none, batch], norm.d: [none, layer]}",
    "grid: {hidden: [[64], [64, 64], {g: [8], d: []}], steps: [3e3]}",
    "defaults: {loss: wgan_gp, betas: [0, 0.9], lr: {g: 1e-4, d: 1}, lr_schedule.g: linear}",
    "zip: {rate: {lr: [1e-4, 1e-4], betas: [[0.5, 0.9], [0, 0.9]]}}",
    "grid: {loss: [minimax, wgan_gp]}\nwhen: [{if: {loss: wgan_gp}, grid: {gp_lambda: [1, 10]}}]",
    "grid: {k: [1, 2, 3]}\nwhen:\n  - {if: {k: [1, 2]}, set: {lr: 1e-3}}\n  - {if: {k: {gt: 1, lt: 3}}, zip: {a: {pack: [1, 2]}}}",
    "grid: {k: [1, 2]}\nwhen: [{if: {k: 1}, random: {samples: 2, lr: {uniform: [0, 1]}}}]",
    "grid: {hidden: [[8], [16]], k: [1, 2]}\nexclude: [{hidden: {any: [[8]]}, k: 1}]",
    "grid: {norm: [none, batch], k: [1, 2]}\nexclude: [{norm: {g: batch, d: batch}, k: {gt: 1}}]",
    "include: [{loss: hinge, steps: 30, tags: [long, run], seeds: [5]}, ]",
    "random: {samples: 3, seed: 2, lr: {log_uniform: [1e-5, 1e-2]}, k: {uniform: [1, 5]}, hidden: {choice: [[8], [16]]}}",
    "random: {samples: 2, lr.g: {uniform: [0, 10]}, norm: {choice: [none, {g: batch, d: none}]}}",
    "grid: {k: [1, 2]}\nprofiles: {quick: {defaults: {steps: 5}, seeds: 2, grid: {k: [3]}, random: {samples: 1, lr: {choice: [1]}}}, same: }",
    "slide: {en: a, ru: б}\nsetup: {en: a, ru: б}\nchanges: {en: a, ru: б}\ndiscussion: {en: a, ru: б}",
    "grid: {k: [1, 2]}\nseeds: 8\nclaims: {more: {text: {en: a, ru: б}, metric: covered, at: {last: 2}, in: {pack: 1}, a: {k: 1}, b: {k: 2}, expect: a > b, min_effect: 1, because: {en: a, ru: б}, success: {at_least: 7}, unit: seed, scale: linear, primary: true}}",
    "grid: {k: [1, 2]}\nclaims: {rises: {text: {en: a, ru: б}, metric: loss.g, at: {step: 0}, expect: increasing, min_effect: 0.1, because: {en: a, ru: б}, over: k}, exact: {text: {en: a, ru: б}, metric: covered, expect: exact, of: 8, within: 0}}",
    "grid: {k: [1, 2]}\nfigures:\n  - {kind: samples, title: {en: a, ru: б}, columns: 8, by: [k]}\n  - {kind: curves, title: {en: a, ru: б}, metric: covered, log: true}\n  - {kind: dots, title: {en: a, ru: б}, metric: covered, groups: [{name: {en: a, ru: б}, in: {k: 1}}]}\n  - {kind: quantities, title: {en: a, ru: б}, columns: [x, {en: a, ru: б}], groups: [{name: {en: a, ru: б}, metrics: [covered, loss.g]}]}\n  - {kind: levels, title: {en: a, ru: б}, metric: covered, over: k}\n  - {kind: axes, title: {en: a, ru: б}, metric: covered, by: [k], groups: [{name: {en: a, ru: б}, in: {k: 1}}]}",
];

#[test]
fn what_the_reader_takes_fits_the_schema() {
    let validator = validator();
    for rest in SOUND {
        let text = format!("version: 1\nname: a\n{rest}\n");
        assert_eq!(reads(&text), Ok(()), "{text}");
        assert_eq!(fits(&validator, &text), Ok(()), "{text}");
    }
}

/// What follows `version: 1` and `name: a`; neither takes it.
const SPOILT: &[&str] = &[
    // Misspelt keys.
    "niose: normal",
    "dafaults: {k: 1}",
    "defaults: {niose: normal}",
    "grid: {lr.x: [1e-4]}",
    "grid: {k.g: [1, 2]}",
    "when: [{if: {k: 1}, sets: {lr: 1e-3}}]",
    "random: {sample: 3, lr: {uniform: [0, 1]}}",
    "profiles: {quick: {name: b}}",
    "profiles: {quick: {sede: 3}}",
    "claims: {a: {texts: {en: a, ru: б}, metric: covered, expect: exact, of: 8, within: 0}}",
    "figures: [{kind: samples, titel: {en: a, ru: б}}]",
    // A wrong type.
    "defaults: {k: many}",
    "defaults: {lr: '1e-4'}",
    "defaults: {lr: 1_000}",
    "defaults: {steps: 0.5}",
    "defaults: {hidden: 64}",
    "defaults: {loss: 1}",
    "defaults: {k: }",
    "defaults: [k]",
    "when: {if: {k: 1}}",
    "seeds: many",
    "question: [a]",
    "slide: only in English",
    // A number out of range.
    "defaults: {lr: 0}",
    "defaults: {lr: -1e-4}",
    "defaults: {k: -1}",
    "defaults: {betas: [0.5, 1]}",
    "defaults: {betas: [0.5, 0.9, 0.9]}",
    "defaults: {pack: 1000}",
    "seeds: 0",
    "seeds: [1, 1]",
    "seeds: [-1]",
    "random: {samples: 0, lr: {uniform: [0, 1]}}",
    "random: {samples: 2, lr: {uniform: [0, 100]}}",
    "random: {samples: 2, lr: {log_uniform: [0, 1]}}",
    "random: {samples: 2, k: {uniform: [0.5, 2]}}",
    // An unknown word.
    "defaults: {loss: minmax}",
    "grid: {norm: [none, bacth]}",
    "random: {samples: 2, lr: {normal: [0, 1]}}",
    "random: {samples: 2, loss: {uniform: [0, 1]}}",
    "exclude: [{k: {ge: 1}}]",
    "exclude: [{loss: {gt: 1}}]",
    "claims: {a: {text: {en: a, ru: б}, metric: coverd, expect: exact, of: 8, within: 0}}",
    "claims: {a: {text: {en: a, ru: б}, metric: covered, expect: exactly, of: 8, within: 0}}",
    "figures: [{kind: sample, title: {en: a, ru: б}}]",
    "figures: [{kind: samples, title: {en: a, ru: б}, log: 1}]",
    // A scalar where a list belongs, and the other way round.
    "grid: {k: 1}",
    "grid: {k: '1, 2'}",
    "grid: {k: []}",
    "grid: {k: [1, 1]}",
    "grid: {k: [[1]]}",
    "grid: {hidden: [64, 64]}",
    "zip: {rate: {lr: 1e-4}}",
    "zip: {rate: [lr]}",
    "zip: {rate: }",
    "exclude: {k: 1}",
    "exclude: [{hidden: [8]}]",
    "include: [{k: [1, 2]}]",
    "include: [{k: 1, tags: long}]",
    // What says a thing twice, or half of it, or nothing.
    "defaults: {norm: none, norm.g: batch}",
    "grid: {lr: [1e-4], lr.d: [1e-3]}",
    "grid: {norm: [{g: batch}]}",
    "exclude: [{}]",
    "when: [{if: {k: 1}}]",
    "when: [{set: {k: 1}}]",
    "random: {samples: 3}",
    "slide: {en: only}",
    "claims: {a: {text: {en: a, ru: б}, metric: covered, expect: a > b, because: {en: a, ru: б}}}",
    "claims: {a: {text: {en: a, ru: б}, metric: covered, expect: value, of: 8, within: 1}}",
    "figures: [{kind: curves, title: {en: a, ru: б}}]",
    "figures: [{kind: dots, title: {en: a, ru: б}, metric: covered, groups: [{name: {en: a, ru: б}}]}]",
];

#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    let validator = validator();
    for rest in SPOILT {
        let text = format!("version: 1\nname: a\n{rest}\n");
        assert!(fits(&validator, &text).is_err(), "the schema takes {text}");
        assert!(reads(&text).is_err(), "the reader takes {text}");
    }
    for text in ["name: a", "version: 1", "version: 2\nname: a", "[]"] {
        assert!(fits(&validator, text).is_err(), "the schema takes {text}");
        assert!(reads(text).is_err(), "the reader takes {text}");
    }
}

#[test]
fn names_of_sweeps_are_judged_alike() {
    let validator = validator();
    let long = "a".repeat(100);
    let too_long = "a".repeat(101);
    let names = BTreeMap::from([
        ("a", true),
        ("losses-on_the.ring2", true),
        ("кольцо", true),
        ("_a", true),
        (long.as_str(), true),
        (too_long.as_str(), false),
        ("", false),
        (".a", false),
        ("-a", false),
        ("a.", false),
        ("a b", false),
        ("a/b", false),
    ]);
    for (name, sound) in names {
        let text = format!("version: 1\nname: '{name}'\n");
        assert_eq!(reads(&text).is_ok(), sound, "the reader on '{name}'");
        assert_eq!(
            fits(&validator, &text).is_ok(),
            sound,
            "the schema on '{name}'"
        );
    }
}
