//! Normalisation of hidden layers.

use super::Build;
use crate::axis::axis;
use crate::ops::Function;

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

    /// Whether there is something to do between the affine map and the activation.
    fn function_follows(&self) -> bool {
        true
    }

    /// Adds a layer of that kind over `[positions, channels]`, its weights registered under a
    /// name, followed by the activation.
    fn add(&self, build: &mut Build, name: &str, sizes: [usize; 2], function: Function);
}
