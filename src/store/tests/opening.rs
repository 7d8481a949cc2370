//! Who may write, who can read, and what they are told otherwise.

use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Checked, database, ended, logged, open, plan, provenance, spec, started};
use crate::event::Outcome;
use crate::store::{Reader, StoreError, Writer};

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
    read_only_folder(false)
}

/// For root, whom permissions do not bind, this is weaker.
#[test]
fn a_read_only_folder_in_wal_mode_is_read() -> Checked {
    read_only_folder(true)
}

fn read_only_folder(left_in_wal_mode: bool) -> Checked {
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
    if left_in_wal_mode {
        // As after a close while somebody was reading.
        let mode = Connection::open(&path)?;
        mode.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    let mut permissions = std::fs::metadata(copy.path())?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(copy.path(), permissions.clone())?;
    assert_eq!(Reader::open(copy.path())?.sweeps()?.len(), 1);
    // Root can make SQLite's own files beside a database in WAL mode, and SQLite does.
    assert!(left_in_wal_mode || std::fs::read_dir(copy.path())?.count() == 1);
    make_writable(copy.path())?;
    Ok(())
}

/// So that the temporary folder can be removed.
fn make_writable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
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
