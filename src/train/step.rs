//! The algorithm: k steps of D, one step of G.

use candle_core::{Result, Tensor, bail};

use super::batch::Batches;
use super::encoding::Encoding;
use super::measure::Prepared;
use crate::elementary::sigmoid;
use crate::loss::Loss;
use crate::model::{Init, Net, Pass, Start};
use crate::ops::values::values;
use crate::optim::{Descent, clip};
use crate::param::Network;
use crate::regulariser::Penalty;
use crate::rng::{Name, Streams};
use crate::spec::RunSpec;

/// G and D with their optimisers.
pub(super) struct Players {
    generator: Net,
    discriminator: Net,
    descent_g: Box<dyn Descent>,
    descent_d: Box<dyn Descent>,
    loss: Loss,
    penalties: Vec<Penalty>,
    k: u32,
    /// Whether D sees real and generated samples in two batches.
    apart: bool,
    batches: Batches,
}

/// What a step computed. All but the losses are NaN where they were not asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepValues {
    pub loss_d: f64,
    pub loss_g: f64,
    pub d_real: f64,
    pub d_fake: f64,
    pub grad_d: f64,
    pub grad_g: f64,
}

impl Players {
    pub fn new(spec: &RunSpec, prepared: &Prepared) -> Result<Self> {
        let streams = Streams::new(spec.seed);
        let encoding = Encoding::new(prepared.data(), spec.data_range);
        let shapes = spec.shapes(prepared.sample_shape());
        let start = |init: &Init, name| Start {
            init: init.clone(),
            source: streams.source(name),
        };
        let start_g = start(&spec.init.g, Name::InitGenerator);
        let generator = spec.model.generator(shapes, encoding.output, start_g)?;
        let start_d = start(&spec.init.d, Name::InitDiscriminator);
        let discriminator = spec.model.discriminator(shapes, start_d)?;
        Ok(Self {
            descent_g: spec
                .optimizer
                .g
                .start(spec.lr.g, generator.weights().elem_count()),
            descent_d: spec
                .optimizer
                .d
                .start(spec.lr.d, discriminator.weights().elem_count()),
            generator,
            discriminator,
            loss: spec.loss.clone(),
            penalties: spec.penalties(),
            k: spec.k,
            apart: spec.model.normalises_over_batch(Network::D),
            batches: Batches::new(spec, prepared.data().clone(), encoding),
        })
    }

    /// Algorithm 1 of Goodfellow et al. (2014): k updates of D, then one of G.
    ///
    /// Stops early, with what it has, when a loss is no longer finite.
    pub fn step(&mut self, step: u64, measure: bool) -> Result<StepValues> {
        let mut values = StepValues {
            loss_d: f64::NAN,
            loss_g: f64::NAN,
            d_real: f64::NAN,
            d_fake: f64::NAN,
            grad_d: f64::NAN,
            grad_g: f64::NAN,
        };
        for substep in 0..self.k {
            let measure = measure && substep + 1 == self.k;
            self.step_discriminator(step, substep, measure, &mut values)?;
            if !values.loss_d.is_finite() {
                return Ok(values);
            }
        }
        self.step_generator(step, measure, &mut values)?;
        Ok(values)
    }

    fn step_discriminator(
        &mut self,
        step: u64,
        substep: u32,
        measure: bool,
        values: &mut StepValues,
    ) -> Result<()> {
        let x = self.batches.real(step, substep)?;
        let z = self.batches.latents_for_d(step, substep)?;
        let fake = self.generator.forward(&z, Pass::Frozen)?;
        let (logits_real, logits_fake) = self.judge(&x, &fake)?;
        let mut loss = self.loss.discriminator(&logits_real, &logits_fake)?;
        for penalty in &self.penalties {
            let at = self
                .batches
                .penalised(penalty.at, (step, substep), &x, &fake)?;
            let slope =
                self.discriminator
                    .slope_penalty(&at, vec![1.0; at.dim(0)?], penalty.target)?;
            loss = (loss + slope.affine(penalty.weight, 0.0)?)?;
        }
        values.loss_d = scalar(&loss)?;
        let gradient = gradient(&loss, &self.discriminator)?;
        if measure {
            values.d_real = mean_probability(&logits_real)?;
            values.d_fake = mean_probability(&logits_fake)?;
            values.grad_d = norm(&gradient)?;
        }
        self.descent_d
            .step(self.discriminator.weights(), &gradient)?;
        match self.loss.clip() {
            Some(bound) => clip(self.discriminator.weights(), bound as f32),
            None => Ok(()),
        }
    }

