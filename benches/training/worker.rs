//! The surroundings that a worker of `gan-sweep run` gives to a run.

/// candle's backward pass recurses over the graph; the same size as a worker's.
const STACK_BYTES: usize = 64 << 20;

/// Runs `work` on a rayon pool of its own with one thread.
pub fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(STACK_BYTES)
        .build()?;
    Ok(pool.install(work))
}
