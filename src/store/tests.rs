//! The contract of the store, as tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Provenance, Reader, StoreError, Writer};
use crate::event::{Ended, Outcome, Quantity, Report, RunEvent, Sample};
use crate::grid::{Plan, PlannedRun};
use crate::param::{Key, Value};
use crate::spec::{Catalog, RunId, RunSpec, resolve};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn spec(k: i64, seed: u64) -> RunSpec {
    let key = Key {
        name: "k",
        network: None,
    };
    let assigned = BTreeMap::from([(key, Value::Int(k))]);
    let resolved = resolve(&assigned, &Catalog::new()).expect("k is a parameter");
    RunSpec::new(resolved.settings, seed, &Catalog::new()).expect("defaults can train")
}

fn plan(specs: &[RunSpec]) -> Plan {
    Plan {
        name: "ring".to_owned(),
        question: Some("Does k matter?".to_owned()),
        profile: String::new(),
        source: "name: ring\n".to_owned(),
        runs: specs
            .iter()
            .map(|spec| PlannedRun {
                spec: spec.clone(),
                tags: vec!["long".to_owned()],
                selected: true,
            })
            .collect(),
        notes: Vec::new(),
    }
}

fn provenance() -> Provenance {
    Provenance {
        git_revision: "abc".to_owned(),
        dirty: true,
        versions: "gan-sweep 0.1.0".to_owned(),
        numeric_class: "avx2".to_owned(),
    }
}

fn open(folder: &TempDir) -> Writer {
    Writer::open(folder.path(), provenance()).expect("a writer")
}

fn logged(run: RunId, step: u64, values: &[(Quantity, f64)]) -> Report {
    let values = values.to_vec();
    Report {
        run,
        event: RunEvent::Logged { step, values },
    }
}

fn ended(run: RunId, outcome: Outcome) -> Report {
    Report {
        run,
        event: RunEvent::Ended(Ended {
            outcome,
            weights_digest: Some([7; 32]),
            flops: 1_000_000,
            wall: Duration::from_millis(1500),
            cpu: Duration::from_millis(1250),
        }),
    }
}

fn started(run: RunId) -> Report {
    Report {
        run,
        event: RunEvent::Started,
    }
}

fn database(folder: &TempDir) -> Connection {
    Connection::open(folder.path().join("gan-sweep.db")).expect("the database")
}

#[test]
fn a_run_comes_back_as_it_was_reported() -> Checked {
    let folder = TempDir::new()?;
    let writer = open(&folder);
    let spec = spec(2, 3);
    let id = spec.id();
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    let sender = writer.sender();
    sender.send(started(id))?;
    sender.send(logged(id, 100, &[("loss.d", 1.25), ("covered", 3.0)]))?;
    sender.send(logged(
        id,
        200,
        &[("loss.d", f64::NAN), ("grad.d", f64::INFINITY)],
    ))?;
    sender.send(logged(id, 200, &[("grad.g", f64::NEG_INFINITY)]))?;
    let sample = Sample::Images {
        count: 1,
        shape: [1, 2, 2],
        pixels: vec![0, 128, 255, 7],
    };
    sender.send(Report {
        run: id,
        event: RunEvent::Sampled {
            step: 200,
            sample: sample.clone(),
        },
    })?;
    let values = vec![("covered", 0.0)];
    sender.send(Report {
        run: id,
        event: RunEvent::Worst { step: 201, values },
    })?;
    let outcome = Outcome::Diverged {
        step: 201,
        quantity: "loss.d".to_owned(),
    };
    sender.send(ended(id, outcome.clone()))?;
    assert_eq!(writer.outcomes(&[id])?[&id], outcome);
    writer.close()?;

    let reader = Reader::open(folder.path())?;
    let sweep = reader.sweep("ring")?;
    assert_eq!(sweep.question.as_deref(), Some("Does k matter?"));
    let [row] = reader.runs(&sweep)?.try_into().expect("one run");
    assert_eq!((row.id, row.seed, row.attempts), (id, 3, 1));
    assert_eq!(row.outcome, Some(outcome));
    assert_eq!(row.settings["k"], "2");
    assert_eq!(row.settings["lr.g"], "2e-4");
    assert_eq!(row.settings["hidden.g"], "[128, 128]");
    assert_eq!(row.tags, ["long"]);
    assert_eq!(row.weights_digest, Some("07".repeat(32)));
    assert_eq!((row.wall_seconds, row.cpu_seconds), (Some(1.5), Some(1.25)));
    assert_eq!(row.provenance, Some(provenance()));
    let last = |name: &str| {
        (
            row.last[name].step,
            row.last[name].value,
            row.last[name].worst,
        )
    };
    assert_eq!(last("covered"), (201, 0.0, true));
    assert_eq!(last("grad.d"), (200, f64::INFINITY, false));
    assert_eq!(last("grad.g"), (200, f64::NEG_INFINITY, false));
    assert!(row.last["loss.d"].value.is_nan());
    let series = reader.series(id, "loss.d")?;
    assert_eq!((series[0].step, series[0].value), (100, 1.25));
    assert_eq!(reader.all_series(id)?.len(), 4);
    assert_eq!(reader.samples(id)?[0].sample, sample);
    Ok(())
}

