//! One measurement a process, printed as one line of JSON: what `benches/peers/run.py` runs.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use gan_sweep::grid::GridError;
use serde_json::{Value, json};

use crate::gemm;
use crate::worker::alone;
use crate::workload::{OpenError, Workload};

/// What makes the command line a one-shot one.
const SELECTORS: [&str; 2] = ["--workload", "--gemm"];

/// One measurement.
#[derive(Debug, Parser)]
#[command(name = "training")]
pub struct Arguments {
    /// Time this workload
    #[arg(long, value_name = "NAME", required_unless_present = "gemm")]
    workload: Option<String>,
    /// Training steps to time, after as many to warm up
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// The mean losses over the second half of the steps instead of the time
    #[arg(long)]
    losses: bool,
    /// The time of a run's final evaluation instead: the median over as many runs as steps
    #[arg(long, conflicts_with = "losses")]
    evaluation: bool,
    /// The run's seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The rate of matrix products on one core: candle's and this crate's
    #[arg(long, conflicts_with = "workload")]
    gemm: bool,
}

/// The command line, if it asks for one measurement; divan's otherwise.
pub fn asked(command_line: impl Iterator<Item = String>) -> Option<Arguments> {
    // `cargo bench` adds `--bench`.
    let words: Vec<_> = command_line.filter(|word| word != "--bench").collect();
    words
        .iter()
        .any(|word| SELECTORS.contains(&word.split('=').next().unwrap_or_default()))
        .then(|| Arguments::parse_from(words))
}

/// Measures, and prints the result.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let result = alone(|| match &arguments.workload {
        None => rates(),
        Some(name) if arguments.losses => losses(name, &arguments),
        Some(name) if arguments.evaluation => evaluation(name, &arguments),
        Some(name) => speed(name, &arguments),
    })??;
    writeln!(std::io::stdout(), "{result}")?;
    Ok(ExitCode::SUCCESS)
}

fn rates() -> anyhow::Result<Value> {
    let [small, large] = gemm::SHAPES;
    let candle = [gemm::candle(small)?, gemm::candle(large)?];
    let own = [gemm::own(small)?, gemm::own(large)?];
    Ok(json!({
        "workload": "gemm",
        "gflops": candle[0].max(candle[1]),
        "gflops_512x128x128": candle[0],
        "gflops_1024": candle[1],
        "own_512x128x128": own[0],
        "own_1024": own[1],
    }))
}

fn speed(name: &str, arguments: &Arguments) -> anyhow::Result<Value> {
    let workload = match Workload::open(name) {
        Err(OpenError::Refused(refusal)) => return Ok(skipped(name, &refusal)),
        opened => opened?,
    };
    let timed = workload.time(arguments.steps, arguments.seed)?;
    let seconds = timed.elapsed.as_secs_f64();
    Ok(json!({
        "workload": name,
        "steps": arguments.steps,
        "seconds": seconds,
        "steps_per_second": arguments.steps as f64 / seconds,
        "flops_per_step": timed.flops_per_step,
        "loss_d": timed.losses.d,
        "loss_g": timed.losses.g,
    }))
}

fn losses(name: &str, arguments: &Arguments) -> anyhow::Result<Value> {
    let workload = match Workload::open(name) {
        Err(OpenError::Refused(refusal)) => return Ok(skipped(name, &refusal)),
        opened => opened?,
    };
    let losses = workload.mean_losses(arguments.steps, arguments.seed)?;
    Ok(json!({
        "workload": name,
        "steps": arguments.steps,
        "seed": arguments.seed,
        "loss_d": losses.d,
        "loss_g": losses.g,
    }))
}

fn evaluation(name: &str, arguments: &Arguments) -> anyhow::Result<Value> {
    let workload = match Workload::open(name) {
        Err(OpenError::Refused(refusal)) => return Ok(skipped(name, &refusal)),
        opened => opened?,
    };
    let mut times = (0..arguments.steps)
        .map(|seed| workload.time_evaluation(seed))
        .collect::<anyhow::Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(json!({
        "workload": name,
        "evaluations": times.len(),
        "seconds": times[times.len() / 2].as_secs_f64(),
    }))
}

/// A later version may know what this one refuses, so it is no error.
fn skipped(name: &str, refusal: &GridError) -> Value {
    json!({"workload": name, "skipped": refusal.to_string()})
}
