//! What a grid may cost to read, so that a slip or a hostile file cannot exhaust the machine.

/// Bytes of a grid file. The largest sensible grid is a few kilobytes; committed reference centres
/// may take more.
pub const MOST_BYTES: u64 = 4 << 20;

/// Runs of a plan, and cells before `exclude`.
pub const MOST_RUNS: u64 = 1_000_000;

/// Values of a file after its aliases are followed.
pub(super) const MOST_NODES: usize = 1_000_000;

/// Lists and mappings inside each other. The grid language itself needs nine.
pub(super) const DEEPEST: usize = 32;

/// Faults of one file that are shown; the rest are counted.
pub(super) const MOST_SHOWN: usize = 20;

/// Letters of a sweep's name: it becomes part of file names.
pub(super) const LONGEST_NAME: usize = 100;

/// Excluded cells that a plan keeps for each `exclude` entry; all are counted.
pub(super) const MOST_EXAMPLES: usize = 1000;
