//! What earlier runs in a results folder tell about the runs of a plan.

use std::collections::BTreeMap;
use std::path::Path;

use crate::event::Outcome;
use crate::exec::flops_per_step;
use crate::spec::{RunId, RunSpec};
use crate::store::{Reader, StoreError};

/// The store of a results folder, if there is one yet, and the pace of its runs.
pub(super) struct Experience {
    reader: Option<Reader>,
    /// By the size of their steps.
    paces: Vec<Pace>,
}

/// How long a run took.
struct Pace {
    flops_per_step: f64,
    seconds_per_flop: f64,
}

/// Processor time below which a run says little about its steps: opening the data, evaluating and
/// the first touch of memory are most of it, and its pace predicts far too much for longer runs.
const LEAST_SECONDS: f64 = 0.5;

impl Experience {
    /// Of a folder; a folder without a database has none.
    pub fn of(results: &Path) -> Result<Self, StoreError> {
        let reader = match Reader::open(results) {
            Ok(reader) => Some(reader),
            Err(StoreError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut paces = Vec::new();
        if let Some(reader) = &reader {
            for sweep in reader.sweeps()? {
                for run in reader.progress(&sweep)?.runs {
                    let steps = run
                        .settings
                        .get("steps")
                        .and_then(|s| s.parse::<f64>().ok());
                    if let (Some(Outcome::Done), Some(flops), Some(seconds), Some(steps)) =
                        (run.outcome, run.flops, run.cpu_seconds, steps)
                        && flops > 0
                        && seconds >= LEAST_SECONDS
                    {
                        paces.push(Pace {
                            flops_per_step: flops as f64 / steps,
                            seconds_per_flop: seconds / flops as f64,
                        });
                    }
                }
            }
        }
        paces.sort_by(|a, b| a.flops_per_step.total_cmp(&b.flops_per_step));
        Ok(Self { reader, paces })
    }

    /// The outcomes of those runs that have one.
    pub fn outcomes(&self, runs: &[RunId]) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
        match &self.reader {
            Some(reader) => reader.outcomes(runs),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Predicted core-seconds of a run: its operations at the pace of the run done here whose steps
    /// were most nearly of the same size. `None` where nothing was done yet.
    pub fn core_seconds(&self, spec: &RunSpec) -> Option<f64> {
        let flops = flops_per_step(spec);
        let above = self
            .paces
            .partition_point(|pace| pace.flops_per_step < flops);
        let beside = [above.checked_sub(1), Some(above)].into_iter().flatten();
        let unlike = |pace: &&Pace| (pace.flops_per_step / flops).ln().abs();
        let nearest = beside
            .filter_map(|place| self.paces.get(place))
            .min_by(|a, b| unlike(a).total_cmp(&unlike(b)))?;
        Some(flops * spec.steps() as f64 * nearest.seconds_per_flop)
    }
}
