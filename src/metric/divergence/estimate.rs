//! The Jensen–Shannon divergence that a trained discriminator finds between samples.

use std::f64::consts::LN_2;

use candle_core::{Device, Result as Candle, Tensor, bail};

use super::DivergenceError;
use crate::loss::{Adversarial, Minimax};
use crate::metric::features::{Features, MetricError};
use crate::model::init::He;
use crate::model::{Architecture, Init, Mlp, Net, Pass, Shapes, Start};
use crate::ops::values::values;
use crate::optim::{Adam, Descent, UpdateRule, descend};
use crate::rng::{Name, Streams};

const HIDDEN: [usize; 2] = [128, 128];
const BATCH: usize = 256;
const STEPS: u64 = 2_000;
const LEARNING_RATE: f64 = 1e-3;

/// Steps between two looks at the part that the step is chosen by.
const LOOK_EVERY: u64 = 50;

/// Of each set: a third is trained on, by a third the step is chosen, a third is reported on.
const PARTS: usize = 3;

/// Samples of each set, at least: ten to report on.
const LEAST: usize = 30;

/// What a discriminator found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JensenShannon {
    /// ln 2 + ½ (E_p ln D + E_q ln(1 − D)) in nats over samples that D never saw: in expectation at most
    /// JS(p, q), and equal to it for D = p/(p + q) (Goodfellow et al. 2014, proposition 1). Chance
    /// makes it negative where the two are alike.
    pub lower_bound: f64,
    /// Of those two means.
    pub standard_error: f64,
    /// Samples of p and of q that it is the mean over.
    pub samples: [usize; 2],
}

/// Trains a perceptron of two hidden layers of 128 to tell `real` from `fake`, by the cross-entropy of
/// the GAN game, 2,000 steps of Adam on batches of 256; of each set on a third, by a third the best step
/// is chosen, and the last third gives the bound.
///
/// # Errors
/// [`MetricError::Widths`], [`MetricError::TooFew`] below 30 samples of either, and those of the tensor
/// library.
pub fn estimate(
    real: &Features,
    fake: &Features,
    seed: u64,
) -> Result<JensenShannon, DivergenceError> {
    real.check_width(fake)?;
    for set in [real, fake] {
        let count = set.rows();
        if count < LEAST {
            let what = "a divergence estimated by a discriminator";
            let least = LEAST;
            return Err(MetricError::TooFew { what, least, count }.into());
        }
    }
    let streams = Streams::new(seed);
    let [train, choose, report] = parts([real, fake], &streams);
    let scale = Scale::of(&train);
    let [train, choose, report] = [train, choose, report].map(|pair| pair.map(|s| scale.apply(&s)));
    let mut judge = Judge::new(real.width(), &streams)?;
    let mut best = None;
    for step in 1..=STEPS {
        judge.step(step, &train, &streams)?;
        if step.is_multiple_of(LOOK_EVERY) {
            let found = judge.bound(&choose)?.lower_bound;
            if best.is_none_or(|(most, _)| found > most) {
                best = Some((found, judge.bound(&report)?));
            }
        }
    }
    match best {
        Some((_, found)) => Ok(found),
        None => Err(MetricError::Overflow.into()),
    }
}

/// A shuffled third of both sets for each purpose.
fn parts(sets: [&Features; 2], streams: &Streams) -> [[Features; 2]; PARTS] {
    let mut substep = 0;
    let orders = sets.map(|set| {
        substep += 1;
        let mut stream = streams.stream(Name::Subset, 0, substep);
        stream.permutation(set.rows())
    });
    std::array::from_fn(|part| {
        std::array::from_fn(|i| {
            let order = &orders[i];
            let at = |part: usize| part * order.len() / PARTS;
            sets[i].take(&order[at(part)..at(part + 1)])
        })
    })
}

/// What brings features to mean 0 and variance 1.
struct Scale {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Scale {
    /// Of both sets together.
    fn of(sets: &[Features; 2]) -> Self {
        let width = sets[0].width();
        let rows = || sets.iter().flat_map(|s| s.values().chunks_exact(width));
        let n = rows().count() as f64;
        let mean: Vec<f64> = (0..width)
            .map(|j| rows().map(|row| row[j]).sum::<f64>() / n)
            .collect();
        let deviation = (0..width).map(|j| {
            let squares = rows().map(|row| (row[j] - mean[j]).powi(2));
            match (squares.sum::<f64>() / n).sqrt() {
                0.0 => 1.0,
                deviation => deviation,
            }
        });
        Self {
            deviation: deviation.collect(),
            mean,
        }
    }

