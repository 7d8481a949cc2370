//! A whole network as one candle operation.
//!
//! A [`Network`] is a sequence of [`Layer`]s over one flat tensor of weights. Applied to a batch it
//! is a single node of candle's graph: forward keeps what the layers computed, backward goes
//! through them in reverse and returns one gradient for the input and one for all weights, each
//! only if somebody asked for it. Buffers are used again from step to step.
//!
//! Between layers a batch is `[position, sample, channel]`; a perceptron has one position.

mod affine;
mod arrange;
#[cfg(test)]
mod composed;
mod dots;
mod dual;
mod links;
mod matrix;
mod maxout;
mod normalise;
mod penalty;
mod planes;
mod products;
mod spectral;
mod tape;
#[cfg(test)]
mod tests;
mod thin;

pub use affine::Affine;
pub use arrange::Arrange;
pub use dual::{Along, Back};
pub use links::Links;
pub use matrix::Matrix;
pub use maxout::Maxout;
pub use normalise::{BatchNorm, LayerNorm, SampleNorm};
pub use penalty::{Taken, slope_penalty};
pub use planes::Planes;
pub use spectral::Spectral;
pub use tape::Tape;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};

use super::gemm::Packed;
use super::values::{slice, values};

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The network's own training step: weights get gradients, running statistics move.
    Train,
    /// The other network's step: batch statistics as in training, but weights are constants, so
    /// that no gradient is computed that nobody uses.
    Frozen,
    /// Evaluation: weights are constants, running statistics are used.
    Evaluate,
}

/// What a layer reads and writes going forward.
pub struct Forward<'a> {
    /// Samples.
    pub batch: usize,
    /// What for.
    pub pass: Pass,
    /// The layer's input.
    pub input: &'a [f32],
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// To be overwritten: [`Layer::outputs`] values a sample.
    pub output: &'a mut [f32],
    /// To be overwritten with whatever going backward will need besides input and output.
    pub kept: &'a mut Vec<f32>,
    /// A buffer that layers share.
    pub packed: &'a mut Packed,
}

/// What a layer reads and writes going backward.
pub struct Backward<'a> {
    /// Samples.
    pub batch: usize,
    /// What the forward pass was for.
    pub pass: Pass,
    /// The layer's input.
    pub input: &'a [f32],
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// What the forward pass wrote.
    pub output: &'a [f32],
    /// What it kept.
    pub kept: &'a [f32],
    /// The gradient of the output; may be used as a buffer.
    pub gradient: &'a mut [f32],
    /// To be overwritten with the gradient of the input, where it is wanted.
    pub of_input: Option<&'a mut [f32]>,
    /// The gradient of the network's weights, where it is wanted: the layer overwrites its own.
    pub of_weights: Option<&'a mut [f32]>,
    /// A buffer that layers share.
    pub packed: &'a mut Packed,
}

/// A layer of a network, on slices.
pub trait Layer: Send + Sync {
    /// Values a sample that it takes.
    fn inputs(&self) -> usize;

    /// Values a sample that it gives.
    fn outputs(&self) -> usize;

