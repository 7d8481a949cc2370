use std::fs;
use std::path::{Path, PathBuf};

use super::{Damage, Shelf, open, runs, seal};
use crate::spec::RunId;
use crate::train::tests::run_spec;

fn run() -> RunId {
    run_spec(&[], 0).id()
}

fn files(results: &Path) -> Vec<PathBuf> {
    let folder = results.join("checkpoints").join(run().to_string());
    let mut found: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    found.sort();
    found
}

fn newest(shelf: &Shelf) -> Option<Vec<u8>> {
    shelf.newest(u64::MAX, |content| Some(content.to_vec()))
}

#[test]
fn every_changed_byte_and_every_length_is_noticed() {
    let sealed = seal(b"what a run needs");
    assert_eq!(open(&sealed), Ok(&b"what a run needs"[..]));
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[place] ^= 1 << bit;
            assert!(open(&changed).is_err(), "bit {bit} of byte {place}");
        }
        assert!(open(&sealed[..place]).is_err(), "{place} bytes");
    }
    assert!(matches!(
        open(&[&sealed[..], &[0]].concat()),
        Err(Damage::Length { .. })
    ));
}

#[test]
fn two_are_kept_and_the_newest_intact_one_counts() -> Result<(), Box<dyn std::error::Error>> {
    let results = tempfile::tempdir()?;
    let shelf = Shelf::new(results.path(), run());
    assert_eq!(newest(&shelf), None);
    for step in [5, 90, 1000] {
        shelf.keep(step, format!("at {step}").as_bytes())?;
    }
    let kept = files(results.path());
    assert_eq!(kept.len(), 2);
    assert_eq!(newest(&shelf), Some(b"at 1000".to_vec()));
    // The newest damaged: told, moved aside, and the one before counts.
    let mut bytes = fs::read(&kept[1])?;
    bytes[20] ^= 1;
    fs::write(&kept[1], bytes)?;
    assert_eq!(newest(&shelf), Some(b"at 90".to_vec()));
    let notes = shelf.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("its checksum is another"), "{}", notes[0]);
    assert!(kept[1].with_extension("damaged").exists());
    // Truncated to nothing: none is left.
    fs::write(&kept[0], "")?;
    assert_eq!(newest(&shelf), None);
    shelf.clear();
    assert_eq!(files(results.path()), Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn what_is_not_understood_is_as_good_as_damaged() -> Result<(), Box<dyn std::error::Error>> {
    let results = tempfile::tempdir()?;
    let shelf = Shelf::new(results.path(), run());
    shelf.keep(1, b"old")?;
    shelf.keep(2, b"new")?;
    let read = |content: &[u8]| (content == b"old").then_some(1);
    assert_eq!(shelf.newest(u64::MAX, read), Some(1));
    assert_eq!(shelf.newest(1, read), None);
    assert_eq!(runs(results.path()), [run()]);
    shelf.clear();
    assert_eq!(runs(results.path()), []);
    Ok(())
}
