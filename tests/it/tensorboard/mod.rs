//! `export --format tensorboard` on made-up results, read by TensorBoard and by hand.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use gan_sweep::event::{Ended, Outcome, Report, RunEvent, Sample};
use gan_sweep::param::Value;
use gan_sweep::store::Writer;
use serde_json::json;
use tempfile::TempDir;

use crate::synthetic::{Checked, plan, prints, provenance, refuses, results, spec};

/// A value by run (its folder), quantity and step, as the bits of its single precision.
type Values = BTreeMap<(String, String, u64), u32>;

/// NaN is one, whatever its payload.
fn bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN } else { value }.to_bits()
}

/// Values at the edges of what a number can be, and what G made at two steps.
fn edges(folder: &Path) -> Checked {
    let specs = [0, 1].map(|seed| spec(&[("k", Value::Int(2))], seed));
    let writer = Writer::open(folder, provenance())?;
    writer.plan(&plan("edges", &specs))?;
    let sender = writer.sender();
    for spec in &specs {
        let run = spec.id();
        let send = |event| sender.send(Report { run, event });
        send(RunEvent::Started { from: 0 })?;
        let early = vec![("loss.d", f64::INFINITY), ("loss.g", f64::NEG_INFINITY)];
        let late = vec![("loss.d", f64::NAN), ("loss.g", 1e300), ("d.real", 0.1)];
        for (step, values) in [(1, early), (LATE, late)] {
            send(RunEvent::Logged { step, values })?;
            let sample = Sample::Images {
                count: 4,
                shape: [1, 28, 28],
                pixels: vec![128; 4 * 784],
            };
            send(RunEvent::Sampled { step, sample })?;
        }
        send(RunEvent::Ended(Ended {
            outcome: Outcome::Done,
            weights_digest: None,
            flops: 1,
            wall: Duration::from_secs(2),
            cpu: Duration::from_secs(2),
        }))?;
    }
    writer.close()?;
    Ok(())
}

/// More than 32 bits hold.
const LATE: u64 = 5_000_000_000;

/// Exports a sweep for TensorBoard; where it is.
fn export(results: &Path, sweep: &str, more: &[&str]) -> Result<PathBuf, Box<dyn Error>> {
    let folder = results.join("events");
    let path = folder.to_str().ok_or("a path in UTF-8")?;
    let arguments = ["export", sweep, "--format", "tensorboard", "--output", path];
    assert_eq!(prints(results, &[&arguments[..], more].concat())?, "");
    Ok(folder)
}

/// What `export --table metrics --format jsonl` says of a sweep.
fn jsonl(results: &Path, sweep: &str) -> Result<Values, Box<dyn Error>> {
    let rows = |table| -> Result<Vec<serde_json::Value>, Box<dyn Error>> {
        let arguments = ["export", sweep, "--table", table, "--format", "jsonl"];
        let text = prints(results, &arguments)?;
        Ok(text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?)
    };
    let word = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or("").to_owned();
    let folders: BTreeMap<String, String> = rows("runs")?
        .iter()
        .map(|row| {
            let seed = &row["seed"];
            let folder = match (sweep, row["dataset"].as_str()) {
                ("edges", _) => format!("seed={seed}"),
                (_, Some("mnist")) => format!("dataset=mnist,seed={seed}"),
                _ => format!(
                    "dataset=ring8,loss={},k={},norm={},seed={seed}",
                    word(row, "loss"),
                    row["k"],
                    word(row, "norm.g")
                ),
            };
            (word(row, "run"), folder)
        })
        .collect();
    let mut values = Values::new();
    for row in rows("metrics")? {
        let value = match row["value"].as_f64() {
            Some(number) => number,
            None => word(&row, "value").parse()?,
        };
        let step = row["step"].as_u64().ok_or("a step")?;
        let folder = folders[&word(&row, "run")].clone();
        let key = (folder, word(&row, "quantity"), step);
        assert_eq!(values.insert(key, bits(value as f32)), None);
    }
    Ok(values)
}

/// What the events say.
fn by_hand(folder: &Path) -> Result<Values, Box<dyn Error>> {
    let mut values = Values::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let run = entry.file_name().into_string().map_err(|_| "a name")?;
        let content = fs::read(entry.path().join("events.out.tfevents.0.gan-sweep"))?;
        for scalar in events::scalars(&content)? {
            let key = (run.clone(), scalar.tag.replacen('/', ".", 1), scalar.step);
            assert_eq!(values.insert(key, bits(scalar.value)), None);
            assert_eq!(scalar.wall_time, 0.0);
        }
    }
    Ok(values)
}

