//! What commands say besides their tables.

use gan_sweep::event::Outcome;
use gan_sweep::param::Value;
use gan_sweep::spec::RunSpec;
use gan_sweep::store::Writer;
use tempfile::TempDir;

use crate::synthetic::{Checked, plan, prints, provenance, refuses, report, results, spec};

/// A sweep whose runs all score `covered`.
fn sweep(folder: &TempDir, profile: &str, specs: &[RunSpec]) -> Checked {
    let writer = Writer::open(folder.path(), provenance())?;
    let mut plan = plan("demo", specs);
    plan.profile = profile.to_owned();
    writer.plan(&plan)?;
    let sender = writer.sender();
    for spec in specs {
        report(
            &sender,
            spec.id(),
            &[(1, &[("covered", 8.0)])],
            &[],
            Outcome::Done,
        )?;
    }
    writer.close()?;
    Ok(())
}

#[test]
fn compare_begins_with_the_profile_if_there_is_one() -> Checked {
    let folder = TempDir::new()?;
    sweep(&folder, "quick", &[spec(&[], 0)])?;
    let text = prints(folder.path(), &["compare", "demo"])?;
    assert!(
        text.starts_with("demo, profile quick\n\ncovered, in modes"),
        "{text}"
    );
    let folder = TempDir::new()?;
    sweep(&folder, "", &[spec(&[], 0)])?;
    let text = prints(folder.path(), &["compare", "demo"])?;
    assert!(text.starts_with("covered, in modes"), "{text}");
    Ok(())
}

#[test]
fn keys_of_by_may_be_separated_by_commas() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let apart = ["compare", "demo", "--by", "loss", "--by", "k"];
    let together = ["compare", "demo", "--by", "loss,k"];
    let table = prints(folder.path(), &together)?;
    assert!(
        table.contains("loss, k: non_saturating, 2 − minimax, 1"),
        "{table}"
    );
    assert_eq!(table, prints(folder.path(), &apart)?);
    Ok(())
}

#[test]
fn axes_without_pairs_are_told_once_a_table() -> Checked {
    let folder = TempDir::new()?;
    // Nothing differs in one setting alone, and no setting is a renaming of another.
    let runs = [(1, 64, 0.1), (2, 32, 0.1), (3, 64, 0.2), (3, 32, 0.3)];
    let specs = runs.map(|(k, batch_size, sigma)| {
        let settings = [
            ("k", Value::Int(k)),
            ("batch_size", Value::Int(batch_size)),
            ("sigma", Value::Float(sigma)),
        ];
        spec(&settings, 0)
    });
    sweep(&folder, "", &specs)?;
    let text = prints(folder.path(), &["compare", "demo"])?;
    assert_eq!(text.matches("no pair of runs").count(), 1, "{text}");
    assert!(text.contains("differs in one of them alone"), "{text}");
    Ok(())
}

#[test]
fn a_file_as_results_is_told_in_one_message() -> Checked {
    let folder = TempDir::new()?;
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a folder")?;
    for arguments in [&["ls"][..], &["compare", "demo"], &["run", "grid.yaml"]] {
        let expected = format!(
            "error: --results {} is a file; expected a directory",
            file.display()
        );
        assert_eq!(refuses(&file, arguments)?, expected);
    }
    Ok(())
}
