//! Every value of every axis, and another value of every number: each trains, the same bits every
//! time, and is no other in disguise.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gan_sweep::dataset::Library;
use gan_sweep::event::{Outcome, RunEvent};
use gan_sweep::grid::Overrides;
use gan_sweep::param::{Kind, Param, Range, Settings, Value};
use gan_sweep::spec::{Entry, GanSpec, RunSpec, registry};
use gan_sweep::train::{Finish, Finished, Prepared, Watch, run};
use proptest::prelude::*;

use crate::grid::plan;

/// Settings of a grid of one run, as YAML.
type Words = BTreeMap<String, String>;

/// Data sets, opened once.
#[derive(Default)]
struct Data(Vec<(String, Arc<Prepared>)>);

impl Data {
    fn of(&mut self, spec: &GanSpec) -> Arc<Prepared> {
        let key = format!("{:?}", spec.dataset);
        if let Some((_, prepared)) = self.0.iter().find(|(known, _)| *known == key) {
            return Arc::clone(prepared);
        }
        let library = Library::new(Path::new("no such folder"));
        let data = spec.dataset.open(&library).expect("it is built in");
        let prepared = Arc::new(Prepared::new(data).expect("it can be measured"));
        self.0.push((key, Arc::clone(&prepared)));
        prepared
    }
}

fn words(pairs: &[(&str, &str)]) -> Words {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(own).collect()
}

fn body(words: &Words) -> String {
    let items: Vec<_> = words.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    format!("defaults: {{{}}}\n", items.join(", "))
}

/// The run of such a grid, or why it is refused. A value that does not apply would be noted.
fn spec(words: &Words) -> Result<RunSpec, String> {
    let plan = plan(&body(words), &Overrides::default())?;
    match plan.notes.as_slice() {
        [] => Ok(plan.runs[0].spec.clone()),
        notes => Err(notes.join("; ")),
    }
}

fn train(spec: &GanSpec, prepared: &Prepared) -> (Finished, Vec<RunEvent>) {
    let mut events = Vec::new();
    let finish = run(spec, prepared, &Watch::default(), |event| {
        events.push(event)
    });
    match finish.expect("no error") {
        Finish::Outcome(finished) => (finished, events),
        Finish::Stopped { .. } | Finish::Abandoned => panic!("nobody stopped it"),
    }
}

