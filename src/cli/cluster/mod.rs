//! The commands of sweeps that run on other machines: `submit`, `work`, `collect`, `resume`, `cancel`, and what
//! `status` and `logs` say of them.

pub(super) mod cancel;
pub(super) mod collect;
pub(super) mod resume;
pub(super) mod standing;
pub(super) mod submit;
pub(super) mod work;

use std::path::Path;

use super::out::say;
use crate::cluster::slurm::{Entry, Journal, Queue};
use crate::cluster::{ClusterPlan, Folder};

/// A plan with its folder.
struct Submitted {
    folder: Folder,
    plan: ClusterPlan,
}

impl Submitted {
    /// Reads that of a folder.
    fn read(folder: Folder) -> anyhow::Result<Self> {
        let plan = ClusterPlan::read(&folder)?;
        Ok(Self { folder, plan })
    }

    /// The jobs that were handed in for it.
    fn jobs(&self) -> anyhow::Result<Vec<Entry>> {
        Ok(Journal::of(&self.folder).entries()?)
    }
}

/// Every plan that can be read, the oldest first; of the others it is said why they are left out.
fn all(results: &Path) -> Vec<Submitted> {
    let read = |folder: Folder| match Submitted::read(folder) {
        Ok(submitted) => Some(submitted),
        Err(error) => {
            say(&format!("note: {error:#}; left out"));
            None
        }
    };
    Folder::all(results).into_iter().filter_map(read).collect()
}

/// Every plan of a sweep, the oldest first; of every sweep where none is named.
///
/// # Errors
/// A name that no plan has.
fn submitted(results: &Path, sweep: Option<&str>) -> anyhow::Result<Vec<Submitted>> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for submitted in all(results) {
        if sweep.is_none_or(|sweep| submitted.plan.name == sweep) {
            found.push(submitted);
        } else {
            names.push(submitted.plan.name);
        }
    }
    if let (Some(sweep), true) = (sweep, found.is_empty()) {
        names.dedup();
        let there = match names.as_slice() {
            [] => String::new(),
            names => format!("; there is {}", names.join(", ")),
        };
        anyhow::bail!(
            "no sweep '{sweep}' was submitted with these results{there}; `gan-sweep submit GRID.yaml` submits one"
        );
    }
    Ok(found)
}

/// What Slurm says of all jobs of these plans.
///
/// # Errors
/// Where it does not answer: then nothing is known.
fn queue(plans: &[Submitted]) -> anyhow::Result<Queue> {
    let mut names = Vec::new();
    for submitted in plans {
        names.extend(submitted.jobs()?.into_iter().map(|entry| entry.name));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(Queue::of(&names)?)
}

/// `3 RUNNING, 5 PENDING`.
fn states(queue: &Queue) -> String {
    let states = queue.states().into_iter();
    let texts: Vec<String> = states.map(|(state, n)| format!("{n} {state}")).collect();
    texts.join(", ")
}
