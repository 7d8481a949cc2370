//! The algorithm: k steps of D, one step of G.

use candle_core::{Result, Tensor, bail};

use super::average::Average;
use super::batch::{Batch, Batches, Draw};
use super::encoding::Encoding;
use super::generator::{PART, sample};
use super::measure::Prepared;
use super::sight::{Origin, Sight};
use super::unroll::{Judged, Unrolled};
use super::{TrainError, weights};
use crate::conditioning::Heads;
use crate::elementary::sigmoid;
use crate::loss::Objective;
use crate::model::{Init, Net, Pass, Start};
use crate::ops::class_cross_entropy;
use crate::ops::network::Taken;
use crate::ops::values::values;
use crate::optim::{Descent, clip, descend};
use crate::param::Network;
use crate::regulariser::Penalty;
use crate::rng::{Name, Streams};
use crate::spec::{Converge, GanSpec, K, Probe, Updates};
use std::sync::atomic::{AtomicBool, Ordering};

/// G and D with their optimisers.
pub(super) struct Players {
    spec: GanSpec,
    generator: Net,
    discriminator: Net,
    descent_g: Box<dyn Descent>,
    descent_d: Box<dyn Descent>,
    average: Option<Average>,
    /// What D's last steps computed.
    of_round: StepValues,
    penalties: Vec<Penalty>,
    /// Whether D sees real and generated samples in two batches.
    apart: bool,
    /// What D's outputs are.
    heads: Heads,
    batches: Batches,
    sight: Sight,
}

/// What a step changes of the players.
pub(super) struct Parts<'p> {
    pub generator: &'p Net,
    pub discriminator: &'p Net,
    pub descent_g: &'p mut dyn Descent,
    pub descent_d: &'p mut dyn Descent,
    pub average: Option<&'p mut [f32]>,
    pub of_round: &'p mut StepValues,
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
    /// Steps of D before this one of G: 0 where another of G has followed them.
    pub k: u32,
}

impl StepValues {
    const NOTHING: Self = Self {
        loss_d: f64::NAN,
        loss_g: f64::NAN,
        d_real: f64::NAN,
        d_fake: f64::NAN,
        grad_d: f64::NAN,
        grad_g: f64::NAN,
        k: 0,
    };

    /// As numbers, the order of which a checkpoint keeps.
    pub fn to_array(self) -> [f64; 7] {
        let Self {
            loss_d,
            loss_g,
            d_real,
            d_fake,
            grad_d,
            grad_g,
            k,
        } = self;
        [loss_d, loss_g, d_real, d_fake, grad_d, grad_g, f64::from(k)]
    }

    /// From [`Self::to_array`].
    pub fn from_array([loss_d, loss_g, d_real, d_fake, grad_d, grad_g, k]: [f64; 7]) -> Self {
        Self {
            loss_d,
            loss_g,
            d_real,
            d_fake,
            grad_d,
            grad_g,
            k: k as u32,
        }
    }
}

impl Players {
    pub fn new(spec: &GanSpec, prepared: &Prepared) -> Result<Self> {
        let streams = Streams::new(spec.seed);
        let encoding = Encoding::new(prepared.data(), spec.data_range);
        let sample = prepared.sample_shape();
        let shapes = spec.shapes(sample);
        let start = |init: &Init, name| Start {
            init: init.clone(),
            source: streams.source(name),
        };
        let start_g = start(&spec.init.g, Name::InitGenerator);
        let generator = spec.model.generator(shapes, encoding.output, start_g)?;
        let start_d = start(&spec.init.d, Name::InitDiscriminator);
        let discriminator = spec.model.discriminator(shapes, start_d)?;
        let average = match spec.ema {
            0.0 => None,
            decay => Some(Average::new(decay, &generator)?),
        };
        Ok(Self {
            descent_g: spec.optimizer.g.start(generator.weights().elem_count()),
            descent_d: spec.optimizer.d.start(discriminator.weights().elem_count()),
            generator,
            discriminator,
            average,
            of_round: StepValues::NOTHING,
            penalties: spec.penalties(),
            apart: spec.model.normalises_over_batch(Network::D),
            heads: spec.conditioning.heads(),
            batches: Batches::new(spec, prepared.data().clone(), encoding),
            sight: Sight::new(spec, sample),
            spec: spec.clone(),
        })
    }

