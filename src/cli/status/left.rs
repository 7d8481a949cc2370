//! The time that a sweep will take, by what its runs have taken. Pure.

use crate::stats::{Summary, t_quantile};

/// Runs that must have ended before anything is said.
pub(super) const LEAST: usize = 3;

/// A run that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took<'a> {
    /// Its data set or problem.
    pub subject: &'a str,
    /// What it was predicted to cost, in any unit.
    pub cost: Option<f64>,
    pub seconds: f64,
}

/// A run that has not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open<'a> {
    pub subject: &'a str,
    pub cost: Option<f64>,
    /// How much of it is to do, from 0 to 1.
    pub share: f64,
}

/// Seconds, from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Left {
    pub low: f64,
    pub high: f64,
}

/// The 95 % interval of the time in which so many workers do what is open; `None` where fewer than
/// [`LEAST`] runs have ended.
///
/// A run takes its cost times a pace. Paces are taken from the runs on the same data set if they are
/// enough, else from all, and are treated as draws from one distribution: with mean r and deviation s of
/// m of them, the open costs c take Σ r c, with variance s² (Σ c² + (Σ c)² / m), the first part for the
/// open runs' own paces, the second for what is not known of r. Where a cost is not known all count 1.
/// At the end workers wait for each other: at most for the longest run.
pub(super) fn left(ended: &[Took<'_>], open: &[Open<'_>], workers: usize) -> Option<Left> {
    let costs = ended
        .iter()
        .map(|e| e.cost)
        .chain(open.iter().map(|o| o.cost));
    let are_known = costs.into_iter().all(|cost| cost.is_some_and(|c| c > 0.0));
    let cost = |cost: Option<f64>| cost.filter(|_| are_known).unwrap_or(1.0);
    let mut subjects: Vec<&str> = open.iter().map(|o| o.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let (mut total, mut variance, mut longest) = (0.0, 0.0, 0.0_f64);
    for subject in subjects {
        let pace = |took: &Took<'_>| took.seconds / cost(took.cost);
        let own = ended.iter().filter(|took| took.subject == subject);
        let own: Vec<f64> = own.map(pace).collect();
        let paces = match own.len() >= LEAST {
            true => own,
            false => ended.iter().map(pace).collect(),
        };
        if paces.len() < LEAST {
            return None;
        }
        let Summary { n, mean, sd, .. } = Summary::of(&paces)?;
        let to_do = open.iter().filter(|o| o.subject == subject);
        let to_do: Vec<f64> = to_do.map(|o| cost(o.cost) * o.share).collect();
        let sum: f64 = to_do.iter().sum();
        let squares: f64 = to_do.iter().map(|c| c * c).sum();
        let deviation = t_quantile(n - 1) * sd.unwrap_or(0.0);
        total += mean * sum;
        variance += deviation.powi(2) * (squares + sum * sum / n as f64);
        longest = to_do.iter().fold(longest, |most, c| most.max(mean * c));
    }
    let workers = workers.max(1) as f64;
    let half = variance.sqrt();
    let left = Left {
        low: (total - half).max(0.0) / workers,
        high: (total + half) / workers + longest * (1.0 - 1.0 / workers),
    };
    left.high.is_finite().then_some(left)
}

/// `about 3 to 5 minutes`
pub(super) fn phrase(left: Left) -> String {
    const UNITS: [(f64, &str); 4] = [
        (1.0, "second"),
        (60.0, "minute"),
        (3600.0, "hour"),
        (86_400.0, "day"),
    ];
    // The largest of which the end of the range holds at least two.
    let larger = |(size, _): &&(f64, &str)| left.high >= 2.0 * size;
    let (size, unit) = UNITS.iter().rev().find(larger).unwrap_or(&UNITS[0]);
    let low = (left.low / size).floor();
    let high = (left.high / size).ceil().max(1.0);
    let plural = if high > 1.0 { "s" } else { "" };
    match low {
        low if low == high => format!("about {high} {unit}{plural}"),
        low if low > 0.0 => format!("about {low} to {high} {unit}{plural}"),
        _ => format!("at most {high} {unit}{plural}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Left, Open, Took, left, phrase};

    fn took(cost: f64, seconds: f64) -> Took<'static> {
        Took {
            subject: "ring8",
            cost: Some(cost),
            seconds,
        }
    }

    fn open(cost: f64, share: f64) -> Open<'static> {
        Open {
            subject: "ring8",
            cost: Some(cost),
            share,
        }
    }

    #[test]
    fn two_ended_runs_say_nothing_yet() {
        let ended = [took(1.0, 10.0), took(1.0, 11.0)];
        assert_eq!(left(&ended, &[open(1.0, 1.0)], 1), None);
    }

    #[test]
    fn equal_paces_leave_no_doubt_but_the_last_run() {
        // Half a second a unit of cost; 10 + 20 · 0.5 units are open.
        let ended = [took(2.0, 1.0), took(4.0, 2.0), took(6.0, 3.0)];
        let open = [open(10.0, 1.0), open(20.0, 0.5)];
        let one = left(&ended, &open, 1).expect("an estimate");
        assert!((one.low - 10.0).abs() < 1e-9 && (one.high - 10.0).abs() < 1e-9);
        let two = left(&ended, &open, 2).expect("an estimate");
        // The longest takes 5 s; one of two workers may wait for half of it.
        assert!((two.low - 5.0).abs() < 1e-9 && (two.high - 7.5).abs() < 1e-9);
    }

    // Paces 1, 2, 3: r = 2, s = 1, m = 3; one run of cost 1 is open. scipy 1.17.1:
    // stats.t.ppf(.975, 2) = 4.302652729749462; 2 + 4.302652729749462 * sqrt(1 + 1/3) = 6.968275
    #[test]
    fn the_interval_is_that_of_a_further_draw() {
        let ended = [took(1.0, 1.0), took(1.0, 2.0), took(1.0, 3.0)];
        let found = left(&ended, &[open(1.0, 1.0)], 1).expect("an estimate");
        assert!((found.high - 6.968_275).abs() < 1e-6, "{found:?}");
        assert_eq!(found.low, 0.0);
    }

    #[test]
    fn a_data_set_with_runs_enough_has_a_pace_of_its_own() {
        let mnist = |seconds| Took {
            subject: "mnist",
            ..took(1.0, seconds)
        };
        let mut ended = vec![took(1.0, 1.0); 3];
        ended.extend([mnist(100.0); 3]);
        let ring = left(&ended, &[open(1.0, 1.0)], 1).expect("an estimate");
        assert!((ring.low - 1.0).abs() < 1e-9 && (ring.high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn where_a_cost_is_not_known_runs_count_alike() {
        let mut ended = [took(1.0, 2.0), took(50.0, 2.0), took(9.0, 2.0)];
        ended[1].cost = None;
        let found = left(&ended, &[open(7.0, 1.0)], 1).expect("an estimate");
        assert!((found.low - 2.0).abs() < 1e-9 && (found.high - 2.0).abs() < 1e-9);
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let said = [
            (0.0, 0.2),
            (3.0, 5.0),
            (100.0, 119.0),
            (185.0, 280.0),
            (0.0, 280.0),
            (290.0, 300.0),
            (5000.0, 9000.0),
            (100_000.0, 500_000.0),
        ]
        .map(|(low, high)| phrase(Left { low, high }));
        let expected = [
            "at most 1 second",
            "about 3 to 5 seconds",
            "about 100 to 119 seconds",
            "about 3 to 5 minutes",
            "at most 5 minutes",
            "about 4 to 5 minutes",
            "about 1 to 3 hours",
            "about 1 to 6 days",
        ];
        assert_eq!(said, expected);
    }
}
