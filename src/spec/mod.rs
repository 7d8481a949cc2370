//! What a run is: its typed, resolved specification and its identity. Pure values.

mod catalog;
mod conflict;
mod core;
mod id;
mod phase;
mod resolve;

pub use self::core::{
    DATA_RANGE_IMAGE, DATA_RANGE_MIXTURE, DataRange, EVAL_EVERY, LATENT_DIM, LOG_EVERY, LR, STEPS,
};
pub use catalog::{Catalog, Known};
pub use id::{RunId, TRAINING_VERSION};
pub use phase::{Converge, K, Schedule, Updates};
pub use resolve::{Entry, Resolved, assigned, registry, resolve};

use crate::conditioning::Conditioning;
use crate::dataset::Dataset;
use crate::loss::Loss;
use crate::model::{Init, Model, SampleShape, Shapes};
use crate::noise::Noise;
use crate::optim::Optimizer;
use crate::param::{Key, Network, Settings, Undeclared};
use crate::problem::Problem;
use crate::regulariser::{Penalty, Regulariser};

/// What a run measures besides losses and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Nothing.
    None,
    /// The gradients that three losses would give the same G from the same D.
    Gradients,
    /// The mode with most samples.
    Modes,
    /// How often a generator that is told no class makes one that is drawn by chance.
    Labels,
    /// A look into the final generator's latent space.
    Look(Look),
}

/// What a final generator is looked into for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Walks between its latents.
    Interpolation,
    /// The training images nearest to its samples.
    Neighbours,
    /// Directions along which one attribute changes.
    Directions,
}

impl Probe {
    fn read(settings: &Settings) -> Result<Self, Undeclared> {
        Ok(match settings.text("probe", None)? {
            "gradients" => Self::Gradients,
            "modes" => Self::Modes,
            "labels" => Self::Labels,
            "interpolation" => Self::Look(Look::Interpolation),
            "neighbours" => Self::Look(Look::Neighbours),
            "directions" => Self::Look(Look::Directions),
            _ => Self::None,
        })
    }
}

/// A pair of values, one a network.
#[derive(Clone, Debug, PartialEq)]
pub struct PerNetwork<T> {
    /// The generator's.
    pub g: T,
    /// The discriminator's.
    pub d: T,
}

/// One run, completely specified.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSpec {
    /// What is done.
    pub task: Task,
    /// The checked values this was read from, in their canonical form.
    pub settings: Settings,
}

/// What a run does.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// It trains a GAN.
    Gan(Box<GanSpec>),
    /// It works out a problem of the lecture.
    Problem(ProblemSpec),
}

/// A problem with the seed of its random streams.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemSpec {
    /// The problem with its parameters.
    pub problem: Problem,
    /// The seed.
    pub seed: u64,
}

/// The training of a GAN, completely specified.
#[derive(Clone, Debug, PartialEq)]
pub struct GanSpec {
    /// What G learns to imitate.
    pub dataset: Dataset,
    /// The range into which data are mapped for training.
    pub data_range: DataRange,
    /// The architectures of G and D.
    pub model: Model,
    /// How their weights are drawn at the start.
    pub init: PerNetwork<Init>,
    /// Width of the latent vector.
    pub latent_dim: usize,
    /// Its distribution.
    pub noise: Noise,
    /// What the players are told of a sample's class.
    pub conditioning: Conditioning,
    /// The objectives.
    pub loss: Loss,
    /// What is added to D's.
    pub regulariser: Regulariser,
    /// What D should say of real samples: 1, or less with label smoothing.
    pub real_target: f64,
    /// The standard deviation of the noise on what D sees, at the start of the run.
    pub instance_noise: f64,
    /// How it changes.
    pub instance_noise_schedule: Schedule,
    /// Discriminator steps before each generator step.
    pub k: K,
    /// Generator steps after them.
    pub g_steps: u32,
    /// Which D they learn from.
    pub updates: Updates,
    /// Steps of D that G looks through.
    pub unroll: u32,
    /// Steps of D before the first round.
    pub d_head_start: u32,
    /// The step after which G no longer learns.
    pub freeze_g: Option<u64>,
    /// Whether G steps along the gradient of its loss and not against it.
    pub g_climbs: bool,
    /// What is measured besides.
    pub probe: Probe,
    /// Samples that D judges together.
    pub pack: usize,
    /// The factor on what D sees.
    pub d_input_scale: f64,
    /// The update rules.
    pub optimizer: PerNetwork<Optimizer>,
    /// Learning rates.
    pub lr: PerNetwork<f64>,
    /// How they change.
    pub lr_schedule: PerNetwork<Schedule>,
    /// The decay of the average of G's weights that is evaluated; 0 for the weights themselves.
    pub ema: f64,
    /// Judgements of D per batch, as many of real as of generated samples.
    pub batch_size: usize,
    /// Generator updates.
    pub steps: u64,
    /// Generator updates between evaluations; the final evaluation always happens.
    pub eval_every: u64,
    /// Generator updates between logged losses.
    pub log_every: u64,
    /// The seed of every random stream.
    pub seed: u64,
}