#[test]
fn the_series_digest_is_that_of_the_stored_series() -> Checked {
    let folder = TempDir::new()?;
    let writer = open(&folder);
    let spec = spec(1, 0);
    let id = spec.id();
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    let sender = writer.sender();
    sender.send(started(id))?;
    sender.send(logged(id, 2, &[("modes", 8.0), ("covered", 7.0)]))?;
    sender.send(logged(id, 1, &[("modes", f64::NAN)]))?;
    sender.send(ended(id, Outcome::Done))?;
    writer.close()?;
    let reader = Reader::open(folder.path())?;
    let mut digest = super::value::SeriesDigest::default();
    digest.add("modes", 1, f64::NAN);
    digest.add("covered", 2, 7.0);
    digest.add("modes", 2, 8.0);
    assert_eq!(reader.run(id)?.series_digest, Some(digest.finish()));
    Ok(())
}

#[test]
fn a_second_writer_is_refused_and_told_who_writes() -> Checked {
    let folder = TempDir::new()?;
    let first = open(&folder);
    let error = Writer::open(folder.path(), provenance()).expect_err("the folder is owned");
    let text = error.to_string();
    assert!(matches!(error, StoreError::Owned { .. }), "{text}");
    assert!(
        text.contains(&format!("process {} on", std::process::id())),
        "{text}"
    );
    assert!(text.contains("since 20"), "{text}");
    first.close()?;
    open(&folder).close()?;
    Ok(())
}

#[test]
fn a_new_attempt_replaces_the_rows_of_an_unfinished_one() -> Checked {
    let folder = TempDir::new()?;
    let spec = spec(1, 0);
    let id = spec.id();
    let writer = open(&folder);
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    let sender = writer.sender();
    sender.send(started(id))?;
    sender.send(logged(id, 1, &[("loss.d", 1.0)]))?;
    sender.send(logged(id, 2, &[("loss.d", 2.0)]))?;
    writer.close()?;

    let reader = Reader::open(folder.path())?;
    let row = reader.run(id)?;
    assert_eq!((row.outcome, row.attempts), (None, 1));
    assert!(row.last.is_empty());
    assert_eq!(reader.series(id, "loss.d")?.len(), 2);
    drop(reader);

    let writer = open(&folder);
    assert!(writer.outcomes(&[id])?.is_empty());
    let sender = writer.sender();
    sender.send(started(id))?;
    // Nothing has landed yet: what there was is still there.
    let rows = Reader::open(folder.path())?.series(id, "loss.d")?.len();
    assert_eq!(rows, 2);
    sender.send(logged(id, 1, &[("loss.d", 5.0)]))?;
    sender.send(ended(id, Outcome::Done))?;
    writer.close()?;

    let reader = Reader::open(folder.path())?;
    let row = reader.run(id)?;
    assert_eq!((row.outcome, row.attempts), (Some(Outcome::Done), 2));
    let series = reader.series(id, "loss.d")?;
    assert_eq!((series.len(), series[0].value), (1, 5.0));
    Ok(())
}

