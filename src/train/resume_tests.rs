//! A run that is left and gone on with has the bits of one that was not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::tests::{digits, ring, run_spec, spec, text, train_on};
use super::{Finish, Finished, Keeping, Prepared, Watch, go_on};
use crate::checkpoint::Shelf;
use crate::event::{Outcome, RunEvent};
use crate::param::Value;
use crate::spec::{GanSpec, RunId};

/// Whose checkpoints they are; any run.
const RUN: RunId = RunId([7; 16]);

type Checked = Result<(), Box<dyn std::error::Error>>;

/// Every logged value in order: step, name, bits.
fn series(events: &[RunEvent]) -> Vec<(u64, &'static str, u64)> {
    let logged = events.iter().filter_map(|event| match event {
        RunEvent::Logged { step, values } => Some((step, values)),
        _ => None,
    });
    logged
        .flat_map(|(step, values)| {
            values
                .iter()
                .map(|(name, value)| (*step, *name, value.to_bits()))
        })
        .collect()
}

fn the_rest(events: &[RunEvent]) -> Vec<&RunEvent> {
    let rest = events.iter();
    rest.filter(|event| !matches!(event, RunEvent::Logged { .. }))
        .collect()
}

fn keeping(shelf: &Shelf) -> Keeping<'_> {
    Keeping {
        shelf: Some(shelf),
        ends: None,
        interval: Duration::from_secs(3600),
        limit: None,
    }
}

/// Left after every single step. What was made up to it stands where the last attempt begins, as the store has it.
fn step_by_step(
    prepared: &Prepared,
    spec: &GanSpec,
) -> Result<(Finished, Vec<RunEvent>), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let shelf = Shelf::new(folder.path(), RUN);
    let is_picture = |event: &RunEvent| matches!(event, RunEvent::Sampled { .. });
    let mut pictures = Vec::new();
    for attempt in 1.. {
        let watch = Watch::default();
        watch.stop.store(true, Ordering::Relaxed);
        let mut events = Vec::new();
        match go_on(spec, prepared, &watch, &keeping(&shelf), |e| events.push(e))? {
            Finish::Stopped { step } => {
                assert_eq!((step, shelf.newest_step()), (attempt, attempt));
                pictures.extend(events.into_iter().filter(is_picture));
            }
            Finish::Outcome(finished) => {
                assert_eq!(attempt, spec.steps);
                assert_eq!(shelf.take_notes(), Vec::<String>::new());
                let first = events.iter().position(is_picture);
                let at = first.unwrap_or(events.len());
                events.splice(at..at, pictures);
                return Ok((finished, events));
            }
            Finish::Abandoned => panic!("nobody abandoned it"),
        }
    }
    panic!("no attempt was the last")
}

fn check(prepared: &Prepared, spec: &GanSpec) -> Checked {
    let (finished, events) = train_on(prepared, spec)?;
    let (resumed, again) = step_by_step(prepared, spec)?;
    let told = format!("{spec:?}");
    assert_eq!(finished.outcome, Outcome::Done, "{told}");
    assert!(finished.weights_digest.is_some());
    assert_eq!(resumed.weights_digest, finished.weights_digest, "{told}");
    assert_eq!(resumed.flops, finished.flops, "{told}");
    assert_eq!(series(&again), series(&events), "{told}");
    assert_eq!(the_rest(&again), the_rest(&events), "{told}");
    Ok(())
}

