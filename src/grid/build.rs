//! From cells to a plan: seeds, de-duplication, columns, selection.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::condition::Condition;
use super::document::Seeds;
use super::effective::Effective;
use super::expand::{Assigned, Expanded, peculiar};
use super::limits::MOST_EXAMPLES;
use super::overrides::Shard;
use super::plan::{Cell, Column, Exclusion, Plan, PlannedRun};
use super::source::Sources;
use crate::param::{Key, Network, Value};
use crate::spec::RunId;

/// What one entry of `exclude` took out.
#[derive(Default)]
struct Excluded {
    cells: u64,
    examples: Vec<Vec<(String, Value)>>,
}

/// Collects the cells of an expansion.
pub(super) struct Builder<'e> {
    effective: &'e Effective,
    plan: Plan,
    /// The cell with given settings, by the id of its run with seed 0.
    known: HashMap<RunId, usize>,
    /// An assignment's address → its index among the plan's origins.
    origins: HashMap<usize, u32>,
    /// Of the cells that more than one entry asks for: the run of each seed.
    present: HashMap<usize, HashMap<u64, usize>>,
    /// Runs with their tags.
    tagged: HashSet<(usize, &'e str)>,
    /// By the index of the `exclude` entry.
    excluded: BTreeMap<usize, Excluded>,
    /// Cells of `grid` and `when` that repeat an earlier one.
    repeated: usize,
}

impl<'e> Builder<'e> {
    pub fn new(effective: &'e Effective) -> Self {
        Self {
            effective,
            plan: Plan::default(),
            known: HashMap::new(),
            origins: HashMap::new(),
            present: HashMap::new(),
            tagged: HashSet::new(),
            excluded: BTreeMap::new(),
            repeated: 0,
        }
    }

    pub fn exclude(&mut self, entry: usize, assigned: &Assigned<'e>) {
        let excluded = self.excluded.entry(entry).or_default();
        excluded.cells += 1;
        if excluded.examples.len() < MOST_EXAMPLES {
            excluded.examples.push(peculiar(assigned));
        }
    }

    pub fn keep(&mut self, cell: Expanded<'e>) {
        let Expanded {
            spec,
            assigned,
            include,
        } = cell;
        let seeds: &Seeds = include
            .and_then(|i| i.seeds.as_ref())
            .unwrap_or(&self.effective.seeds);
        let tags: &'e [String] = include.map(|i| i.tags.as_slice()).unwrap_or_default();
        let id = spec.id();
        let index = match self.known.get(&id) {
            Some(&index) => {
                self.repeated += usize::from(include.is_none());
                index
            }
            None => {
                self.known.insert(id, self.plan.cells.len());
                let assigned = assigned
                    .iter()
                    // What does not apply to the cell is not part of it.
                    .filter(|(key, _)| spec.settings.0.contains_key(key))
                    .map(|(key, a)| {
                        let origins = &mut self.plan.origins;
                        let address = std::ptr::from_ref(*a).addr();
                        let index = *self.origins.entry(address).or_insert_with(|| {
                            origins.push(a.origin.clone());
                            (origins.len() - 1) as u32
                        });
                        (*key, index)
                    })
                    .collect();
                self.plan.cells.push(Cell {
                    runs: Vec::new(),
                    assigned,
                });
                self.plan.cells.len() - 1
            }
        };
        let runs = &mut self.plan.runs;
        let members = &mut self.plan.cells[index].runs;
        // Seeds of one entry differ, so that a cell's first entry meets none of its own.
        let mut present = (!members.is_empty()).then(|| {
            let seeds = || members.iter().map(|&i| (runs[i].spec.seed(), i)).collect();
            self.present.entry(index).or_insert_with(seeds)
        });
        for seed in seeds.iter() {
            if let Some(&i) = present.as_ref().and_then(|present| present.get(&seed)) {
                for tag in tags {
                    if self.tagged.insert((i, tag)) {
                        runs[i].tags.push(tag.clone());
                    }
                }
                continue;
            }
            if let Some(present) = &mut present {
                present.insert(seed, runs.len());
            }
            self.tagged
                .extend(tags.iter().map(|tag| (runs.len(), tag.as_str())));
            members.push(runs.len());
            let spec = spec.clone().with_seed(seed);
            runs.push(PlannedRun {
                spec,
                tags: tags.to_vec(),
                selected: true,
            });
        }
    }

    pub fn finish(mut self, sources: &Sources) -> Plan {
        self.plan.excluded = self
            .excluded
            .into_iter()
            .filter_map(|(entry, Excluded { cells, examples })| {
                let place = self.effective.exclude.get(entry)?.place;
                Some(Exclusion {
                    line: place.line,
                    text: sources.text(place),
                    cells,
                    examples,
                })
            })
            .collect();
        self.plan.columns = columns(&self.plan, self.effective.keys());
        if self.repeated > 0 {
            self.plan.notes.push(format!(
                "{} cells repeat an earlier one and are trained once",
                self.repeated
            ));
        }
        self.plan
    }
}

/// The keys that vary, those of both networks as one where they always agree.
fn columns(plan: &Plan, keys: Vec<Key>) -> Vec<Column> {
    let varies = |key: Key| {
        let mut values = plan.cells.iter().map(|cell| plan.value(cell, key));
        let first = values.next().flatten();
        values.any(|v| v != first)
    };
    let other = |key: Key| Key {
        network: key.network.map(|n| match n {
            Network::G => Network::D,
            Network::D => Network::G,
        }),
        ..key
    };
    let agree = |key: Key| {
        key.network.is_some()
            && plan
                .cells
                .iter()
                .all(|cell| plan.value(cell, key) == plan.value(cell, other(key)))
    };
    let mut columns: Vec<Column> = Vec::new();
    for key in keys {
        if columns.iter().any(|c| c.label == key.name) || !varies(key) {
            continue;
        }
        let label = if agree(key) {
            key.name.to_owned()
        } else {
            key.to_string()
        };
        columns.push(Column { label, key });
    }
    columns
}

/// Which runs this invocation executes.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub only: Vec<Condition>,
    pub shard: Option<Shard>,
    pub limit: Option<usize>,
}

impl Selection {
    /// Marks the runs and notes what selects nothing.
    pub fn apply(&self, plan: &mut Plan) {
        plan.shard = self.shard;
        let mut left = self.limit.unwrap_or(usize::MAX);
        for run in &mut plan.runs {
            let matches = self
                .only
                .iter()
                .filter(|condition| condition.holds(&run.spec.settings))
                .count()
                == self.only.len();
            run.selected = matches && left > 0;
            left -= usize::from(run.selected);
        }
        for condition in &self.only {
            for (clause, literal) in condition.literals() {
                if !literal.occurred.get() {
                    plan.notes.push(format!(
                        "--only: {} is {} in no run",
                        clause.written, literal.written
                    ));
                }
            }
        }
        if !plan.runs.iter().any(|r| r.selected) {
            plan.notes.push("no run is selected".to_owned());
        }
    }
}