    /// Algorithm 1 of Goodfellow et al. (2014): k updates of D, then one of G; the updates of D
    /// before the first of every `g_steps` of G only. Steps are counted from 1.
    ///
    /// Stops early, with what it has, when a loss is no longer finite.
    pub fn step(&mut self, step: u64, measure: bool, abandon: &AtomicBool) -> Result<StepValues> {
        // Later steps of G against the same D show what D's last steps computed.
        let mut values = StepValues {
            loss_g: f64::NAN,
            grad_g: f64::NAN,
            k: 0,
            ..self.of_round
        };
        let before = match self.spec.updates {
            Updates::Simultaneous => {
                let drawn = self.draw_for_discriminator(step, 0, Pass::Train)?;
                let shared = drawn.clone().detached();
                let gradient = self.gradient_of_generator(step, drawn, measure, &mut values)?;
                Some((gradient, shared))
            }
            Updates::Alternating => None,
        };
        let round = (step - 1) / u64::from(self.spec.g_steps);
        if round * u64::from(self.spec.g_steps) + 1 == step {
            let shared = before.as_ref().map(|(_, drawn)| drawn.clone());
            let measure = measure || self.is_logged_in_round(step);
            self.train_discriminator(step, shared, measure, abandon, &mut values)?;
            self.of_round = values;
            if !values.loss_d.is_finite() {
                return Ok(values);
            }
        }
        let gradient = match before {
            Some((gradient, _)) => gradient,
            None => {
                let drawn = self.draw_for_generator(step)?;
                self.gradient_of_generator(step, drawn, measure, &mut values)?
            }
        };
        if self.spec.freeze_g.is_some_and(|last| step > last) {
            return Ok(values);
        }
        let lr = self.spec.lr.g * self.spec.lr_schedule.g.factor(step, self.spec.steps);
        descend(
            self.descent_g.as_mut(),
            lr,
            self.generator.weights(),
            &gradient,
        )?;
        if let Some(average) = &mut self.average {
            average.follow(&self.generator)?;
        }
        Ok(values)
    }

    /// Whether losses are logged at one of the steps of G that follow the same steps of D.
    fn is_logged_in_round(&self, step: u64) -> bool {
        let end = step + u64::from(self.spec.g_steps);
        let next = step.next_multiple_of(self.spec.log_every);
        next < end || self.spec.steps < end
    }

    /// k updates of D, the first on a batch that is shared with G where there is one.
    fn train_discriminator(
        &mut self,
        step: u64,
        mut shared: Option<Drawn>,
        measure: bool,
        abandon: &AtomicBool,
        values: &mut StepValues,
    ) -> Result<()> {
        match self.spec.k {
            K::Steps(k) => {
                let k = if step == 1 {
                    k + self.spec.d_head_start
                } else {
                    k
                };
                while values.k < k {
                    let measure = measure && values.k + 1 == k;
                    self.step_discriminator(step, shared.take(), measure, values)?;
                    if !values.loss_d.is_finite() {
                        break;
                    }
                }
            }
            K::Converge(converge) => {
                let mut progress = Progress::new(converge);
                let head_start = if step == 1 { self.spec.d_head_start } else { 0 };
                while values.k < head_start {
                    self.step_discriminator(step, shared.take(), measure, values)?;
                }
                while values.k < converge.cap + head_start
                    && !progress.has_stopped()
                    && !abandon.load(Ordering::Relaxed)
                {
                    self.step_discriminator(step, shared.take(), measure, values)?;
                    if !values.loss_d.is_finite() {
                        break;
                    }
                    progress.see(values.loss_d);
                }
            }
        }
        Ok(())
    }

    /// Real and generated samples of a step of D. Generated ones are asked to be of the same classes
    /// as the real ones.
    fn draw_for_discriminator(&self, step: u64, substep: u32, pass: Pass) -> Result<Drawn> {
        let at = (step, substep);
        let Batch { x, labels } = self.batches.real_for_d(step, substep)?;
        let z = self.batches.latents_for_d(step, substep, &labels)?;
        let fake = self.generator.forward(&z, pass)?;
        let real = Batch {
            x: self.sight.noised(x, Origin::Real, at)?,
            labels: labels.clone(),
        };
        let fake = Batch {
            x: self.sight.noised(fake, Origin::Fake, at)?,
            labels,
        };
        Ok(Drawn {
            real: Some(real),
            fake,
        })
    }

