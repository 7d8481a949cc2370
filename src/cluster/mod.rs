//! Sweeps on machines that share a folder and nothing else: a cluster, or any program that starts commands.
//!
//! ```text
//! grid → Plan → slices → ClusterPlan (a file) → work, many times → shards (files) → collect → store
//! ```
//!
//! - A [`ClusterPlan`] is written once and never changed; the name of its folder ends in the hash of its
//!   content. A task that is started again finds the same slice.
//! - A task is one slice of many runs. Slices share no run, so that nobody claims anything and nobody waits
//!   for a lock.
//! - Tasks never open the results database. Each attempt at a task publishes what it has in files of its
//!   own, [shards](crate::store::Shard), which are there whole or not at all.
//! - One process collects the shards. Two copies of a run, as after a node that was thought to be dead, must
//!   have the same digests.
//! - Checkpoints lie in the shared folder: whoever has the run next goes on from them.
//!
//! Truth is the shards. What the queue says explains what is missing, no more.

mod begun;
mod folder;
mod plan;
mod publisher;
mod slices;
pub mod slurm;

pub use begun::lost;
pub use folder::Folder;
pub use plan::{ClusterPlan, How, PlanError};
pub use publisher::{PublishError, Publisher, attempt_name, ended, node_name, nonce};
pub use slices::{core_seconds, select, slices};

#[cfg(test)]
mod tests;
