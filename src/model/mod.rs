//! Architectures of G and D.

pub mod activation;
pub mod norm;
mod weights;

pub use weights::Weights;

use candle_core::{Tensor, Var};

use crate::axis::axis;
use crate::ops::Function;
use crate::param::Network;
use crate::rng::Source;
use crate::spec::PerNetwork;

axis! {
    /// The architectures of G and D.
    pub enum Model : Architecture {
        mlp::Mlp,
    }
}

/// Builds the two networks.
pub trait Architecture: Send + Sync {
    /// Whether a network uses statistics of its batch, which then needs two samples.
    fn normalises_over_batch(&self, network: Network) -> bool;

    /// What the passes of G and D cost for one sample.
    fn costs(&self, latent_dim: usize, data_dim: usize) -> PerNetwork<Cost>;

    /// G: latents `[batch, latent_dim]` to samples `[batch, outputs]`. `init` is the source of its
    /// initial weights; `output` its last activation, if it has one.
    fn generator(
        &self,
        latent_dim: usize,
        outputs: usize,
        output: Option<Function>,
        init: Source,
    ) -> candle_core::Result<Box<dyn Net>>;

    /// D: samples `[batch, inputs]` to logits `[batch, 1]`.
    fn discriminator(&self, inputs: usize, init: Source) -> candle_core::Result<Box<dyn Net>>;
}

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

impl Pass {
    /// A weight as this pass sees it.
    pub fn weight(self, var: &Var) -> Tensor {
        match self {
            Self::Train => var.as_tensor().clone(),
            Self::Frozen | Self::Evaluate => var.as_tensor().detach(),
        }
    }
}

/// A network with weights.
pub trait Net {
    /// `[batch, inputs]` to `[batch, outputs]`.
    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor>;

    /// Its trainable weights, in the order of the layers.
    fn weights(&self) -> &Weights;

    /// State that training changes but no gradient does.
    fn buffers(&self) -> Vec<Vec<f32>>;
}

/// Floating-point operations of matrix products for one sample (a multiply-add counts as two).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Forward.
    pub forward: u64,
    /// Gradient of all weights.
    pub weights: u64,
    /// Gradient of the inputs of all layers but the first.
    pub hidden: u64,
    /// Gradient of the network's own input.
    pub input: u64,
}
