//! The plan: what a grid asks for.

use crate::spec::RunSpec;

/// The runs of a grid, in order, each once.
#[derive(Clone, Debug, PartialEq)]
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
}

/// One run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// What to train.
    pub spec: RunSpec,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether this invocation executes it (`--only`, `--limit`, `--shard` do not change
    /// membership).
    pub selected: bool,
}
