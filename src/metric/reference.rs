//! The streams of what points are compared with: the same for every run.

use crate::rng::{Name, Stream, Streams};

/// Every run is measured against the same references.
const SEED: u64 = 0;

fn stream(step: u64, substep: u32) -> Stream {
    Streams::new(SEED).stream(Name::Reference, step, substep)
}

/// Real samples to compare with.
pub(super) fn real() -> Stream {
    stream(0, 0)
}

/// A perfect sampler's samples.
pub(super) fn perfect() -> Stream {
    stream(1, 0)
}

/// Uniform points in the box with those corners, row-major `[count, d]`.
pub(super) fn uniform([low, high]: &[Vec<f64>; 2], count: usize) -> Vec<f32> {
    let mut stream = stream(2, 0);
    let d = low.len();
    (0..d * count)
        .map(|i| (low[i % d] + (high[i % d] - low[i % d]) * f64::from(stream.unit())) as f32)
        .collect()
}

/// The `i`-th random direction of a sliced distance.
pub(super) fn directions(i: u32) -> Stream {
    stream(3, i)
}
