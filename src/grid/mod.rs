//! From a YAML file to an ordered, duplicate-free plan of runs.

mod plan;

pub use plan::{Plan, PlannedRun};
