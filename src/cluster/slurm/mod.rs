//! Slurm: what is asked of it and how it answers.
//!
//! Slurm runs tasks and says why some have not ended; what they made is in the shards.

mod command;
mod journal;
mod limits;
mod queue;
mod script;

pub use command::{SlurmError, cancel, requeue, submit};
pub use journal::{Entry, Journal, JournalError};
pub use limits::Limits;
pub use queue::{Queue, Task};
pub use script::{Array, Script};

pub use crate::grid::cluster::Wishes;

/// How often a task is put back into the queue by itself before it is left to `resume`.
pub const MOST_RESTARTS: u32 = 50;
