//! How the cores are shared among runs.

/// So many runs at a time, with so many threads each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Runs at a time.
    pub workers: usize,
    /// Threads of each.
    pub threads: usize,
}

impl Share {
    /// One thread a run as long as there are runs enough, since runs side by side lose nothing to
    /// each other; with fewer runs than cores, each gets as many threads as there are for all.
    ///
    /// Threads change no number: see `ops::network`.
    pub fn of(cores: usize, runs: usize) -> Self {
        let workers = cores.min(runs).max(1);
        Self {
            workers,
            threads: (cores / workers).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn runs_come_before_threads() {
        let share = |cores, runs| {
            let share = Share::of(cores, runs);
            (share.workers, share.threads)
        };
        assert_eq!(share(8, 100), (8, 1));
        assert_eq!(share(8, 8), (8, 1));
        assert_eq!(share(8, 3), (3, 2));
        assert_eq!(share(8, 1), (1, 8));
        assert_eq!(share(2, 0), (1, 2));
    }
}