#[test]
fn a_reader_sees_what_ended_while_the_writer_goes_on() -> Checked {
    let folder = TempDir::new()?;
    let specs = [spec(1, 0), spec(2, 0)];
    let writer = open(&folder);
    writer.plan(&plan(&specs))?;
    let reader = Reader::open(folder.path())?;
    let sweep = reader.sweep("ring")?;
    assert_eq!(reader.tally(&sweep)?.done, 0);
    let sender = writer.sender();
    for (done, spec) in (1..).zip(&specs) {
        sender.send(started(spec.id()))?;
        sender.send(logged(spec.id(), 1, &[("covered", 8.0)]))?;
        sender.send(ended(spec.id(), Outcome::Done))?;
        let tally = reader.tally(&sweep)?;
        assert_eq!((tally.runs, tally.done), (2, done));
    }
    // The reader still reads: the log stays, but empty.
    writer.close()?;
    let log = std::fs::metadata(folder.path().join("gan-sweep.db-wal"))?;
    assert_eq!(log.len(), 0);
    assert_eq!(reader.runs(&sweep)?.len(), 2);
    Ok(())
}

#[test]
fn a_clean_close_leaves_one_file_that_is_read_without_writing() -> Checked {
    let folder = TempDir::new()?;
    let writer = open(&folder);
    writer.plan(&plan(&[spec(1, 0)]))?;
    writer.close()?;
    for extra in ["gan-sweep.db-wal", "gan-sweep.db-shm"] {
        assert!(!folder.path().join(extra).exists(), "{extra}");
    }
    // A folder with nothing but the database, as on a read-only medium.
    let copy = TempDir::new()?;
    let path = copy.path().join("gan-sweep.db");
    std::fs::copy(folder.path().join("gan-sweep.db"), &path)?;
    let mut permissions = std::fs::metadata(copy.path())?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(copy.path(), permissions.clone())?;
    assert_eq!(Reader::open(copy.path())?.sweeps()?.len(), 1);
    let files = std::fs::read_dir(copy.path())?.count();
    assert_eq!(files, 1);
    make_writable(copy.path())?;
    Ok(())
}

/// So that the temporary folder can be removed.
fn make_writable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[test]
fn a_write_error_stops_everybody_with_its_reason() -> Checked {
    let folder = TempDir::new()?;
    let spec = spec(1, 0);
    let id = spec.id();
    let writer = open(&folder);
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    // SQLite's own words for a full disk, at the first value.
    database(&folder).execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON metrics
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )?;
    let sender = writer.sender();
    sender.send(started(id))?;
    // Handed over; whether the writer has looked at it yet is its business.
    let _ = sender.send(logged(id, 1, &[("loss.d", 1.0)]));
    let gone = sender
        .send(ended(id, Outcome::Done))
        .expect_err("nothing can be recorded");
    let reason = gone.reason.expect("a reason");
    let cause = std::error::Error::source(reason.as_ref()).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("database or disk is full"));
    assert!(sender.send(started(id)).is_err());
    assert!(writer.outcomes(&[id]).is_err());
    let error = writer.close().expect_err("the first error is reported");
    assert!(matches!(error, StoreError::Gone(gone) if gone.reason.is_some()));
    // The folder is free again, and nothing half is in it.
    assert_eq!(Reader::open(folder.path())?.run(id)?.attempts, 0);
    database(&folder).execute_batch("DROP TRIGGER full")?;
    open(&folder).close()?;
    Ok(())
}

