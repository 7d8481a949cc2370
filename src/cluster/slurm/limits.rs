//! How much Slurm takes.

use super::command::{SlurmError, run};
use super::{Array, Queue};

/// What Slurm says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks of an array, at most.
    pub array: usize,
    /// Jobs it keeps at a time, tasks of arrays counted each.
    pub jobs: usize,
}

/// Where it does not say: its defaults.
const ARRAY: usize = 1001;
const JOBS: usize = 10_000;

impl Limits {
    /// Asks.
    ///
    /// # Errors
    /// Where Slurm does not answer.
    pub fn ask() -> Result<Self, SlurmError> {
        Ok(Self::read(&run("scontrol", &["show", "config"])?))
    }

    /// Those that Slurm has unless it is told otherwise.
    pub fn usual() -> Self {
        Self {
            array: ARRAY,
            jobs: JOBS,
        }
    }

    /// From the lines `MaxArraySize = 1001`.
    fn read(text: &str) -> Self {
        let number = |name: &str| {
            let value = text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == name).then(|| value.trim())
            })?;
            value.parse::<usize>().ok()
        };
        Self {
            // The largest index is one less.
            array: number("MaxArraySize").unwrap_or(ARRAY),
            jobs: number("MaxJobCount").unwrap_or(JOBS),
        }
    }

    /// How many tasks it takes now, beside the job that collects: beyond it `sbatch` waits until others have
    /// gone. Slurm keeps tasks that ended for a while, and one record more of an array whose tasks have begun.
    pub fn room(&self, queue: &Queue) -> usize {
        let taken = queue.len() + queue.jobs().count() + 1;
        let left = self.jobs.saturating_sub(taken);
        (0..=left)
            .rev()
            .find(|tasks| tasks + self.arrays(*tasks).len() <= left)
            .unwrap_or(0)
    }

    /// Slices as arrays of no more tasks than one may have.
    pub fn arrays(&self, slices: usize) -> Vec<Array> {
        let most = self.array.max(1);
        (0..slices)
            .step_by(most)
            .map(|offset| Array {
                offset,
                tasks: most.min(slices - offset),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, Limits, Queue};

    #[test]
    fn limits_are_read_and_kept() {
        let text =
            "Configuration data\nMaxArraySize            = 11\nMaxJobCount             = 30\n";
        let limits = Limits::read(text);
        assert_eq!(
            limits,
            Limits {
                array: 11,
                jobs: 30
            }
        );
        let arrays = limits.arrays(25);
        let of = |offset, tasks| Array { offset, tasks };
        assert_eq!(arrays, [of(0, 11), of(11, 11), of(22, 3)]);
        assert_eq!(limits.arrays(0), []);
        // With a record for each of three arrays, and one for the job that collects.
        assert_eq!(limits.room(&Queue::default()), 26);
        let unknown = Limits::read("");
        assert_eq!(
            unknown,
            Limits {
                array: 1001,
                jobs: 10_000
            }
        );
    }
}
