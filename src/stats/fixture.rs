//! Runs for the tests of this folder.

use crate::event::Outcome;
use crate::spec::RunId;
use crate::store::{Measured, RunRow};

/// A missing run.
pub(crate) fn run(settings: &[(&str, &str)], seed: u64) -> RunRow {
    RunRow {
        id: RunId([0; 16]),
        position: 0,
        seed,
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        tags: Vec::new(),
        outcome: None,
        last: Default::default(),
        weights_digest: None,
        series_digest: None,
        flops: None,
        attempts: 0,
        wall_seconds: None,
        cpu_seconds: None,
        host: None,
        ended_at: None,
        features: None,
        provenance: None,
    }
}

/// A run that is done, with one value.
pub(crate) fn done(settings: &[(&str, &str)], seed: u64, metric: &str, value: f64) -> RunRow {
    let mut row = run(settings, seed);
    row.outcome = Some(Outcome::Done);
    with(row, metric, value, false)
}

/// A run that diverged; `worst` is its metric's declared worst value.
pub(crate) fn diverged(settings: &[(&str, &str)], seed: u64, metric: &str, worst: f64) -> RunRow {
    let mut row = run(settings, seed);
    row.outcome = Some(Outcome::Diverged {
        step: 10,
        quantity: "loss.d".to_owned(),
    });
    with(row, metric, worst, true)
}

/// The run with one more value.
pub(crate) fn with(mut row: RunRow, metric: &str, value: f64, worst: bool) -> RunRow {
    let measured = Measured {
        step: 10,
        value,
        worst,
    };
    row.last.insert(metric.to_owned(), measured);
    row
}