/// A combination of valid values that cannot be trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The keys that do not go together, the more specific one first.
    pub keys: Vec<Key>,
    /// What is wrong and what to do about it, in one sentence.
    pub message: String,
}

/// Why settings do not make a run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// A combination that cannot train.
    #[error("{}", .0.message)]
    Conflict(Conflict),
    /// A component reads what it does not declare.
    #[error(transparent)]
    Undeclared(#[from] Undeclared),
    /// No such choice, or no such imported data set.
    #[error("internal: '{name}' is not a choice of '{axis}'")]
    NoSuchChoice {
        /// The axis.
        axis: &'static str,
        /// The word.
        name: String,
    },
}

/// The data set of that name with its parameters at their defaults; `None` if there is none.
pub fn dataset(name: &str, catalog: &Catalog) -> Option<Dataset> {
    let key = Key {
        name: "dataset",
        network: None,
    };
    let assigned = [(key, crate::param::Value::Text(name.to_owned()))].into();
    let settings = resolve(&assigned, catalog).ok()?.settings;
    Dataset::read(name, &settings, catalog).ok()?
}

impl RunSpec {
    /// Reads a run from settings that [`resolve`] made.
    pub fn new(settings: Settings, seed: u64, catalog: &Catalog) -> Result<Self, SpecError> {
        let name = settings.text("problem", None)?;
        let task = if name == core::GAN {
            Task::Gan(Box::new(GanSpec::read(&settings, seed, catalog)?))
        } else {
            let problem = Problem::read(name, &settings, None)?
                .ok_or_else(|| SpecError::no_such("problem", name))?;
            conflict::of_problem(&problem).map_err(SpecError::Conflict)?;
            Task::Problem(ProblemSpec { problem, seed })
        };
        Ok(Self { task, settings })
    }

    /// What is trained; `None` for a problem.
    pub fn gan(&self) -> Option<&GanSpec> {
        match &self.task {
            Task::Gan(gan) => Some(gan),
            Task::Problem(_) => None,
        }
    }

    /// The data set that has to be opened, if any.
    pub fn dataset(&self) -> Option<&Dataset> {
        match &self.task {
            Task::Gan(gan) => Some(&gan.dataset),
            Task::Problem(of) => of.problem.dataset(),
        }
    }

    /// The beginning of the SHA-256 of Inception's weights, where a run looks through it.
    pub fn inception_weights(&self) -> Option<&str> {
        match &self.task {
            Task::Gan(_) => None,
            Task::Problem(of) => of.problem.inception_weights(),
        }
    }

    /// The seed of every random stream.
    pub fn seed(&self) -> u64 {
        match &self.task {
            Task::Gan(gan) => gan.seed,
            Task::Problem(of) => of.seed,
        }
    }

    /// The same with another seed.
    pub fn with_seed(mut self, seed: u64) -> Self {
        match &mut self.task {
            Task::Gan(gan) => gan.seed = seed,
            Task::Problem(of) => of.seed = seed,
        }
        self
    }

    /// Steps: generator updates, or what a problem counts.
    pub fn steps(&self) -> u64 {
        match &self.task {
            Task::Gan(gan) => gan.steps,
            Task::Problem(of) => of.problem.steps(),
        }
    }

    /// Whether a step depends on how many there will be: then a longer run is another trajectory.
    pub fn depends_on_steps(&self) -> bool {
        match &self.task {
            Task::Gan(gan) => gan.depends_on_steps(),
            Task::Problem(_) => true,
        }
    }

    /// The run's identity.
    pub fn id(&self) -> RunId {
        id::run_id(self)
    }

    /// The identity without `steps`: runs that share it are prefixes of each other.
    pub fn trajectory_id(&self) -> RunId {
        id::trajectory_id(self)
    }
}

impl SpecError {
    fn no_such(axis: &'static str, name: &str) -> Self {
        Self::NoSuchChoice {
            axis,
            name: name.to_owned(),
        }
    }
}

