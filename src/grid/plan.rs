//! The plan: what a grid asks for.

use super::cluster::Wishes;
use super::origin::Origin;
use super::overrides::Shard;
use crate::claim::{Claim, Topic};
use crate::param::{Key, Value};
use crate::spec::RunSpec;

/// The runs of a grid, in order, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The sweep's name.
    pub name: String,
    /// The question it asks.
    pub question: Option<String>,
    /// The profile that was applied, empty for none.
    pub profile: String,
    /// The file's text.
    pub source: String,
    /// Every member of the sweep, in plan order.
    pub runs: Vec<PlannedRun>,
    /// What the user should know, such as a default that does not apply to some cells.
    pub notes: Vec<String>,
    /// The combinations of values, in plan order: runs that differ in their seed alone.
    pub cells: Vec<Cell>,
    /// The keys that vary between cells, in the order in which the file names them.
    pub columns: Vec<Column>,
    /// What `exclude` took out, an entry for each of its entries that took out something.
    pub excluded: Vec<Exclusion>,
    /// Where values come from; cells refer to it.
    pub origins: Vec<Origin>,
    /// The slice of its selected runs that this invocation executes; whoever executes decides which runs
    /// that are, by what they cost.
    pub shard: Option<Shard>,
    /// What it asks of a cluster.
    pub cluster: Wishes,
    /// What a comparison is about.
    pub topic: Topic,
    /// What it claims, in the order of the file.
    pub claims: Vec<Claim>,
}

/// One run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// What to train.
    pub spec: RunSpec,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether this invocation executes it (`--only` and `--limit` do not change membership).
    pub selected: bool,
}

/// A combination of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its runs, one a seed, as positions in [`Plan::runs`]; never empty.
    pub runs: Vec<usize>,
    /// The keys that some section assigned, each with an index into the plan's origins.
    pub(super) assigned: Vec<(Key, u32)>,
}

/// A key that varies, or both keys of a per-network parameter where they always agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `k`, `norm.g`, or `norm` for both.
    pub label: String,
    /// The key whose values to show.
    pub key: Key,
}

/// What one entry of `exclude` took out.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// The line of the entry in the file.
    pub line: usize,
    /// The entry as written.
    pub text: String,
    /// How many cells it took out.
    pub cells: u64,
    /// Their axis values, in the order of the file; at most a thousand cells are listed.
    pub examples: Vec<Vec<(String, Value)>>,
}

impl Plan {
    /// A setting of a cell; `None` where the key does not apply.
    pub fn value(&self, cell: &Cell, key: Key) -> Option<&Value> {
        let run = self.runs.get(*cell.runs.first()?)?;
        run.spec.settings.0.get(&key)
    }

    /// Where a cell's value came from; `None` for a birth default.
    pub fn origin(&self, cell: &Cell, key: Key) -> Option<&Origin> {
        let (_, index) = cell.assigned.iter().find(|(k, _)| *k == key)?;
        self.origins.get(*index as usize)
    }

    /// Generator updates of all runs together.
    pub fn total_steps(&self) -> u64 {
        self.runs.iter().map(|r| r.spec.steps()).sum()
    }
}
