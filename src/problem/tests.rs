//! Each problem against what is known of it without computing.

use std::collections::BTreeMap;
use std::f64::consts::LN_2;
use std::sync::OnceLock;

use super::{Problem, logged, work_out};
use crate::dataset::{BuiltIn, Data, Dataset, Library, Mnist, Source};
use crate::event::{Outcome, RunEvent, Sample};
use crate::inception::tests::NETWORK;
use crate::metric;
use crate::param::{Key, Network, Value};
use crate::quantity::info;
use crate::spec::{Catalog, RunSpec, Task, resolve};
use crate::train::{Finish, Prepared, Watch};

/// Values by step and name, and what there is to look at.
type Found = (BTreeMap<(u64, &'static str), f64>, Vec<Sample>);

fn text(word: &str) -> Value {
    Value::Text(word.to_owned())
}

fn pair(a: f64, b: f64) -> Value {
    Value::List(vec![Value::Float(a), Value::Float(b)])
}

fn run(problem: &str, settings: &[(&'static str, Value)], seed: u64) -> Found {
    let (found, outcome) = ended(problem, settings, seed);
    assert_eq!(outcome, Outcome::Done);
    found
}

/// As it ends; the worst values of a run that diverged are among its values.
fn ended(problem: &str, settings: &[(&'static str, Value)], seed: u64) -> (Found, Outcome) {
    let mut assigned = BTreeMap::from([(key("problem"), text(problem))]);
    assigned.extend(
        settings
            .iter()
            .map(|(name, value)| (of_g(key(name)), value.clone())),
    );
    let resolved = resolve(&assigned, &Catalog::new()).expect("valid values");
    assert_eq!(resolved.unused, Vec::new());
    let spec = RunSpec::new(resolved.settings, seed, &Catalog::new()).expect("it can be done");
    let Task::Problem(of) = &spec.task else {
        panic!("a problem");
    };
    let (mut values, mut samples) = (BTreeMap::new(), Vec::new());
    let ring;
    let prepared = match of.problem.dataset() {
        None => None,
        Some(dataset @ Dataset::BuiltIn(BuiltIn::Ring8(_))) => {
            let library = Library::new(std::path::Path::new(""));
            let data = dataset.open(&library).expect("it is built in");
            ring = Prepared::new(data).expect("reference figures");
            Some(&ring)
        }
        Some(_) => Some(digits()),
    };
    let inception = of.problem.inception_weights().map(|_| &*NETWORK);
    let with = (prepared, inception);
    let finish = work_out(of, with, &Watch::default(), None, |event| match event {
        RunEvent::Logged { values: at, step } | RunEvent::Worst { values: at, step } => {
            values.extend(at.into_iter().map(|(name, x)| ((step, name), x)));
        }
        RunEvent::Sampled { sample, .. } => samples.push(sample),
        RunEvent::Features(name) => assert!(!name.is_empty()),
        _ => panic!("{event:?}"),
    });
    let Ok(Finish::Outcome(finished)) = finish else {
        panic!("{finish:?}");
    };
    // At step 0 what every run on a data set shares.
    for (_, name) in values
        .keys()
        .filter(|(step, _)| *step > 0 || prepared.is_none())
    {
        let logged = logged(problem).expect("it is listed");
        let metrics = of.problem.dataset().is_some() && metric::all().any(|i| i.name == *name);
        let known = metrics || logged.iter().any(|info| info.name == *name);
        assert!(known && info(name).is_some(), "{name} is not declared");
    }
    ((values, samples), finished.outcome)
}

/// Of what is one a network, that of G.
fn of_g(key: Key) -> Key {
    let per_network = ["hidden", "lr", "betas"].contains(&key.name);
    let network = per_network.then_some(Network::G);
    Key { network, ..key }
}

/// The embedded digits.
fn digits() -> &'static Prepared {
    static DIGITS: OnceLock<Prepared> = OnceLock::new();
    DIGITS.get_or_init(|| {
        let data = Mnist.open().expect("the embedded images");
        Prepared::new(data).expect("reference figures")
    })
}

fn key(name: &'static str) -> Key {
    Key {
        name,
        network: None,
    }
}

fn last(found: &Found, name: &str) -> f64 {
    let mut values = found.0.iter().filter(|((_, n), _)| *n == name);
    *values.next_back().expect("it is logged").1
}

fn near(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected}"
    );
}

#[test]
fn quantities_of_problems_have_names_of_their_own() {
    let mut names: Vec<&str> = crate::quantity::all().map(|info| info.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_problem_runs_on_its_defaults_and_repeats_itself() {
    for choice in Problem::choices() {
        let small: &[(&'static str, Value)] = match choice.name {
            "trained_discriminator" => &[("d_updates", Value::Int(8))],
            "classifier_noise" => &[("images", Value::Int(20))],
            "fid_response" => &[("count", Value::Int(100))],
            "mmd" => &[("steps", Value::Int(3))],
            _ => &[],
        };
        let (first, again) = (run(choice.name, small, 3), run(choice.name, small, 3));
        assert!(
            !first.0.is_empty() && !first.1.is_empty(),
            "{}",
            choice.name
        );
        assert_eq!(first, again, "{}", choice.name);
    }
}

#[test]
fn divergences_of_the_lectures_pair() {
    // KL of N(0, 1) and N(1, 1) is ½ (μ_p − μ_q)² in either direction.
    let found = run("divergence", &[], 0);
    for name in ["kl.pq", "kl.qp"] {
        near(last(&found, name), 0.5, 1e-10);
    }
    assert!(last(&found, "kl.error") < 1e-10 && last(&found, "js.asymmetry") < 1e-12);
    // Unequal variances: KL(N(0, 1) ‖ N(0, 2²)) = ln 2 + 1/8 − 1/2; the other way −ln 2 + 2 − 1/2.
    let found = run("divergence", &[("q", pair(0.0, 2.0))], 0);
    near(last(&found, "kl.pq"), LN_2 + 0.125 - 0.5, 1e-10);
    near(last(&found, "kl.qp"), 1.5 - LN_2, 1e-10);
    let apart = [
        ("family", text("interval")),
        ("p", pair(0.0, 1.0)),
        ("q", pair(2.0, 3.0)),
    ];
    let found = run("divergence", &apart, 0);
    assert_eq!(last(&found, "infinite"), 1.0);
    assert_eq!(last(&found, "kl.asymmetry"), 0.0);
    near(last(&found, "js"), 1.0, 1e-12);
}

#[test]
fn the_game_against_the_best_discriminator_has_the_value_of_theorem_1() {
    for distance in [0.0, 0.5, 1.0, 4.0] {
        let found = run("optimal_discriminator", &[("q", pair(distance, 1.0))], 0);
        assert!(last(&found, "value.error") < 1e-9, "{distance}");
        // With equal variances D*/(1 − D*) = exp(d²/2 − d x) under x ~ N(d, 1): below 1 % where
        // x > d/2 + ln(100)/d.
        if distance > 0.0 {
            let z = distance / 2.0 + libm::log(100.0) / distance - distance;
            let expected = libm::erfc(z / std::f64::consts::SQRT_2) / 2.0;
            near(last(&found, "saturated"), expected, 2e-4);
        }
    }
    let equal = run("optimal_discriminator", &[("q", pair(0.0, 1.0))], 0);
    near(last(&equal, "value"), -2.0 * LN_2, 1e-10);
    near(last(&equal, "d.half"), 1.0, 1e-9);
}

#[test]
fn a_trained_discriminator_comes_near_the_best_and_never_beats_it() {
    let found = run(
        "trained_discriminator",
        &[("d_updates", Value::Int(2000))],
        1,
    );
    let gaps = found.0.iter().filter(|((_, name), _)| *name == "value.gap");
    assert!(gaps.clone().count() > 10 && gaps.clone().all(|(_, gap)| *gap > -1e-6));
    assert!(
        last(&found, "d.error") < 0.03,
        "{}",
        last(&found, "d.error")
    );
    assert!(last(&found, "value.gap") < 0.01);
    let first = found.0[&(0, "d.error")];
    assert!(first > 0.1, "{first}");
}

#[test]
fn means_of_the_cross_entropy_come_to_their_expectations() {
    // y ~ Beta(3, 1): 1/3 and 1 + 1/2 + 1/3.
    let found = run("cross_entropy", &[("shape", Value::Int(3))], 0);
    near(last(&found, "bce.one"), 1.0 / 3.0, 0.01);
    near(last(&found, "bce.zero"), 11.0 / 6.0, 0.01);
    assert!(last(&found, "game.error") < 1e-12);
}

#[test]
fn simultaneous_steps_spiral_outwards_and_alternating_ones_do_not() {
    let found = run("bilinear", &[], 0);
    assert!(last(&found, "growth.error") < 1e-12);
    near(last(&found, "radius"), 1.01_f64.powi(500), 1e-9);
    let order = ("order", text("alternating"));
    let found = run("bilinear", std::slice::from_ref(&order), 0);
    // x² − ηxy + y² is kept: the orbit is an ellipse with half-axes 1/√(1 ∓ η/2).
    assert!(last(&found, "radius.max") <= (1.05_f64 / 0.95).sqrt() + 1e-9);
    let found = run("bilinear", &[order, ("step_size", Value::Float(2.5))], 0);
    assert!(last(&found, "radius.max") > 1e6);
}

#[test]
fn the_dirac_gan_converges_with_a_cure_alone() {
    let end = |game: &str, cure: &str| {
        let settings = [
            ("game", text(game)),
            ("cure", text(cure)),
            ("strength", Value::Float(0.6)),
        ];
        last(&run("dirac", &settings, 0), "distance")
    };
    // Non-saturating players come nearer without a cure too, but ever more slowly (Mescheder et al. 2018,
    // appendix: a sublinear rate).
    for (game, least) in [("minimax", 0.9), ("non_saturating", 0.3), ("wgan", 0.9)] {
        let found = end(game, "none");
        assert!(found > least, "{game}: {found}");
        for cure in ["r1", "consensus"] {
            assert!(
                end(game, cure) < 0.05,
                "{game}, {cure}: {}",
                end(game, cure)
            );
        }
    }
    for game in ["minimax", "non_saturating"] {
        let found = end(game, "instance_noise");
        assert!(found < 0.05, "{game}: {found}");
    }
}

fn noisy(direction: &str, distance: f64, images: i64, seed: u64) -> Found {
    let settings = [
        ("direction", text(direction)),
        ("distance", Value::Float(distance)),
        ("images", Value::Int(images)),
    ];
    run("classifier_noise", &settings, seed)
}

#[test]
fn before_the_step_the_classifier_is_as_right_as_it_is_on_the_held_out_half() {
    let found = noisy("random", 0.01, 5000, 0);
    let Data::Images(images) = digits().data() else {
        panic!("images");
    };
    let classifier = images.classifier.as_ref().expect("a classifier");
    let reading = classifier.run(&images.reference).expect("whole images");
    let labels = &images.reference_labels;
    let read = reading.predictions().zip(labels);
    let right = read.filter(|((class, _), label)| *class == usize::from(**label));
    assert_eq!(
        last(&found, "classifier.accuracy"),
        right.count() as f64 / 5000.0
    );
    // A step of a hundredth goes nowhere.
    assert!(last(&found, "classifier.shift") < 1e-3);
    assert!(last(&found, "classifier.flipped") < 1e-3);
}

#[test]
fn a_small_step_along_the_gradients_sign_costs_more_probability_than_a_random_one() {
    // To first order the loss changes by the slope along the step. Along its own sign the slope is the sum of
    // its sizes, in a random direction a sum of random signs, some √784 times less.
    let (aimed, random) = (
        noisy("gradient_sign", 0.5, 200, 1),
        noisy("random", 0.5, 200, 1),
    );
    let lost =
        |found: &Found| last(found, "classifier.before") - last(found, "classifier.probability");
    assert_eq!(
        last(&aimed, "classifier.before"),
        last(&random, "classifier.before")
    );
    assert!(lost(&aimed) > 5.0 * lost(&random).abs());
    for found in [&aimed, &random] {
        assert!(last(found, "step.error") < 1e-5);
    }
}

#[test]
fn the_picture_of_a_step_has_the_digits_before_it_after_it_and_the_difference() {
    let (_, samples) = noisy("gradient_sign", 3.0, 8, 2);
    let [
        Sample::Images {
            count,
            shape,
            pixels,
        },
    ] = samples.as_slice()
    else {
        panic!("{samples:?}");
    };
    assert_eq!((*count, *shape), (18, [1, 28, 28]));
    let rows: Vec<&[u8]> = pixels.chunks_exact(6 * 784).collect();
    assert!(rows[0] != rows[1]);
    for ((x, y), d) in rows[0].iter().zip(rows[1]).zip(rows[2]) {
        assert_eq!(x.cmp(y).reverse(), d.cmp(&128), "{x} {y} {d}");
    }
}

/// 400 digits against 400 under a distortion with its amount.
fn response(distortion: &str, amount: Option<(&'static str, Value)>, features: &str) -> Found {
    let mut settings = vec![
        ("distortion", text(distortion)),
        ("count", Value::Int(400)),
        ("features", text(features)),
    ];
    settings.extend(amount);
    run("fid_response", &settings, 0)
}

#[test]
fn images_that_are_not_distorted_score_the_floor_whatever_is_compared() {
    let floors = ["pooled", "spatial", "pixels"].map(|features| {
        let none = response("none", None, features);
        let floor = last(&none, "response.fid.floor");
        assert_eq!(last(&none, "response.fid"), floor);
        assert_eq!(last(&none, "response.ratio"), 1.0);
        assert_eq!(last(&none, "response.fid.n"), 400.0);
        for (distortion, amount) in [
            ("noise", ("amount", Value::Float(0.0))),
            ("blur", ("amount", Value::Float(0.0))),
            ("dropped_classes", ("dropped", Value::Int(0))),
        ] {
            // Bytes to [0, 1] and back are the same bytes.
            let found = response(distortion, Some(amount), features);
            assert_eq!(found.0, none.0, "{distortion}");
        }
        floor
    });
    assert!(floors.iter().all(|f| *f > 0.0) && floors[0] != floors[1]);
}

#[test]
fn inception_sees_noise_as_well() {
    // As few images as have a covariance: each takes seconds here.
    let settings = [
        ("features", text("inception")),
        ("distortion", text("noise")),
        ("amount", Value::Float(0.4)),
        ("count", Value::Int(2)),
    ];
    let found = run("fid_response", &settings, 0);
    let floor = last(&found, "response.fid.floor");
    assert!(floor > 0.0 && last(&found, "response.fid") > floor);
}

#[test]
fn what_looks_through_inception_is_not_worked_out_without_it() {
    let assigned = BTreeMap::from([
        (key("problem"), text("fid_response")),
        (key("features"), text("inception")),
    ]);
    let settings = resolve(&assigned, &Catalog::new())
        .expect("valid values")
        .settings;
    let spec = RunSpec::new(settings, 0, &Catalog::new()).expect("it can be done");
    assert_eq!(spec.inception_weights(), Some("6726825d"));
    let Task::Problem(of) = &spec.task else {
        panic!("a problem");
    };
    let with = (Some(digits()), None);
    assert!(work_out(of, with, &Watch::default(), None, |_| ()).is_err());
}

#[test]
fn the_fid_of_undistorted_digits_is_that_of_the_evaluator_at_its_size() {
    // 5,000 against 5,000, as the evaluator's floor, of another division of the same images: both are draws
    // from one distribution, of which ten are here.
    let Some((_, floor)) = digits()
        .references()
        .iter()
        .find(|(n, _)| *n == "fid.floor")
    else {
        panic!("a floor");
    };
    let all = (0..10).map(|seed| {
        let found = run("fid_response", &[("count", Value::Int(5000))], seed);
        last(&found, "response.fid")
    });
    let all: Vec<f64> = all.collect();
    let (low, high) = (
        all.iter().copied().fold(f64::INFINITY, f64::min),
        all.iter().copied().fold(0.0, f64::max),
    );
    let spread = high - low;
    assert!(
        (low - spread..=high + spread).contains(floor),
        "{floor} {all:?}"
    );
}

#[test]
fn classes_that_are_left_out_are_seen_by_both_kinds_of_features() {
    for features in ["pooled", "pixels"] {
        let ratio = |dropped: i64| {
            let dropped = ("dropped", Value::Int(dropped));
            let found = response("dropped_classes", Some(dropped), features);
            last(&found, "response.ratio")
        };
        let (one, five) = (ratio(1), ratio(5));
        assert!(one > 1.5 && five > one, "{features}: {one} {five}");
    }
}

#[test]
fn more_images_than_are_left_are_refused_with_the_most_that_go() {
    let assigned = BTreeMap::from([
        (key("problem"), text("fid_response")),
        (key("distortion"), text("dropped_classes")),
        (key("dropped"), Value::Int(9)),
    ]);
    let settings = resolve(&assigned, &Catalog::new())
        .expect("valid values")
        .settings;
    let refused = RunSpec::new(settings, 0, &Catalog::new()).expect_err("too many");
    // The smallest class, 892 fives, must do for both sets.
    assert!(refused.to_string().contains("at most 446"), "{refused}");
}

#[test]
fn a_generator_without_a_discriminator_comes_to_all_modes() {
    let settings = [
        ("sigma", Value::Float(0.1)),
        ("steps", Value::Int(1500)),
        ("lr", Value::Float(3e-3)),
    ];
    let found = run("mmd", &settings, 0);
    assert_eq!(last(&found, "covered"), 8.0);
    let first = found.0[&(100, "mmd.squared")];
    assert!(last(&found, "mmd.squared") < first);
    // The data's own figures stand beside the metrics, as of a GAN.
    assert_eq!(found.0[&(0, "covered.perfect")], 8.0);
    assert!(matches!(found.1.as_slice(), [Sample::Points { .. }]));
}

#[test]
fn a_generator_that_diverges_counts_with_the_worst_values() {
    let settings = [
        ("lr", Value::Float(10.0)),
        ("hidden", Value::List(vec![Value::Int(64); 30])),
        ("steps", Value::Int(50)),
    ];
    let (found, outcome) = ended("mmd", &settings, 0);
    assert!(
        matches!(outcome, Outcome::Diverged { .. }),
        "{outcome:?} {:?}",
        found.0
    );
    assert_eq!(last(&found, "covered"), 0.0);
    assert_eq!(last(&found, "mmd.squared"), 12.0);
}

#[test]
fn a_batch_of_one_has_no_pairs() {
    let assigned = BTreeMap::from([
        (key("problem"), text("mmd")),
        (key("batch_size"), Value::Int(1)),
    ]);
    let settings = resolve(&assigned, &Catalog::new())
        .expect("valid values")
        .settings;
    let refused = RunSpec::new(settings, 0, &Catalog::new()).expect_err("no pairs");
    assert!(refused.to_string().contains("at least 2"), "{refused}");
}

#[test]
fn without_a_discriminator_a_key_of_both_networks_is_the_generators() {
    let both = |network| Key {
        network: Some(network),
        ..key("lr")
    };
    let assigned = BTreeMap::from([
        (key("problem"), text("mmd")),
        (both(Network::G), Value::Float(1e-2)),
        (both(Network::D), Value::Float(1e-2)),
    ]);
    let resolved = resolve(&assigned, &Catalog::new()).expect("valid values");
    assert_eq!(resolved.unused, [both(Network::D)]);
    assert!(
        resolved
            .settings
            .0
            .keys()
            .all(|key| key.network != Some(Network::D))
    );
}
