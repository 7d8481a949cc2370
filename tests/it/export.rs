//! `export` on made-up results.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};

use gan_sweep::stats::{Summary, interval};
use tempfile::TempDir;

use crate::synthetic::{Checked, prints, refuses, results};

type Row = BTreeMap<String, String>;

fn rows(csv: &str) -> Result<Vec<Row>, csv::Error> {
    csv::Reader::from_reader(csv.as_bytes())
        .deserialize()
        .collect()
}

#[test]
fn every_run_is_listed_with_its_outcome() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let rows = rows(&prints(
        folder.path(),
        &["export", "demo", "--table", "runs"],
    )?)?;
    assert_eq!(rows.len(), 26);
    let positions: Vec<_> = rows.iter().map(|row| row["position"].clone()).collect();
    assert_eq!(
        positions,
        (0..26).map(|i| i.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(rows[0]["outcome"], "done");
    assert_eq!(rows[0]["norm.g"], "none");
    assert_eq!(rows[0]["hidden.d"], "[128, 128]");
    assert_eq!(rows[0]["lr.d"], "2e-4");
    assert_eq!(rows[0]["loss.d"], "0.3333333333333333");
    assert_eq!(rows[0]["worst"], "");
    assert_eq!(rows[1]["outcome"], "diverged");
    assert_eq!(rows[1]["outcome_step"], "1234");
    assert_eq!(rows[1]["loss.d"], "NaN");
    assert_eq!(
        (rows[1]["covered"].as_str(), rows[1]["worst"].as_str()),
        ("0.0", "covered")
    );
    assert_eq!(rows[5]["outcome"], "failed");
    assert_eq!(
        rows[5]["outcome_message"],
        "no, \"thank\" you,\nsaid the data set"
    );
    assert_eq!(rows[9]["outcome"], "missing");
    assert_eq!(rows[9]["covered"], "");
    assert!(rows.iter().all(|row| !row.contains_key("wall_seconds")));
    Ok(())
}

#[test]
fn no_two_columns_have_one_name() -> Checked {
    let folder = TempDir::new()?;
    let grid =
        "version: 1\nname: demo\ndefaults: {steps: 20, eval_every: 20, modes: 5, hidden: [4]}\n";
    std::fs::write(folder.path().join("grid.yaml"), grid)?;
    let grid = folder.path().join("grid.yaml");
    let grid = grid.to_str().ok_or("a path")?;
    prints(folder.path(), &["run", grid, "--no-report", "--quiet"])?;
    let csv = prints(folder.path(), &["export", "demo", "--table", "runs"])?;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let once: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "{names:?}");
    let row = rows(&csv)?.remove(0);
    // The setting, and the modes that were found; the operations of the run, once.
    assert_eq!(row["setting.modes"], "5");
    assert!(row["modes"].parse::<f64>().is_ok() && row["flops"].parse::<u64>().is_ok());
    Ok(())
}

#[test]
fn the_table_can_be_recomputed_from_the_export() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let rows = rows(&prints(
        folder.path(),
        &["export", "demo", "--table", "runs"],
    )?)?;
    let table = prints(folder.path(), &["compare", "demo"])?;
    let mut cells: BTreeMap<[&str; 3], Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["dataset"] == "ring8") {
        let cell = [
            row["loss"].as_str(),
            row["k"].as_str(),
            row["norm.g"].as_str(),
        ];
        let values = cells.entry(cell).or_default();
        if matches!(row["outcome"].as_str(), "done" | "diverged") {
            values.push(row["covered"].parse()?);
        }
    }
    assert_eq!(cells.len(), 8);
    for (cell, values) in cells {
        let summary = Summary::of(&values).ok_or("values")?;
        let (mean, interval) = interval(&summary);
        let words = [&cell[..], &[&summary.n.to_string(), &mean]]
            .concat()
            .join(" ");
        let found = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .any(|line| line.starts_with(&format!("{words} {interval} ")));
        assert!(found, "{words} {interval} is not in\n{table}");
    }
    Ok(())
}

#[test]
fn every_value_is_exported_in_plan_order() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let rows = rows(&prints(
        folder.path(),
        &["export", "demo", "--table", "metrics"],
    )?)?;
    let brief: Vec<_> = rows
        .iter()
        .filter(|row| row["position"] == "0" || row["position"] == "1")
        .map(|row| {
            ["position", "step", "quantity", "value", "worst"]
                .map(|column| row[column].clone())
                .join(" ")
        })
        .collect();
    assert_eq!(
        brief,
        [
            "0 1000 covered 0.5 false",
            "0 1000 loss.d 0.1 false",
            "0 3000 covered 1.0 false",
            "0 3000 covered.perfect 8.0 false",
            "0 3000 covered.uniform 5.0 false",
            "0 3000 loss.d 0.3333333333333333 false",
            "1 1000 covered 0.5 false",
            "1 1000 loss.d 1.1 false",
            "1 1200 loss.d NaN false",
            "1 1234 covered 0.0 true",
        ]
    );
    Ok(())
}

