//! `run`: what is done about runs that fail, take too long or are interrupted.

use std::path::Path;
use std::time::Duration;

use crate::exec::{Checkpoints, Policy};

/// Time between two checkpoints of a run.
const CHECKPOINT_EVERY: &str = "10s";

/// The options.
#[derive(Clone, Debug, clap::Args)]
pub struct PolicyArgs {
    /// Try runs that fail or crash again, up to N times; those that did so earlier too
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// End a run that takes longer (90s, 10m, 2h); under a larger limit it goes on where it was
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// After N runs that failed, crashed or took too long start no further one
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_fails: Option<usize>,
    /// Time between two checkpoints of a run; longer where writing one takes more than a fiftieth of it
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = CHECKPOINT_EVERY)]
    checkpoint_every: Duration,
}

impl PolicyArgs {
    pub(in crate::cli) fn policy(&self, results: &Path) -> Policy {
        Policy {
            timeout: self.timeout,
            max_fails: self.max_fails,
            retries: self.retries,
            checkpoints: Some(Checkpoints {
                results: results.to_owned(),
                interval: self.checkpoint_every,
            }),
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("expected a whole number from 1 on".to_owned()),
    }
}

/// `90s`, `1.5m`, `2h`, `30d`.
pub(in crate::cli) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 90s, 10m or 2h".to_owned();
    let unit = text.chars().last().ok_or_else(expected)?;
    let seconds = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        _ => return Err(expected()),
    };
    let number: f64 = text[..text.len() - 1].parse().map_err(|_| expected())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn times_have_a_unit_and_are_positive() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        for wrong in ["", "s", "90", "-1s", "0s", "1w", "nans", "1e300h", "é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
