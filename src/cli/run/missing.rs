//! `run`: which runs of a plan are to be trained.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::checkpoint::{self, Shelf};
use crate::cli::out;
use crate::event::{Ended, Outcome, Report, RunEvent};
use crate::exec::{Job, Policy};
use crate::grid::Plan;
use crate::spec::RunId;
use crate::store::{Past, StoreError, Writer};

/// Attempts that took their process down without progress after which a run is left alone.
pub(in crate::cli) const MOST_LOST: usize = 3;

/// Attempts that were lost with their process after which a run is trained alone, so that no other is
/// lost with it.
pub(in crate::cli) const SUSPECT: usize = 2;

/// What is to be trained, each list in plan order.
#[derive(Default)]
pub(in crate::cli) struct Missing {
    /// Any number at a time.
    pub together: Vec<Job>,
    /// One at a time: their process has ended twice already.
    pub alone: Vec<Job>,
}

impl Missing {
    pub fn count(&self) -> usize {
        self.together.len() + self.alone.len()
    }

    /// Adds a run as a verdict says. What is to be recorded where it is given up, which is told here.
    fn add(&mut self, job: Job, verdict: &Verdict, results: &Path) -> Option<[Report; 2]> {
        match verdict {
            Verdict::Leave => None,
            Verdict::Train { lost } => {
                let jobs = match *lost >= SUSPECT {
                    true => &mut self.alone,
                    false => &mut self.together,
                };
                jobs.push(job);
                None
            }
            Verdict::GiveUp => {
                let id = job.spec.id();
                let step = Shelf::new(results, id).newest_step();
                out::say(&format!(
                    "crashed: {} ({}): {MOST_LOST} attempts took the process down after step {step}; \
                     --retries 1 tries it again",
                    job.label,
                    id.short()
                ));
                Some(given_up(id, step))
            }
        }
    }
}

/// What is to be done about a run.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It has its outcome.
    Leave,
    /// To be trained, after so many attempts that were lost with their process where this one begins.
    Train { lost: usize },
    /// It takes its process down each time.
    GiveUp,
}

/// The selected runs that are to be trained. Those that took their process down three
/// times without progress are marked as crashed; `elsewhere` are the attempts that tasks of a cluster lost.
pub(in crate::cli) fn missing(
    plan: &Plan,
    writer: &Writer,
    results: &Path,
    policy: &Policy,
    elsewhere: &BTreeMap<RunId, Vec<u64>>,
) -> Result<Missing, StoreError> {
    let ids: Vec<RunId> = plan.runs.iter().map(|run| run.spec.id()).collect();
    let pasts = writer.pasts(&ids)?;
    let versions = crate::provenance::provenance().versions;
    let mut missing = Missing::default();
    for (run, label) in selected(plan) {
        let job = Job {
            label,
            spec: plan.runs[run].spec.clone(),
        };
        let id = job.spec.id();
        let verdict = match (pasts.get(&id), elsewhere.get(&id)) {
            (None, None) => Verdict::Train { lost: 0 },
            (past, lost) => {
                let mut past = past.cloned().unwrap_or_default();
                past.lost.splice(0..0, lost.into_iter().flatten().copied());
                let step = match past.lost.is_empty() {
                    true => 0,
                    false => Shelf::new(results, id).newest_step(),
                };
                judge(&past, step, &versions, policy)
            }
        };
        let given_up = missing.add(job, &verdict, results);
        for report in given_up.into_iter().flatten() {
            writer.sender().send(report)?;
        }
    }
    Ok(missing)
}

/// As [`missing`], for a slice of a plan of which nothing is in a database: `ended` have their outcome, and
/// `lost` were in the hands of attempts that were lost. What is to be recorded of runs that are given up.
pub(in crate::cli) fn missing_of_slice(
    plan: &Plan,
    ended: &BTreeSet<RunId>,
    lost: &BTreeMap<RunId, Vec<u64>>,
    results: &Path,
    policy: &Policy,
) -> (Missing, Vec<Report>) {
    let mut missing = Missing::default();
    let mut reports = Vec::new();
    for (run, label) in selected(plan) {
        let spec = &plan.runs[run].spec;
        let id = spec.id();
        if ended.contains(&id) {
            continue;
        }
        let past = Past {
            lost: lost.get(&id).cloned().unwrap_or_default(),
            ..Past::default()
        };
        let step = match past.lost.is_empty() {
            true => 0,
            false => Shelf::new(results, id).newest_step(),
        };
        let job = Job {
            label,
            spec: spec.clone(),
        };
        let verdict = judge(&past, step, "", policy);
        let given_up = missing.add(job, &verdict, results);
        reports.extend(given_up.into_iter().flatten());
    }
    (missing, reports)
}