    fn apply(&self, set: &Features) -> Points {
        let scales = self.mean.iter().zip(&self.deviation).cycle();
        let scaled = set.values().iter().zip(scales);
        Points {
            values: scaled.map(|(x, (m, s))| ((x - m) / s) as f32).collect(),
            width: set.width(),
        }
    }
}

/// Row-major `[n, width]`.
struct Points {
    values: Vec<f32>,
    width: usize,
}

impl Points {
    fn tensor(&self) -> Candle<Tensor> {
        let rows = self.values.len() / self.width;
        Tensor::from_slice(&self.values, (rows, self.width), &Device::Cpu)
    }

    /// A batch, drawn with replacement.
    fn batch(&self, streams: &Streams, step: u64, name: Name) -> Candle<Tensor> {
        let mut stream = streams.stream(name, step, 0);
        let n = self.values.len() / self.width;
        let rows = (0..BATCH).flat_map(|_| {
            let row = stream.index(n);
            self.values[row * self.width..][..self.width]
                .iter()
                .copied()
        });
        let batch: Vec<f32> = rows.collect();
        Tensor::from_vec(batch, (BATCH, self.width), &Device::Cpu)
    }
}

/// The discriminator with its optimiser.
struct Judge {
    net: Net,
    descent: Box<dyn Descent>,
}

impl Judge {
    fn new(width: usize, streams: &Streams) -> Candle<Self> {
        let sample = [width, 1, 1];
        let shapes = Shapes {
            latent: 1,
            sample,
            judged: sample,
            outputs: 1,
        };
        let start = Start {
            init: Init::He(He),
            source: streams.source(Name::InitDiscriminator),
        };
        let net = Mlp::relu(&HIDDEN).discriminator(shapes, start)?;
        let adam = Adam {
            betas: [0.9, 0.999],
        };
        Ok(Self {
            descent: adam.start(net.weights().elem_count()),
            net,
        })
    }

    fn logits(&self, x: &Tensor) -> Candle<Tensor> {
        self.net.forward(x, Pass::Train)?.flatten_all()
    }

    /// One step on a batch of each; the rate falls linearly to 0.
    fn step(&mut self, step: u64, [real, fake]: &[Points; 2], streams: &Streams) -> Candle<()> {
        let real = self.logits(&real.batch(streams, step, Name::Data)?)?;
        let fake = self.logits(&fake.batch(streams, step, Name::DataGenerator)?)?;
        let loss = Minimax.discriminator(1.0).apply(&real, &fake)?;
        let Some(gradient) = loss.backward()?.remove(self.net.weights()) else {
            bail!("the loss does not depend on the discriminator");
        };
        let lr = LEARNING_RATE * (1.0 - (step - 1) as f64 / STEPS as f64);
        descend(self.descent.as_mut(), lr, self.net.weights(), &gradient)
    }

    fn bound(&self, [real, fake]: &[Points; 2]) -> Candle<JensenShannon> {
        // ln D = −softplus(−l) and ln(1 − D) = −softplus(l).
        let [p, q] = [(real, -1.0), (fake, 1.0)].map(|(set, sign)| -> Candle<_> {
            let logits = self.logits(&set.tensor()?)?;
            let logits = values(&logits)?;
            let terms: Vec<f64> = logits
                .as_slice()
                .iter()
                .map(|&l| -softplus(sign * f64::from(l)))
                .collect();
            Ok(mean_and_its_variance(&terms))
        });
        let (p, q) = (p?, q?);
        Ok(JensenShannon {
            lower_bound: LN_2 + (p.0 + q.0) / 2.0,
            standard_error: (p.1 + q.1).sqrt() / 2.0,
            samples: [real, fake].map(|set| set.values.len() / set.width),
        })
    }
}

/// ln(1 + eˣ).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// The mean, and the variance of the mean.
fn mean_and_its_variance(terms: &[f64]) -> (f64, f64) {
    let n = terms.len() as f64;
    let mean = terms.iter().sum::<f64>() / n;
    let squares: f64 = terms.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, squares / (n - 1.0) / n)
}
