//! Unrolled GANs (Metz et al. 2017): G learns against the D that several steps of D would make, and
//! sees how those steps depend on its samples.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};

use crate::loss::Objective;
use crate::model::Net;
use crate::ops::network::{Network, Pass, Tape};
use crate::ops::values::{slice, values};
use crate::optim::LookAhead;

/// D's steps that G looks through, all on one batch: θ⁰ = D's weights, θᵏ⁺¹ = the update rule's step
/// from θᵏ against ∇ f(G, θᵏ), and G minimises its objective at θᴷ (Metz et al. 2017, equations 2 to
/// 5). D's own weights and its optimiser's state are left as they are.
pub(super) struct Unrolled {
    /// K.
    pub steps: u32,
    pub lr: f64,
    pub optimiser: Box<dyn LookAhead>,
    /// What D minimises in its steps: f.
    pub of_d: Objective,
    /// What G minimises at their end.
    pub of_g: Objective,
    /// Whether D judges real and generated samples in two batches.
    pub apart: bool,
}

/// What D judges.
pub(super) struct Judged {
    /// D's input, `[rows, inputs]`.
    pub x: Tensor,
    /// The share of every output in the logit, `[rows, outputs]`.
    pub shares: Vec<f32>,
}

impl Unrolled {
    /// G's objective after D's steps, as a scalar whose gradient reaches D's generated input through
    /// all of them.
    ///
    /// # Errors
    /// If a tensor is not `f32` on the CPU.
    pub fn apply(self, d: &Net, real: &Judged, fake: Judged) -> Result<Tensor> {
        let real_x = real.x.contiguous()?;
        let operation = Look {
            network: Arc::clone(d.network()),
            weights: values(d.weights())?.as_slice().to_vec(),
            real: values(&real_x)?.as_slice().to_vec(),
            shares: [real.shares.as_slice(), &fake.shares].concat(),
            inner: std::sync::Mutex::new((Some(self), Vec::new())),
        };
        fake.x.contiguous()?.apply_op1(operation)
    }
}

struct Look {
    network: Arc<Network>,
    weights: Vec<f32>,
    real: Vec<f32>,
    shares: Vec<f32>,
    /// The way to look, until it is taken; then the gradient of D's generated input.
    inner: std::sync::Mutex<(Option<Unrolled>, Vec<f32>)>,
}

impl CustomOp1 for Look {
    fn name(&self) -> &'static str {
        "unrolled"
    }

    /// Goes forward and back at once: the gradient is kept.
    fn cpu_fwd(&self, fake: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let fake = slice(fake, layout)?;
        let mut inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        let Some(unrolled) = inner.0.take() else {
            bail!("an unrolled objective is computed once");
        };
        let batches = Batches::new(self, fake, unrolled.apart);
        let (value, gradient) = look(unrolled, &batches, self.weights.clone());
        inner.1 = gradient;
        Ok((CpuStorage::F32(vec![value]), Shape::from(())))
    }

    fn bwd(&self, fake: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let mut inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        let of_fake = Tensor::from_vec(std::mem::take(&mut inner.1), fake.shape(), &Device::Cpu)?;
        Ok(Some(
            of_fake.affine(f64::from(gradient.to_scalar::<f32>()?), 0.0)?,
        ))
    }
}

/// D's input, in one batch or in two, and how its outputs make logits.
struct Batches<'a> {
    network: &'a Arc<Network>,
    inputs: Vec<Arc<[f32]>>,
    shares: &'a [f32],
    /// Rows of real samples; as many generated ones follow.
    real: usize,
    rows: usize,
    /// Values of the real rows.
    real_values: usize,
}

impl<'a> Batches<'a> {
    fn new(look: &'a Look, fake: &[f32], apart: bool) -> Self {
        let inputs = match apart {
            true => vec![look.real.as_slice().into(), fake.into()],
            false => vec![[look.real.as_slice(), fake].concat().into()],
        };
        let width = look.network.inputs();
        Self {
            network: &look.network,
            inputs,
            shares: &look.shares,
            real: look.real.len() / width,
            rows: (look.real.len() + fake.len()) / width,
            real_values: look.real.len(),
        }
    }

    fn outputs(&self) -> usize {
        self.shares.len() / self.rows
    }

    /// Applies D with some weights.
    fn judge(&self, weights: &[f32]) -> Verdict<'_> {
        let weights: Arc<[f32]> = weights.into();
        let tapes = self.inputs.iter().map(|x| {
            Tape::record(
                self.network,
                Arc::clone(x),
                Arc::clone(&weights),
                Pass::Frozen,
            )
        });
        let tapes: Vec<Tape> = tapes.collect();
        let outputs = tapes.iter().flat_map(|tape| tape.output()).copied();
        let logits = self.logits(outputs);
        Verdict {
            batches: self,
            tapes,
            logits,
        }
    }

    /// Outputs `[rows, outputs]` to logits `[rows]`; also their tangents.
    fn logits(&self, outputs: impl Iterator<Item = f32>) -> Vec<f32> {
        let weighed: Vec<f32> = outputs
            .zip(self.shares)
            .map(|(y, share)| y * share)
            .collect();
        if self.outputs() == 1 {
            return weighed;
        }
        let rows = weighed.chunks_exact(self.outputs());
        rows.map(|row| row.iter().sum()).collect()
    }

    /// The gradient of the outputs from that of the logits.
    fn of_outputs(&self, [real, fake]: &[Vec<f32>; 2]) -> Vec<f32> {
        let logits = real.iter().chain(fake);
        let rows = logits.zip(self.shares.chunks_exact(self.outputs()));
        rows.flat_map(|(g, shares)| shares.iter().map(move |share| g * share))
            .collect()
    }

    fn split<'l>(&self, logits: &'l [f32]) -> [&'l [f32]; 2] {
        let (real, fake) = logits.split_at(self.real);
        [real, fake]
    }

    /// For each batch, its values among those of all rows, of so many a row.
    fn parts(&self, width: usize) -> Vec<Range<usize>> {
        match self.inputs.len() {
            1 => vec![0..self.rows * width],
            _ => vec![0..self.real * width, self.real * width..self.rows * width],
        }
    }
}