#[test]
fn events_hold_every_value_of_the_table() -> Checked {
    for (make, sweep) in [(results as fn(&Path) -> Checked, "demo"), (edges, "edges")] {
        let folder = TempDir::new()?;
        make(folder.path())?;
        let expected = jsonl(folder.path(), sweep)?;
        assert!(expected.len() >= 10);
        let events = export(folder.path(), sweep, &[])?;
        assert_eq!(by_hand(&events)?, expected);
    }
    Ok(())
}

#[test]
fn values_that_are_not_finite_are_written_as_such() -> Checked {
    let folder = TempDir::new()?;
    edges(folder.path())?;
    let values = by_hand(&export(folder.path(), "edges", &[])?)?;
    let of = |name: &str, step| values[&("seed=1".to_owned(), name.to_owned(), step)];
    assert_eq!(of("loss.d", 1), f32::INFINITY.to_bits());
    assert_eq!(of("loss.g", 1), f32::NEG_INFINITY.to_bits());
    assert!(f32::from_bits(of("loss.d", LATE)).is_nan());
    // Single precision holds no more.
    assert_eq!(of("loss.g", LATE), f32::INFINITY.to_bits());
    assert_eq!(of("d.real", LATE), 0.1_f32.to_bits());
    Ok(())
}

#[test]
fn the_same_sweep_gives_the_same_events() -> Checked {
    let (one, two) = (TempDir::new()?, TempDir::new()?);
    let contents = |results: &Path| -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
        edges(results)?;
        let folder = export(results, "edges", &["--pictures"])?;
        let mut files = BTreeMap::new();
        for seed in ["seed=0", "seed=1"] {
            for entry in fs::read_dir(folder.join(seed))? {
                let path = entry?.path();
                let name = path.strip_prefix(&folder)?.display().to_string();
                files.insert(name, fs::read(&path)?);
            }
        }
        Ok(files)
    };
    let files = contents(one.path())?;
    assert_eq!(files.len(), 2);
    assert_eq!(files, contents(two.path())?);
    Ok(())
}

#[test]
fn an_export_takes_the_place_of_an_earlier_one_and_of_nothing_else() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    edges(&folder.path().join("other"))?;
    let events = export(folder.path(), "demo", &[])?;
    let names = || -> std::io::Result<BTreeSet<String>> {
        fs::read_dir(&events)?
            .map(|entry| Ok(entry?.file_name().display().to_string()))
            .collect()
    };
    // Of 26 runs one is missing.
    assert_eq!(names()?.len(), 25);
    let path = events.to_str().ok_or("a path in UTF-8")?;
    let arguments = ["export", "edges", "--format", "tensorboard", "-o", path];
    let other = folder.path().join("other");
    prints(&other, &arguments)?;
    let both = BTreeSet::from(["seed=0", "seed=1"].map(str::to_owned));
    assert_eq!(names()?, both);
    fs::write(events.join("notes.txt"), "mine")?;
    let refused = refuses(&other, &arguments)?;
    assert!(
        refused
            .ends_with(": notes.txt in it is of no earlier export; name a new or an empty folder"),
        "{refused}"
    );
    fs::create_dir(folder.path().join("mine"))?;
    fs::write(
        folder.path().join("mine/events.out.tfevents.1.host"),
        "mine",
    )?;
    let path = folder.path().to_str().ok_or("a path in UTF-8")?;
    let refused = refuses(&other, &[&arguments[..5], &[path]].concat())?;
    assert!(
        refused.contains("in it is of no earlier export"),
        "{refused}"
    );
    assert_eq!(fs::read(events.join("notes.txt"))?, b"mine");
    Ok(())
}

