//! What Slurm says of tasks.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{SlurmError, run};

/// Number, name, state, reason, node.
const FORMAT: &str = "--format=%i|%j|%T|%r|%N";

/// States from which nothing follows. All others may become something else: a task that was preempted or is
/// put back is none of these.
const FINAL: [&str; 9] = [
    "COMPLETED",
    "CANCELLED",
    "FAILED",
    "TIMEOUT",
    "NODE_FAIL",
    "BOOT_FAIL",
    "DEADLINE",
    "OUT_OF_MEMORY",
    "REVOKED",
];

/// One task, or a job that is no array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The number of the array, or of the job.
    pub job: u64,
    /// Its place in the array, from 0.
    pub task: Option<usize>,
    /// The job's name.
    pub name: String,
    /// In Slurm's words: `PENDING`.
    pub state: String,
    /// Why it waits, in Slurm's words.
    pub reason: String,
    /// Where it runs.
    pub node: String,
}

impl Task {
    /// Whether something may still come of it. A state that nobody knows is taken for one that may.
    pub fn is_live(&self) -> bool {
        !FINAL.contains(&self.state.as_str())
    }
}

/// Tasks that Slurm knows at one moment: those that wait or run, and those that ended minutes ago.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    tasks: Vec<Task>,
}

impl Queue {
    /// Of jobs with these names.
    ///
    /// # Errors
    /// Where Slurm does not answer: then nothing is known.
    pub fn of(names: &[&str]) -> Result<Self, SlurmError> {
        if names.is_empty() {
            return Ok(Self::default());
        }
        let names = format!("--name={}", names.join(","));
        let text = run(
            "squeue",
            &["--noheader", "--array", "--states=all", FORMAT, &names],
        )?;
        Ok(Self::read(&text))
    }

    /// Of everybody's jobs.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn all() -> Result<Self, SlurmError> {
        let text = run("squeue", &["--noheader", "--array", "--states=all", FORMAT])?;
        Ok(Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let task = |line: &str| {
            let mut parts = line.split('|').map(str::trim);
            let number = parts.next()?;
            let (job, task) = match number.split_once('_') {
                Some((job, task)) => (job, task.parse().ok()),
                None => (number, None),
            };
            let mut text = || parts.next().unwrap_or_default().to_owned();
            Some(Task {
                job: job.parse().ok()?,
                task,
                name: text(),
                state: text(),
                reason: text(),
                node: text(),
            })
        };
        Self {
            tasks: text.lines().filter_map(task).collect(),
        }
    }

    /// Those of jobs with these names.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let tasks = self.tasks.iter();
        let meant = tasks.filter(|task| names.contains(&task.name.as_str()));
        Self {
            tasks: meant.cloned().collect(),
        }
    }

    /// How many it knows.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The tasks.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The numbers of the jobs, each once.
    pub fn jobs(&self) -> impl Iterator<Item = u64> {
        let jobs: BTreeSet<u64> = self.tasks.iter().map(|task| task.job).collect();
        jobs.into_iter()
    }

    /// Whether something may still come of any.
    pub fn is_live(&self) -> bool {
        self.tasks.iter().any(Task::is_live)
    }

    /// How many are in which state.
    pub fn states(&self) -> BTreeMap<&str, usize> {
        let mut states = BTreeMap::new();
        for task in &self.tasks {
            *states.entry(task.state.as_str()).or_default() += 1;
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn tasks_are_read_and_what_is_not_final_is_live() {
        let text = "12_0|gs-a|COMPLETED|None|n1\n12_1|gs-a|RUNNING|None|n2\n\
                    13|gs-a-collect|PENDING|Dependency|\n";
        let queue = Queue::read(text);
        assert_eq!(queue.len(), 3);
        assert_eq!(Vec::from_iter(queue.jobs()), [12, 13]);
        let live: Vec<bool> = queue.tasks().iter().map(super::Task::is_live).collect();
        assert_eq!(live, [false, true, true]);
        assert_eq!(queue.tasks()[1].task, Some(1));
        assert_eq!(queue.tasks()[1].node, "n2");
        for state in [
            "PREEMPTED",
            "REQUEUED",
            "COMPLETING",
            "REQUEUE_HOLD",
            "SOMETHING_NEW",
        ] {
            let queue = Queue::read(&format!("1_0|a|{state}|None|n1"));
            assert!(queue.is_live(), "{state}");
        }
        assert!(!Queue::read("1_0|a|TIMEOUT|TimeLimit|n1\n").is_live());
    }
}