#[test]
fn whatever_a_run_carries_from_step_to_step_is_kept() -> Checked {
    let int = Value::Int;
    let variants: &[&[(&'static str, Value)]] = &[
        &[],
        &[("optimizer", text("rmsprop")), ("norm", text("batch"))],
        &[
            ("optimizer", text("sgd")),
            ("momentum", Value::Float(0.9)),
            ("lr", Value::Float(0.01)),
            ("norm", text("layer")),
        ],
        &[("ema", Value::Float(0.9)), ("g_steps", int(3))],
        &[
            ("k", text("converge")),
            ("converge_window", int(2)),
            ("unroll", int(2)),
        ],
        &[
            ("loss", text("wgan_gp")),
            ("instance_noise", Value::Float(0.1)),
            ("lr_schedule", text("linear")),
        ],
        &[
            ("loss", text("wgan")),
            ("noise", text("gaussian_mixture")),
            ("pack", int(2)),
        ],
        &[
            ("conditioning", text("acgan")),
            ("updates", text("simultaneous")),
        ],
    ];
    for changes in variants {
        check(&ring(), &spec(changes, 1))?;
    }
    Ok(())
}

#[test]
fn networks_for_images_too() -> Checked {
    let changes = [
        ("dataset", text("mnist")),
        ("model", text("dcgan")),
        ("width", Value::Int(4)),
        ("norm", text("spectral")),
        ("steps", Value::Int(4)),
        ("eval_every", Value::Int(2)),
        ("log_every", Value::Int(1)),
    ];
    check(&digits(), &spec(&changes, 2))
}

#[test]
fn a_checkpoint_of_another_network_is_not_used() -> Checked {
    let (one, other) = (spec(&[], 0), spec(&[("ema", Value::Float(0.5))], 0));
    let folder = tempfile::tempdir()?;
    let shelf = Shelf::new(folder.path(), RUN);
    let watch = Watch::default();
    watch.stop.store(true, Ordering::Relaxed);
    go_on(&one, &ring(), &watch, &keeping(&shelf), |_| {})?;
    assert_eq!(shelf.newest_step(), 1);
    let mut events = Vec::new();
    let finish = go_on(&other, &ring(), &Watch::default(), &keeping(&shelf), |e| {
        events.push(e);
    })?;
    let (alone, expected) = train_on(&ring(), &other)?;
    assert_eq!(finish, Finish::Outcome(alone));
    assert_eq!(series(&events), series(&expected));
    assert_eq!(shelf.take_notes().len(), 1);
    Ok(())
}

#[test]
fn a_run_ends_when_its_time_is_over_and_goes_on_under_a_larger_limit() -> Checked {
    let spec = spec(&[], 0);
    let folder = tempfile::tempdir()?;
    let shelf = Shelf::new(folder.path(), RUN);
    let limit = Duration::from_nanos(1);
    let short = Keeping {
        limit: Some(limit),
        ..keeping(&shelf)
    };
    let ring = ring();
    let attempt = |keeping: &Keeping<'_>| {
        let mut events = Vec::new();
        let finish = go_on(&spec, &ring, &Watch::default(), keeping, |e| events.push(e));
        finish.map(|finish| (finish, events))
    };
    for step in [1, 2] {
        let (finish, _) = attempt(&short)?;
        let Finish::Outcome(finished) = finish else {
            panic!("it is over");
        };
        assert_eq!(finished.outcome, Outcome::TimedOut { step, limit });
        assert_eq!(finished.weights_digest, None);
    }
    let (finish, events) = attempt(&keeping(&shelf))?;
    let (alone, expected) = train_on(&ring, &spec)?;
    let Finish::Outcome(finished) = finish else {
        panic!("there is time enough");
    };
    assert_eq!(finished.weights_digest, alone.weights_digest);
    assert!(finished.earlier > Duration::ZERO);
    assert_eq!(series(&events), series(&expected));
    Ok(())
}

#[test]
fn a_run_with_more_steps_goes_on_from_one_with_fewer() -> Checked {
    let folder = tempfile::tempdir()?;
    let ring = ring();
    let run = |steps: i64| {
        run_spec(
            &[("steps", Value::Int(steps)), ("ema", Value::Float(0.9))],
            3,
        )
    };
    let with = |steps| run(steps).gan().expect("it trains").clone();
    assert_eq!(run(20).trajectory_id(), run(47).trajectory_id());
    let ends = Shelf::of_trajectory(folder.path(), run(20).trajectory_id());
    let keeping = Keeping {
        ends: Some(&ends),
        ..Keeping::NOTHING
    };
    // 33 is on no schedule; 30 on that of evaluations. Two states are kept: for 21 steps both come too late.
    for (steps, from) in [(20, 0), (33, 19), (30, 19), (47, 32), (21, 0)] {
        let (alone, expected) = train_on(&ring, &with(steps))?;
        let mut events = Vec::new();
        let watch = Watch::default();
        let ends_before = ends.newest_step();
        let finish = go_on(&with(steps), &ring, &watch, &keeping, |e| events.push(e))?;
        let Finish::Outcome(finished) = finish else {
            panic!("nobody stopped it");
        };
        assert_eq!(finished.weights_digest, alone.weights_digest, "{steps}");
        assert_eq!(finished.flops, alone.flops);
        assert_eq!(series(&events), series(&expected), "{steps}");
        // Whether it went on is seen by the time that others spent.
        assert_eq!(finished.earlier > Duration::ZERO, from > 0, "{steps}");
        assert!(ends.newest_step() >= ends_before);
    }
    Ok(())
}

#[test]
fn of_a_step_that_was_cut_short_nothing_is_kept() -> Checked {
    let folder = tempfile::tempdir()?;
    let spec = spec(&[("k", text("converge")), ("log_every", Value::Int(1))], 0);
    let shelf = Shelf::new(folder.path(), RUN);
    let ends = Shelf::of_trajectory(folder.path(), RUN);
    let keeping = Keeping {
        ends: Some(&ends),
        interval: Duration::ZERO,
        ..keeping(&shelf)
    };
    let watch = Watch::default();
    let finish = go_on(&spec, &ring(), &watch, &keeping, |event| {
        if matches!(event, RunEvent::Logged { step: 18, .. }) {
            watch.abandon.store(true, Ordering::Relaxed);
        }
    })?;
    assert_eq!(finish, Finish::Abandoned);
    // The nineteenth of twenty is where the end would have been kept.
    assert!(shelf.newest_step() <= 18);
    assert_eq!(ends.newest_step(), 0);
    Ok(())
}
