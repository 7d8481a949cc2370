//! The workloads under divan: `cargo bench --bench training`, `… -- ring`.

use std::io::Write as _;

use divan::Bencher;
use divan::counter::ItemsCount;

use crate::worker::alone;
use crate::workload::{Grid, Workload, names};

/// Runs divan on its own command line.
pub fn run() {
    divan::main();
}

/// Steps of a sample: long enough that the making of two networks does not count, and whole strides
/// of the log, at the last of which a run stops before it evaluates.
fn steps(workload: &str) -> u64 {
    match workload {
        "tiny" => 10_000,
        "dcgan" | "dcgan-batch" => 10,
        _ => 200,
    }
}

/// The workloads that this version can train; of the others it says why not.
fn trainable() -> Vec<&'static str> {
    names().filter(|name| is_trainable(name)).collect()
}

fn is_trainable(name: &str) -> bool {
    let Err(refusal) = Grid::find(name).and_then(|grid| Ok(grid.spec(&[], 0)?)) else {
        return true;
    };
    // Nothing can be done about a closed stderr.
    let _ = writeln!(std::io::stderr(), "'{name}' is left out: {refusal}");
    false
}

/// A sample trains two new networks for some steps, which divan counts as items.
#[divan::bench(args = trainable(), sample_count = 20, sample_size = 1)]
fn training(bencher: Bencher<'_, '_>, name: &str) {
    let workload = Workload::open(name).expect("a workload that can be trained");
    let steps = steps(name);
    bencher.counter(ItemsCount::new(steps)).bench_local(|| {
        alone(|| workload.mean_losses(steps, 0))
            .and_then(|losses| losses)
            .expect("steps without an error")
    });
}
