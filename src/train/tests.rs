//! A run as a whole.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::{Finish, Finished, Prepared, TrainError, Watch, run};
use crate::dataset::{BuiltIn, Data, Library, Mixture};
use crate::event::{Outcome, Quantity, RunEvent};
use crate::param::{Key, Network, Value};
use crate::rng::{Name, Stream, Streams};
use crate::spec::{Catalog, GanSpec, RunSpec, resolve};

pub(crate) fn spec(changes: &[(&'static str, Value)], seed: u64) -> GanSpec {
    let spec = run_spec(changes, seed);
    spec.gan().expect("it trains").clone()
}

pub(crate) fn run_spec(changes: &[(&'static str, Value)], seed: u64) -> RunSpec {
    let mut assigned = BTreeMap::new();
    let mut set = |name: &'static str, value: Value| {
        let entry = crate::spec::registry()
            .into_iter()
            .find(|e| e.param.name == name);
        if entry.expect("a known parameter").param.per_network {
            for network in Network::BOTH {
                assigned.insert(
                    Key {
                        name,
                        network: Some(network),
                    },
                    value.clone(),
                );
            }
        } else {
            assigned.insert(
                Key {
                    name,
                    network: None,
                },
                value,
            );
        }
    };
    set("hidden", Value::List(vec![Value::Int(32), Value::Int(32)]));
    set("steps", Value::Int(20));
    set("eval_every", Value::Int(10));
    set("log_every", Value::Int(5));
    for (name, value) in changes {
        set(name, value.clone());
    }
    let resolved = resolve(&assigned, &Catalog::new()).expect("valid values");
    RunSpec::new(resolved.settings, seed, &Catalog::new()).expect("a run that can train")
}

pub(in crate::train) fn text(word: &str) -> Value {
    Value::Text(word.to_owned())
}

pub(in crate::train) fn ring() -> Prepared {
    let centres = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
    let mixture = Mixture::equal(&centres, 0.1);
    Prepared::new(Data::Mixture(mixture)).expect("a mixture needs no network")
}

pub(in crate::train) fn digits() -> Prepared {
    let data = crate::dataset::Source::open(&crate::dataset::Mnist).expect("embedded");
    Prepared::new(data).expect("its classifier is embedded")
}

fn train(spec: &GanSpec) -> Result<(Finished, Vec<RunEvent>), TrainError> {
    train_on(&ring(), spec)
}

pub(in crate::train) fn train_on(
    prepared: &Prepared,
    spec: &GanSpec,
) -> Result<(Finished, Vec<RunEvent>), TrainError> {
    let mut events = Vec::new();
    match run(spec, prepared, &Watch::default(), |event| {
        events.push(event)
    })? {
        Finish::Outcome(finished) => Ok((finished, events)),
        Finish::Stopped { .. } | Finish::Abandoned => panic!("nobody stopped it"),
    }
}

fn steps_of(events: &[RunEvent], quantity: &str) -> Vec<u64> {
    events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Logged { step, values } if values.iter().any(|v| v.0 == quantity) => {
                Some(*step)
            }
            _ => None,
        })
        .collect()
}

#[test]
fn losses_and_metrics_are_logged_when_the_spec_says() -> Result<(), TrainError> {
    let (finished, events) = train(&spec(&[], 0))?;
    assert_eq!(finished.outcome, Outcome::Done);
    assert_eq!(steps_of(&events, "loss.d"), [5, 10, 15, 20]);
    assert_eq!(steps_of(&events, "grad.g"), [5, 10, 15, 20]);
    assert_eq!(steps_of(&events, "covered"), [10, 20]);
    assert_eq!(steps_of(&events, "covered.perfect"), [0]);
    let pictures = events.iter().filter_map(|event| match event {
        RunEvent::Sampled { step, .. } => Some(*step),
        _ => None,
    });
    assert_eq!(pictures.collect::<Vec<_>>(), [10, 20]);
    assert!(matches!(
        events.as_slice(),
        [
            ..,
            RunEvent::Sampled { step: 20, .. },
            RunEvent::Trained { .. }
        ]
    ));
    Ok(())
}

#[test]
fn the_same_spec_gives_the_same_bits_and_another_seed_does_not() -> Result<(), TrainError> {
    let (first, first_events) = train(&spec(&[("norm", text("batch"))], 1))?;
    let (second, second_events) = train(&spec(&[("norm", text("batch"))], 1))?;
    assert_eq!(first, second);
    assert_eq!(first_events, second_events);
    let (other, _) = train(&spec(&[("norm", text("batch"))], 2))?;
    assert_ne!(first.weights_digest, other.weights_digest);
    Ok(())
}

#[test]
fn logging_and_evaluating_more_often_changes_no_weight() -> Result<(), TrainError> {
    for norm in ["none", "batch"] {
        let (rarely, _) = train(&spec(&[("norm", text(norm))], 0))?;
        let changes = [
            ("norm", text(norm)),
            ("eval_every", Value::Int(1)),
            ("log_every", Value::Int(1)),
        ];
        let (often, _) = train(&spec(&changes, 0))?;
        assert_eq!(rarely.weights_digest, often.weights_digest, "norm {norm}");
    }
    Ok(())
}

/// A model with few weights, and the data it needs.
fn small(model: &str) -> Vec<(&'static str, Value)> {
    let list = |values: [i64; 2]| Value::List(values.map(Value::Int).to_vec());
    let mut changes = vec![("model", text(model))];
    if model != "mlp" {
        changes.extend([("dataset", text("mnist")), ("steps", Value::Int(2))]);
    }
    match model {
        "dcgan" => changes.push(("width", Value::Int(2))),
        "infogan" => changes.extend([("width", Value::Int(2)), ("dense_width", Value::Int(8))]),
        "convnet" => changes.push(("channels", list([2, 4]))),
        _ => {}
    }
    changes
}

#[test]
fn every_choice_of_every_axis_trains_and_differs_from_the_others() -> Result<(), TrainError> {
    let digits = digits();
    for entry in crate::spec::registry() {
        let crate::param::Kind::Axis(choices) = entry.param.kind else {
            continue;
        };
        // Data sets are opened by the caller, and problems with what they own are no training.
        let is_of_a_problem =
            matches!(entry.owner, Some(("problem", owner)) if owner.name != "gan");
        if is_of_a_problem || ["dataset", "problem"].contains(&entry.param.name) {
            continue;
        }
        let mut digests = Vec::new();
        for choice in choices() {
            let model = match entry.owner {
                Some(("model", owner)) => owner.name,
                _ if entry.param.name == "model" => choice.name,
                _ => "mlp",
            };
            // Refused: they have layers without positions.
            if choice.name == "instance" && ["mlp", "infogan"].contains(&model) {
                continue;
            }
            let selected = (entry.param.name, text(choice.name));
            let mut changes = small(model);
            if entry.param.name == "conditioning" {
                // It needs labels.
                changes.extend([("dataset", text("mnist")), ("steps", Value::Int(2))]);
            }
            changes.push(selected);
            let (finished, _) = if changes.iter().any(|change| change.0 == "dataset") {
                train_on(&digits, &spec(&changes, 0))?
            } else {
                train(&spec(&changes, 0))?
            };
            let what = format!("{model} with {} {}", entry.param.name, choice.name);
            assert_eq!(finished.outcome, Outcome::Done, "{what}");
            digests.push(finished.weights_digest);
        }
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(
            digests.len(),
            count,
            "two choices of {} train alike",
            entry.param.name
        );
    }
    Ok(())
}

#[test]
fn every_data_set_of_points_trains_and_differs_from_the_others() -> Result<(), TrainError> {
    let library = Library::new(std::path::Path::new("no such folder"));
    let mut digests = Vec::new();
    for choice in BuiltIn::choices() {
        let mut changes = vec![("dataset", text(choice.name)), ("steps", Value::Int(10))];
        let plain = spec(&changes, 0);
        if plain.dataset.expected_shape()[1..] != [1, 1] {
            continue;
        }
        let data = plain.dataset.open(&library).expect("it is built in");
        assert_eq!(data.shape(), plain.dataset.expected_shape());
        let prepared = Prepared::new(data).expect("points need no network");
        let (finished, events) = train_on(&prepared, &plain)?;
        assert_eq!(finished.outcome, Outcome::Done, "{}", choice.name);
        assert_eq!(
            train_on(&prepared, &plain)?,
            (finished.clone(), events.clone())
        );
        digests.push(finished.weights_digest);
        assert_eq!(steps_of(&events, "sliced_w1"), [10]);
        let named = |values: &[(Quantity, f64)]| -> Vec<Quantity> {
            values.iter().map(|(name, _)| *name).collect()
        };
        for event in &events {
            if let RunEvent::Logged { values, .. } = event {
                assert!(values.iter().all(|(_, x)| x.is_finite()), "{}", choice.name);
            }
        }
        let measured = events.iter().rev().find_map(|event| match event {
            RunEvent::Logged { values, .. } => Some(named(values)),
            _ => None,
        });
        assert_eq!(measured, Some(named(&prepared.worst()?)), "{}", choice.name);

        // A data set with classes tells G apart which one is asked for.
        changes.push(("conditioning", text("concat")));
        match plain.dataset.classes() {
            Some(classes) => {
                let labels = prepared.data().draw_labels(&mut stream(), 5000);
                assert_eq!(labels.iter().max(), Some(&(classes - 1)), "{}", choice.name);
                let (_, events) = train_on(&prepared, &spec(&changes, 0))?;
                assert_eq!(steps_of(&events, "label_accuracy"), [10]);
            }
            None => assert!(prepared.data().draw_labels(&mut stream(), 1).is_empty()),
        }
    }
    let count = digests.len();
    assert!(count >= 6, "{count} data sets of points");
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count, "two data sets train alike");
    Ok(())
}

