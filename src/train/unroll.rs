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
        let blocks = Blocks::new(self, fake, unrolled.apart);
        let (value, gradient) = look(unrolled, &blocks, self.weights.clone());
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

/// D's input in blocks that stay in the nearest caches: a block goes through all that a step of D
/// does before the next one comes. Where D normalises over its batch there is one block.
struct Blocks<'a> {
    network: &'a Arc<Network>,
    blocks: Vec<Block>,
    /// Rows of real samples; as many are generated.
    rows: usize,
}

/// Some real samples and the generated ones at the same places.
struct Block {
    /// D's input: of real samples, of generated ones.
    inputs: [Arc<[f32]>; 2],
    /// The share of every output in the logits of its rows.
    shares: Vec<f32>,
    /// Its rows among the real ones.
    places: Range<usize>,
}

impl<'a> Blocks<'a> {
    /// Values of a layer that a block has of each kind of samples: with as many of the other kind,
    /// their tangents and gradients they fill a second-level cache.
    const VALUES: usize = 16_384;

    /// Rows below which matrix products lose more than caches give.
    const LEAST: usize = 32;

    fn new(look: &'a Look, fake: &[f32], apart: bool) -> Self {
        let network = &look.network;
        let (width, outputs) = (network.inputs(), network.outputs());
        let rows = fake.len() / width;
        let size = match apart {
            true => rows,
            false => (Self::VALUES / network.widest()).max(Self::LEAST),
        };
        let (of_real, of_fake) = look.shares.split_at(rows * outputs);
        let block = |first: usize| {
            let places = first..(first + size).min(rows);
            let part = |all: &[f32], width: usize| -> Vec<f32> {
                all[places.start * width..places.end * width].to_vec()
            };
            let (real, fake) = (part(&look.real, width), part(fake, width));
            Block {
                inputs: [real.into(), fake.into()],
                shares: [part(of_real, outputs), part(of_fake, outputs)].concat(),
                places,
            }
        };
        Self {
            network,
            blocks: (0..rows).step_by(size.max(1)).map(block).collect(),
            rows,
        }
    }

    /// ∂/∂θ of an objective of D.
    fn gradient(&self, weights: &Arc<[f32]>, objective: &Objective) -> Vec<f32> {
        let mut sum = vec![0.0; self.network.weights()];
        for block in &self.blocks {
            let mut verdict = self.judge(block, weights);
            let slopes = objective.slopes(verdict.logits(), self.rows, 1.0);
            add(&mut sum, &verdict.back(&slopes, None));
        }
        sum
    }

    /// An objective with ∂/∂θ, and ∂/∂x of the generated rows, which is overwritten.
    fn value_and_gradients(
        &self,
        weights: &Arc<[f32]>,
        objective: &Objective,
        of_fake: &mut [f32],
    ) -> (f32, Vec<f32>) {
        let (mut value, mut sum) = (0.0, vec![0.0; self.network.weights()]);
        for block in &self.blocks {
            let mut verdict = self.judge(block, weights);
            value += objective.value(verdict.logits(), self.rows);
            let slopes = objective.slopes(verdict.logits(), self.rows, 1.0);
            let of_fake = self.place(block, of_fake);
            add(&mut sum, &verdict.back(&slopes, Some(of_fake)));
        }
        (value as f32, sum)
    }

    /// For an objective of D, ∂/∂θ of ⟨v, ∇_θ objective⟩, with its ∂/∂x of the generated rows added
    /// to what is there.
    fn gradient_along(
        &self,
        weights: &Arc<[f32]>,
        objective: &Objective,
        v: &[f32],
        of_fake: &mut [f32],
    ) -> Vec<f32> {
        let mut sum = vec![0.0; self.network.weights()];
        for block in &self.blocks {
            let mut verdict = self.judge(block, weights);
            let of_fake = self.place(block, of_fake);
            let mut more = vec![0.0; of_fake.len()];
            add(
                &mut sum,
                &verdict.back_along(objective, self.rows, v, &mut more),
            );
            add(of_fake, &more);
        }
        sum
    }

    /// A block's part of the generated rows.
    fn place<'x>(&self, block: &Block, of_fake: &'x mut [f32]) -> &'x mut [f32] {
        let width = self.network.inputs();
        &mut of_fake[block.places.start * width..block.places.end * width]
    }

    /// Applies D with some weights.
    fn judge<'b>(&'b self, block: &'b Block, weights: &Arc<[f32]>) -> Verdict<'b> {
        let record = |x: &Arc<[f32]>| {
            Tape::record(
                self.network,
                Arc::clone(x),
                Arc::clone(weights),
                Pass::Frozen,
            )
        };
        let tapes = block.inputs.each_ref().map(record);
        let mut verdict = Verdict {
            network: self.network,
            block,
            tapes,
            logits: Vec::new(),
        };
        let outputs: Vec<f32> = verdict
            .tapes
            .iter()
            .flat_map(Tape::output)
            .copied()
            .collect();
        verdict.logits = verdict.weigh(&outputs);
        verdict
    }
}

/// D's logits on a block with one set of weights, and the way back.
struct Verdict<'a> {
    network: &'a Network,
    block: &'a Block,
    /// On real and on generated samples.
    tapes: [Tape; 2],
    logits: Vec<f32>,
}

