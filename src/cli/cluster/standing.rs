//! What `status` and `logs` say of tasks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Submitted, all, queue, states};
use crate::cli::out::count;
use crate::cluster::Folder;
use crate::cluster::slurm::Queue;
use crate::spec::RunId;
use crate::store::{Reader, shard_outcomes};

/// Lines of a task's output that are shown.
const LINES: usize = 20;

/// The plans of a sweep on which tasks work, or of which something is not collected.
pub(in crate::cli) struct OnCluster {
    plans: Vec<Plan>,
}

/// One of them.
struct Plan {
    name: String,
    sweep: String,
    slices: usize,
    /// `None` where Slurm does not answer: then nothing is known.
    queue: Result<Queue, String>,
    /// Runs in files that are not collected.
    published: usize,
}

impl OnCluster {
    /// Of one sweep, or of all.
    ///
    /// # Errors
    /// A plan that cannot be read.
    pub fn of(reader: &Reader, results: &Path, sweep: Option<&str>) -> anyhow::Result<Self> {
        let known = reader.shards()?;
        let meant = |submitted: &Submitted| sweep.is_none_or(|sweep| sweep == submitted.plan.name);
        let submitted: Vec<_> = all(results).into_iter().filter(meant).collect();
        // One question for all of them.
        let everything = queue(&submitted).map_err(|error| format!("{error:#}"));
        let mut plans = Vec::new();
        for submitted in &submitted {
            let of = &submitted.plan;
            let published = published(&submitted.folder, &known);
            let jobs = submitted.jobs()?;
            let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
            let queue = everything
                .as_ref()
                .map(|queue| queue.only(&names))
                .map_err(String::clone);
            if jobs.is_empty() && published == 0 {
                continue;
            }
            let waits_for_nothing = match &queue {
                Ok(queue) => !queue.is_live(),
                // Where Slurm does not answer: nothing can come of a plan whose runs all have their outcome.
                Err(_) => {
                    let runs: Vec<RunId> = of.slices.iter().flatten().copied().collect();
                    reader.outcomes(&runs)?.len() == runs.len()
                }
            };
            if waits_for_nothing && published == 0 {
                continue;
            }
            plans.push(Plan {
                name: submitted.folder.name(),
                sweep: of.name.clone(),
                slices: of.slices.len(),
                queue,
                published,
            });
        }
        Ok(Self { plans })
    }

    /// Whether tasks wait or run.
    pub fn is_live(&self) -> bool {
        let queues = self
            .plans
            .iter()
            .filter_map(|plan| plan.queue.as_ref().ok());
        queues.into_iter().any(Queue::is_live)
    }

    /// A paragraph, empty where there is nothing to say.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for plan in &self.plans {
            let tasks = match &plan.queue {
                Err(error) => format!("not known: {error}"),
                Ok(queue) if queue.is_empty() => "no task is known to Slurm".to_owned(),
                Ok(queue) => states(queue),
            };
            text.push_str(&format!(
                "\non the cluster ({}, {}): {tasks}\n",
                plan.name,
                count(plan.slices, "slice")
            ));
            if plan.published > 0 {
                text.push_str(&format!(
                    "  {} ended there and not collected yet: `gan-sweep collect {}`\n",
                    count(plan.published, "run"),
                    plan.sweep
                ));
            }
        }
        text
    }

    /// The same for programs.
    pub fn as_json(&self) -> Value {
        let plans = self.plans.iter().map(|plan| {
            json!({
                "plan": plan.name,
                "sweep": plan.sweep,
                "slices": plan.slices,
                "tasks": plan.queue.as_ref().ok().map(Queue::states),
                "unknown_because": plan.queue.as_ref().err(),
                "not_collected": plan.published,
            })
        });
        Value::from_iter(plans)
    }
}

/// Runs in shards that are not collected, each once. A shard that cannot be read counts none: `collect` tells.
fn published(folder: &Folder, known: &BTreeSet<String>) -> usize {
    let shards = folder.all_shards().into_iter();
    let new = shards.filter(|path| {
        let name = path.file_name().unwrap_or_default();
        !known.contains(&*name.to_string_lossy())
    });
    let runs: BTreeSet<RunId> = new
        .filter_map(|path| shard_outcomes(&path).ok())
        .flat_map(|outcomes| outcomes.into_keys())
        .collect();
    runs.len()
}

/// What the tasks that had a run have printed: each log with its last lines.
///
/// # Errors
/// A plan that cannot be read.
pub(in crate::cli) fn logs(results: &Path, run: RunId) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut logs = Vec::new();
    for submitted in all(results) {
        let slices = submitted.plan.slices.iter();
        let slice = slices.enumerate().find(|(_, runs)| runs.contains(&run));
        let Some((slice, _)) = slice else {
            continue;
        };
        for entry in submitted.jobs()? {
            let has_it = (entry.offset..entry.offset + entry.tasks).contains(&slice);
            let (true, Some(job)) = (has_it, entry.job) else {
                continue;
            };
            let name = format!("{job}_{}.log", slice - entry.offset);
            let path = submitted.folder.logs().join(name);
            if let Ok(text) = fs::read_to_string(&path) {
                let lines: Vec<&str> = text.lines().collect();
                let last = &lines[lines.len().saturating_sub(LINES)..];
                logs.push((path, last.join("\n")));
            }
        }
    }
    Ok(logs)
}
