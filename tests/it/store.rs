//! The store across processes and versions.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gan_sweep::event::Outcome;
use gan_sweep::spec::RunSpec;
use gan_sweep::store::{Reader, Writer};
use tempfile::TempDir;

use crate::synthetic::{Checked, FEATURES, WEIGHTS, plan, provenance, report, results, spec};

/// Set for the process that writes until it is killed.
const FOLDER: &str = "GAN_SWEEP_TEST_WRITE_INTO";

/// More than a process manages before it is killed.
const RUNS: u64 = 4_000;

/// When the writer is killed.
const ENOUGH: usize = 25;

fn specs() -> Vec<RunSpec> {
    (0..RUNS).map(|seed| spec(&[], seed)).collect()
}

/// No test of its own: the process that [`what_was_reported_as_done_survives_kill_9`] kills.
#[test]
fn a_process_that_writes_until_it_is_killed() -> Checked {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return Ok(());
    };
    let writer = Writer::open(Path::new(&folder), provenance())?;
    let specs = specs();
    writer.plan(&plan("long", &specs))?;
    // Two workers, so that one is in the middle of a run when the other has just reported.
    std::thread::scope(|scope| {
        for half in specs.chunks(specs.len() / 2) {
            let sender = writer.sender();
            scope.spawn(move || {
                for spec in half {
                    let values = [("covered", spec.seed() as f64), ("loss.d", 0.5)];
                    let steps: Vec<(u64, &[_])> = (1..=20).map(|s| (s, &values[..])).collect();
                    let done = report(&sender, spec.id(), &steps, &[], Outcome::Done);
                    // One write a line, so that the lines of the workers do not mix.
                    let line = format!("done {}\n", spec.id());
                    if done.is_err() || std::io::stdout().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(())
}

#[test]
fn what_was_reported_as_done_survives_kill_9() -> Checked {
    let folder = TempDir::new()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "store::a_process_that_writes_until_it_is_killed"])
        .arg("--nocapture")
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("the child's stdout")?;
    let mut reported = Vec::new();
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next().transpose()? {
        if let Some(id) = line.strip_prefix("done ") {
            reported.push(id.parse()?);
        }
        if reported.len() == ENOUGH {
            // SIGKILL
            child.kill()?;
        }
    }
    child.wait()?;
    assert!((ENOUGH..RUNS as usize).contains(&reported.len()));

    let reader = Reader::open(folder.path())?;
    let outcomes = reader.outcomes(&reported)?;
    assert_eq!(outcomes.len(), reported.len());
    for id in &reported {
        assert_eq!(outcomes[id], Outcome::Done);
        assert_eq!(reader.series(*id, "covered")?.len(), 20);
        let run = reader.run(*id)?;
        assert_eq!(run.last["covered"].value, run.seed as f64);
        assert!(run.series_digest.is_some());
    }
    drop(reader);
    // The lock went with its holder; the next writer sees what is done.
    let writer = Writer::open(folder.path(), provenance())?;
    assert_eq!(writer.outcomes(&reported)?.len(), reported.len());
    writer.close()?;
    Ok(())
}

#[test]
fn judging_on_more_units_is_another_look_and_judging_again_is_none() -> Checked {
    let folder = TempDir::new()?;
    let plan = plan("looked", &[spec(&[], 0)]);
    for (units, look) in [(10, 1), (10, 1), (20, 2), (15, 2), (20, 3), (10, 1)] {
        let writer = Writer::open(folder.path(), provenance())?;
        assert_eq!(writer.look(&plan, units)?.get(), look, "{units}");
        writer.close()?;
    }
    Ok(())
}

/// A database of every schema version that there ever was.
fn committed(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/data/schema-{version}.sqlite"))
}

/// Set to write the committed database of a new version, once, when the schema changes.
const WRITE: &str = "GAN_SWEEP_TEST_WRITE_SCHEMA";

/// The versions of which there is a database.
fn versions() -> impl Iterator<Item = u32> {
    (1..).take_while(|&version| committed(version).exists())
}

#[test]
fn a_database_of_every_version_is_brought_up_to_date_and_read() -> Checked {
    assert!(versions().count() >= 2);
    for version in versions() {
        let folder = TempDir::new()?;
        // Never opened as a database by this process, so a plain copy is safe.
        std::fs::copy(committed(version), folder.path().join("gan-sweep.db"))?;
        Writer::open(folder.path(), provenance())?.close()?;
        let reader = Reader::open(folder.path())?;
        let sweep = reader.sweep("demo")?;
        assert_eq!(sweep.question.as_deref(), Some("What keeps the modes?"));
        let runs = reader.runs(&sweep)?;
        assert_eq!(runs.len(), 26);
        let tally = reader.tally(&sweep)?;
        assert_eq!((tally.done, tally.diverged, tally.failed), (23, 1, 1));
        assert_eq!(tally.missing(), 1);
        let diverged = &runs[1];
        let outcome = Outcome::Diverged {
            step: 1234,
            quantity: "loss.d".to_owned(),
        };
        assert_eq!(diverged.outcome, Some(outcome));
        assert!(diverged.last["covered"].worst);
        assert!(diverged.last["loss.d"].value.is_nan());
        assert_eq!(diverged.settings["lr.g"], "2e-4");
        assert_eq!(diverged.provenance, Some(provenance()));
        assert_eq!(runs[24].last["fid.floor"].value, 1.5);
        // Version 2 added what a run leaves behind, and by what it was measured.
        let kept = (version >= 2).then_some(());
        assert_eq!(runs[24].features.as_deref(), kept.map(|()| FEATURES));
        let weights = reader.weights(runs[24].id)?;
        assert_eq!(weights.as_deref(), kept.map(|()| WEIGHTS));
        assert_eq!(reader.weights(diverged.id)?, None);
    }
    Ok(())
}

#[test]
fn the_newest_schema_has_a_committed_database() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let database = folder.path().join("gan-sweep.db");
    let version =
        rusqlite::Connection::open(&database)?
            .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))?;
    if std::env::var_os(WRITE).is_some() {
        let to = committed(version);
        assert!(!to.exists(), "{} is never replaced", to.display());
        std::fs::copy(&database, &to)?;
        File::open(&to)?.sync_all()?;
    }
    let newest = versions().last();
    assert_eq!(
        newest,
        Some(version),
        "run this test once with {WRITE}=1 and commit the file"
    );
    Ok(())
}