#[test]
fn a_full_queue_does_not_hang_when_the_writer_stops() -> Checked {
    let folder = TempDir::new()?;
    let spec = spec(1, 0);
    let id = spec.id();
    let writer = open(&folder);
    writer.plan(&plan(std::slice::from_ref(&spec)))?;
    database(&folder).execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON metrics
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )?;
    let sender = writer.sender();
    sender.send(started(id))?;
    let stopped = (0..100_000).any(|step| {
        let report = logged(id, step, &[("loss.d", 1.0)]);
        sender.send(report).is_err()
    });
    assert!(stopped);
    Ok(())
}

#[test]
fn events_without_a_plan_or_a_start_are_errors() -> Checked {
    let folder = TempDir::new()?;
    let (known, unknown) = (spec(1, 0), spec(2, 0).id());
    for (run, start) in [(unknown, true), (known.id(), false)] {
        let writer = open(&folder);
        writer.plan(&plan(std::slice::from_ref(&known)))?;
        let sender = writer.sender();
        if start {
            sender.send(started(run))?;
        }
        let gone = sender.send(ended(run, Outcome::Done)).expect_err("refused");
        let reason = gone.reason.expect("a reason");
        match *reason {
            StoreError::NotPlanned(id) => assert_eq!((id, start), (run, true)),
            StoreError::NotStarted(id) => assert_eq!((id, start), (run, false)),
            _ => return Err(reason.to_string().into()),
        }
    }
    Ok(())
}

#[test]
fn runs_that_leave_the_grid_are_kept_and_marked() -> Checked {
    let folder = TempDir::new()?;
    let specs = [spec(1, 0), spec(2, 0), spec(4, 0)];
    let writer = open(&folder);
    let first = writer.plan(&plan(&specs))?;
    assert_eq!((first.new_runs, first.left_runs), (3, 0));
    let fewer = [specs[2].clone(), specs[0].clone()];
    let second = writer.plan(&plan(&fewer))?;
    assert_eq!((second.new_runs, second.left_runs), (0, 1));
    writer.close()?;
    let reader = Reader::open(folder.path())?;
    let sweep = reader.sweep("ring")?;
    let ids = |rows: Vec<super::RunRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(ids(reader.runs(&sweep)?), [specs[2].id(), specs[0].id()]);
    assert_eq!(ids(reader.left(&sweep)?), [specs[1].id()]);
    assert!(reader.memberships(specs[1].id())?[0].left_at.is_some());

    let writer = open(&folder);
    assert_eq!(writer.plan(&plan(&specs))?, super::Registered::default());
    writer.close()?;
    assert_eq!(ids(Reader::open(folder.path())?.left(&sweep)?), []);
    Ok(())
}

#[test]
fn a_profile_has_members_of_its_own_and_the_newest_plan_is_meant() -> Checked {
    let folder = TempDir::new()?;
    let writer = open(&folder);
    writer.plan(&plan(&[spec(1, 0), spec(1, 1)]))?;
    let quick = Plan {
        profile: "quick".to_owned(),
        ..plan(&[spec(1, 0)])
    };
    writer.plan(&quick)?;
    let reader = Reader::open(folder.path())?;
    assert_eq!(reader.sweep("ring")?.profile, "quick");
    assert_eq!(reader.runs(&reader.sweep("ring")?)?.len(), 1);
    assert_eq!(reader.runs(&reader.sweep_under("ring", "")?)?.len(), 2);
    assert_eq!(reader.sweeps()?.len(), 2);
    writer.plan(&plan(&[spec(1, 0), spec(1, 1)]))?;
    assert_eq!(reader.sweep("ring")?.profile, "");
    let error = reader.sweep_under("ring", "slow").expect_err("never run");
    assert_eq!(
        error.to_string(),
        "there is no sweep 'ring' under profile 'slow'; it was run under no profile, 'quick'"
    );
    Ok(())
}