    /// Generated samples of a step of G, and real ones where its objective sees them.
    fn draw_for_generator(&self, step: u64) -> Result<Drawn> {
        /// D's steps are numbered from 0, and G's own noise is another.
        const SUBSTEP: u32 = u32::MAX >> 1;
        let at = (step, SUBSTEP);
        let real = match self.spec.unroll > 0 || self.spec.loss.generator().sees_real() {
            true => {
                let Batch { x, labels } = self.batches.real_for_g(step)?;
                let x = self.sight.noised(x, Origin::Real, at)?;
                Some(Batch { x, labels })
            }
            false => None,
        };
        // Asked to be of the same classes as the real ones, where there are any: pairs are alike.
        let labels = real.as_ref().map(|real| real.labels.clone());
        let Batch { x: z, labels } = self.batches.latents_for_g(step, labels)?;
        let fake = self.generator.forward(&z, Pass::Train)?;
        let fake = Batch {
            x: self.sight.noised(fake, Origin::Fake, at)?,
            labels,
        };
        Ok(Drawn { real, fake })
    }

    fn step_discriminator(
        &mut self,
        step: u64,
        shared: Option<Drawn>,
        measure: bool,
        values: &mut StepValues,
    ) -> Result<()> {
        let at = (step, values.k);
        let drawn = match shared {
            Some(drawn) => drawn,
            None => self.draw_for_discriminator(step, values.k, Pass::Frozen)?,
        };
        let Drawn {
            real: Some(Batch { x, labels }),
            fake: Batch { x: fake, .. },
        } = drawn
        else {
            bail!("a step of D needs real samples");
        };
        let seen_real = self.sight.seen(&x, &labels)?;
        let seen_fake = self.sight.seen(&fake, &labels)?;
        let outputs = self.judge(&seen_real, &seen_fake)?;
        let [logits_real, logits_fake] = [
            self.logits(&outputs[0], &labels)?,
            self.logits(&outputs[1], &labels)?,
        ];
        let objective = self.spec.loss.discriminator(self.spec.real_target as f32);
        let mut loss = objective.apply(&logits_real, &logits_fake)?;
        for penalty in &self.penalties {
            let at = self.sight.penalised(penalty.at, at, &x, &fake)?;
            let at = self.sight.seen(&at, &labels)?;
            let taken = Taken {
                shares: self.shares(&labels, at.dim(0)?),
                factors: self.sight.factors(),
            };
            let slope = self
                .discriminator
                .slope_penalty(&at, taken, penalty.target)?;
            loss = (loss + slope.affine(penalty.weight, 0.0)?)?;
        }
        if let Heads::Classified { weight } = self.heads {
            for outputs in &outputs {
                let classified = class_cross_entropy(outputs, &labels)?;
                loss = (loss + classified.affine(weight, 0.0)?)?;
            }
        }
        values.loss_d = scalar(&loss)?;
        values.k += 1;
        let gradient = gradient(&loss, &self.discriminator)?;
        if measure {
            values.d_real = mean_probability(&logits_real)?;
            values.d_fake = mean_probability(&logits_fake)?;
            values.grad_d = norm(&gradient)?;
        }
        let lr = self.lr_of_discriminator(step);
        let weights = self.discriminator.weights();
        descend(self.descent_d.as_mut(), lr, weights, &gradient)?;
        match self.spec.loss.clip() {
            Some(bound) => clip(weights, bound as f32),
            None => Ok(()),
        }
    }

    fn lr_of_discriminator(&self, step: u64) -> f64 {
        self.spec.lr.d * self.spec.lr_schedule.d.factor(step, self.spec.steps)
    }

