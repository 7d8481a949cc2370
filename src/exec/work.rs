//! What a run takes, whatever it does: operations and memory.

use crate::spec::{RunSpec, Task};
use crate::train;

/// Operations of a step, by which time is predicted; see [`train::flops_per_step`].
pub fn flops_per_step(spec: &RunSpec) -> f64 {
    match &spec.task {
        Task::Gan(gan) => train::flops_per_step(gan, gan.dataset.expected_shape()) as f64,
        Task::Problem(of) => of.problem.flops_per_step(),
    }
}

/// Bytes that a run holds at least; see [`train::least_memory`]. Of problems nothing worth counting.
pub fn least_memory(spec: &RunSpec) -> u64 {
    spec.gan().map_or(0, |gan| {
        train::least_memory(gan, gan.dataset.expected_shape())
    })
}