fn stream() -> Stream {
    Streams::new(0).stream(Name::Reference, 0, 0)
}

#[test]
fn every_data_range_trains_and_its_samples_come_back_in_canonical_coordinates()
-> Result<(), TrainError> {
    for range in ["native", "minus_one_one", "zero_one", "standardised"] {
        let (_, events) = train(&spec(&[("data_range", text(range))], 0))?;
        let [
            ..,
            RunEvent::Sampled {
                sample: crate::event::Sample::Points { generated, .. },
                ..
            },
            _,
        ] = events.as_slice()
        else {
            panic!("a mixture's samples are points")
        };
        // The box reaches to 1 + 1 + 0.3 = 2.3; confined outputs stay inside it.
        if range.ends_with("one") {
            assert!(generated.iter().flatten().all(|x| x.abs() <= 2.3001));
        }
    }
    Ok(())
}

#[test]
fn a_run_whose_values_stop_being_finite_diverges_and_keeps_its_history() -> Result<(), TrainError> {
    // Adam moves every weight by about lr a step, and twenty layers multiply: soon beyond f32.
    let deep = Value::List(vec![Value::Int(32); 20]);
    let changes = [
        ("hidden", deep),
        ("activation", text("leaky_relu")),
        ("lr", Value::Float(2.0)),
        ("loss", text("minimax")),
        ("steps", Value::Int(20)),
        ("log_every", Value::Int(1)),
    ];
    let (finished, events) = train(&spec(&changes, 0))?;
    let Outcome::Diverged { step, .. } = finished.outcome else {
        panic!("expected divergence, got {:?}", finished.outcome)
    };
    assert!(step > 1, "it has a history");
    let logged = steps_of(&events, "loss.d");
    assert_eq!(logged.last(), Some(&step));
    let Some(RunEvent::Worst { step: at, values }) = events.last() else {
        panic!("the worst values stand in")
    };
    assert_eq!(*at, step);
    assert!(values.iter().all(|(_, v)| v.is_finite()));
    Ok(())
}

