//! A made-up sweep with everything that a report must show. The numbers are invented: a hash of the
//! run stands in for chance.

use std::collections::BTreeMap;

use gan_sweep::event::{Outcome, Sample};
use gan_sweep::report::{Material, RunMaterial};
use gan_sweep::spec::RunId;
use gan_sweep::store::{Measured, Provenance, RunRow, SampleRow, SweepRow};

/// A number in [0, 1) that depends on its arguments alone.
fn chance(words: &[u64]) -> f64 {
    let mut x: u64 = 0x9e37_79b9_7f4a_7c15;
    for &word in words {
        x = (x ^ word).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 29;
    }
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// About normal: the sum of twelve uniform numbers less six.
fn normal(words: &[u64]) -> f64 {
    (0..12)
        .map(|i| chance(&[words, &[i]].concat()))
        .sum::<f64>()
        - 6.0
}

/// A sweep without runs.
pub fn sweep() -> SweepRow {
    SweepRow {
        name: "quickstart".to_owned(),
        question: Some("Which settings keep the modes, and which lose them?".to_owned()),
        profile: "quick".to_owned(),
        source:
            "version: 1\nname: quickstart\ngrid:\n  loss: [minimax, non_saturating]\n  k: [1, 3]\n"
                .to_owned(),
        created_at: 1_790_000_000,
    }
}

/// A run with its settings and nothing else yet.
pub fn run(position: u64, seed: u64, settings: &[(&str, &str)]) -> RunMaterial {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(chance(&[position, 77]).to_bits()).to_be_bytes());
    id[8..].copy_from_slice(&position.to_be_bytes());
    RunMaterial {
        row: RunRow {
            id: RunId(id),
            position,
            seed,
            settings: settings
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            tags: Vec::new(),
            outcome: None,
            last: BTreeMap::new(),
            weights_digest: None,
            series_digest: None,
            flops: None,
            attempts: 1,
            wall_seconds: Some(2.0),
            cpu_seconds: Some(2.0),
            host: Some("host".to_owned()),
            ended_at: Some(1_790_000_100),
            features: None,
            provenance: Some(Provenance {
                git_revision: "0123456789abcdef0123456789abcdef01234567".to_owned(),
                dirty: true,
                versions: "gan-sweep 0.1.0, training 1, candle 0.11.1, rustc 1.91.0".to_owned(),
                numeric_class: "x86_64 avx2 fma, L1 32 KiB, L2 1 MiB".to_owned(),
            }),
        },
        series: BTreeMap::new(),
        samples: Vec::new(),
    }
}

/// Sets a run's final value of a quantity and, before it, a series that leads there.
pub fn measure(run: &mut RunMaterial, name: &str, value: f64, steps: &[u64]) {
    let n = steps.len() as f64;
    let series = steps.iter().enumerate().map(|(i, &step)| Measured {
        step,
        value: value * (1.0 - 0.8 * (1.0 - (i as f64 + 1.0) / n).powi(3)),
        worst: false,
    });
    let series: Vec<Measured> = series.collect();
    if let Some(&last) = series.last() {
        run.row
            .last
            .insert(name.to_owned(), Measured { value, ..last });
    }
    run.series.insert(name.to_owned(), series);
}

fn log_training(run: &mut RunMaterial, steps: u64, until: u64, saturating: bool) {
    let salt = run.row.position;
    let steps: Vec<u64> = (1..=steps / 10)
        .map(|i| i * 10)
        .filter(|s| *s <= until)
        .collect();
    for (q, name) in ["loss.d", "loss.g", "grad.d", "grad.g", "d.real", "d.fake"]
        .iter()
        .enumerate()
    {
        let series = steps.iter().map(|&step| {
            let noise = normal(&[salt, step, q as u64]);
            let t = step as f64 / 2000.0;
            let value = match *name {
                "loss.d" => 1.38 - 0.3 * t + 0.12 * noise,
                "loss.g" if saturating => -0.7 - t + 0.15 * noise,
                "loss.g" => 0.7 + 1.2 * t + 0.25 * noise,
                "grad.d" => (0.3 * noise - 0.5 + t).exp(),
                "grad.g" if saturating => (0.5 * noise - 2.0 - 4.0 * t).exp(),
                "grad.g" => (0.5 * noise - 1.0).exp(),
                "d.real" => (0.5 + 0.2 * t + 0.03 * noise).clamp(0.0, 1.0),
                _ => (0.5 - 0.2 * t + 0.03 * noise).clamp(0.0, 1.0),
            };
            Measured {
                step,
                value,
                worst: false,
            }
        });
        let mut series: Vec<Measured> = series.collect();
        if until < 2000 {
            series.push(Measured {
                step: until,
                value: f64::NAN,
                worst: false,
            });
        }
        run.row
            .last
            .extend(series.last().map(|m| ((*name).to_owned(), *m)));
        run.series.insert((*name).to_owned(), series);
    }
}

