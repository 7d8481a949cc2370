//! Metrics of anyone's samples, as a user asks for them.

use std::path::Path;
use std::process::{Command, Output};

use candle_core::{Device, Tensor};
use gan_sweep::dataset::{Data, Mnist, Source};
use serde_json::Value;
use tempfile::TempDir;

use crate::synthetic::Checked;

/// x ← (1664525 x + 1013904223) mod 2³², u = (x + 0.5) / 2³².
fn uniform(seed: u32, count: usize) -> Vec<f64> {
    let mut x = seed;
    (0..count)
        .map(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(x) + 0.5) / 4_294_967_296.0
        })
        .collect()
}

/// X and Y = 0.8 u + 0.15, `[200, 8]`, as `x.npy` and `y.npy`, and the softmax of 4 Y.
fn arrays(folder: &Path) -> Checked {
    let y: Vec<f64> = uniform(2, 1600).iter().map(|u| 0.8 * u + 0.15).collect();
    let softmax = y.chunks(8).flat_map(|row| {
        let exp: Vec<f64> = row.iter().map(|v| (4.0 * v).exp()).collect();
        let sum: f64 = exp.iter().sum();
        exp.into_iter().map(move |e| e / sum)
    });
    let sets = [("p", softmax.collect()), ("x", uniform(1, 1600)), ("y", y)];
    for (name, values) in sets {
        let tensor = Tensor::from_vec(values, (200, 8), &Device::Cpu)?;
        tensor.write_npy(folder.join(format!("{name}.npy")))?;
        let named = [
            ("features".to_owned(), tensor.clone()),
            ("other".to_owned(), tensor),
        ];
        let file = folder.join(format!("{name}.safetensors"));
        candle_core::safetensors::save(&named.into(), file)?;
    }
    Ok(())
}

/// The command, in that folder.
fn gan_sweep(folder: &Path, words: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .current_dir(folder)
        .args(words)
        .output()
}

/// What a command prints as JSON.
fn json(folder: &Path, line: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let out = gan_sweep(folder, &words)?;
    let error = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{line}: {error}");
    Ok(serde_json::from_slice(&out.stdout)?)
}

fn value(report: &Value, metric: &str) -> f64 {
    let rows = report["metrics"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["metric"] == metric);
    row.expect("the metric")["value"]
        .as_f64()
        .expect("a number")
}

fn close(found: f64, expected: f64) {
    assert!(
        (found / expected - 1.0).abs() < 1e-9,
        "{found} is not {expected}"
    );
}

#[test]
fn several_metrics_in_one_pass_are_those_of_the_programs_that_define_them() -> Checked {
    let folder = TempDir::new()?;
    arrays(folder.path())?;
    for [x, y] in [
        ["x.npy", "y.npy"],
        ["x.safetensors:features", "y.safetensors:other"],
    ] {
        let line = format!("eval fid kid prdc w1 --json --real {x} --fake {y}");
        let found = json(folder.path(), &line)?;
        // scipy.linalg.sqrtm as pytorch-fid uses it; torch-fidelity's kernel_mmd; prdc.
        close(value(&found, "fid"), 0.068_671_182_766_55);
        close(value(&found, "kid"), 0.015_460_968_333_56);
        close(value(&found, "precision"), 1.0);
        close(value(&found, "recall"), 0.765);
        close(value(&found, "density"), 1.593);
        close(value(&found, "coverage"), 0.97);
        assert!(value(&found, "w1") > 0.0);
        assert_eq!(found["generated"]["n"], 200);
        let beside = &found["metrics"][0]["beside"];
        assert!(beside["floor of halves"].as_f64().is_some_and(|f| f > 0.0));
    }
    let line = "eval fid --samples 50 --json --real x.npy --fake y.npy";
    let fewer = json(folder.path(), line)?;
    assert_eq!(
        (&fewer["real"]["n"], &fewer["generated"]["n"]),
        (&50.into(), &50.into())
    );
    // One split needs no order: torch-fidelity's formula.
    let found = json(
        folder.path(),
        "eval is --json --splits 1 --real p.npy --fake p.npy",
    )?;
    close(value(&found, "inception score"), 1.337_977_484_598_71);
    Ok(())
}