/// Digests of weights that any machine must reach: where one changes, the training version is raised.
#[test]
fn trained_weights_are_the_same_everywhere() -> Result<(), TrainError> {
    let hex = |digest: Option<[u8; 32]>| -> String {
        let digest = digest.expect("it is done");
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let (ring, _) = train(&spec(
        &[("norm", text("batch")), ("loss", text("wgan_gp"))],
        0,
    ))?;
    assert_eq!(hex(ring.weights_digest), "cec39f8b67ee7c66");
    let changes = [
        ("dataset", text("mnist")),
        ("model", text("dcgan")),
        ("width", Value::Int(2)),
        ("steps", Value::Int(3)),
    ];
    let (digits, _) = train_on(&digits(), &spec(&changes, 0))?;
    assert_eq!(hex(digits.weights_digest), "04b676d857466b71");
    Ok(())
}

fn diverged(step: u64, quantity: &str) -> Outcome {
    Outcome::Diverged {
        step,
        quantity: quantity.to_owned(),
    }
}

#[test]
fn infinite_running_statistics_are_divergence() -> Result<(), TrainError> {
    // Points of 1e25 have a variance beyond single precision. D normalises them to 0, and its
    // losses, its weights and G's samples stay finite.
    let mixture = Mixture::equal(&[[1e25, 0.0], [-1e25, 0.0]], 0.1);
    let far = Prepared::new(Data::Mixture(mixture)).expect("a mixture needs no network");
    let changes = [("norm", text("batch")), ("steps", Value::Int(2))];
    let (finished, events) = train_on(&far, &spec(&changes, 0))?;
    assert_eq!(finished.outcome, diverged(2, "running statistics"));
    assert!(matches!(events.last(), Some(RunEvent::Worst { .. })));
    Ok(())
}

#[test]
fn an_infinite_second_moment_of_adam_is_divergence() -> Result<(), TrainError> {
    // A gradient beyond 1.8e19 has a square beyond single precision: seven layers of weights that
    // grow by lr a step get there while the loss is far from 3e38.
    let deep = Value::List(vec![Value::Int(16); 6]);
    let changes = [
        ("hidden", deep),
        ("activation", text("leaky_relu")),
        ("lr", Value::Float(10.0)),
        ("loss", text("minimax")),
        ("steps", Value::Int(6)),
    ];
    let (finished, _) = train(&spec(&changes, 0))?;
    assert_eq!(finished.outcome, diverged(6, "optimiser state"));
    Ok(())
}

#[test]
fn more_discriminator_steps_cost_what_they_count() {
    // G: 16·32 + 32·32 + 32·2 multiply-adds, D: 2·32 + 32·32 + 32·1; twice that in operations.
    let (g, d) = (2 * (512 + 1024 + 64), 2 * (64 + 1024 + 32));
    let (g_hidden, d_hidden) = (2 * (1024 + 64), 2 * (1024 + 32));
    let d_step = g + 2 * (d + d + d_hidden);
    let g_step = g + g + g_hidden + d + d_hidden + 2 * 64;
    for k in [1, 3] {
        let spec = spec(&[("k", Value::Int(k))], 0);
        assert_eq!(
            super::flops_per_step(&spec, [2, 1, 1]),
            64 * (k as u64 * d_step + g_step)
        );
    }
}

#[test]
fn an_abandoned_run_has_no_outcome() -> Result<(), TrainError> {
    let watch = Watch::default();
    watch.abandon.store(true, Ordering::Relaxed);
    assert_eq!(
        run(&spec(&[], 0), &ring(), &watch, |_| {})?,
        Finish::Abandoned
    );
    Ok(())
}

/// The values of a quantity, in order.
fn values_of(events: &[RunEvent], quantity: &str) -> Vec<f64> {
    let logged = events.iter().flat_map(|event| match event {
        RunEvent::Logged { values, .. } => values.as_slice(),
        _ => &[],
    });
    logged.filter(|v| v.0 == quantity).map(|v| v.1).collect()
}

#[test]
fn the_naive_algorithm_trains_d_until_it_stops_improving() -> Result<(), TrainError> {
    let naive = |tolerance: f64, cap: i64| -> Result<Vec<f64>, TrainError> {
        let changes = [
            ("k", text("converge")),
            ("converge_window", Value::Int(5)),
            ("converge_patience", Value::Int(2)),
            ("converge_tolerance", Value::Float(tolerance)),
            ("converge_cap", Value::Int(cap)),
            ("steps", Value::Int(6)),
            ("log_every", Value::Int(1)),
        ];
        let (finished, events) = train(&spec(&changes, 0))?;
        assert_eq!(finished.outcome, Outcome::Done);
        let used = values_of(&events, "k.used");
        let total = values_of(&events, "d_steps");
        assert_eq!(total.last(), Some(&used.iter().sum::<f64>()));
        Ok(used)
    };
    // Nothing counts as an improvement but the first window: three windows of five.
    assert_eq!(naive(1e3, 100)?, [15.0; 6]);
    // The cap comes first.
    assert_eq!(naive(1e3, 7)?, [7.0; 6]);
    // A loss that still falls keeps D going.
    assert!(naive(0.0, 400)?.iter().any(|&k| k > 15.0));
    Ok(())
}

#[test]
fn work_is_counted_in_steps_samples_and_operations() -> Result<(), TrainError> {
    let changes = [
        ("k", Value::Int(2)),
        ("g_steps", Value::Int(3)),
        ("pack", Value::Int(2)),
        ("steps", Value::Int(10)),
    ];
    let spec = spec(&changes, 0);
    let (finished, events) = train(&spec)?;
    let last = |quantity| values_of(&events, quantity).last().copied();
    // Before steps 1, 4, 7 and 10 of G.
    assert_eq!(last("d_steps"), Some(8.0));
    assert_eq!(last("samples"), Some(8.0 * 64.0 * 2.0));
    let costs = super::StepCosts::of(&spec, [2, 1, 1]);
    assert_eq!(finished.flops, 8 * costs.d + 10 * costs.g);
    assert_eq!(last("flops"), Some(finished.flops as f64));
    Ok(())
}

#[test]
fn looking_further_ahead_costs_more_and_none_costs_what_it_did() {
    let cost = |unroll: i64| {
        let spec = spec(&[("unroll", Value::Int(unroll))], 0);
        super::StepCosts::of(&spec, [2, 1, 1]).g
    };
    // Each step ahead costs the same; the way back from the last one is there from the first on.
    assert_eq!(cost(3) - cost(2), cost(2) - cost(1));
    assert!(cost(1) > cost(0));
}

#[test]
fn a_conditional_run_says_how_often_it_made_what_was_asked_for() -> Result<(), TrainError> {
    for conditioning in ["concat", "projection", "acgan"] {
        // Eight modes far apart: soon each label has its own.
        let changes = [
            ("conditioning", text(conditioning)),
            ("lr", Value::Float(2e-3)),
            ("steps", Value::Int(600)),
            ("eval_every", Value::Int(600)),
        ];
        let spec = spec(&changes, 0);
        let library = Library::new(std::path::Path::new("no such folder"));
        let data = spec.dataset.open(&library).expect("it is built in");
        let prepared = Prepared::new(data).expect("points need no network");
        let (_, events) = train_on(&prepared, &spec)?;
        let accuracy = values_of(&events, "label_accuracy");
        // One in eight by chance.
        assert!(accuracy[0] > 0.4, "{conditioning}: {accuracy:?}");
    }
    let (_, events) = train(&spec(&[], 0))?;
    assert_eq!(values_of(&events, "label_accuracy"), [0.0; 0]);
    Ok(())
}

#[test]
fn an_averaged_generator_is_evaluated_and_trains_as_without() -> Result<(), TrainError> {
    let run = |ema: f64| train(&spec(&[("ema", Value::Float(ema))], 0));
    let ((plain, plain_events), (averaged, averaged_events)) = (run(0.0)?, run(0.9)?);
    for quantity in ["loss.d", "loss.g", "grad.g"] {
        let of = |events: &[RunEvent]| values_of(events, quantity);
        assert_eq!(of(&plain_events), of(&averaged_events));
    }
    assert_ne!(
        values_of(&plain_events, "sliced_w1"),
        values_of(&averaged_events, "sliced_w1")
    );
    assert_ne!(plain.weights_digest, averaged.weights_digest);
    Ok(())
}

#[test]
fn later_steps_of_g_show_what_d_computed_before_them() -> Result<(), TrainError> {
    // D's steps come before the odd steps of G, losses are logged at the even ones.
    let changes = [
        ("g_steps", Value::Int(2)),
        ("steps", Value::Int(6)),
        ("log_every", Value::Int(2)),
    ];
    let (_, events) = train(&spec(&changes, 0))?;
    for quantity in ["loss.d", "d.real", "grad.d"] {
        assert_eq!(steps_of(&events, quantity), [2, 4, 6], "{quantity}");
        assert!(values_of(&events, quantity).iter().all(|x| x.is_finite()));
    }
    Ok(())
}

#[test]
fn simultaneous_updates_save_one_pass_of_g_a_round() {
    let round = |updates: &str, k: i64| {
        let changes = [("updates", text(updates)), ("k", Value::Int(k))];
        super::StepCosts::of(&spec(&changes, 0), [2, 1, 1]).round(k as u32)
    };
    // G: 16·32 + 32·32 + 32·2 multiply-adds for each of 64 samples.
    let saved = 64 * 2 * (512 + 1024 + 64);
    for k in [1, 3] {
        assert_eq!(round("alternating", k) - round("simultaneous", k), saved);
    }
}
