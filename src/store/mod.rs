//! The results of all sweeps, in one SQLite file: `RESULTS/gan-sweep.db`.
//!
//! # Contract
//! - **One writer.** A [`Writer`] owns the folder: it holds the lock on `gan-sweep.lock` until it
//!   is closed or its process ends, however it ends. A second one is refused and told who holds it.
//!   All writes go through one thread that owns the connection. [`holder`] says who holds it.
//! - **What was reported as done stays.** [`EventSender::send`] of an [`Ended`] event returns when
//!   the outcome and everything the run sent before it are committed. From then on they survive
//!   `kill -9`, and, with `synchronous = FULL`, a power loss too as far as the disk keeps its
//!   promise to have written. Other events are committed at latest 200 ms or 1,000 events after
//!   they were sent.
//! - **An outcome is complete.** A run has an outcome only together with all its values. A run
//!   whose attempt is unfinished has none: it counts as missing, its last values are not shown, and
//!   the first row of its next attempt replaces all rows of the unfinished one in the same
//!   transaction. The list of attempts keeps every attempt that left a row.
//! - **Values come back bit for bit**, NaN and infinities included; only the sign of zero and the
//!   payload of a NaN are not kept. A quantity that is logged twice at a step keeps its last value.
//! - **A failure to record stops everything.** At the first write error the writer ends; every
//!   sender gets [`WriterGone`] with the reason, also those that wait; [`Writer::close`] returns it.
//! - **Shards** are files of runs that ended elsewhere ([`Shard`]). [`Writer::collect`] takes one over in
//!   one transaction, once. A run keeps the outcome that it has; a copy that differs from it is told, and
//!   where the same bits are promised nothing of its shard is taken.
//! - **Nothing is deleted.** A run that left a sweep's grid is kept, and marked with when it left.
//!   The runs of a sweep are kept apart by profile, since each profile asks for its own.
//! - **Readers** see one consistent state a call, never wait for the writer (except on network file
//!   systems, where there is no WAL), and can read a cleanly closed folder that is read-only.
//!
//! Programs in other languages read the views `v_runs`, `v_metrics`, `v_final` and `v_attempts`,
//! which `tests/examples/README.md` documents column by column; `weights` holds what trained networks are.
//!
//! [`Ended`]: crate::event::RunEvent::Ended

mod batch;
pub mod clock;
mod collect;
mod error;
mod filesystem;
mod housekeeping;
mod intact;
mod look;
mod ownership;
mod plan;
mod progress;
mod read;
mod reader;
mod recorder;
mod rescue;
mod rows;
pub(crate) mod sample;
mod schema;
mod shard;
mod value;
mod writer;

pub use collect::{Collected, Maker, Parted};
pub use error::{StoreError, WriterGone};
pub use housekeeping::{Held, Removed, Retention, remove};
pub(crate) use ownership::host;
pub use ownership::{Holder, holder};
pub use plan::Registered;
pub use progress::{Begun, Progress};
pub use reader::{Membership, Reader};
pub use rows::{AttemptRow, Measured, Past, Provenance, RunRow, SampleRow, SweepRow, Tally};
pub(crate) use sample::{decode as decode_sample, encode as encode_sample};
pub use shard::{Shard, outcomes as shard_outcomes};
pub use writer::{EventSender, Writer};

#[cfg(test)]
mod tests;