/// With how people call them.
fn selected(plan: &Plan) -> impl Iterator<Item = (usize, String)> + '_ {
    plan.cells.iter().flat_map(move |cell| {
        let values = plan.columns.iter().filter_map(|column| {
            let value = plan.value(cell, column.key)?;
            Some(format!("{}={value}", column.label))
        });
        let values = values.collect::<Vec<_>>().join(" ");
        let runs = cell.runs.iter().filter(|&&run| {
            let run = plan.runs.get(run);
            run.is_some_and(|run| run.selected)
        });
        runs.map(move |&run| {
            let label = format!("{values} seed={}", plan.runs[run].spec.seed());
            (run, label.trim_start().to_owned())
        })
    })
}

/// `step` is that of the newest checkpoint.
fn judge(past: &Past, step: u64, versions: &str, policy: &Policy) -> Verdict {
    match &past.outcome {
        Some(Outcome::Done | Outcome::Diverged { .. }) => Verdict::Leave,
        Some(Outcome::TimedOut { limit, .. }) => match policy.timeout {
            Some(now) if now <= *limit => Verdict::Leave,
            _ => Verdict::Train { lost: 0 },
        },
        Some(Outcome::Failed { .. } | Outcome::Crashed { .. }) => {
            match policy.retries > 0 || past.versions != versions {
                true => Verdict::Train { lost: 0 },
                false => Verdict::Leave,
            }
        }
        None => {
            let here = past.lost.iter().take_while(|from| **from == step).count();
            match here >= MOST_LOST && policy.retries == 0 {
                true => Verdict::GiveUp,
                false => Verdict::Train { lost: here },
            }
        }
    }
}

/// What is recorded of a run that takes its process down each time.
pub(in crate::cli) fn given_up(run: RunId, step: u64) -> [Report; 2] {
    let outcome = Outcome::Crashed {
        message: format!(
            "{MOST_LOST} attempts took their process down without progress: out of memory or of stack?"
        ),
        place: format!("a place after step {step}"),
    };
    let ended = Ended {
        outcome,
        weights_digest: None,
        flops: 0,
        wall: Default::default(),
        cpu: Default::default(),
    };
    [RunEvent::Started { from: step }, RunEvent::Ended(ended)].map(|event| Report { run, event })
}

/// Removes the checkpoints of runs that have their outcome: what a process that was killed has left.
pub(in crate::cli) fn clear_checkpoints(writer: &Writer, results: &Path) -> Result<(), StoreError> {
    let ids = checkpoint::runs(results);
    let outcomes: BTreeMap<RunId, Outcome> = writer.outcomes(&ids)?;
    for (id, outcome) in outcomes {
        // A run that failed clears its own, and a task may be at it again.
        if matches!(outcome, Outcome::Done | Outcome::Diverged { .. }) {
            Shelf::new(results, id).clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Past, Policy, Verdict, judge};

    fn past(outcome: Option<Outcome>, lost: &[u64]) -> Past {
        Past {
            outcome,
            versions: "1".to_owned(),
            lost: lost.to_vec(),
        }
    }

    #[test]
    fn three_lost_attempts_without_progress_are_the_last() {
        let judge = |lost: &[u64], step, retries| {
            let policy = Policy {
                retries,
                ..Policy::default()
            };
            judge(&past(None, lost), step, "1", &policy)
        };
        assert_eq!(judge(&[], 0, 0), Verdict::Train { lost: 0 });
        assert_eq!(judge(&[0, 0], 0, 0), Verdict::Train { lost: 2 });
        assert_eq!(judge(&[0, 0, 0], 0, 0), Verdict::GiveUp);
        assert_eq!(judge(&[0, 0, 0], 0, 1), Verdict::Train { lost: 3 });
        // The last of them came further.
        assert_eq!(judge(&[0, 0, 0], 40, 0), Verdict::Train { lost: 0 });
        assert_eq!(judge(&[40, 40, 0, 0], 40, 0), Verdict::Train { lost: 2 });
    }

    #[test]
    fn divergence_is_final_and_the_rest_depends() {
        let judge = |outcome: Outcome, policy: &Policy, versions: &str| {
            judge(&past(Some(outcome), &[]), 0, versions, policy)
        };
        let none = Policy::default();
        let again = Policy {
            retries: 1,
            ..Policy::default()
        };
        let within = |seconds| Policy {
            timeout: Some(Duration::from_secs(seconds)),
            ..Policy::default()
        };
        let train = Verdict::Train { lost: 0 };
        let failed = || Outcome::Failed {
            message: String::new(),
        };
        let diverged = Outcome::Diverged {
            step: 1,
            quantity: "loss.d".to_owned(),
        };
        assert_eq!(judge(diverged, &again, "2"), Verdict::Leave);
        assert_eq!(judge(failed(), &none, "1"), Verdict::Leave);
        assert_eq!(judge(failed(), &again, "1"), train);
        assert_eq!(judge(failed(), &none, "2"), train);
        let timed_out = || Outcome::TimedOut {
            step: 9,
            limit: Duration::from_secs(60),
        };
        assert_eq!(judge(timed_out(), &within(60), "1"), Verdict::Leave);
        assert_eq!(judge(timed_out(), &within(61), "1"), train);
        assert_eq!(judge(timed_out(), &none, "1"), train);
    }
}
