//! Normalisation of hidden layers.

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
}