    /// D's outputs on real and on generated samples: from one batch of both where that changes no
    /// sample's output, from two where D normalises over its batch.
    fn judge(&self, real: &Tensor, fake: &Tensor) -> Result<[Tensor; 2]> {
        if self.apart {
            let real = self.discriminator.forward(real, Pass::Train)?;
            let fake = self.discriminator.forward(fake, Pass::Train)?;
            return Ok([real, fake]);
        }
        let both = Tensor::cat(&[real, fake], 0)?;
        let outputs = self.discriminator.forward(&both, Pass::Train)?;
        let (first, second) = (real.dim(0)?, fake.dim(0)?);
        Ok([
            outputs.narrow(0, 0, first)?,
            outputs.narrow(0, first, second)?,
        ])
    }

    /// The share of every output of D in the logit of samples of these labels.
    fn shares(&self, labels: &[usize], rows: usize) -> Vec<f32> {
        self.heads.shares(labels, rows, self.spec.classes())
    }

    /// D's logits `[rows, 1]` from its outputs.
    fn logits(&self, outputs: &Tensor, labels: &[usize]) -> Result<Tensor> {
        let (rows, columns) = outputs.dims2()?;
        if columns == 1 {
            return Ok(outputs.clone());
        }
        let shares =
            Tensor::from_vec(self.shares(labels, rows), outputs.shape(), outputs.device())?;
        // At most two of them are not 0: the sum has one value in any order.
        (outputs * shares)?.sum_keepdim(1)
    }

    /// ∂(what G minimises)/∂(its weights), which a step is taken against; turned round where G climbs.
    fn gradient_of_generator(
        &mut self,
        step: u64,
        drawn: Drawn,
        measure: bool,
        values: &mut StepValues,
    ) -> Result<Tensor> {
        let Drawn { real, fake } = drawn;
        let labels = fake.labels;
        let fake = self.judged(&fake.x, &labels)?;
        let loss = match real {
            Some(real) if self.spec.unroll > 0 => {
                let real = self.judged(&real.x, &real.labels)?;
                self.look_ahead(step, real, fake)?
            }
            real => {
                let outputs = self.discriminator.forward(&fake.x, Pass::Frozen)?;
                let logits = self.logits(&outputs, &labels)?;
                let on_real = match real {
                    Some(real) if self.spec.loss.generator().sees_real() => {
                        let seen = self.sight.seen(&real.x, &real.labels)?;
                        let outputs = self.discriminator.forward(&seen, Pass::Frozen)?;
                        self.logits(&outputs, &real.labels)?
                    }
                    _ => logits.detach(),
                };
                let loss = self.spec.loss.generator().apply(&on_real, &logits)?;
                match self.heads {
                    Heads::Classified { weight } => {
                        let classified = class_cross_entropy(&outputs, &labels)?;
                        (loss + classified.affine(weight, 0.0)?)?
                    }
                    Heads::Logit | Heads::Projected => loss,
                }
            }
        };
        values.loss_g = scalar(&loss)?;
        let gradient = gradient(&loss, &self.generator)?;
        if measure {
            values.grad_g = norm(&gradient)?;
        }
        match self.spec.g_climbs {
            true => gradient.neg(),
            false => Ok(gradient),
        }
    }

    /// What D sees of samples, and how it makes a logit of it.
    fn judged(&self, samples: &Tensor, labels: &[usize]) -> Result<Judged> {
        let x = self.sight.seen(samples, labels)?;
        let shares = self.shares(labels, x.dim(0)?);
        Ok(Judged { x, shares })
    }

    /// What G minimises after `unroll` steps of D on this batch.
    fn look_ahead(&self, step: u64, real: Judged, fake: Judged) -> Result<Tensor> {
        let loss = &self.spec.loss;
        let of_d = loss.discriminator(self.spec.real_target as f32);
        // The real half does not depend on G's samples, but D after its steps does.
        let of_g = match loss.is_zero_sum() {
            true => -of_d.clone(),
            false => loss.generator(),
        };
        let unrolled = Unrolled {
            steps: self.spec.unroll,
            lr: self.lr_of_discriminator(step),
            optimiser: self.descent_d.look_ahead(),
            of_d,
            of_g,
            apart: self.apart,
        };
        unrolled.apply(&self.discriminator, &real, fake)
    }

    /// One part of an evaluation's samples: see [`sample`].
    pub fn sample(&self, draw: Draw, part: u64, count: usize) -> Result<(Vec<f32>, Vec<usize>)> {
        let average = self.average.as_ref().map(Average::weights).transpose()?;
        sample(
            &self.generator,
            average.as_ref(),
            &self.batches,
            (draw, part, count),
        )
    }

