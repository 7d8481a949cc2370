//! What a grid may cost to read, so that a slip or a hostile file cannot exhaust the machine.
//!
//! Memory, by measurement at most: 1 KiB a byte of the file, 2 KiB a value (after aliases are
//! followed), 8 KiB a run. Time: no more than [`Limits::work`] steps, and what reading a file takes.

/// Bytes of a grid file. The largest sensible grid is a few kilobytes; committed reference centres
/// may take more.
pub const MOST_BYTES: u64 = 4 << 20;

/// Runs of a plan, and cells before `exclude`.
pub const MOST_RUNS: u64 = 1_000_000;

/// Values of a file after its aliases are followed.
const MOST_NODES: usize = 1_000_000;

/// Entries of `when`, of `exclude`, of `zip` and of `profiles`.
pub(super) const MOST_ENTRIES: usize = 1000;

/// Tags of an `include` entry.
pub(super) const MOST_TAGS: usize = 16;

/// Steps of [`Limits::work`] that the settings of a cell cost: they take so much longer than to
/// compare one of them with a value.
pub(super) const STEPS_OF_SETTINGS: u64 = 32;

/// What grows with the size of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// As [`MOST_RUNS`].
    pub runs: u64,
    /// Values after aliases are followed.
    pub nodes: usize,
}

impl Limits {
    /// Of a file that anyone may write.
    pub const FULL: Self = Self {
        runs: MOST_RUNS,
        nodes: MOST_NODES,
    };

    /// Numbers drawn by all `random` sections together.
    pub fn draws(self) -> u64 {
        4 * self.runs
    }

    /// Values in the settings of all runs together, each number of a list counted.
    pub fn values(self) -> u64 {
        128 * self.runs
    }

    /// Steps of an expansion: values that conditions compare, and settings of cells.
    pub fn work(self) -> u64 {
        256 * self.runs
    }
}

/// Lists and mappings inside each other. The grid language itself needs nine.
pub(super) const DEEPEST: usize = 32;

/// Faults of one file after which no nearest words are looked for.
pub(super) const MOST_ADVISED: usize = 1000;

/// Faults of one file that are shown; the rest are counted.
pub(super) const MOST_SHOWN: usize = 20;

/// Letters of a sweep's name, which becomes part of file names, and of a tag.
pub(super) const LONGEST_NAME: usize = 100;

/// Excluded cells that a plan keeps for each `exclude` entry; all are counted.
pub(super) const MOST_EXAMPLES: usize = 1000;