    /// Computes the output.
    fn forward(&self, pass: Forward<'_>);

    /// Computes the gradients that are wanted: the vector-Jacobian products of the last `forward`.
    fn backward(&self, pass: Backward<'_>);

    /// Computes the output's tangent from the input's, at the last `forward`.
    fn along(&self, pass: Along<'_>);

    /// Computes the gradients of the last `forward` and `along` together.
    fn back(&self, pass: Back<'_>);

    /// Whether it has no weights: its output moves only if its input does.
    fn is_weightless(&self) -> bool {
        false
    }

    /// State that training changes but no gradient does, such as running statistics.
    fn buffers(&self) -> Vec<Vec<f32>> {
        Vec::new()
    }

    /// Sets that state: takes as many as [`Self::buffers`] gives, in the same order.
    fn set_buffers(&self, _buffers: &mut dyn Iterator<Item = &[f32]>) {}

    /// The same in candle's own operations, for tests.
    #[cfg(test)]
    fn composed(&self, x: &Tensor, weights: &Tensor) -> Result<Tensor>;
}

/// Layers in order, each taking what the one before gives.
pub struct Network {
    layers: Vec<Box<dyn Layer>>,
    inputs: usize,
    outputs: usize,
    weights: usize,
    spectral: Option<Spectral>,
    /// By the size of the batch: a buffer that grows is filled with zeros first.
    spare: Mutex<Vec<(usize, Workspace)>>,
}

/// The buffers of one forward pass and of its way back.
#[derive(Default)]
struct Workspace {
    /// The output of every layer but the last.
    outputs: Vec<Vec<f32>>,
    /// What each layer kept.
    kept: Vec<Vec<f32>>,
    /// Gradients on the way back, two in turn.
    gradients: [Vec<f32>; 2],
    /// Tangents and their gradients, where second derivatives are asked for.
    tangents: Vec<dual::Tangent>,
    tangent_gradients: [Vec<f32>; 2],
    packed: Packed,
    /// The weights that layers see with their tangent, and their factors, where they are
    /// reparametrised.
    divided: Vec<f32>,
    divided_tangent: Vec<f32>,
    factors: Vec<spectral::Factor>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking run leaves behind is overwritten before it is read.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Network {
    /// A network of these layers over so many weights.
    ///
    /// # Panics
    /// If there is no layer or a layer does not take what the one before gives.
    pub fn new(layers: Vec<Box<dyn Layer>>, weights: usize) -> Arc<Self> {
        Self::of(layers, weights, None)
    }

    /// The same with weight matrices divided by their largest singular values.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn reparametrised(
        layers: Vec<Box<dyn Layer>>,
        weights: usize,
        spectral: Spectral,
    ) -> Arc<Self> {
        Self::of(layers, weights, Some(spectral))
    }

    fn of(layers: Vec<Box<dyn Layer>>, weights: usize, spectral: Option<Spectral>) -> Arc<Self> {
        for pair in layers.windows(2) {
            assert_eq!(pair[0].outputs(), pair[1].inputs(), "layers go together");
        }
        let [Some(inputs), Some(outputs)] = [
            layers.first().map(|layer| layer.inputs()),
            layers.last().map(|layer| layer.outputs()),
        ] else {
            panic!("a network has a layer");
        };
        Arc::new(Self {
            layers,
            inputs,
            outputs,
            weights,
            spectral,
            spare: Mutex::default(),
        })
    }

    /// x `[batch, inputs]` to `[batch, outputs]`, with all weights in one tensor.
    ///
    /// # Errors
    /// If a shape is another, or a tensor is not `f32` on the CPU.
    pub fn apply(self: &Arc<Self>, x: &Tensor, weights: &Tensor, pass: Pass) -> Result<Tensor> {
        let operation = Operation {
            network: Arc::clone(self),
            pass,
            batch: x.dim(0)?,
            workspace: Mutex::new(self.workspace(x.dim(0)?)),
        };
        x.contiguous()?.apply_op2(weights, operation)
    }

    /// Values a sample that it takes.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Values a sample that it gives.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Values a sample of its widest layer.
    pub fn widest(&self) -> usize {
        let widths = self.layers.iter().map(|layer| layer.outputs());
        widths.fold(self.inputs, usize::max)
    }

    /// How many weights it has.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// Buffers for a batch of that size, used before if there are any.
    fn workspace(&self, batch: usize) -> Workspace {
        let mut spare = lock(&self.spare);
        match spare.iter().rposition(|(size, _)| *size == batch) {
            Some(place) => spare.swap_remove(place).1,
            None => Workspace::default(),
        }
    }

    fn check(&self, inputs: usize, weights: usize) -> Result<()> {
        if (inputs, weights) != (self.inputs, self.weights) {
            bail!(
                "a network of {} inputs and {} weights applied to {inputs} and {weights}",
                self.inputs,
                self.weights
            );
        }
        Ok(())
    }

    /// State that training changes but no gradient does.
    pub fn buffers(&self) -> Vec<Vec<f32>> {
        let of_layers = self.layers.iter().flat_map(|layer| layer.buffers());
        let directions = self.spectral.iter().flat_map(Spectral::buffers);
        of_layers.chain(directions).collect()
    }

    /// Sets that state, in the same order and of the same lengths.
    pub fn set_buffers(&self, buffers: &[Vec<f32>]) {
        let mut buffers = buffers.iter().map(Vec::as_slice);
        for layer in &self.layers {
            layer.set_buffers(&mut buffers);
        }
        if let Some(spectral) = &self.spectral {
            spectral.set_buffers(&mut buffers);
        }
    }

    fn forward(
        &self,
        batch: usize,
        pass: Pass,
        input: &[f32],
        weights: &[f32],
        work: &mut Workspace,
    ) -> Vec<f32> {
        if let Some(spectral) = &self.spectral {
            work.factors = spectral.divide(pass, weights, &mut work.divided);
        }
        let weights = match self.spectral {
            Some(_) => &work.divided,
            None => weights,
        };
        let mut last = vec![0.0; batch * self.outputs];
        work.outputs.resize_with(self.layers.len() - 1, Vec::new);
        work.kept.resize_with(self.layers.len(), Vec::new);
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, after) = work.outputs.split_at_mut(i);
            let output = match after.first_mut() {
                Some(output) => {
                    output.resize(batch * layer.outputs(), 0.0);
                    output
                }
                None => &mut last,
            };
            layer.forward(Forward {
                batch,
                pass,
                input: before.last().map_or(input, Vec::as_slice),
                weights,
                output,
                kept: &mut work.kept[i],
                packed: &mut work.packed,
            });
        }
        last
    }

    /// The gradients of the input and of the weights, where they are wanted.
    fn backward(
        &self,
        sizes: (usize, Pass),
        arguments: (&[f32], &[f32], &[f32]),
        gradient: &[f32],
        of_input: Option<&mut [f32]>,
        mut of_weights: Option<&mut [f32]>,
        work: &mut Workspace,
    ) {
        let of_seen = of_weights.as_deref_mut();
        self.backward_through_layers(sizes, arguments, gradient, of_input, of_seen, work);
        if let (Some(spectral), Some(of_weights)) = (&self.spectral, of_weights) {
            spectral.pull_back(&work.factors, &work.divided, of_weights);
        }
    }

    /// The same, with the gradient of the weights as the layers see them.
    fn backward_through_layers(
        &self,
        (batch, pass): (usize, Pass),
        (input, weights, output): (&[f32], &[f32], &[f32]),
        gradient: &[f32],
        mut of_input: Option<&mut [f32]>,
        mut of_weights: Option<&mut [f32]>,
        work: &mut Workspace,
    ) {
        let Workspace {
            outputs,
            kept,
            gradients: [ours, next],
            packed,
            divided,
            ..
        } = work;
        let weights = match self.spectral {
            Some(_) => divided,
            None => weights,
        };
        ours.clear();
        ours.extend_from_slice(gradient);
        for (i, layer) in self.layers.iter().enumerate().rev() {
            next.resize(batch * layer.inputs(), 0.0);
            layer.backward(Backward {
                batch,
                pass,
                input: if i == 0 { input } else { &outputs[i - 1] },
                weights,
                output: outputs.get(i).map_or(output, Vec::as_slice),
                kept: &kept[i],
                gradient: ours,
                of_input: if i == 0 { of_input.take() } else { Some(next) },
                of_weights: of_weights.as_deref_mut(),
                packed,
            });
            std::mem::swap(ours, next);
        }
    }
}

/// One application of a network.
struct Operation {
    network: Arc<Network>,
    pass: Pass,
    batch: usize,
    workspace: Mutex<Workspace>,
}

impl Drop for Operation {
    fn drop(&mut self) {
        let workspace = std::mem::take(&mut *lock(&self.workspace));
        lock(&self.network.spare).push((self.batch, workspace));
    }
}

impl CustomOp2 for Operation {
    fn name(&self) -> &'static str {
        "network"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = x_layout.shape().dims2()?;
        let (x, weights) = (slice(x, x_layout)?, slice(weights, weights_layout)?);
        let network = &self.network;
        network.check(inputs, weights.len())?;
        let y = network.forward(batch, self.pass, x, weights, &mut lock(&self.workspace));
        Ok((CpuStorage::F32(y), (batch, network.outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let wanted = |argument: &Tensor| {
            argument
                .track_op()
                .then(|| vec![0.0; argument.elem_count()])
        };
        let (mut of_x, mut of_weights) = (wanted(x), wanted(weights));
        let (xs, ws, ys, gs) = (values(x)?, values(weights)?, values(y)?, values(&gradient)?);
        self.network.backward(
            (x.dim(0)?, self.pass),
            (xs.as_slice(), ws.as_slice(), ys.as_slice()),
            gs.as_slice(),
            of_x.as_deref_mut(),
            of_weights.as_deref_mut(),
            &mut lock(&self.workspace),
        );
        let tensor = |values: Option<Vec<f32>>, like: &Tensor| {
            values
                .map(|values| Tensor::from_vec(values, like.shape(), &Device::Cpu))
                .transpose()
        };
        Ok((tensor(of_x, x)?, tensor(of_weights, weights)?))
    }
}