impl GanSpec {
    /// Reads what is trained from settings that [`resolve`] made.
    fn read(s: &Settings, seed: u64, catalog: &Catalog) -> Result<Self, SpecError> {
        let missing = SpecError::no_such;
        let dataset_name = s.text("dataset", None)?;
        let dataset = Dataset::read(dataset_name, s, catalog)?
            .ok_or_else(|| missing("dataset", dataset_name))?;
        let model_name = s.text("model", None)?;
        let noise_name = s.text("noise", None)?;
        let conditioning_name = s.text("conditioning", None)?;
        let loss_name = s.text("loss", None)?;
        let regulariser_name = s.text("regulariser", None)?;
        let optimizer = |network| -> Result<Optimizer, SpecError> {
            let name = s.text("optimizer", Some(network))?;
            Optimizer::read(name, s, Some(network))?.ok_or_else(|| missing("optimizer", name))
        };
        let init = |network| -> Result<Init, SpecError> {
            let name = s.text("init", Some(network))?;
            Init::read(name, s, Some(network))?.ok_or_else(|| missing("init", name))
        };
        let lr = |network| s.float("lr", Some(network));
        let spec = Self {
            dataset,
            data_range: DataRange::read(s)?,
            model: Model::read(model_name, s, None)?.ok_or_else(|| missing("model", model_name))?,
            init: PerNetwork {
                g: init(Network::G)?,
                d: init(Network::D)?,
            },
            latent_dim: s.uint("latent_dim", None)? as usize,
            noise: Noise::read(noise_name, s, None)?.ok_or_else(|| missing("noise", noise_name))?,
            conditioning: Conditioning::read(conditioning_name, s, None)?
                .ok_or_else(|| missing("conditioning", conditioning_name))?,
            loss: Loss::read(loss_name, s, None)?.ok_or_else(|| missing("loss", loss_name))?,
            regulariser: Regulariser::read(regulariser_name, s, None)?
                .ok_or_else(|| missing("regulariser", regulariser_name))?,
            real_target: 1.0 - s.float("label_smoothing", None)?,
            instance_noise: s.float("instance_noise", None)?,
            instance_noise_schedule: Schedule::of_noise(s)?,
            k: K::read(s)?,
            g_steps: s.uint("g_steps", None)? as u32,
            updates: Updates::read(s)?,
            unroll: s.uint("unroll", None)? as u32,
            d_head_start: s.uint("d_head_start", None)? as u32,
            g_climbs: s.text("g_direction", None)? == "up",
            freeze_g: match s.get("freeze_g", None) {
                Some(_) => Some(s.uint("freeze_g", None)?),
                None => None,
            },
            probe: Probe::read(s)?,
            pack: s.uint("pack", None)? as usize,
            d_input_scale: s.float("d_input_scale", None)?,
            optimizer: PerNetwork {
                g: optimizer(Network::G)?,
                d: optimizer(Network::D)?,
            },
            lr: PerNetwork {
                g: lr(Network::G)?,
                d: lr(Network::D)?,
            },
            lr_schedule: Schedule::of_rates(s)?,
            ema: s.float("ema", None)?,
            batch_size: s.uint("batch_size", None)? as usize,
            steps: s.uint("steps", None)?,
            eval_every: s.uint("eval_every", None)?,
            log_every: s.uint("log_every", None)?,
            seed,
        };
        conflict::check(&spec).map_err(SpecError::Conflict)?;
        Ok(spec)
    }

    /// The penalties in D's loss: the loss's own and the regulariser's.
    pub fn penalties(&self) -> Vec<Penalty> {
        let own = self.loss.penalty().into_iter();
        own.chain(self.regulariser.penalties()).collect()
    }

    /// The sizes of the networks' inputs and outputs, for samples of that shape.
    pub fn shapes(&self, sample: SampleShape) -> Shapes {
        let [channels, height, width] = match self.model.has_positions() {
            true => sample,
            false => [sample.iter().product(), 1, 1],
        };
        let classes = self.classes();
        let shown = match self.conditioning.is_shown_to_d() {
            true => channels + classes,
            false => channels,
        };
        Shapes {
            latent: self.latent_dim + classes,
            sample,
            judged: [self.pack * shown, height, width],
            outputs: self.conditioning.heads().outputs(classes),
        }
    }

    /// How many classes G is told apart; 0 where it is told nothing.
    pub fn classes(&self) -> usize {
        match self.conditioning.is_conditional() {
            true => self.dataset.classes().unwrap_or(0),
            false => 0,
        }
    }

    /// Whether a step depends on how many there will be: then a longer run is another trajectory.
    pub fn depends_on_steps(&self) -> bool {
        let moves = |schedule| schedule != Schedule::Constant;
        let noise = self.instance_noise > 0.0 && moves(self.instance_noise_schedule);
        noise || moves(self.lr_schedule.g) || moves(self.lr_schedule.d)
    }
}