#[test]
fn a_run_is_measured_as_it_was_when_it_ended() -> Checked {
    let folder = TempDir::new()?;
    let grid = "version: 1\nname: two\ndefaults: {steps: 20, hidden: [8], norm.g: batch}\n\
                grid: {dataset: [ring8, mnist]}\n";
    std::fs::write(folder.path().join("two.yaml"), grid)?;
    let results = folder.path().join("r");
    let results = results.to_str().expect("text");
    let run = gan_sweep(
        folder.path(),
        &["run", "two.yaml", "--no-report", "--results", results],
    )?;
    assert!(run.status.success());
    let runs = gan_sweep(
        folder.path(),
        &[
            "export",
            "two",
            "--table",
            "runs",
            "--format",
            "jsonl",
            "--results",
            results,
        ],
    )?;
    for line in String::from_utf8(runs.stdout)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let id = row["run"].as_str().expect("an id");
        let shown = json(
            folder.path(),
            &format!("show {id} --json --results {results}"),
        )?;
        let last = |name: &str| {
            let series = shown["series"][name].as_array().expect("a series");
            series.last().expect("a value")[1]
                .as_f64()
                .expect("a number")
        };
        let of_images = shown["series"]["fid"].is_array();
        let metrics = if of_images {
            "fid modes prdc kid memorisation"
        } else {
            "modes"
        };
        let line = format!("eval {metrics} --json --fake {id} --results {results}");
        let found = json(folder.path(), &line)?;
        let names: &[(&str, &str)] = match of_images {
            true => &[
                ("fid", "fid"),
                ("kid", "kid"),
                ("classes", "classes"),
                ("coverage", "coverage"),
                ("memorisation in features", "memorisation"),
            ],
            false => &[("covered", "covered"), ("reverse_kl", "reverse_kl")],
        };
        for (ours, logged) in names {
            assert_eq!(value(&found, ours), last(logged), "{ours}");
        }
        if !of_images {
            // After twenty steps its samples lie between the modes: almost a bit.
            let line = format!("eval js --json --fake {id} --results {results}");
            let js = value(&json(folder.path(), &line)?, "js by a discriminator");
            assert!((0.6..0.694).contains(&js), "{js}");
        }
    }
    Ok(())
}

#[test]
fn divergences_of_known_densities_are_the_closed_forms() -> Checked {
    let folder = TempDir::new()?;
    let of = |real: &str, fake: &str| -> Result<Value, Box<dyn std::error::Error>> {
        let words = [
            "eval",
            "divergence",
            "--json",
            "--real",
            real,
            "--fake",
            fake,
        ];
        let out = gan_sweep(folder.path(), &words)?;
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        Ok(serde_json::from_slice(&out.stdout)?)
    };
    let unit_shift = of("normal(0, 1)", "normal(1, 1)")?;
    close(value(&unit_shift, "kl"), 0.5);
    close(value(&unit_shift, "reverse kl"), 0.5);
    close(value(&unit_shift, "w1 of densities"), 1.0);
    let disjoint = of("uniform(0, 1)", "uniform(2, 3)")?;
    assert_eq!(disjoint["metrics"][0]["value"], "inf");
    close(value(&disjoint, "js of densities"), std::f64::consts::LN_2);
    close(value(&disjoint, "w1 of densities"), 2.0);
    // The same mixture is no distance from itself, in the plane too.
    let same = of("ring8", "ring8")?;
    for metric in ["kl", "reverse kl", "js of densities", "w1 of densities"] {
        assert!(value(&same, metric).abs() < 1e-12, "{metric}");
    }
    Ok(())
}

