//! A network with its weights: one flat tensor, and the names of its parts.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Tensor, Var};

use crate::ops::network::{Network, Pass, Taken, slope_penalty};
use crate::ops::values::values;

/// A part of the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `hidden0.weight`.
    pub name: String,
    /// `[inputs, outputs]`, `[taps, inputs, outputs]` or `[n]`.
    pub shape: Vec<usize>,
    /// Where it lies among all weights.
    pub range: Range<usize>,
}

/// A network with weights.
pub struct Net {
    pub(super) network: Arc<Network>,
    pub(super) weights: Var,
    pub(super) parts: Vec<Part>,
}

impl Net {
    /// The layers, without weights.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// `[batch, inputs]` to `[batch, outputs]` with other weights than its own, which are constants.
    pub fn forward_with(&self, x: &Tensor, weights: &Tensor, pass: Pass) -> Result<Tensor> {
        self.network.apply(x, &weights.detach(), pass)
    }

    /// `[batch, inputs]` to `[batch, outputs]`.
    pub fn forward(&self, x: &Tensor, pass: Pass) -> Result<Tensor> {
        let weights = match pass {
            Pass::Train => self.weights.as_tensor().clone(),
            Pass::Frozen | Pass::Evaluate => self.weights.as_tensor().detach(),
        };
        self.network.apply(x, &weights, pass)
    }

    /// E (‖∇ₓ s(x)‖₂ − target)² over the samples x, where the score s sums the outputs by their
    /// shares and x reaches the network by factors; see [`slope_penalty`].
    pub fn slope_penalty(&self, x: &Tensor, taken: Taken, target: f32) -> Result<Tensor> {
        slope_penalty(&self.network, x, &self.weights, taken, target)
    }

    /// All trainable weights, in the order of the layers.
    pub fn weights(&self) -> &Var {
        &self.weights
    }

    /// What the weights are, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// State that training changes but no gradient does.
    pub fn buffers(&self) -> Vec<Vec<f32>> {
        self.network.buffers()
    }

    /// Sets what [`Self::buffers`] gives, in the same order and of the same lengths.
    pub fn set_buffers(&self, buffers: &[Vec<f32>]) {
        self.network.set_buffers(buffers);
    }

    /// Feeds names, shapes and values of the weights, then the buffers, to a hash.
    pub fn digest(&self, hasher: &mut blake3::Hasher) -> Result<()> {
        let weights = values(&self.weights)?;
        let bytes =
            |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
        for part in &self.parts {
            hasher.update(format!("{} {:?}\n", part.name, part.shape).as_bytes());
            hasher.update(&bytes(&weights.as_slice()[part.range.clone()]));
        }
        for buffer in self.buffers() {
            hasher.update(&bytes(&buffer));
        }
        Ok(())
    }

    /// Whether every weight is finite.
    pub fn weights_are_finite(&self) -> Result<bool> {
        Ok(values(&self.weights)?
            .as_slice()
            .iter()
            .all(|x| x.is_finite()))
    }
}