/// Points on `covered` modes of the ring, a few astray.
fn points(run: u64, covered: usize) -> Sample {
    let centres: Vec<[f64; 2]> = (0..8)
        .map(|i| std::f64::consts::TAU * f64::from(i) / 8.0)
        .map(|a| [2.0 * a.cos(), 2.0 * a.sin()])
        .collect();
    let generated = (0..2500u64)
        .map(|i| {
            let spread = if i % 12 == 0 { 1.6 } else { 0.03 };
            let centre = centres[(chance(&[run, i, 1]) * covered.max(1) as f64) as usize];
            [0, 1].map(|axis| (centre[axis] + spread * normal(&[run, i, axis as u64])) as f32)
        })
        .collect();
    Sample::Points {
        generated,
        centres,
        sigma: 0.02,
        dimensions: 2,
    }
}

/// Pictures of 64 strokes.
fn images(run: u64) -> Sample {
    let mut pixels = Vec::new();
    for image in 0..64u64 {
        let (slant, bend) = (normal(&[run, image, 1]), normal(&[run, image, 2]));
        for y in 0..28 {
            for x in 0..28 {
                let (u, v) = (f64::from(x) / 14.0 - 1.0, f64::from(y) / 14.0 - 1.0);
                let distance = (u - 0.3 * slant * v - 0.5 * bend * (v * v - 0.4)).abs();
                let ink = (1.0 - 5.0 * distance).clamp(0.0, 1.0) * f64::from(v.abs() < 0.75);
                pixels.push((255.0 * ink) as u8);
            }
        }
    }
    Sample::Images {
        count: 64,
        shape: [1, 28, 28],
        pixels,
    }
}

/// Loss × k × noise × norm on the ring with three seeds, two cells of MNIST, and one of every kind
/// of ending.
pub fn rich() -> Material {
    let mut runs = Vec::new();
    for loss in ["minimax", "non_saturating"] {
        for k in ["1", "3"] {
            for noise in ["normal", "uniform"] {
                for norm in ["none", "batch"] {
                    for seed in 0..3 {
                        runs.push(ring(runs.len() as u64, seed, loss, k, noise, norm));
                    }
                }
            }
        }
    }
    runs[7].row.outcome = None;
    runs[7].row.last.clear();
    runs[7].series.clear();
    runs[7].samples.clear();
    runs[10].row.outcome = Some(Outcome::Failed {
        message: "the disk is full".to_owned(),
    });
    for loss in ["minimax", "non_saturating"] {
        for seed in 0..2 {
            runs.push(mnist(runs.len() as u64, seed, loss));
        }
    }
    Material {
        sweep: sweep(),
        runs,
    }
}

/// The part of [`rich`] with normal noise and no norm: four cells of the ring and two of MNIST.
pub fn small() -> Material {
    let mut material = rich();
    material.runs.retain(|run| {
        let is = |key: &str, value: &str| run.row.settings.get(key).is_none_or(|v| v == value);
        is("noise", "normal") && is("norm.g", "none")
    });
    material
}

