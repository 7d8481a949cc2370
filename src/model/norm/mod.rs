//! Normalisation of hidden layers.

use candle_core::Tensor;

use super::{Pass, Weights};
use crate::axis::axis;

axis! {
    /// The normalisation of hidden layers.
    pub enum Norm : Normalisation {
        none::Identity,
        batch::BatchNorm,
        layer::LayerNorm,
    }
}

/// Normalises a layer's pre-activations.
pub trait Normalisation: Send + Sync {
    /// Whether it uses statistics over the batch.
    fn over_batch(&self) -> bool {
        false
    }

    /// A layer of that kind for so many features, its weights registered under a name.
    fn layer(
        &self,
        name: &str,
        features: usize,
        weights: &mut Weights,
    ) -> candle_core::Result<Box<dyn NormLayer>>;
}

/// One normalisation layer of a network.
pub trait NormLayer {
    /// x `[batch, features]` to the same shape.
    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor>;

    /// State that training changes but no gradient does, such as running statistics.
    fn buffers(&self) -> Vec<Vec<f32>> {
        Vec::new()
    }
}
