use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{ClusterPlan, Folder, How, PlanError, Publisher, attempt_name, ended, lost, slices};
use crate::checkpoint;
use crate::event::{Ended, Outcome, Report, RunEvent, Sample};
use crate::exec::{Recorder, kept};
use crate::grid::cluster::Wishes;
use crate::grid::{Overrides, read};
use crate::provenance::provenance;
use crate::spec::{Catalog, RunId, RunSpec};
use crate::store::{Reader, Writer};
use crate::train::tests::run_spec;

type Checked = Result<(), Box<dyn std::error::Error>>;

const GRID: &str =
    "version: 1\nname: demo\ndefaults: {dataset: ring8}\ngrid: {k: [1, 2]}\nseeds: 2\n";

fn cluster_plan() -> ClusterPlan {
    let overrides = Overrides::default();
    let plan = read(GRID, Path::new("g.yaml"), &overrides, &Catalog::new()).expect("a grid");
    let ids: Vec<RunId> = plan.runs.iter().map(|run| run.spec.id()).collect();
    let slices = slices(&[1.0; 4], 2).into_iter();
    let slices = slices.map(|slice| slice.into_iter().map(|i| ids[i]).collect());
    let how = How {
        retries: 1,
        timeout: Some(60.5),
        checkpoint_every: 10.0,
    };
    let of = (how, Wishes::default());
    ClusterPlan::new(
        &plan,
        Path::new("a/g.yaml"),
        &overrides,
        of,
        slices.collect(),
    )
}

#[test]
fn a_plan_is_found_by_its_content_and_never_taken_for_another() -> Checked {
    let results = tempfile::tempdir()?;
    let plan = cluster_plan();
    let folder = plan.folder(results.path());
    plan.write(&folder)?;
    plan.write(&folder)?;
    assert_eq!(Folder::all(results.path()), std::slice::from_ref(&folder));
    assert_eq!(Folder::named(results.path(), &folder.name()), folder);
    assert_eq!(ClusterPlan::read(&folder)?, plan);
    let expanded = plan.expand(&Catalog::new(), &plan.slices[1..])?;
    let selected: Vec<RunId> = expanded
        .runs
        .iter()
        .filter(|run| run.selected)
        .map(|run| run.spec.id())
        .collect();
    assert_eq!(selected, plan.slices[1]);
    let text = fs::read_to_string(folder.plan())?;
    fs::write(
        folder.plan(),
        text.replace("\"retries\":1", "\"retries\":2"),
    )?;
    let error = ClusterPlan::read(&folder).expect_err("another content");
    assert!(matches!(error, PlanError::Changed { .. }), "{error}");
    Ok(())
}

#[test]
fn runs_that_the_grid_no_longer_asks_for_are_told() {
    let mut plan = cluster_plan();
    plan.slices[0].push(run_spec(&[], 77).id());
    let error = plan
        .expand(&Catalog::new(), &plan.slices)
        .expect_err("one more");
    assert!(
        matches!(error, PlanError::OtherRuns { count: 1, .. }),
        "{error}"
    );
}

fn publisher(results: &Path, name: &str, every: Duration, spec: &RunSpec) -> Publisher {
    let folder = results.join("shards");
    Publisher::new(results, folder, name.to_owned(), every, [spec]).expect("a publisher")
}

fn picture(step: u64) -> RunEvent {
    let sample = Sample::Points {
        generated: vec![[step as f32, 0.0]],
        centres: Vec::new(),
        sigma: 0.1,
        dimensions: 2,
    };
    RunEvent::Sampled { step, sample }
}

fn end() -> RunEvent {
    RunEvent::Ended(Ended {
        outcome: Outcome::Done,
        weights_digest: Some([7; 32]),
        flops: 1,
        wall: Duration::from_secs(1),
        cpu: Duration::from_secs(1),
    })
}

fn shards(results: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(results.join("shards")).into_iter().flatten();
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "db"))
        .collect()
}

/// An attempt that is killed after a picture, and one that goes on behind it.
#[test]
fn pictures_of_a_lost_attempt_come_into_the_shard_of_the_next() -> Checked {
    let results = tempfile::tempdir()?;
    let spec = run_spec(&[], 0);
    let run = spec.id();
    let send = |publisher: &Publisher, event| publisher.record(Report { run, event });
    // Every run is a long one.
    let first = publisher(results.path(), "first", Duration::ZERO, &spec);
    send(&first, RunEvent::Started { from: 0 })?;
    send(&first, picture(10))?;
    send(&first, picture(20))?;
    drop(first);
    assert_eq!(shards(results.path()).len(), 0);
    assert_eq!(lost(&results.path().join("shards"))[&run], [0]);
    let second = publisher(results.path(), "second", Duration::from_secs(600), &spec);
    send(&second, RunEvent::Started { from: 15 })?;
    // As a worker does.
    for picture in kept::up_to(results.path(), run, 15) {
        send(&second, picture)?;
    }
    // The checkpoint was before the second picture, which is made again.
    send(&second, picture(20))?;
    send(&second, picture(30))?;
    send(&second, end())?;
    second.finish()?;
    let shards = shards(results.path());
    assert_eq!(ended(&shards, 0)?, BTreeSet::from([run]));
    let writer = Writer::open(results.path(), provenance())?;
    assert_eq!(writer.collect(&shards[0])?.runs, 1);
    writer.close()?;
    let samples = Reader::open(results.path())?.samples(run)?;
    let steps: Vec<u64> = samples.iter().map(|sample| sample.step).collect();
    assert_eq!(steps, [10, 20, 30]);
    Ok(())
}

#[test]
fn pictures_of_a_run_that_is_left_are_kept_with_its_checkpoint() -> Checked {
    let results = tempfile::tempdir()?;
    let spec = run_spec(&[], 0);
    let run = spec.id();
    let send = |publisher: &Publisher, event| publisher.record(Report { run, event });
    let publisher = publisher(results.path(), "first", Duration::from_secs(600), &spec);
    send(&publisher, RunEvent::Started { from: 0 })?;
    send(&publisher, picture(10))?;
    let folder = checkpoint::folder(results.path(), run);
    assert!(!folder.exists());
    send(&publisher, RunEvent::Stopped { step: 12 })?;
    publisher.finish()?;
    assert_eq!(fs::read_dir(folder)?.count(), 1);
    // Nothing ended, and nothing was lost.
    assert_eq!(shards(results.path()).len(), 0);
    assert!(lost(&results.path().join("shards")).is_empty());
    Ok(())
}

#[test]
fn runs_that_failed_are_tried_again_where_that_is_asked_for() -> Checked {
    let results = tempfile::tempdir()?;
    let spec = run_spec(&[], 0);
    let run = spec.id();
    let publisher = publisher(results.path(), &attempt_name(1), Duration::ZERO, &spec);
    let RunEvent::Ended(mut ended_event) = end() else {
        return Err("an end".into());
    };
    ended_event.outcome = Outcome::Failed {
        message: "no".to_owned(),
    };
    for event in [RunEvent::Started { from: 0 }, RunEvent::Ended(ended_event)] {
        publisher.record(Report { run, event })?;
    }
    publisher.finish()?;
    let shards = shards(results.path());
    assert_eq!(ended(&shards, 0)?.len(), 1);
    assert_eq!(ended(&shards, 1)?.len(), 0);
    Ok(())
}

#[test]
fn names_of_attempts_are_never_the_same() {
    let names: BTreeSet<String> = (0..100).map(|_| attempt_name(3)).collect();
    assert_eq!(names.len(), 100);
}