#[test]
fn what_does_not_go_together_is_refused() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let cases: [(&[&str], &str); 5] = [
        (
            &["--format", "jsonl"],
            "error: --format jsonl needs '--table runs' or '--table metrics'",
        ),
        (
            &["--format", "tensorboard"],
            "error: TensorBoard reads a folder: name one by --output DIR",
        ),
        (
            &["--format", "tensorboard", "--table", "runs"],
            "error: --table does not go with --format tensorboard, which writes all values of every run",
        ),
        (
            &["--table", "runs", "--pictures"],
            "error: --pictures go with --format tensorboard only",
        ),
        (
            &["--format", "tensorboard", "-o", "gan-sweep.db"],
            "error: cannot write to gan-sweep.db: it is a file; TensorBoard reads a folder",
        ),
    ];
    for (arguments, expected) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
            .current_dir(folder.path())
            .args(["export", "demo", "--results", "."])
            .args(arguments)
            .output()?;
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8(output.stderr)?.trim_end(), expected);
    }
    Ok(())
}

/// The interpreter that has TensorBoard, if any has.
fn python() -> Option<String> {
    let python = env::var("GAN_SWEEP_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", "import tensorboard"])
        .output();
    found.is_ok_and(|o| o.status.success()).then_some(python)
}

/// What TensorBoard makes of a folder, run by run.
fn read(python: &str, folder: &Path) -> Result<Vec<serde_json::Value>, Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tensorboard/read.py");
    let output = Command::new(python).arg(script).arg(folder).output()?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout)?;
    Ok(text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn tensorboard_reads_what_was_exported() -> Checked {
    let Some(python) = python() else {
        eprintln!(
            "left out: python3 has no tensorboard; GAN_SWEEP_TEST_PYTHON may name one that has"
        );
        return Ok(());
    };
    for (make, sweep) in [(results as fn(&Path) -> Checked, "demo"), (edges, "edges")] {
        let folder = TempDir::new()?;
        make(folder.path())?;
        let runs = read(&python, &export(folder.path(), sweep, &["--pictures"])?)?;
        let mut found = Values::new();
        for run in &runs {
            let word = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
            for scalar in run["scalars"].as_array().ok_or("scalars")? {
                let tag = word(&scalar[0]).replacen('/', ".", 1);
                let step = scalar[1].as_u64().ok_or("a step")?;
                let value = u32::try_from(scalar[2].as_u64().ok_or("bits")?)?;
                let key = (word(&run["run"]), tag, step);
                found.insert(key, bits(f32::from_bits(value)));
                assert_eq!(scalar[3], 0.0);
            }
        }
        assert_eq!(found, jsonl(folder.path(), sweep)?);
        let of = |name: &str| runs.iter().find(|run| run["run"] == name).ok_or("a run");
        if sweep == "edges" {
            let png = "89504e47";
            let picture = |step: u64| json!(["pictures", step, 592, 592, png]);
            assert_eq!(
                of("seed=0")?["pictures"],
                json!([picture(1), picture(LATE)])
            );
            continue;
        }
        let run = of("dataset=ring8,loss=minimax,k=1,norm=none,seed=1")?;
        let start = json!({
            "hparams": {"dataset": "ring8", "loss": "minimax", "k": 1.0, "norm": "none"},
            "groupName": "dataset=ring8,loss=minimax,k=1,norm=none",
        });
        assert_eq!(run["start"], start);
        assert_eq!(run["end"], json!({"status": "STATUS_SUCCESS"}));
        let about = "the discriminator's loss on its last batch";
        assert_eq!(run["about"]["loss/d"], about);
        let failed = of("dataset=ring8,loss=minimax,k=1,norm=batch,seed=2")?;
        assert_eq!(failed["end"], json!({"status": "STATUS_FAILURE"}));
    }
    Ok(())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn with_the_execution_events_happen_when_their_run_ended() -> Checked {
    let Some(python) = python() else {
        eprintln!(
            "left out: python3 has no tensorboard; GAN_SWEEP_TEST_PYTHON may name one that has"
        );
        return Ok(());
    };
    let folder = TempDir::new()?;
    edges(folder.path())?;
    let runs = read(&python, &export(folder.path(), "edges", &["--execution"])?)?;
    let arguments = [
        "export",
        "edges",
        "--table",
        "runs",
        "--format",
        "jsonl",
        "--execution",
    ];
    let text = prints(folder.path(), &arguments)?;
    let row: serde_json::Value = serde_json::from_str(text.lines().next().ok_or("a run")?)?;
    let ended = row["ended_at"].as_f64().ok_or("a time")?;
    assert!(ended > 1e9);
    assert_eq!(runs[0]["scalars"][0][3], ended);
    assert_eq!(runs[0]["end"]["endTimeSecs"], ended);
    assert_eq!(runs[0]["start"]["startTimeSecs"], ended - 2.0);
    Ok(())
}