fn ring(position: u64, seed: u64, loss: &str, k: &str, noise: &str, norm: &str) -> RunMaterial {
    let mut run = run(
        position,
        seed,
        &[
            ("dataset", "ring8"),
            ("loss", loss),
            ("k", k),
            ("noise", noise),
            ("norm.d", norm),
            ("norm.g", norm),
            ("sigma", "0.02"),
            ("lr.d", "2e-4"),
            ("lr.g", "2e-4"),
        ],
    );
    let effect =
        3.0 + 2.5 * f64::from(u8::from(norm == "none")) + 1.5 * f64::from(u8::from(k == "3"));
    let covered = (effect + normal(&[position, 5])).round().clamp(0.0, 8.0);
    let steps: Vec<u64> = (1..=10).map(|i| 200 * i).collect();
    let diverges = loss == "minimax" && k == "3" && norm == "batch" && seed == 1;
    log_training(
        &mut run,
        2000,
        if diverges { 800 } else { 2000 },
        loss == "minimax",
    );
    for (name, value, worst) in [
        ("covered", covered, 0.0),
        ("modes", (covered + 1.0).min(8.0), 0.0),
        (
            "high_quality",
            0.1 * covered + 0.1 * chance(&[position, 9]),
            0.0,
        ),
        (
            "reverse_kl",
            (8.0f64.ln() - covered.max(1.0).ln()).max(0.002),
            8.0f64.ln(),
        ),
        ("sliced_w1", 1.2 - 0.13 * covered, 5.7),
    ] {
        measure(&mut run, name, value, &steps);
        if diverges {
            let series = run.series.entry(name.to_owned()).or_default();
            series.truncate(3);
            let worst = Measured {
                step: 800,
                value: worst,
                worst: true,
            };
            series.push(worst);
            run.row.last.insert(name.to_owned(), worst);
        }
    }
    let reference = |value| Measured {
        step: 2000,
        value,
        worst: false,
    };
    run.row
        .last
        .insert("covered.perfect".to_owned(), reference(8.0));
    run.row
        .last
        .insert("covered.uniform".to_owned(), reference(0.0));
    run.row
        .last
        .insert("high_quality.perfect".to_owned(), reference(0.98889));
    run.samples.push(SampleRow {
        step: 2000,
        sample: points(position, covered as usize),
    });
    run.row.outcome = Some(if diverges {
        Outcome::Diverged {
            step: 800,
            quantity: "loss.d".to_owned(),
        }
    } else {
        Outcome::Done
    });
    run
}

fn mnist(position: u64, seed: u64, loss: &str) -> RunMaterial {
    let mut run = run(
        position,
        seed,
        &[("dataset", "mnist"), ("loss", loss), ("k", "1")],
    );
    let good = loss == "non_saturating";
    log_training(&mut run, 2000, 2000, !good);
    let fid = if good { 45.0 } else { 160.0 } + 20.0 * chance(&[position, 3]);
    measure(&mut run, "fid", fid, &[500, 1000, 1500, 2000]);
    measure(
        &mut run,
        "classes",
        if good { 9.0 } else { 3.0 },
        &[500, 1000, 1500, 2000],
    );
    measure(
        &mut run,
        "class_entropy",
        if good { 2.1 } else { 0.9 },
        &[500, 1000, 1500, 2000],
    );
    measure(
        &mut run,
        "confident",
        if good { 0.7 } else { 0.3 },
        &[500, 1000, 1500, 2000],
    );
    for (name, value) in [("fid.floor", 0.84), ("fid.n", 5000.0)] {
        let measured = Measured {
            step: 2000,
            value,
            worst: false,
        };
        run.row.last.insert(name.to_owned(), measured);
    }
    run.samples.push(SampleRow {
        step: 2000,
        sample: images(position),
    });
    run.row.outcome = Some(Outcome::Done);
    run
}

/// 500 runs: five learning rates × five k × ten widths × two seeds.
pub fn large() -> Material {
    let mut runs = Vec::new();
    for lr in ["1e-5", "2e-5", "5e-5", "1e-4", "2e-4"] {
        for k in ["1", "2", "3", "5", "10"] {
            for width in 1..=10 {
                for seed in 0..2 {
                    let width = format!("[{}, {}]", 16 * width, 16 * width);
                    let mut run = ring(runs.len() as u64, seed, "minimax", k, "normal", "none");
                    for (key, value) in [
                        ("lr.g", lr),
                        ("lr.d", lr),
                        ("hidden.g", &width),
                        ("hidden.d", &width),
                    ] {
                        run.row.settings.insert(key.to_owned(), value.to_owned());
                    }
                    runs.push(run);
                }
            }
        }
    }
    Material {
        sweep: sweep(),
        runs,
    }
}