#[test]
fn training_images_are_found_to_be_copies_in_whatever_file_they_come() -> Checked {
    let folder = TempDir::new()?;
    let Data::Images(images) = Mnist.open()? else {
        panic!("MNIST holds images");
    };
    let count = 300;
    let pixels = images.train[..count * 784].to_vec();
    let floats: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
    Tensor::from_vec(pixels.clone(), (count, 1, 28, 28), &Device::Cpu)?
        .write_npy(folder.path().join("bytes.npy"))?;
    Tensor::from_vec(floats, (count, 28, 28), &Device::Cpu)?
        .write_npy(folder.path().join("floats.npy"))?;
    let mut idx = vec![0, 0, 8, 3];
    for n in [count as u32, 28, 28] {
        idx.extend(n.to_be_bytes());
    }
    idx.extend(&pixels);
    std::fs::write(folder.path().join("some-idx3-ubyte"), idx)?;
    for fake in ["bytes.npy", "floats.npy", "some-idx3-ubyte"] {
        let line = format!("eval memorisation fid --json --real mnist --fake {fake}");
        let found = json(folder.path(), &line)?;
        for space in ["memorisation in features", "memorisation in pixels"] {
            assert_eq!(value(&found, space), 0.0);
        }
        let text = found.to_string();
        assert!(text.contains("COPIES") && text.contains("classifier of mnist ("));
    }
    // The slide's F has a column a position; N counts images.
    let line = "eval fid --spatial --json --network mnist --real bytes.npy --fake floats.npy";
    let spatial = json(folder.path(), line)?;
    assert_eq!(value(&spatial, "fid"), 0.0);
    assert_eq!(spatial["metrics"][0]["beside"]["n"], 300.0);
    assert!(spatial.to_string().contains("n = 150 each"));
    assert!(spatial.to_string().contains("at every position"));
    // Held-out images score 1 and are not flagged.
    let found = json(
        folder.path(),
        "eval memorisation --json --real mnist --fake mnist",
    )?;
    assert_eq!(value(&found, "memorisation in pixels"), 1.0);
    assert!(!found.to_string().contains("COPIES"));
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_told_with_the_next_step() -> Checked {
    let folder = TempDir::new()?;
    arrays(folder.path())?;
    let with_nan = Tensor::new(&[[1.0, f64::NAN], [0.0, 1.0]], &Device::Cpu)?;
    with_nan.write_npy(folder.path().join("nan.npy"))?;
    Tensor::new(&[[0.5_f64; 8]], &Device::Cpu)?.write_npy(folder.path().join("one.npy"))?;
    Tensor::zeros((4, 9), candle_core::DType::F32, &Device::Cpu)?
        .write_npy(folder.path().join("wide.npy"))?;
    std::fs::write(folder.path().join("text.npy"), "no array")?;
    std::fs::create_dir(folder.path().join("empty"))?;
    let said = |line: &str| -> Result<String, Box<dyn std::error::Error>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let out = gan_sweep(folder.path(), &words)?;
        assert_eq!(out.status.code(), Some(2), "{line}");
        assert!(out.stdout.is_empty());
        Ok(String::from_utf8(out.stderr)?)
    };
    insta::assert_snapshot!(said("eval fid --real x.npy --fake nan.npy")?, @r#"error: nan.npy cannot be measured
  because: feature 1 of sample 0 is NaN, expected a finite number"#);
    insta::assert_snapshot!(said("eval fid --real x.npy --fake one.npy")?, @"error: a covariance needs at least 2 samples, got 1");
    insta::assert_snapshot!(said("eval kid --real x.npy --fake wide.npy")?, @"error: features of width 8 cannot be compared with features of width 9");
    insta::assert_snapshot!(said("eval fid --real x.npy --fake text.npy")?, @"error: text.npy is no array that can be read: it does not begin as NumPy's .npy files do");
    insta::assert_snapshot!(said("eval fid --real x.npy --fake y.safetensors")?, @"error: y.safetensors is no array that can be read: name one of its tensors after a colon, y.safetensors:NAME; it holds features, other");
    insta::assert_snapshot!(said("eval fid --real x.npy --fake none.npy")?, @r"
    error: cannot read none.npy
      because: there is no such file or folder
    ");
    insta::assert_snapshot!(said("eval fid --real empty --fake x.npy")?, @"error: empty: no PNG or JPEG images in it");
    insta::assert_snapshot!(said("eval is --real x.npy --fake y.npy")?, @"error: row 0 is no distribution over classes: its values sum to 4.421513712406159 and the least is 0.20949889039620756, expected a sum of 1 and none below 0; of logits take the softmax first");
    insta::assert_snapshot!(said("eval fid --real mnist --fake y.npy")?, @"error: reference images of mnist holds images and y.npy vectors: compare images with images, or vectors of one network with vectors of the same");
    insta::assert_snapshot!(said("eval fid --real nonsense --fake y.npy")?, @"error: 'nonsense' is neither a file or folder, nor a data set ('gan-sweep data ls'), nor a run ('gan-sweep ls SWEEP'), nor a density ('normal(0, 1)', 'uniform(0, 1)')");
    insta::assert_snapshot!(said("eval fid --real normal(1) --fake y.npy")?, @"error: normal(1) is no density: expected two numbers, normal(0, 1)");
    insta::assert_snapshot!(said("eval divergence --real ring8 --fake grid25 --samples 0")?, @r"
    error: invalid value '0' for '--samples <N>': expected a whole number from 1 on

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said("eval divergence --real ring8 --fake y.npy")?, @"error: 'divergence' needs densities that are known: mixtures on the line or in the plane (say ring8, mixture1d), normal(0, 1) or uniform(0, 1); of y.npy there are samples alone, whose divergence 'js' estimates");
    insta::assert_snapshot!(said("eval divergence --real ring8 --fake uniform(0,1)")?, @"error: a density on the line cannot be compared with one in the plane");
    insta::assert_snapshot!(said("eval js --samples 20 --real x.npy --fake y.npy")?, @"error: a divergence estimated by a discriminator needs at least 30 samples, got 20");
    insta::assert_snapshot!(said("eval fid --fake y.npy")?, @"error: --real is missing: only a run knows what it is to be compared with, y.npy is none");
    insta::assert_snapshot!(said("eval memorisation --real x.npy --fake y.npy")?, @"error: 'memorisation' needs the samples that the generator was trained on: --train SET");
    insta::assert_snapshot!(said("eval modes --real x.npy --fake y.npy")?, @"error: 'modes' needs a mixture as --real (say ring8), or images that a classifier reads");
    insta::assert_snapshot!(said("eval prdc --k 0 --real x.npy --fake y.npy")?, @r"
    error: invalid value '0' for '--k <K>': expected a whole number from 1 on

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said("eval prdc --k 500 --real x.npy --fake y.npy")?, @"error: the k-th nearest neighbour needs at least 501 samples, got 200");
    Ok(())
}