/// D's logits with one set of weights, and the way back.
struct Verdict<'a> {
    batches: &'a Batches<'a>,
    tapes: Vec<Tape>,
    logits: Vec<f32>,
}

impl Verdict<'_> {
    fn logits(&self) -> [&[f32]; 2] {
        self.batches.split(&self.logits)
    }

    /// ∂/∂θ, and ∂/∂x of all rows where it is wanted, of what has these slopes with the logits.
    fn back(&mut self, slopes: &[Vec<f32>; 2], mut of_x: Option<&mut [f32]>) -> Vec<f32> {
        let gradient = self.batches.of_outputs(slopes);
        let outputs = self.batches.parts(self.batches.outputs());
        let inputs = self.batches.parts(self.batches.network.inputs());
        let mut of_weights = Vec::new();
        for ((tape, outputs), inputs) in self.tapes.iter_mut().zip(outputs).zip(inputs) {
            let mut part = vec![0.0; self.batches.network.weights()];
            let of_x = of_x.as_deref_mut().map(|of_x| &mut of_x[inputs]);
            tape.backward(&gradient[outputs], of_x, Some(&mut part));
            add_or_start(&mut of_weights, part);
        }
        of_weights
    }

    /// For an objective of D, ∂/∂θ and ∂/∂x of ⟨v, ∇_θ objective⟩.
    fn back_along(&mut self, objective: &Objective, v: &[f32], of_x: &mut [f32]) -> Vec<f32> {
        let batches = self.batches;
        let tapes = self.tapes.iter_mut();
        let moved: Vec<f32> = tapes
            .flat_map(|tape| tape.along(None, Some(v)).to_vec())
            .collect();
        let tangents = batches.logits(moved.into_iter());
        let logits = batches.split(&self.logits);
        let bends = batches.of_outputs(&objective.bends(logits, batches.split(&tangents)));
        let slopes = batches.of_outputs(&objective.slopes(logits, 1.0));
        let outputs = batches.parts(batches.outputs());
        let inputs = batches.parts(batches.network.inputs());
        let mut of_weights = Vec::new();
        for ((tape, outputs), inputs) in self.tapes.iter_mut().zip(outputs).zip(inputs) {
            let mut part = vec![0.0; batches.network.weights()];
            tape.back(
                [None, Some(v)],
                [&bends[outputs.clone()], &slopes[outputs]],
                Some(&mut of_x[inputs]),
                &mut part,
            );
            add_or_start(&mut of_weights, part);
        }
        of_weights
    }
}

fn add_or_start(sum: &mut Vec<f32>, part: Vec<f32>) {
    if sum.is_empty() {
        *sum = part;
    } else {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
}

/// G's objective after D's steps, and its gradient with D's generated input.
fn look(unrolled: Unrolled, batches: &Batches<'_>, mut weights: Vec<f32>) -> (f32, Vec<f32>) {
    let Unrolled {
        steps,
        lr,
        mut optimiser,
        of_d,
        of_g,
        ..
    } = unrolled;
    let mut path = Vec::new();
    for _ in 0..steps {
        let mut verdict = batches.judge(&weights);
        let slopes = of_d.slopes(verdict.logits(), 1.0);
        let gradient = verdict.back(&slopes, None);
        optimiser.step(lr, &mut weights, &gradient);
        path.push(verdict);
    }
    let mut verdict = batches.judge(&weights);
    let value = of_g.value(verdict.logits());
    let slopes = of_g.slopes(verdict.logits(), 1.0);
    let mut of_x = vec![0.0; batches.rows * batches.network.inputs()];
    // ∂/∂θᴷ; going back, ∂/∂θᵏ.
    let mut of_weights = verdict.back(&slopes, Some(&mut of_x));
    drop(verdict);
    let mut of_gradient = vec![0.0; of_weights.len()];
    let mut of_step = vec![0.0; of_x.len()];
    while let Some(mut verdict) = path.pop() {
        optimiser.back(&of_weights, &mut of_gradient);
        let through = verdict.back_along(&of_d, &of_gradient, &mut of_step);
        of_weights
            .iter_mut()
            .zip(through)
            .for_each(|(w, t)| *w += t);
        of_x.iter_mut().zip(&of_step).for_each(|(x, s)| *x += s);
    }
    (value, of_x.split_off(batches.real_values))
}

#[cfg(test)]
mod tests;