    /// D's logits on real and on generated samples: from one batch of both where that changes no
    /// sample's logit, from two where D normalises over its batch.
    fn judge(&self, real: &Tensor, fake: &Tensor) -> Result<(Tensor, Tensor)> {
        if self.apart {
            let real = self.discriminator.forward(real, Pass::Train)?;
            let fake = self.discriminator.forward(fake, Pass::Train)?;
            return Ok((real, fake));
        }
        let both = Tensor::cat(&[real, fake], 0)?;
        let logits = self.discriminator.forward(&both, Pass::Train)?;
        let (first, second) = (real.dim(0)?, fake.dim(0)?);
        Ok((
            logits.narrow(0, 0, first)?,
            logits.narrow(0, first, second)?,
        ))
    }

    fn step_generator(&mut self, step: u64, measure: bool, values: &mut StepValues) -> Result<()> {
        let z = self.batches.latents_for_g(step)?;
        let fake = self.generator.forward(&z, Pass::Train)?;
        let logits = self.discriminator.forward(&fake, Pass::Frozen)?;
        let real = match self.loss.generator_sees_real() {
            true => {
                let x = self.batches.real(step, self.k)?;
                Some(self.discriminator.forward(&x, Pass::Frozen)?)
            }
            false => None,
        };
        let loss = self.loss.generator(&logits, real.as_ref())?;
        values.loss_g = scalar(&loss)?;
        let gradient = gradient(&loss, &self.generator)?;
        if measure {
            values.grad_g = norm(&gradient)?;
        }
        self.descent_g.step(self.generator.weights(), &gradient)
    }

    /// One part of an evaluation's samples, row-major in canonical coordinates.
    pub fn sample(&self, part: u64, count: usize) -> Result<Vec<f32>> {
        let z = self.batches.latents_for_evaluation(part, count)?;
        let samples = self.generator.forward(&z, Pass::Evaluate)?.contiguous()?;
        let mut samples = values(&samples)?.as_slice().to_vec();
        self.batches.decode(&mut samples);
        Ok(samples)
    }

    /// What of the players is not finite, if anything is: weights, the running statistics that no
    /// gradient changes, or what an optimiser carries from step to step. The losses of single batches
    /// may hide each of them.
    pub fn first_not_finite(&self) -> Result<Option<&'static str>> {
        for net in [&self.generator, &self.discriminator] {
            if !net.weights_are_finite()? {
                return Ok(Some("weights"));
            }
            if !net.buffers().iter().flatten().all(|x| x.is_finite()) {
                return Ok(Some("running statistics"));
            }
        }
        let finite = self.descent_g.is_finite() && self.descent_d.is_finite();
        Ok((!finite).then_some("optimiser state"))
    }

    /// BLAKE3 of all weights and buffers, G's first.
    pub fn digest(&self) -> Result<[u8; 32]> {
        let mut hasher = blake3::Hasher::new();
        for net in [&self.generator, &self.discriminator] {
            net.digest(&mut hasher)?;
        }
        Ok(*hasher.finalize().as_bytes())
    }
}

fn scalar(loss: &Tensor) -> Result<f64> {
    loss.to_scalar::<f32>().map(f64::from)
}

/// The mean of D's output as a probability, σ(logit).
fn mean_probability(logits: &Tensor) -> Result<f64> {
    let logits = logits.contiguous()?;
    let logits = values(&logits)?;
    let logits = logits.as_slice();
    Ok(logits.iter().map(|&x| f64::from(sigmoid(x))).sum::<f64>() / logits.len() as f64)
}

/// ∂loss/∂weights of one network.
fn gradient(loss: &Tensor, net: &Net) -> Result<Tensor> {
    match loss.backward()?.remove(net.weights()) {
        Some(gradient) => Ok(gradient),
        None => bail!("the loss does not depend on the network's weights"),
    }
}

/// The Euclidean norm.
fn norm(gradient: &Tensor) -> Result<f64> {
    let gradient = values(gradient)?;
    let squares = gradient
        .as_slice()
        .iter()
        .map(|&g| f64::from(g) * f64::from(g));
    Ok(squares.sum::<f64>().sqrt())
}