    /// What G would be told by D as it is: for each of these objectives the norm of its gradient in G's
    /// weights, and D's logits; on latents that are the same all through a run. Changes nothing.
    pub fn told(&self, objectives: &[Objective]) -> Result<(Vec<f64>, Vec<f32>)> {
        let Batch { x, labels } = self
            .batches
            .latents_for_evaluation(Draw::Interim, 0, PART)?;
        let nets = [&self.generator, &self.discriminator];
        let buffers = nets.map(Net::buffers);
        let fake = self.generator.forward(&x, Pass::Train)?;
        let seen = self.sight.seen(&fake, &labels)?;
        let outputs = self.discriminator.forward(&seen, Pass::Frozen)?;
        let logits = self.logits(&outputs, &labels)?;
        let norms = objectives
            .iter()
            .map(|objective| {
                let loss = objective.clone().apply(&logits.detach(), &logits)?;
                norm(&gradient(&loss, &self.generator)?)
            })
            .collect::<Result<_>>()?;
        for (net, buffers) in nets.into_iter().zip(buffers) {
            net.set_buffers(&buffers);
        }
        let logits = logits.contiguous()?;
        Ok((norms, values(&logits)?.as_slice().to_vec()))
    }

    /// Labels to score samples by that were asked for none: see [`Batches::labels_by_chance`].
    pub fn labels_by_chance(&self, draw: Draw, part: u64, count: usize) -> Vec<usize> {
        self.batches.labels_by_chance(draw, part, count)
    }

    /// What is measured besides the usual.
    pub fn probe(&self) -> Probe {
        self.spec.probe
    }

    /// All that a step changes.
    pub fn parts(&mut self) -> Parts<'_> {
        Parts {
            generator: &self.generator,
            discriminator: &self.discriminator,
            descent_g: self.descent_g.as_mut(),
            descent_d: self.descent_d.as_mut(),
            average: self.average.as_mut().map(Average::values_mut),
            of_round: &mut self.of_round,
        }
    }

    /// Weights of both.
    #[cfg(test)]
    pub fn weight_count(&self) -> usize {
        let [g, d] = [&self.generator, &self.discriminator];
        g.weights().elem_count() + d.weights().elem_count()
    }

    /// What the players have learned, as a safetensors file.
    pub fn weights(&self) -> std::result::Result<Vec<u8>, TrainError> {
        let average = self.average.as_ref().map(Average::values);
        weights::to_safetensors([&self.generator, &self.discriminator], average)
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

    /// BLAKE3 of all weights and buffers, G's first, and of the average where there is one.
    pub fn digest(&self) -> Result<[u8; 32]> {
        let mut hasher = blake3::Hasher::new();
        for net in [&self.generator, &self.discriminator] {
            net.digest(&mut hasher)?;
        }
        if let Some(average) = &self.average {
            average.digest(&mut hasher);
        }
        Ok(*hasher.finalize().as_bytes())
    }
}

/// A batch in the training range, with instance noise.
#[derive(Clone)]
struct Drawn {
    real: Option<Batch>,
    fake: Batch,
}

impl Drawn {
    /// Without the way back to G's weights.
    fn detached(mut self) -> Self {
        self.fake.x = self.fake.x.detach();
        self
    }
}

/// Whether D's loss still improves.
struct Progress {
    converge: Converge,
    sum: f64,
    seen: u32,
    least: f64,
    /// Windows since the loss has last fallen.
    stale: u32,
}

impl Progress {
    fn new(converge: Converge) -> Self {
        Self {
            converge,
            sum: 0.0,
            seen: 0,
            least: f64::INFINITY,
            stale: 0,
        }
    }

    fn see(&mut self, loss: f64) {
        self.sum += loss;
        self.seen += 1;
        if self.seen < self.converge.window {
            return;
        }
        let mean = self.sum / f64::from(self.seen);
        if mean < self.least - self.converge.tolerance {
            self.stale = 0;
        } else {
            self.stale += 1;
        }
        self.least = self.least.min(mean);
        (self.sum, self.seen) = (0.0, 0);
    }

    fn has_stopped(&self) -> bool {
        self.stale >= self.converge.patience
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
