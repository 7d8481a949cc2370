//! The results of all sweeps, in one SQLite file.

mod rows;

pub use rows::{Measured, Provenance, RunRow, SampleRow, SweepRow};
