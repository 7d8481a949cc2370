//! The workloads, read from `benches/workloads/*.yaml` as any grid is, and their timing.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::bail;
use gan_sweep::dataset::{DataError, Library};
use gan_sweep::event::RunEvent;
use gan_sweep::grid::{self, GridError, Overrides};
use gan_sweep::metric::EvaluationError;
use gan_sweep::spec::{Catalog, GanSpec};
use gan_sweep::train::{self, Prepared, Watch};

/// Name and grid, in the order in which tables list them.
const GRIDS: [(&str, &str); 7] = [
    ("ring", include_str!("../workloads/ring.yaml")),
    (
        "ring-batch-g",
        include_str!("../workloads/ring-batch-g.yaml"),
    ),
    (
        "ring-layer-d",
        include_str!("../workloads/ring-layer-d.yaml"),
    ),
    (
        "unrolled-ring",
        include_str!("../workloads/unrolled-ring.yaml"),
    ),
    ("dcgan", include_str!("../workloads/dcgan.yaml")),
    ("dcgan-batch", include_str!("../workloads/dcgan-batch.yaml")),
    ("tiny", include_str!("../workloads/tiny.yaml")),
];

/// Steps between two logged losses when their mean is asked for.
const LOSS_STRIDE: u64 = 10;

/// Never reached: an evaluation is not what is measured.
const NO_EVALUATION: u64 = 100_000_000;

/// The names of all workloads.
pub fn names() -> impl Iterator<Item = &'static str> {
    GRIDS.iter().map(|(name, _)| *name)
}

/// Why a workload cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No workload has this name.
    #[error("no workload is called '{0}': there are {known}", known = names().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    /// This version cannot train it.
    #[error(transparent)]
    Refused(#[from] Box<GridError>),
    /// Its data set cannot be opened.
    #[error(transparent)]
    Data(#[from] Box<DataError>),
    /// The reference figures of its data set cannot be computed.
    #[error(transparent)]
    Measure(#[from] EvaluationError),
}

/// A workload with its data set opened.
pub struct Workload {
    grid: Grid,
    prepared: Prepared,
}

/// N steps, timed.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// How long they took.
    pub elapsed: Duration,
    /// Floating-point operations of one step.
    pub flops_per_step: u64,
    /// Losses of the last step, or their means where those were asked for.
    pub losses: Losses,
}

/// What the players minimise.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// The discriminator's.
    pub d: f64,
    /// The generator's.
    pub g: f64,
}

impl Workload {
    /// Reads a workload's grid and opens its data set.
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let grid = Grid::find(name)?;
        let library = Library::new(Path::new("results"));
        let data = grid.spec(&[], 0)?.dataset.open(&library);
        let prepared = Prepared::new(data.map_err(Box::new)?)?;
        Ok(Self { grid, prepared })
    }

    /// Times `steps` steps after as many to warm up.
    ///
    /// The clock is read at the two log events that bound the interval; the run is abandoned after
    /// the second, so that nothing is evaluated.
    pub fn time(&self, steps: u64, seed: u64) -> anyhow::Result<Timed> {
        let events = self.log(steps, 2 * steps, seed)?;
        let [(start, _), (end, losses)] = events.logged[..] else {
            bail!("{} log events instead of two", events.logged.len());
        };
        Ok(Timed {
            elapsed: end - start,
            flops_per_step: events.flops_per_step,
            losses,
        })
    }

    /// The mean losses over the second half of `steps` steps, from every tenth step.
    pub fn mean_losses(&self, steps: u64, seed: u64) -> anyhow::Result<Losses> {
        let logged = self.log(LOSS_STRIDE, steps, seed)?.logged;
        let half = &logged[logged.len() / 2..];
        let mean = |of: fn(&Losses) -> f64| {
            half.iter().map(|(_, losses)| of(losses)).sum::<f64>() / half.len() as f64
        };
        Ok(Losses {
            d: mean(|losses| losses.d),
            g: mean(|losses| losses.g),
        })
    }

    /// How long the final evaluation of a run takes: from the log event of its last step to that of
    /// its metrics.
    pub fn time_evaluation(&self, seed: u64) -> anyhow::Result<Duration> {
        let settings = ["steps=1", "log_every=1", "eval_every=1"].map(str::to_owned);
        let spec = self.grid.spec(&settings, seed)?;
        let mut times = Vec::new();
        train::run(&spec, &self.prepared, &Watch::default(), |event| {
            if matches!(event, RunEvent::Logged { step: 1, .. }) {
                times.push(Instant::now());
            }
        })?;
        let [step, evaluation] = times[..] else {
            bail!("{} log events instead of two", times.len());
        };
        Ok(evaluation - step)
    }

    /// Trains `steps` steps and keeps the log events, each with the time at which it came.
    fn log(&self, every: u64, steps: u64, seed: u64) -> anyhow::Result<Events> {
        // One step more, at whose beginning the run finds itself abandoned.
        let settings = [
            format!("steps={}", steps + 1),
            format!("log_every={every}"),
            format!("eval_every={NO_EVALUATION}"),
        ];
        let spec = self.grid.spec(&settings, seed)?;
        let watch = Watch::default();
        let mut logged = Vec::new();
        train::run(&spec, &self.prepared, &watch, |event| {
            let now = Instant::now();
            let RunEvent::Logged { step, values } = event else {
                return;
            };
            let value = |name| {
                let found = values.iter().find(|(quantity, _)| *quantity == name);
                found.map(|(_, value)| *value)
            };
            // The references, logged before the first step, are no losses.
            if let (Some(d), Some(g)) = (value("loss.d"), value("loss.g")) {
                logged.push((now, Losses { d, g }));
            }
            if step == steps {
                watch.abandon.store(true, Ordering::Relaxed);
            }
        })?;
        Ok(Events {
            logged,
            flops_per_step: train::flops_per_step(&spec, self.prepared.sample_shape()),
        })
    }
}

struct Events {
    logged: Vec<(Instant, Losses)>,
    flops_per_step: u64,
}

/// A workload as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    name: &'static str,
    text: &'static str,
}

impl Grid {
    /// The grid of that name.
    pub fn find(name: &str) -> Result<Self, OpenError> {
        let found = GRIDS.into_iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or_else(|| OpenError::Unknown(name.to_owned()))?;
        Ok(Self { name, text })
    }

    /// Its only run, under `--set`-like settings.
    ///
    /// # Errors
    /// What this version does not know of the grid, such as a model of a later one.
    pub fn spec(&self, settings: &[String], seed: u64) -> Result<GanSpec, Box<GridError>> {
        let file = PathBuf::from(format!("benches/workloads/{}.yaml", self.name));
        let overrides = Overrides {
            set: settings.to_vec(),
            ..Overrides::default()
        };
        let plan = grid::read(self.text, &file, &overrides, &Catalog::new()).map_err(Box::new)?;
        // A plan is never empty, and these grids have one cell.
        let spec = plan.runs[0].spec.gan().expect("it trains").clone();
        Ok(GanSpec { seed, ..spec })
    }
}