impl Verdict<'_> {
    /// On real and on generated samples.
    fn logits(&self) -> [&[f32]; 2] {
        self.split(&self.logits)
    }

    fn split<'l>(&self, rows: &'l [f32]) -> [&'l [f32]; 2] {
        let (real, fake) = rows.split_at(self.block.places.len());
        [real, fake]
    }

    /// Outputs `[rows, outputs]` to logits `[rows]`; also their tangents.
    fn weigh(&self, outputs: &[f32]) -> Vec<f32> {
        let pairs = outputs.iter().zip(&self.block.shares);
        let weighed: Vec<f32> = pairs.map(|(y, share)| y * share).collect();
        match self.network.outputs() {
            1 => weighed,
            outputs => weighed
                .chunks_exact(outputs)
                .map(|row| row.iter().sum())
                .collect(),
        }
    }

    /// The gradient of the outputs from that of the logits.
    fn of_outputs(&self, [real, fake]: &[Vec<f32>; 2]) -> Vec<f32> {
        let logits = [real.as_slice(), fake].concat();
        let shares = &self.block.shares;
        match self.network.outputs() {
            1 => logits
                .iter()
                .zip(shares)
                .map(|(g, share)| g * share)
                .collect(),
            outputs => {
                let rows = logits.iter().zip(shares.chunks_exact(outputs));
                rows.flat_map(|(g, shares)| shares.iter().map(move |share| g * share))
                    .collect()
            }
        }
    }

    /// Real and generated rows of what has so many values for each of D's outputs.
    fn halves<'o>(&self, of_outputs: &'o [f32]) -> [&'o [f32]; 2] {
        let (real, fake) = of_outputs.split_at(of_outputs.len() / 2);
        [real, fake]
    }

    /// ∂/∂θ, and ∂/∂x of the generated rows where it is wanted, of what has these slopes with the
    /// logits.
    fn back(&mut self, slopes: &[Vec<f32>; 2], of_fake: Option<&mut [f32]>) -> Vec<f32> {
        let gradient = self.of_outputs(slopes);
        let [real, fake] = self.halves(&gradient);
        let mut sum = vec![0.0; self.network.weights()];
        let mut part = sum.clone();
        let [on_real, on_fake] = &mut self.tapes;
        on_real.backward(real, None, Some(&mut sum));
        on_fake.backward(fake, of_fake, Some(&mut part));
        add(&mut sum, &part);
        sum
    }

    /// For an objective of D over so many rows, ∂/∂θ and ∂/∂x of the generated rows of
    /// ⟨v, ∇_θ objective⟩.
    fn back_along(
        &mut self,
        objective: &Objective,
        rows: usize,
        v: &[f32],
        of_fake: &mut [f32],
    ) -> Vec<f32> {
        let mut moved = Vec::with_capacity(self.block.shares.len());
        for tape in &mut self.tapes {
            moved.extend_from_slice(tape.along(None, Some(v)));
        }
        let tangents = self.weigh(&moved);
        let logits = self.logits();
        let bends = objective.bends(logits, self.split(&tangents), rows);
        let slopes = objective.slopes(logits, rows, 1.0);
        let (bends, slopes) = (self.of_outputs(&bends), self.of_outputs(&slopes));
        let ([bend_real, bend_fake], [slope_real, slope_fake]) =
            (self.halves(&bends), self.halves(&slopes));
        let mut sum = vec![0.0; self.network.weights()];
        let mut part = sum.clone();
        let along = [None, Some(v)];
        let [on_real, on_fake] = &mut self.tapes;
        on_real.back(along, [bend_real, slope_real], None, &mut sum);
        on_fake.back(along, [bend_fake, slope_fake], Some(of_fake), &mut part);
        add(&mut sum, &part);
        sum
    }
}

fn add(sum: &mut [f32], part: &[f32]) {
    sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
}

/// G's objective after D's steps, and its gradient with D's generated input.
///
/// Going back, what D computed is computed once more: weights are kept from step to step, a batch's
/// activations are not.
fn look(unrolled: Unrolled, blocks: &Blocks<'_>, mut weights: Vec<f32>) -> (f32, Vec<f32>) {
    let Unrolled {
        steps,
        lr,
        mut optimiser,
        of_d,
        of_g,
        ..
    } = unrolled;
    let mut path: Vec<Arc<[f32]>> = Vec::new();
    for _ in 0..steps {
        let before: Arc<[f32]> = weights.as_slice().into();
        let gradient = blocks.gradient(&before, &of_d);
        optimiser.step(lr, &mut weights, &gradient);
        path.push(before);
    }
    let mut of_fake = vec![0.0; blocks.rows * blocks.network.inputs()];
    // ∂/∂θᴷ; going back, ∂/∂θᵏ.
    let (value, mut of_weights) = blocks.value_and_gradients(&weights.into(), &of_g, &mut of_fake);
    let mut of_gradient = vec![0.0; of_weights.len()];
    while let Some(before) = path.pop() {
        optimiser.back(&of_weights, &mut of_gradient);
        let through = blocks.gradient_along(&before, &of_d, &of_gradient, &mut of_fake);
        add(&mut of_weights, &through);
    }
    (value, of_fake)
}

#[cfg(test)]
mod tests;
