//! A results folder with made-up runs, and the binary to look at it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use gan_sweep::event::{Ended, Outcome, Quantity, Report, RunEvent};
use gan_sweep::grid::{Plan, PlannedRun};
use gan_sweep::param::{Key, Network, Value};
use gan_sweep::spec::{Catalog, RunId, RunSpec, resolve};
use gan_sweep::store::{EventSender, Provenance, Writer, WriterGone};

pub(crate) type Checked = Result<(), Box<dyn Error>>;

/// A run that can train: `norm` is set for both networks.
pub(crate) fn spec(settings: &[(&'static str, Value)], seed: u64) -> RunSpec {
    let mut assigned = BTreeMap::new();
    for (name, value) in settings {
        let networks: &[Option<Network>] = match *name {
            "norm" => &[Some(Network::G), Some(Network::D)],
            _ => &[None],
        };
        for &network in networks {
            assigned.insert(Key { name, network }, value.clone());
        }
    }
    let resolved = resolve(&assigned, &Catalog::new()).expect("settings that exist");
    RunSpec::new(resolved.settings, seed, &Catalog::new()).expect("settings that can train")
}

/// A plan of these runs.
pub(crate) fn plan(name: &str, specs: &[RunSpec]) -> Plan {
    Plan {
        name: name.to_owned(),
        question: Some("What keeps the modes?".to_owned()),
        profile: String::new(),
        source: format!("version: 1\nname: {name}\n"),
        runs: specs
            .iter()
            .map(|spec| PlannedRun {
                spec: spec.clone(),
                tags: Vec::new(),
                selected: true,
            })
            .collect(),
        ..Plan::default()
    }
}

/// What made-up runs were made by.
pub(crate) fn provenance() -> Provenance {
    Provenance {
        git_revision: "0123abcd".to_owned(),
        dirty: false,
        versions: "gan-sweep 0.1.0".to_owned(),
        numeric_class: "avx2+fma".to_owned(),
    }
}

/// What the features of made-up runs with a FID are.
pub(crate) const FEATURES: &str = "classifier of mnist (0123456789abcdef)";

/// What made-up runs keep; no network.
pub(crate) const WEIGHTS: &[u8] = b"weights";

/// Reports a whole run.
pub(crate) fn report(
    sender: &EventSender,
    run: RunId,
    steps: &[(u64, &[(Quantity, f64)])],
    worst: &[(Quantity, f64)],
    outcome: Outcome,
) -> Result<(), WriterGone> {
    let send = |event| sender.send(Report { run, event });
    send(RunEvent::Started { from: 0 })?;
    for (step, values) in steps {
        send(RunEvent::Logged {
            step: *step,
            values: values.to_vec(),
        })?;
    }
    let values = steps.iter().flat_map(|(_, values)| values.iter());
    if values.clone().any(|(name, _)| *name == "fid") {
        send(RunEvent::Features(FEATURES.to_owned()))?;
    }
    if outcome == Outcome::Done {
        send(RunEvent::Trained {
            weights: WEIGHTS.to_vec(),
        })?;
    }
    if let Outcome::Diverged { step, .. } = outcome {
        send(RunEvent::Worst {
            step,
            values: worst.to_vec(),
        })?;
    }
    send(RunEvent::Ended(Ended {
        outcome,
        weights_digest: Some([9; 32]),
        flops: 123_456,
        wall: Duration::from_millis(2500),
        cpu: Duration::from_millis(2250),
    }))
}

const STEPS: u64 = 3000;

/// loss × k × norm on the ring with three seeds, and two seeds of MNIST. One run diverged, one
/// failed, one is missing.
pub(crate) fn results(folder: &Path) -> Checked {
    let word = |w: &str| Value::Text(w.to_owned());
    let mut specs = Vec::new();
    for loss in ["minimax", "non_saturating"] {
        for k in [1, 2] {
            for norm in ["none", "batch"] {
                for seed in 0..3 {
                    let settings = [
                        ("loss", word(loss)),
                        ("k", Value::Int(k)),
                        ("norm", word(norm)),
                    ];
                    specs.push(spec(&settings, seed));
                }
            }
        }
    }
    let ring = specs.len();
    for seed in 0..2 {
        specs.push(spec(&[("dataset", word("mnist"))], seed));
    }
    let writer = Writer::open(folder, provenance())?;
    writer.plan(&plan("demo", &specs))?;
    let sender = writer.sender();
    for (i, spec) in specs.iter().enumerate() {
        let id = spec.id();
        let seed = spec.seed() as f64;
        if i >= ring {
            let values = [("fid", 20.0 + seed), ("fid.floor", 1.5), ("fid.n", 5000.0)];
            report(&sender, id, &[(STEPS, &values)], &[], Outcome::Done)?;
            continue;
        }
        // Cells 0 to 7; the seed moves k's effect a little, so that its interval has a width.
        let cell = i / 3;
        let k = f64::from(spec.gan().expect("it trains").k.least());
        let covered = 1.0 + (cell / 4) as f64 + (k - 1.0) * (2.0 + seed / 4.0);
        let early = [("loss.d", 0.1 + seed), ("covered", 0.5)];
        let last = [
            ("loss.d", 1.0 / 3.0),
            ("covered", covered),
            ("covered.perfect", 8.0),
            ("covered.uniform", 5.0),
        ];
        match i {
            1 => {
                let outcome = Outcome::Diverged {
                    step: 1234,
                    quantity: "loss.d".to_owned(),
                };
                let steps: [(u64, &[_]); 2] = [(1000, &early), (1200, &[("loss.d", f64::NAN)])];
                report(&sender, id, &steps, &[("covered", 0.0)], outcome)?;
            }
            5 => {
                let message = "no, \"thank\" you,\nsaid the data set".to_owned();
                report(
                    &sender,
                    id,
                    &[(1000, &early)],
                    &[],
                    Outcome::Failed { message },
                )?;
            }
            9 => {}
            _ => {
                let steps: [(u64, &[_]); 2] = [(1000, &early), (STEPS, &last)];
                report(&sender, id, &steps, &[], Outcome::Done)?;
            }
        }
    }
    writer.close()?;
    Ok(())
}

/// Runs the binary on a results folder.
pub(crate) fn gan_sweep(results: &Path, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .arg("--results")
        .arg(results)
        .args(arguments)
        .output()
}

/// What the binary prints, which must succeed.
pub(crate) fn prints(results: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = gan_sweep(results, arguments)?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{arguments:?}: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}

/// What the binary says when it refuses, with exit code 2.
pub(crate) fn refuses(results: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = gan_sweep(results, arguments)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    Ok(String::from_utf8(output.stderr)?.trim_end().to_owned())
}