#[test]
fn names_that_are_not_there_get_a_helpful_error() -> Checked {
    let folder = TempDir::new()?;
    let missing = Reader::open(folder.path()).expect_err("no database");
    assert!(
        missing
            .to_string()
            .contains("'gan-sweep run GRID.yaml' makes them")
    );
    let writer = open(&folder);
    let specs: Vec<_> = (0..40).map(|seed| spec(1, seed)).collect();
    writer.plan(&plan(&specs))?;
    let reader = Reader::open(folder.path())?;
    let error = reader.sweep("rign").expect_err("a slip of the finger");
    assert_eq!(
        error.to_string(),
        "there is no sweep 'rign'; did you mean 'ring'?"
    );
    let error = reader.sweep("x").expect_err("no such sweep");
    assert_eq!(error.to_string(), "there is no sweep 'x'; there is ring");

    let id = specs[5].id();
    assert_eq!(reader.find_run(&id.to_string())?, id);
    assert_eq!(reader.find_run(&id.short().to_uppercase())?, id);
    // 40 runs share 16 first digits.
    let ambiguous = |digit: char| {
        let found = reader.find_run(&digit.to_string());
        matches!(found, Err(StoreError::AmbiguousRun { count, .. }) if count > 1)
    };
    assert!("0123456789abcdef".chars().any(ambiguous));
    assert!(matches!(
        reader.find_run("xyz"),
        Err(StoreError::UnknownRun { .. })
    ));
    assert!(matches!(
        reader.find_run(""),
        Err(StoreError::UnknownRun { .. })
    ));
    Ok(())
}

#[test]
fn another_database_or_a_newer_one_is_refused() -> Checked {
    let folder = TempDir::new()?;
    open(&folder).close()?;
    database(&folder).pragma_update(None, "user_version", 99)?;
    assert!(matches!(
        Reader::open(folder.path()),
        Err(StoreError::Newer { found: 99, .. })
    ));
    let newer = Writer::open(folder.path(), provenance());
    assert!(matches!(newer, Err(StoreError::Newer { .. })));
    let foreign = TempDir::new()?;
    database(&foreign).execute_batch("CREATE TABLE t (x)")?;
    assert!(matches!(
        Reader::open(foreign.path()),
        Err(StoreError::Foreign { .. })
    ));
    let noise = TempDir::new()?;
    std::fs::write(noise.path().join("gan-sweep.db"), [42; 5000])?;
    assert!(matches!(
        Reader::open(noise.path()),
        Err(StoreError::Database { .. })
    ));
    Ok(())
}

#[test]
fn the_views_say_what_the_reader_says() -> Checked {
    let folder = TempDir::new()?;
    let specs = [spec(1, 0), spec(2, 0)];
    let writer = open(&folder);
    writer.plan(&plan(&specs))?;
    let sender = writer.sender();
    let id = specs[0].id();
    sender.send(started(id))?;
    sender.send(logged(id, 1, &[("covered", 1.0)]))?;
    sender.send(logged(id, 2, &[("covered", 8.0), ("loss.d", f64::NAN)]))?;
    sender.send(ended(id, Outcome::Done))?;
    sender.send(started(specs[1].id()))?;
    sender.send(logged(specs[1].id(), 1, &[("covered", 1.0)]))?;
    writer.close()?;
    let db = database(&folder);
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut select = db.prepare(sql)?;
        select.query_map([], |row| row.get(0))?.collect()
    };
    assert_eq!(
        list("SELECT position || ' ' || outcome || ' ' || (settings ->> '$.k') FROM v_runs")?,
        ["0 done 1", "1 missing 2"]
    );
    assert_eq!(
        list(
            "SELECT position||' '||step||' '||quantity||' '||coalesce(value,kind) FROM v_metrics"
        )?,
        ["0 1 covered 1.0", "0 2 covered 8.0", "0 2 loss.d nan"]
    );
    assert_eq!(
        list("SELECT step || ' ' || quantity || ' ' || kind FROM v_final")?,
        ["2 covered finite", "2 loss.d nan"]
    );
    assert_eq!(
        list("SELECT outcome || ' ' || git_revision FROM v_attempts ORDER BY outcome")?,
        ["done abc", "unfinished abc"]
    );
    Ok(())
}
