//! `verify` and `diff`: bits compared with bits.

use crate::faults::{Checked, GRID, Sweep, text};

#[test]
fn runs_are_executed_again_and_a_changed_bit_is_found() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[40, 100]"))?;
    sweep.finish("results")?;
    let verify = |line: &str| sweep.command("results", line).output();
    let all = verify("verify faults --all --quiet")?;
    assert_eq!(all.status.code(), Some(0), "{}", text(&all));
    let said = "8 of 8 runs executed again have the same bits (8 of 8 that ended)\n";
    assert_eq!(text(&all), said);
    let some = text(&verify("verify faults --quiet --sample 2 --seed 4")?);
    assert!(some.contains("2 of 2 runs executed again"), "{some}");
    assert!(some.contains("(2 of 8 that ended)"), "{some}");

    let db = rusqlite::Connection::open(sweep.results("results").join("gan-sweep.db"))?;
    db.execute_batch(
        "UPDATE metrics SET value = value * (1 + 3e-16) WHERE run = 2 AND step = 40
         AND quantity = (SELECT quantity FROM quantities WHERE name = 'loss.g')",
    )?;
    let id: String = db.query_row("SELECT id FROM runs WHERE run = 2", [], |row| row.get(0))?;
    let changed = verify("verify faults --all --quiet")?;
    assert_eq!(changed.status.code(), Some(1));
    let said = text(&changed);
    let expected = format!("{}: DIFFERS: loss.g at step 40: ", &id[..10]);
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("7 of 8 runs executed again"), "{said}");
    // Of another class it is told and no error.
    db.execute_batch("UPDATE provenances SET numeric_class = 'abacus'")?;
    let other = verify("verify faults --all --quiet")?;
    assert_eq!(other.status.code(), Some(0));
    assert!(
        text(&other).contains("differs, as it may: loss.g at step 40"),
        "{}",
        text(&other)
    );
    assert!(text(&other).contains("abacus"), "{}", text(&other));
    Ok(())
}

#[test]
fn where_two_runs_part_is_named() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[100]"))?;
    sweep.finish("results")?;
    sweep.finish("again")?;
    let [runs, _] = sweep.export("results")?;
    let ids: Vec<&str> = runs
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    let diff = |line: &str| sweep.command("results", line).output();
    let of_two = diff(&format!("diff {} {}", ids[0], ids[2]))?;
    assert_eq!(of_two.status.code(), Some(1));
    let said = text(&of_two);
    assert!(said.contains("setting k: 1 in "), "{said}");
    assert!(
        said.contains("they part with d.fake at step 50: "),
        "{said}"
    );
    assert!(
        said.contains("other final weights\none numeric class: "),
        "{said}"
    );
    let same = diff(&format!("diff {} --other again", ids[0]))?;
    assert_eq!(same.status.code(), Some(0), "{}", text(&same));
    assert!(text(&same).contains("values to the last bit\nthe same final weights"));
    let json = diff(&format!("diff {} {} --json", ids[0], ids[1]))?;
    let json: serde_json::Value = serde_json::from_slice(&json.stdout)?;
    assert_eq!(json["parting"]["step"], 50);
    assert_eq!(json["same_weights"], false);
    let alone = diff(&format!("diff {}", ids[0]))?;
    assert_eq!(alone.status.code(), Some(2));
    assert!(
        text(&alone).contains("name a second run"),
        "{}",
        text(&alone)
    );
    Ok(())
}

#[test]
fn what_is_removed_is_said_first_and_the_rest_stays() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[40, 60]"))?;
    sweep.finish("results")?;
    let expected = sweep.export("results")?;
    // Another sweep that holds four of the eight runs.
    let other = GRID
        .replace("name: faults", "name: other")
        .replace("[40, 3000]", "[40]");
    std::fs::write(sweep.results("other.yaml"), other)?;
    let said = |line: &str| -> Checked<String> {
        let output = sweep.command("results", line).output()?;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        Ok(text(&output))
    };
    assert!(said("run other.yaml --no-report")?.contains("nothing to train"));
    let held = said("du")?;
    assert!(held.contains("faults  "), "{held}");
    let json: serde_json::Value = serde_json::from_str(&said("du --json")?)?;
    assert_eq!(json["sweeps"][0]["runs"], 8);
    assert_eq!(json["sweeps"][0]["own"], 4);
    assert_eq!(json["sweeps"][1]["own"], 0);
    // Nothing has left a grid.
    assert_eq!(
        said("gc --left 1s")?,
        "would remove: 0 runs; --yes removes it\n"
    );
    let first = said("rm faults")?;
    assert!(
        first.starts_with("would remove: sweep 'faults' with 4 runs and the weights of 4 runs")
    );
    assert_eq!(sweep.export("results")?, expected);
    assert!(said("rm faults --yes")?.starts_with("removed: "));
    let missing = sweep.command("results", "rm faults").output()?;
    assert_eq!(missing.status.code(), Some(2));
    let left: serde_json::Value = serde_json::from_str(&said("du --json")?)?;
    assert_eq!(left["sweeps"][0]["sweep"], "other");
    assert_eq!(left["sweeps"][0]["own"], 4);
    // What was removed is trained again, to the same bits; the other four are still there.
    let again = sweep.finish("results")?;
    assert!(again.contains("4 runs to train, 4 have"), "{again}");
    assert_eq!(sweep.export("results")?, expected);
    // A smaller grid: four runs leave it, and are removed when they have been gone long enough.
    let smaller = GRID.replace("[40, 3000]", "[40]");
    std::fs::write(sweep.results("grid.yaml"), smaller)?;
    sweep.finish("results")?;
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert!(said("gc --left 1h --yes")?.contains("removed: 0 runs"));
    assert!(said("gc --left 1s --yes")?.contains("removed: 4 runs"));
    let weights = said("gc --weights --yes")?;
    assert_eq!(weights, "removed: 0 runs and the weights of 4 runs\n");
    sweep.check("results")
}
