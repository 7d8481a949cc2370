//! How fast shards are collected: `cargo bench --bench cluster`.
//!
//! Writes shards of made-up runs as tasks do, collects them into an empty results database, and prints
//! runs and megabytes a second. `runs N`: N runs with ten metric rows each and no weights, 1,000 in a
//! shard; `weights N`: N runs with a megabyte of weights each, 64 in a shard. In both, each shard is
//! collected in a transaction of its own, as `gan-sweep collect` does.
#![expect(clippy::print_stdout, reason = "this is what a benchmark is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gan_sweep::event::{Ended, Outcome, RunEvent};
use gan_sweep::provenance::provenance;
use gan_sweep::spec::{Catalog, RunSpec, resolve};
use gan_sweep::store::{Shard, Writer};

/// Rows of a run: two quantities at five steps.
const STEPS: u64 = 5;
const QUANTITIES: [&str; 2] = ["covered", "loss.g"];

/// Runs of one shard.
const RUNS: usize = 1000;
const HEAVY_RUNS: usize = 64;

const MEGABYTE: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|w| w != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => {
            bench(100_000, RUNS, 0)?;
            bench(1_024, HEAVY_RUNS, MEGABYTE)
        }
        ["runs", n] => bench(n.parse()?, RUNS, 0),
        ["weights", n] => bench(n.parse()?, HEAVY_RUNS, MEGABYTE),
        _ => Err("expected nothing, 'runs N' or 'weights N'".into()),
    }
}

fn bench(runs: usize, in_shard: usize, weights: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let resolved = resolve(&BTreeMap::new(), &Catalog::new()).map_err(|e| format!("{e:?}"))?;
    let begun = Instant::now();
    let mut files = Vec::new();
    for first in (0..runs).step_by(in_shard) {
        let seeds = first..runs.min(first + in_shard);
        files.push(shard(folder.path(), &resolved.settings, seeds, weights)?);
    }
    let written = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let writer = Writer::open(folder.path(), provenance())?;
    let (mut taken, mut slowest) = (0, Duration::ZERO);
    for file in &files {
        let one = Instant::now();
        taken += writer.collect(file)?.runs;
        slowest = slowest.max(one.elapsed());
    }
    writer.close()?;
    let collected = begun.elapsed().as_secs_f64();
    assert_eq!(taken, runs);
    let bytes: u64 = files
        .iter()
        .filter_map(|file| Some(std::fs::metadata(file).ok()?.len()))
        .sum();
    println!(
        "{runs} runs with {} metric rows and {weights} bytes of weights in {} shards, {:.0} MB: written in \
         {written:.1} s, collected in {collected:.2} s: {:.0} runs/s, {:.0} MB/s; slowest shard {:.2} s",
        STEPS as usize * QUANTITIES.len(),
        files.len(),
        bytes as f64 / 1e6,
        runs as f64 / collected,
        bytes as f64 / 1e6 / collected,
        slowest.as_secs_f64()
    );
    Ok(())
}

fn shard(
    folder: &Path,
    settings: &gan_sweep::param::Settings,
    seeds: std::ops::Range<usize>,
    weights: usize,
) -> Result<PathBuf, Box<dyn Error>> {
    let name = format!("1_{}.r0.db", seeds.start);
    let mut shard = Shard::new(&provenance(), "n1")?;
    for seed in seeds {
        let spec = RunSpec::new(settings.clone(), seed as u64, &Catalog::new())?;
        let mut events = vec![RunEvent::Started { from: 0 }];
        events.extend((1..=STEPS).map(|step| {
            RunEvent::Logged {
                step: step * 100,
                values: QUANTITIES
                    .iter()
                    .map(|&quantity| (quantity, seed as f64 / 7.0 + step as f64))
                    .collect(),
            }
        }));
        if weights > 0 {
            let bytes = (0..weights).map(|i| (i * 31 + seed) as u8).collect();
            events.push(RunEvent::Trained { weights: bytes });
        }
        events.push(RunEvent::Ended(Ended {
            outcome: Outcome::Done,
            weights_digest: Some([seed as u8; 32]),
            flops: 1_000_000,
            wall: Duration::from_millis(20),
            cpu: Duration::from_millis(20),
        }));
        shard.add(&spec, events)?;
    }
    let path = folder.join(name);
    std::fs::write(&path, shard.into_bytes()?)?;
    Ok(path)
}
