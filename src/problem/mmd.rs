//! A generator that learns without a discriminator: a generative moment matching network. The control of what
//! the lecture says of GANs alone ("Высокая чувствительность GAN к гиперпараметрам").

mod kernel;

use candle_core::{Device, Error, Result as Candle, Tensor, bail};

use self::kernel::Kernel;
use super::{Analytic, Work, error, param};
use crate::axis::Component;
use crate::dataset::{BuiltIn, CENTRES, Data, Dataset, MODES, RADIUS, Ring8, SIGMA};
use crate::metric::{Info, MIXTURE_SAMPLES};
use crate::model::init::He;
use crate::model::{Architecture, HIDDEN, Init, Mlp, Net, Pass, Shapes, Start};
use crate::noise::{Latent, Normal};
use crate::ops::values::values;
use crate::optim::{Adam, BETAS, Descent, UpdateRule, descend};
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::{Name, Source, Streams};
use crate::spec::{EVAL_EVERY, LATENT_DIM, LOG_EVERY, LR, STEPS};
use crate::train::{Evaluator, PART, TrainError, kept, shown};

/// What it logs besides the metrics of its data set.
pub(super) const QUANTITIES: &[Info] = &[error(
    SQUARED,
    "",
    "squared maximum mean discrepancy of a batch from as many real samples, unbiased: it may be below 0",
)];

const SQUARED: &str = "mmd.squared";

const BATCH_SIZE: Param = param(
    "batch_size",
    Kind::Int {
        min: 1,
        max: 65_536,
    },
    Birth::Int(64),
    "mmd: real samples a step, and as many generated ones",
);
const BANDWIDTHS: Param = param(
    "bandwidths",
    Kind::Floats {
        range: Range::above(0.0, 1e3),
        most: 16,
    },
    Birth::Floats(&[0.05, 0.1, 0.2, 0.5, 1.0, 2.0]),
    "standard deviations of the Gaussian kernels, whose sum compares two points",
);

/// A perceptron with ReLU that is trained by Adam down MMD² between what it makes and real samples, fresh ones
/// each step (Li, Swersky and Zemel 2015, "Generative Moment Matching Networks", equations 1 to 3 and section 3;
/// Dziugaite, Roy and Ghahramani 2015).
///
/// Its initial weights, its latents and its real samples are those of a GAN of the same seed with the same
/// generator and batch, and so are the latents and samples on which it is measured: the two differ in what the
/// generator learns from, and in nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Mmd {
    dataset: Box<Dataset>,
    hidden: Vec<usize>,
    latent_dim: usize,
    adam: Adam,
    lr: f64,
    batch_size: usize,
    steps: u64,
    eval_every: u64,
    log_every: u64,
    kernel: Kernel,
    kernels: usize,
}

impl Component for Mmd {
    const CHOICE: Choice = Choice {
        name: "mmd",
        version: 1,
        params: &[
            MODES, RADIUS, SIGMA, CENTRES, HIDDEN, LATENT_DIM, LR, BETAS, BATCH_SIZE, STEPS,
            EVAL_EVERY, LOG_EVERY, BANDWIDTHS,
        ],
        summary: "train a generator without a discriminator on a ring8, by the discrepancy of kernel means",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let g = Some(Network::G);
        let bandwidths = settings
            .floats(BANDWIDTHS.name)?
            .ok_or_else(|| Undeclared {
                key: BANDWIDTHS.name.to_owned(),
            })?;
        Ok(Self {
            dataset: Box::new(Dataset::BuiltIn(BuiltIn::Ring8(Ring8::read(
                settings, None,
            )?))),
            hidden: settings.uints(HIDDEN.name, g)?,
            latent_dim: settings.uint(LATENT_DIM.name, None)? as usize,
            adam: Adam {
                betas: settings.pair(BETAS.name, g)?,
            },
            lr: settings.float(LR.name, g)?,
            batch_size: settings.uint(BATCH_SIZE.name, None)? as usize,
            steps: settings.uint(STEPS.name, None)?,
            eval_every: settings.uint(EVAL_EVERY.name, None)?,
            log_every: settings.uint(LOG_EVERY.name, None)?,
            kernel: Kernel::new(&bandwidths),
            kernels: bandwidths.len(),
        })
    }
}