/// A value as YAML.
fn yaml(value: &Value) -> String {
    match value {
        // A float stays one: `1` would be read as a whole number first.
        Value::Float(x) => format!("{x:e}"),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(yaml).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Settings written as a grid.
fn written(settings: &Settings) -> Words {
    let line = |(key, value): (&gan_sweep::param::Key, &Value)| (key.to_string(), yaml(value));
    settings.0.iter().map(line).collect()
}

/// What `probe` looks into the final generator for.
const LOOKS: [&str; 3] = ["interpolation", "neighbours", "directions"];

/// Values of a parameter that must train differently: all words, or the default and another number.
fn values(param: &Param) -> Vec<String> {
    if param.name == "eval_samples" {
        // Not the default: an evaluation of 25,600 pictures takes seconds.
        return vec!["1000".to_owned(), "1001".to_owned()];
    }
    if matches!(param.name, "eval_every" | "log_every") {
        // Within the few steps of these runs.
        return vec!["2".to_owned(), "3".to_owned()];
    }
    let birth = param.birth.value();
    let number = |birth: f64, range: Range| {
        // Between the default and whichever bound is further, but not far.
        let step = (0.5 * birth.abs()).max(0.125);
        [birth + step, birth - step]
            .into_iter()
            .find(|&x| range.contains(x))
            .expect("a range with room")
    };
    let mut values: Vec<String> = match param.kind {
        Kind::Axis(choices) => choices().iter().map(|c| c.name.to_owned()).collect(),
        // A look begins when training has ended.
        Kind::Words(words) => words
            .iter()
            .map(|w| w.0.to_owned())
            .filter(|word| param.name != "probe" || !LOOKS.contains(&word.as_str()))
            .collect(),
        Kind::Count { or, .. } => {
            let words = or.iter().map(|c| c.name.to_owned());
            words.chain(["2".to_owned()]).collect()
        }
        Kind::Int { max, .. } => match birth {
            Some(Value::Int(i)) if i < max => vec![(i + 1).to_string()],
            Some(Value::Int(i)) => vec![(i - 1).to_string()],
            _ => vec!["2".to_owned()],
        },
        Kind::Checksum => vec!["'0a1b2c3d'".to_owned()],
        Kind::Float(range) => match birth {
            Some(Value::Float(x)) => vec![format!("{:e}", number(x, range))],
            _ => vec!["0.5".to_owned()],
        },
        Kind::Ints { .. } => vec!["[3, 4]".to_owned()],
        Kind::Pair(range) => match birth {
            Some(Value::List(ref pair)) => {
                let Value::Float(low) = pair[0] else {
                    panic!("a pair of numbers")
                };
                vec![format!("[{:e}, {}]", number(low, range), yaml(&pair[1]))]
            }
            _ => vec!["[0.25, 0.75]".to_owned()],
        },
        Kind::Points { dimensions: 1, .. } => vec!["[-1, 0.5]".to_owned()],
        Kind::Points { .. } => vec!["[[1, 0], [-1, 0.5]]".to_owned()],
        Kind::Floats { .. } => vec!["[1.5, 0.5]".to_owned()],
    };
    if !matches!(param.kind, Kind::Axis(_) | Kind::Words(_)) {
        // Empty for a key that is absent by default.
        values.push(birth.as_ref().map(yaml).unwrap_or_default());
    }
    values
}

/// The parameters of GANs; problems are tested by themselves.
fn of_gans() -> impl Iterator<Item = Entry> {
    // Those of GANs come first; what a choice of a problem's axis owns follows the problem.
    let of_another = |entry: &Entry| {
        let owner = entry.owner.map(|(axis, choice)| (axis, choice.name));
        owner.is_some_and(|(axis, name)| axis == "problem" && name != "gan")
    };
    let all = registry()
        .into_iter()
        .skip_while(|entry| entry.owner.is_none());
    all.take_while(move |entry| !of_another(entry))
}

/// A small run in which a parameter has an effect.
fn around(entry: &Entry, value: &str) -> Words {
    let mut around = words(&[
        ("steps", "4"),
        ("eval_every", "2"),
        ("log_every", "2"),
        ("batch_size", "8"),
    ]);
    let mut set = |key: &str, value: &str| {
        around.insert(key.to_owned(), value.to_owned());
    };
    let mut owner = entry.owner;
    while let Some((axis, choice)) = owner {
        set(axis, choice.name);
        // Who owns the axis itself: the activation that owns a slope is mlp's.
        let of_axis = registry().into_iter().find(|e| e.param.name == axis);
        owner = of_axis.and_then(|e| e.owner);
    }
    let name = entry.param.name;
    if name == "model" {
        set(name, value);
    }
    let of = |axis: &str| around.get(axis).cloned();
    let model = of("model").unwrap_or_else(|| "mlp".to_owned());
    let images = model != "mlp";
    let mut set = |key: &str, value: &str| {
        around
            .entry(key.to_owned())
            .or_insert_with(|| value.to_owned());
    };
    match model.as_str() {
        "mlp" => set("hidden", "[8, 8]"),
        "dcgan" => set("width", "2"),
        "infogan" => {
            set("width", "2");
            set("dense_width", "8");
        }
        _ => set("channels", "[2, 4]"),
    }
    if images {
        // Measuring 5,000 digits of mnist would take most of the time.
        set("dataset", "stacked_mnist");
        set("steps", "2");
    }
    if value == "stacked_mnist" || around.get("dataset").is_some_and(|d| d == "stacked_mnist") {
        around
            .entry("eval_samples".to_owned())
            .or_insert_with(|| "1000".to_owned());
    }
    let mut set = |key: &str, value: &str| {
        around
            .entry(key.to_owned())
            .or_insert_with(|| value.to_owned());
    };
    match name {
        // Nothing else is drawn, smoothed, annealed or clipped without it.
        "instance_noise_schedule" => set("instance_noise", "0.5"),
        // Nothing but the first window is an improvement: D stops after patience + 1 windows.
        "converge_window" => set("converge_tolerance", "1000"),
        "converge_patience" => {
            set("converge_window", "3");
            set("converge_tolerance", "1000");
        }
        "converge_tolerance" => {
            set("converge_window", "3");
            set("converge_cap", "200");
        }
        // D stops before its first window ends.
        "converge_cap" => set("converge_window", "2000"),
        "eval_samples" => set("model", "mlp"),
        _ => {}
    }
    if value == "converge" {
        set("converge_cap", "5");
    }
    around
}

#[test]
fn every_parameter_trains_deterministically_differs_from_its_neighbours_and_comes_back_from_yaml() {
    let mut data = Data::default();
    let mut checked = 0;
    for entry in of_gans() {
        let mut seen: Vec<(String, (Finished, Vec<RunEvent>))> = Vec::new();
        for value in values(entry.param) {
            let owner = entry.owner.map(|(_, choice)| choice.name);
            // Refused, as a test of conflicts shows: there are layers without positions.
            if value == "instance" && matches!(owner, Some("mlp" | "infogan")) {
                continue;
            }
            let mut grid = around(&entry, &value);
            if !value.is_empty() {
                grid.insert(entry.param.name.to_owned(), value.clone());
            }
            let what = format!("{}: {value} in {}", entry.param.name, body(&grid));
            let spec = spec(&grid).unwrap_or_else(|why| panic!("{what}{why}"));
            let again = self::spec(&written(&spec.settings));
            let again = again.unwrap_or_else(|why| panic!("{what}{why}"));
            assert_eq!((again.id(), &again), (spec.id(), &spec), "{what}");
            let gan = spec.gan().expect("it trains");
            let prepared = data.of(gan);
            let trained = train(gan, &prepared);
            assert_eq!(trained.0.outcome, Outcome::Done, "{what}");
            assert!(
                trained == train(gan, &prepared),
                "not deterministic: {what}"
            );
            if let Some((same, _)) = seen.iter().find(|(_, other)| *other == trained) {
                panic!("{what}trains as {same}");
            }
            seen.push((value, trained));
            checked += 1;
        }
        assert!(seen.len() > 1, "{} has one value", entry.param.name);
    }
    assert!(checked > 200, "{checked} values");
}

/// A choice of each axis that mixtures have.
fn any_combination() -> impl Strategy<Value = Words> {
    let axes: Vec<(&str, Vec<String>)> = registry()
        .iter()
        .filter(|entry| {
            let owner = entry.owner.map(|(_, choice)| choice.name);
            let shared = owner == Some("gan") || owner == Some("mlp");
            shared && !["dataset", "model", "steps", "latent_dim"].contains(&entry.param.name)
        })
        .map(|entry| (entry.param.name, values(entry.param)))
        .filter(|(name, values)| !name.starts_with("converge") && !values.contains(&String::new()))
        .collect();
    let picks: Vec<_> = axes
        .into_iter()
        .map(|(name, values)| {
            // Mostly the default, so that combinations of a few are tried, not of all at once.
            let count = values.len();
            (0..3 * count).prop_map(move |i| (i < count).then(|| (name, values[i].clone())))
        })
        .collect();
    picks.prop_map(|picks| {
        let mut grid = words(&[
            ("steps", "3"),
            ("batch_size", "6"),
            ("hidden", "[6]"),
            ("k", "1"),
        ]);
        let picks = picks.into_iter().flatten();
        grid.extend(picks.map(|(name, value)| (name.to_owned(), value)));
        if grid["k"] == "converge" {
            grid.insert("converge_cap".to_owned(), "4".to_owned());
        }
        grid
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// What a grid accepts trains: to its end or to divergence, never to an error or a panic. What it
    /// refuses, it refuses with a sentence.
    #[test]
    fn a_combination_is_refused_or_trains(grid in any_combination()) {
        let mut data = Data::default();
        match spec(&grid) {
            Err(why) => prop_assert!(why.contains("error: ") && why.contains(" --> "), "{}", why),
            Ok(spec) => {
                let gan = spec.gan().expect("it trains");
                let (finished, _) = train(gan, &data.of(gan));
                let trained = matches!(finished.outcome, Outcome::Done | Outcome::Diverged { .. });
                prop_assert!(trained, "{}: {:?}", body(&grid), finished.outcome);
            }
        }
    }
}
