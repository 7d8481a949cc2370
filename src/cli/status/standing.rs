//! Where a sweep stands.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use super::left::{self, Left, Open, Took};
use crate::dataset;
use crate::event::Outcome;
use crate::exec::flops_per_step;
use crate::spec::{Catalog, RunId};
use crate::stats::{subject, varied};
use crate::store::{Begun, Holder, Progress, Reader, RunRow, StoreError, SweepRow};

/// A sweep at one moment. Its runs are the sum of done, diverged, failed and missing; those that run
/// and those that were interrupted are among the missing.
#[derive(Debug, PartialEq)]
pub(super) struct Standing {
    pub sweep: String,
    pub profile: String,
    /// Cells of which every run has its outcome, and all.
    pub cells: (usize, usize),
    pub runs: usize,
    pub done: usize,
    pub diverged: usize,
    /// Failed, crashed, or took too long.
    pub failed: usize,
    pub missing: usize,
    /// Begun earlier, not ended, and with no worker.
    pub interrupted: usize,
    pub running: Vec<Running>,
    /// Runs that say how long others will take.
    pub timed: usize,
    /// Seconds; `None` where nobody works on it, or too few runs have ended.
    pub left: Option<Left>,
}

/// A run that a worker has.
#[derive(Debug, PartialEq)]
pub(super) struct Running {
    pub run: RunId,
    /// `loss=minimax seed=0`
    pub label: String,
    /// The last step of which something is known.
    pub step: u64,
    /// All of them, where it has a number of them.
    pub steps: Option<u64>,
    pub started_at: i64,
}

impl Standing {
    /// `cost` is what a run is predicted to cost, in any unit; `None` where that is not known.
    pub fn of(
        sweep: SweepRow,
        progress: &Progress,
        holder: Option<&Holder>,
        mut cost: impl FnMut(RunId) -> Result<Option<f64>, StoreError>,
    ) -> Result<Self, StoreError> {
        let rows = &progress.runs;
        let running = running(rows, at_work(&progress.begun, holder));
        let ids: HashSet<RunId> = running.iter().map(|r| r.run).collect();
        let count = |is: fn(&RunRow) -> bool| rows.iter().filter(|run| is(run)).count();
        let interrupted =
            |run: &&RunRow| run.outcome.is_none() && run.attempts > 0 && !ids.contains(&run.id);
        let took = took(rows, holder.and_then(|holder| holder.since));
        let mut standing = Self {
            sweep: sweep.name,
            profile: sweep.profile,
            cells: cells(rows),
            runs: rows.len(),
            done: count(|run| run.outcome == Some(Outcome::Done)),
            diverged: count(|run| matches!(run.outcome, Some(Outcome::Diverged { .. }))),
            failed: count(|run| run.outcome.as_ref().is_some_and(Outcome::is_failure)),
            missing: count(|run| run.outcome.is_none()),
            interrupted: rows.iter().filter(interrupted).count(),
            timed: took.len(),
            left: None,
            running,
        };
        if !standing.running.is_empty() && took.len() >= left::LEAST {
            standing.left = standing.time_left(rows, &took, &mut cost)?;
        }
        Ok(standing)
    }

    fn time_left(
        &self,
        rows: &[RunRow],
        took: &[(&RunRow, f64)],
        cost: &mut impl FnMut(RunId) -> Result<Option<f64>, StoreError>,
    ) -> Result<Option<Left>, StoreError> {
        let done: BTreeMap<RunId, f64> = self
            .running
            .iter()
            .map(|r| (r.run, r.share().unwrap_or(0.0)))
            .collect();
        let mut ended = Vec::new();
        for (run, seconds) in took {
            let (subject, cost, seconds) = (subject(run), cost(run.id)?, *seconds);
            ended.push(Took {
                subject,
                cost,
                seconds,
            });
        }
        let mut open = Vec::new();
        for run in rows.iter().filter(|run| run.outcome.is_none()) {
            let share = 1.0 - done.get(&run.id).unwrap_or(&0.0);
            let (subject, cost) = (subject(run), cost(run.id)?);
            open.push(Open {
                subject,
                cost,
                share,
            });
        }
        Ok(left::left(&ended, &open, self.running.len()))
    }

