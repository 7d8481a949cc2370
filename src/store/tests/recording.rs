//! Events in, rows out.

use tempfile::TempDir;

use super::{Checked, database, ended, logged, open, plan, provenance, spec, started};
use crate::event::{Outcome, Report, RunEvent, Sample};
use crate::store::{Reader, StoreError, value};

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
    let mut digest = value::SeriesDigest::default();
    digest.add("modes", 1, f64::NAN);
    digest.add("covered", 2, 7.0);
    digest.add("modes", 2, 8.0);
    assert_eq!(reader.run(id)?.series_digest, Some(digest.finish()));
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
    // The new attempt is on record before anything is trained, and nothing of the old one is left.
    let reader = Reader::open(folder.path())?;
    assert_eq!(reader.run(id)?.attempts, 2);
    assert_eq!(reader.series(id, "loss.d")?.len(), 0);
    drop(reader);
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
    let reader = Reader::open(folder.path())?;
    assert_eq!(reader.run(id)?.attempts, 1);
    assert_eq!(reader.run(id)?.outcome, None);
    drop(reader);
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
        let first = match start {
            true => started(run),
            false => ended(run, Outcome::Done),
        };
        let gone = sender.send(first).expect_err("refused");
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
fn what_became_of_a_run_is_told_with_the_attempts_that_were_lost() -> Checked {
    let folder = TempDir::new()?;
    let spec = spec(1, 0);
    let id = spec.id();
    let attempt = |from: u64, last: Option<RunEvent>| -> Checked {
        let writer = open(&folder);
        writer.plan(&plan(std::slice::from_ref(&spec)))?;
        let sender = writer.sender();
        let events = [RunEvent::Started { from }].into_iter().chain(last);
        for event in events {
            sender.send(Report { run: id, event })?;
        }
        writer.close()?;
        Ok(())
    };
    let past = || -> Result<_, StoreError> {
        let past = open(&folder).pasts(&[id])?.remove(&id);
        Ok(past.map(|past| (past.outcome, past.lost)))
    };
    assert_eq!(past()?, None);
    attempt(0, None)?;
    attempt(0, None)?;
    attempt(7, None)?;
    assert_eq!(past()?, Some((None, vec![7, 0, 0])));
    // Left because somebody asked: no attempt before it counts.
    attempt(7, Some(RunEvent::Stopped { step: 9 }))?;
    assert_eq!(past()?, Some((None, vec![])));
    attempt(9, None)?;
    assert_eq!(past()?, Some((None, vec![9])));
    let outcome = Outcome::TimedOut {
        step: 12,
        limit: std::time::Duration::from_millis(1500),
    };
    let ended = ended(id, outcome.clone());
    attempt(9, Some(ended.event))?;
    assert_eq!(past()?, Some((Some(outcome.clone()), vec![])));
    assert_eq!(Reader::open(folder.path())?.run(id)?.outcome, Some(outcome));
    Ok(())
}