#[test]
fn json_lines_say_the_same_with_types() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let text = prints(
        folder.path(),
        &["export", "demo", "--table", "runs", "--format", "jsonl"],
    )?;
    let rows: Vec<serde_json::Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 26);
    assert_eq!(rows[0]["k"], 1);
    assert_eq!(rows[0]["lr.g"], 2e-4);
    assert_eq!(rows[0]["hidden.g"], serde_json::json!([128, 128]));
    assert_eq!(rows[0]["loss"], "minimax");
    assert_eq!(rows[1]["loss.d"], "NaN");
    assert_eq!(rows[1]["worst"], serde_json::json!(["covered"]));
    assert!(rows[9]["covered"].is_null());
    assert!(text.starts_with("{\"position\":0,\"run\":\""));
    Ok(())
}

#[test]
fn only_execution_columns_differ_between_two_ways_of_working() -> Checked {
    let (one, two) = (TempDir::new()?, TempDir::new()?);
    results(one.path())?;
    results(two.path())?;
    for table in ["runs", "metrics"] {
        for format in ["csv", "jsonl"] {
            let arguments = ["export", "demo", "--table", table, "--format", format];
            let (a, b) = (
                prints(one.path(), &arguments)?,
                prints(two.path(), &arguments)?,
            );
            assert_eq!(a, b);
        }
    }
    let arguments = ["export", "demo", "--table", "runs", "--execution"];
    let rows = rows(&prints(one.path(), &arguments)?)?;
    assert_eq!(rows[0]["wall_seconds"], "2.5");
    assert_eq!(rows[0]["attempts"], "1");
    assert_eq!(rows[0]["numeric_class"], "avx2+fma");
    assert_eq!(rows[9]["attempts"], "0");
    let refused = refuses(
        one.path(),
        &["export", "demo", "--table", "metrics", "--execution"],
    )?;
    assert!(refused.contains("metrics have none"), "{refused}");
    Ok(())
}

#[test]
fn a_file_holds_what_stdout_would() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let file = folder.path().join("runs.csv");
    let path = file.to_str().ok_or("a path in UTF-8")?;
    let arguments = ["export", "demo", "--table", "runs"];
    let printed = prints(folder.path(), &arguments)?;
    assert_eq!(
        prints(
            folder.path(),
            &[&arguments[..], &["--output", path]].concat()
        )?,
        ""
    );
    assert_eq!(std::fs::read_to_string(&file)?, printed);
    assert!(!folder.path().join("runs.csv.partial").exists());
    let nowhere = refuses(
        folder.path(),
        &[&arguments[..], &["--output", "/nonexistent/runs.csv"]].concat(),
    )?;
    assert_eq!(
        nowhere,
        "error: cannot write /nonexistent/runs.csv: there is no folder /nonexistent; make it first"
    );
    let a_folder = folder.path().to_str().ok_or("a path in UTF-8")?;
    let refused = refuses(
        folder.path(),
        &[&arguments[..], &["--output", a_folder]].concat(),
    )?;
    assert_eq!(
        refused,
        format!("error: cannot write {a_folder}: it is a folder")
    );
    Ok(())
}

#[test]
#[cfg(not(feature = "parquet"))]
fn without_parquet_it_says_how_to_get_it() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let arguments = ["export", "demo", "--table", "runs", "--format", "parquet"];
    assert_eq!(
        refuses(
            folder.path(),
            &[&arguments[..], &["-o", "runs.parquet"]].concat()
        )?,
        "error: this gan-sweep was built without Parquet: build it with `cargo build --release \
         --features parquet`, or name --format csv or jsonl"
    );
    Ok(())
}

#[test]
fn a_reader_who_stops_early_is_no_error() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    for arguments in [
        &["export", "demo", "--table", "runs"][..],
        &["export", "demo", "--table", "metrics", "--format", "jsonl"],
        &["compare", "demo"],
        &["ls", "demo", "--json"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
            .arg("--results")
            .arg(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Closed before anything was read, as by `| true`.
        drop(child.stdout.take());
        let mut errors = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            stderr.read_to_string(&mut errors)?;
        }
        assert!(child.wait()?.success(), "{arguments:?}: {errors}");
        assert_eq!(errors, "");
    }
    Ok(())
}