    pub fn state(&self) -> &'static str {
        match (self.missing, self.running.len()) {
            (0, _) => "complete",
            (_, 0) => "incomplete",
            _ => "running",
        }
    }

    pub fn as_json(&self) -> Value {
        let running = self.running.iter().map(|r| {
            json!({
                "run": r.run.to_string(),
                "label": r.label,
                "step": r.step,
                "steps": r.steps,
                "started_at": r.started_at,
            })
        });
        json!({
            "sweep": self.sweep,
            "profile": self.profile,
            "state": self.state(),
            "cells": self.cells.1,
            "cells_done": self.cells.0,
            "runs": self.runs,
            "done": self.done,
            "diverged": self.diverged,
            "failed": self.failed,
            "missing": self.missing,
            "interrupted": self.interrupted,
            "running": running.collect::<Vec<_>>(),
            "seconds_left": self.left.map(|left| [left.low, left.high]),
        })
    }
}

impl Running {
    /// How much of it is done, from 0 to 1.
    pub fn share(&self) -> Option<f64> {
        let steps = self.steps.filter(|steps| *steps > 0)?;
        Some((self.step as f64 / steps as f64).min(1.0))
    }
}

/// What was begun since the folder is held. Attempts that an earlier process has left without an end are
/// older; times are whole seconds, so that one begun in the very second of the change passes for new.
fn at_work<'b>(begun: &'b [Begun], holder: Option<&Holder>) -> Vec<&'b Begun> {
    match holder.and_then(|holder| holder.since) {
        Some(since) => begun.iter().filter(|b| b.started_at >= since).collect(),
        None => Vec::new(),
    }
}

fn running(rows: &[RunRow], begun: Vec<&Begun>) -> Vec<Running> {
    if begun.is_empty() {
        return Vec::new();
    }
    let refs: Vec<&RunRow> = rows.iter().collect();
    let axes = varied(&refs);
    let by_id: HashMap<RunId, &RunRow> = rows.iter().map(|run| (run.id, run)).collect();
    let one = |begun: &Begun| {
        let row = by_id.get(&begun.run)?;
        let settings = axes.iter().filter_map(|axis| {
            let value = axis.value(row)?;
            Some(format!("{}={value} ", axis.name))
        });
        Some(Running {
            run: begun.run,
            label: format!("{}seed={}", settings.collect::<String>(), row.seed),
            step: begun.step,
            steps: row.settings.get("steps").and_then(|s| s.parse().ok()),
            started_at: begun.started_at,
        })
    };
    begun.into_iter().filter_map(one).collect()
}

/// Runs that ended by themselves, with their seconds: those of the process at work if they are enough,
/// since others may have had more cores or fewer.
fn took(rows: &[RunRow], since: Option<i64>) -> Vec<(&RunRow, f64)> {
    let all: Vec<(&RunRow, f64)> = rows
        .iter()
        .filter(|run| matches!(run.outcome, Some(Outcome::Done | Outcome::Diverged { .. })))
        .filter_map(|run| Some((run, run.wall_seconds?)))
        .collect();
    let is_new = |run: &RunRow| since.is_some_and(|since| run.ended_at >= Some(since));
    let new: Vec<_> = all.iter().copied().filter(|(run, _)| is_new(run)).collect();
    if new.len() >= left::LEAST { new } else { all }
}

/// Cells, runs that differ by their seed alone, of which every run has its outcome, and all.
fn cells(rows: &[RunRow]) -> (usize, usize) {
    let mut ended: BTreeMap<&BTreeMap<String, String>, bool> = BTreeMap::new();
    for run in rows {
        *ended.entry(&run.settings).or_insert(true) &= run.outcome.is_some();
    }
    (ended.values().filter(|ended| **ended).count(), ended.len())
}

/// Predicted costs of runs, worked out once.
pub(super) struct Costs {
    /// Imported data sets; without them the cost of runs on them is not known.
    catalog: Option<Catalog>,
    known: HashMap<RunId, Option<f64>>,
}

impl Costs {
    pub fn of(results: &Path) -> Self {
        Self {
            catalog: dataset::catalog(results).ok(),
            known: HashMap::new(),
        }
    }

    /// Operations of all steps; `None` where this program would not train that run.
    pub fn of_run(&mut self, reader: &Reader, run: RunId) -> Result<Option<f64>, StoreError> {
        if let Some(cost) = self.known.get(&run) {
            return Ok(*cost);
        }
        let Some(catalog) = &self.catalog else {
            return Ok(None);
        };
        let cost = match reader.spec(run, catalog) {
            Ok(spec) => Some(flops_per_step(&spec) * spec.steps() as f64),
            Err(StoreError::OtherSpec { .. }) => None,
            Err(error) => return Err(error),
        };
        self.known.insert(run, cost);
        Ok(cost)
    }
}