impl Analytic for Mmd {
    fn dataset(&self) -> Option<&Dataset> {
        Some(&self.dataset)
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    /// Three passes through the generator and, for each of 4 m² pairs, the kernels.
    fn flops_per_step(&self) -> f64 {
        /// Of an exponential with what belongs to it.
        const KERNEL: usize = 25;
        let from = [self.latent_dim]
            .into_iter()
            .chain(self.hidden.iter().copied());
        let to = self.hidden.iter().copied().chain([2]);
        let products: usize = from.zip(to).map(|(a, b)| a * b).sum();
        let pairs = 4 * self.batch_size * self.batch_size;
        (6 * self.batch_size * products + KERNEL * self.kernels * pairs) as f64
    }

    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        (self.batch_size < 2).then(|| {
            let keys: &[&str] = &[BATCH_SIZE.name];
            let why = "pairs of samples are compared: take a batch_size of at least 2";
            (keys, why.to_owned())
        })
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let Some(prepared) = work.prepared else {
            return Err(no_ring().into());
        };
        let (Evaluator::Mixture(evaluator), data) = (prepared.evaluator(), prepared.data()) else {
            return Err(no_ring().into());
        };
        work.log(0, prepared.references());
        let mut worst = evaluator.worst();
        // No kernel is below 0 or above 1.
        worst.push((SQUARED, 2.0 * self.kernels as f64));
        let mut learner = Learner::new(self, &work.streams)?;
        for step in 1..=self.steps {
            let last = step == self.steps;
            let squared = learner.step(self, data, step)?;
            if last || step.is_multiple_of(self.log_every) {
                work.log(step, &[(SQUARED, squared)]);
            }
            if !squared.is_finite() {
                work.diverge(step, SQUARED, worst);
                return Ok(());
            }
            if last || step.is_multiple_of(self.eval_every) {
                let samples = learner.samples(last)?;
                let broken = match samples.iter().all(|x| x.is_finite()) {
                    false => Some("samples"),
                    true if last => learner.first_not_finite()?,
                    true => None,
                };
                if let Some(quantity) = broken {
                    work.diverge(step, quantity, worst);
                    return Ok(());
                }
                work.log(step, &evaluator.evaluate(&samples));
                if last {
                    work.show(step, shown(data, &samples[..2 * kept(data)]));
                }
            }
            if !work.goes_on(step) {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn no_ring() -> Error {
    Error::Msg("the problem has no ring to look at".to_owned())
}

/// The generator with its optimiser and its streams.
struct Learner {
    net: Net,
    descent: Box<dyn Descent>,
    latent_dim: usize,
    real: Source,
    latents: Source,
    evaluation: [Source; 2],
}

impl Learner {
    fn new(mmd: &Mmd, streams: &Streams) -> Candle<Self> {
        let shapes = Shapes {
            latent: mmd.latent_dim,
            sample: [2, 1, 1],
            judged: [2, 1, 1],
            outputs: 1,
        };
        let start = Start {
            init: Init::He(He),
            source: streams.source(Name::InitGenerator),
        };
        let net = Mlp::relu(&mmd.hidden).generator(shapes, None, start)?;
        Ok(Self {
            descent: mmd.adam.start(net.weights().elem_count()),
            net,
            latent_dim: mmd.latent_dim,
            real: streams.source(Name::Data),
            latents: streams.source(Name::LatentGenerator),
            evaluation: [Name::LatentEvaluation, Name::LatentFinal]
                .map(|name| streams.source(name)),
        })
    }

    fn generate(&self, from: &Source, step: u64, rows: usize, pass: Pass) -> Candle<Tensor> {
        let mut z = vec![0.0; rows * self.latent_dim];
        Normal.fill(&mut from.at(step, 0), self.latent_dim, &mut z);
        let z = Tensor::from_vec(z, (rows, self.latent_dim), &Device::Cpu)?;
        self.net.forward(&z, pass)
    }

    /// One step down MMD²; its value before the step.
    fn step(&mut self, mmd: &Mmd, data: &Data, step: u64) -> Candle<f64> {
        let (real, _) = data.draw(&mut self.real.at(step, 0), mmd.batch_size);
        let fake = self.generate(&self.latents, step, mmd.batch_size, Pass::Train)?;
        let found = mmd
            .kernel
            .discrepancy(values(&fake.contiguous()?)?.as_slice(), &real);
        // Its gradient with the weights is that of Σ x · ∂MMD²/∂x with the slope held.
        let slope = Tensor::from_vec(found.slope, fake.shape(), &Device::Cpu)?;
        let held = (fake * slope)?.sum_all()?;
        let Some(gradient) = held.backward()?.remove(self.net.weights()) else {
            bail!("the discrepancy does not depend on the generator");
        };
        descend(self.descent.as_mut(), mmd.lr, self.net.weights(), &gradient)?;
        Ok(found.squared)
    }

    /// The samples of an evaluation, row-major.
    fn samples(&self, last: bool) -> Candle<Vec<f32>> {
        let from = &self.evaluation[usize::from(last)];
        let mut samples = Vec::with_capacity(2 * MIXTURE_SAMPLES);
        for part in 0..MIXTURE_SAMPLES.div_ceil(PART) {
            let x = self.generate(from, part as u64, PART, Pass::Evaluate)?;
            samples.extend(values(&x.contiguous()?)?.as_slice());
        }
        samples.truncate(2 * MIXTURE_SAMPLES);
        Ok(samples)
    }

    fn first_not_finite(&self) -> Candle<Option<&'static str>> {
        if !self.net.weights_are_finite()? {
            return Ok(Some("weights"));
        }
        Ok((!self.descent.is_finite()).then_some("optimiser state"))
    }
}
