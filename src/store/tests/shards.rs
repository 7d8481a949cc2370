//! Shards: what they hold, and what becomes of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Checked, ended, logged, open, plan, provenance, spec, started};
use crate::event::{Outcome, RunEvent, Sample};
use crate::spec::RunSpec;
use crate::store::{Collected, Provenance, Reader, Shard, shard_outcomes};

/// The events of a whole attempt.
fn attempt(spec: &RunSpec, value: f64, outcome: Outcome) -> Vec<RunEvent> {
    let run = spec.id();
    let picture = Sample::Points {
        generated: vec![[1.0, 2.0]],
        centres: vec![[0.0, 0.0]],
        sigma: 0.1,
        dimensions: 2,
    };
    vec![
        started(run).event,
        logged(run, 10, &[("covered", value), ("loss.d", f64::NAN)]).event,
        logged(run, 20, &[("covered", value + 1.0)]).event,
        RunEvent::Sampled {
            step: 20,
            sample: picture,
        },
        RunEvent::Trained {
            weights: vec![1, 2, 3],
        },
        ended(run, outcome).event,
    ]
}

fn shard(folder: &Path, name: &str, host: &str, runs: &[(&RunSpec, f64, Outcome)]) -> PathBuf {
    written(folder, name, (&provenance(), host), runs)
}

fn written(
    folder: &Path,
    name: &str,
    (provenance, host): (&Provenance, &str),
    runs: &[(&RunSpec, f64, Outcome)],
) -> PathBuf {
    let mut shard = Shard::new(provenance, host).expect("a shard");
    for (spec, value, outcome) in runs {
        let events = attempt(spec, *value, outcome.clone());
        shard.add(spec, events).expect("a run is added");
    }
    let path = folder.join(name);
    fs::write(&path, shard.into_bytes().expect("bytes")).expect("a file");
    path
}

fn failed() -> Outcome {
    Outcome::Failed {
        message: "no memory".to_owned(),
    }
}

#[test]
fn a_collected_run_is_as_one_that_was_recorded_here() -> Checked {
    let (here, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let specs = [spec(1, 0), spec(2, 0)];
    let writer = open(&here);
    writer.plan(&plan(&specs))?;
    for spec in &specs {
        for event in attempt(spec, 4.0, Outcome::Done) {
            let run = spec.id();
            writer.sender().send(crate::event::Report { run, event })?;
        }
    }
    writer.close()?;
    let writer = open(&there);
    writer.plan(&plan(&specs))?;
    // In another order, and with other keys.
    let runs = [
        (&specs[1], 4.0, Outcome::Done),
        (&specs[0], 4.0, Outcome::Done),
    ];
    let file = shard(there.path(), "a b%.r0.db", "n1", &runs);
    assert_eq!(shard_outcomes(&file)?.len(), 2);
    let collected = writer.collect(&file)?;
    assert_eq!((collected.runs, collected.duplicates), (2, 0));
    assert!(writer.shards()?.contains("a b%.r0.db"));
    // Once.
    assert_eq!(writer.collect(&file)?, Collected::default());
    writer.close()?;
    let (here, there) = (Reader::open(here.path())?, Reader::open(there.path())?);
    for spec in &specs {
        let [mut a, mut b] = [&here, &there].map(|r| r.run(spec.id()).expect("the run"));
        assert_eq!(b.host.as_deref(), Some("n1"));
        (a.host, b.host) = (None, None);
        (a.ended_at, b.ended_at) = (None, None);
        // A NaN is none of itself.
        let nan = |row: &crate::store::RunRow| row.last["loss.d"].value.is_nan();
        assert!(nan(&a) && nan(&b));
        a.last.remove("loss.d");
        b.last.remove("loss.d");
        assert_eq!(a, b);
        assert_eq!(here.samples(spec.id())?, there.samples(spec.id())?);
        assert_eq!(here.weights(spec.id())?, there.weights(spec.id())?);
    }
    Ok(())
}

#[test]
fn a_second_copy_agrees_or_is_told() -> Checked {
    let folder = tempfile::tempdir()?;
    let specs = [spec(1, 0), spec(2, 0)];
    let writer = open(&folder);
    writer.plan(&plan(&specs))?;
    let runs = |value| [(&specs[0], value, Outcome::Done)];
    writer.collect(&shard(folder.path(), "1.db", "n1", &runs(4.0)))?;
    let same = writer.collect(&shard(folder.path(), "2.db", "n2", &runs(4.0)))?;
    assert_eq!((same.runs, same.duplicates), (0, 1));
    // The same class and versions: nothing of the file is taken, and it stays new.
    let other = [
        (&specs[1], 4.0, Outcome::Done),
        (&specs[0], 5.0, Outcome::Done),
    ];
    let file = shard(folder.path(), "3.db", "n3", &other);
    for _ in 0..2 {
        let conflict = writer.collect(&file)?;
        assert_eq!(conflict.runs, 0);
        let parted = &conflict.conflicts[0];
        assert_eq!(parted.run, specs[0].id());
        assert_eq!((&*parted.here.host, &*parted.there.host), ("n1", "n3"));
    }
    // Another class: told, and the rest is taken.
    let elsewhere = Provenance {
        numeric_class: "avx512".to_owned(),
        ..provenance()
    };
    let file = written(folder.path(), "4.db", (&elsewhere, "n4"), &other);
    let collected = writer.collect(&file)?;
    assert_eq!((collected.runs, collected.conflicts.len()), (1, 0));
    assert_eq!(collected.elsewhere[0].there.numeric_class, "avx512");
    writer.close()?;
    let row = Reader::open(folder.path())?.run(specs[0].id())?;
    assert_eq!(row.host.as_deref(), Some("n1"));
    assert_eq!(row.last["covered"].value, 5.0);
    Ok(())
}

#[test]
fn a_failure_gives_way_and_a_result_does_not() -> Checked {
    let folder = tempfile::tempdir()?;
    let spec = spec(1, 0);
    let writer = open(&folder);
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    let of = |name: &str, outcome| shard(folder.path(), name, "n1", &[(&spec, 4.0, outcome)]);
    assert_eq!(writer.collect(&of("1.db", failed()))?.runs, 1);
    assert_eq!(writer.collect(&of("2.db", Outcome::Done))?.runs, 1);
    let late = writer.collect(&of("3.db", failed()))?;
    assert_eq!((late.runs, late.duplicates), (0, 0));
    writer.close()?;
    let reader = Reader::open(folder.path())?;
    let row = reader.run(spec.id())?;
    assert_eq!((row.outcome, row.attempts), (Some(Outcome::Done), 2));
    assert_eq!(reader.attempts(spec.id())?.len(), 2);
    assert_eq!(reader.weights(spec.id())?, Some(vec![1, 2, 3]));
    Ok(())
}

#[test]
fn what_is_no_shard_takes_nothing_down() -> Checked {
    let folder = tempfile::tempdir()?;
    let spec = spec(1, 0);
    let writer = open(&folder);
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    let good = shard(folder.path(), "1.db", "n1", &[(&spec, 4.0, Outcome::Done)]);
    let bytes = fs::read(&good)?;
    for (name, content) in [
        ("empty.db", &b""[..]),
        (
            "text.db",
            b"this is no database at all, but it is long enough",
        ),
        ("cut.db", &bytes[..bytes.len() / 2]),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content)?;
        let error = writer.collect(&path).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
    assert!(writer.collect(&folder.path().join("absent.db")).is_err());
    assert_eq!(writer.collect(&good)?.runs, 1);
    writer.close()?;
    Ok(())
}
