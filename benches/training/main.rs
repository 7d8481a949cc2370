//! How fast training is.
//!
//! ```sh
//! cargo bench --bench training                                   # all workloads, with divan
//! cargo bench --bench training -- --workload ring --steps 3000   # one measurement, as JSON
//! cargo bench --bench training -- --gemm                         # the ceiling, as JSON
//! ```
//!
//! `benches/peers/run.py` sets the one-shot form beside PyTorch and JAX.

mod gemm;
mod one_shot;
mod sampled;
mod worker;
mod workload;

use std::process::ExitCode;

/// The command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    // As the command does, before there is a second thread.
    gan_sweep::ops::threads::keep_candle_on_one_thread();
    match one_shot::asked(std::env::args()) {
        Some(arguments) => one_shot::run(arguments),
        None => {
            sampled::run();
            Ok(ExitCode::SUCCESS)
        }
    }
}
