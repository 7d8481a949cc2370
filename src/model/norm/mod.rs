//! Normalisation of hidden layers.

use std::ops::Range;

use super::Build;
use crate::axis::axis;
use crate::ops::Function;

axis! {
    /// The normalisation of hidden layers.
    pub enum Norm : Normalisation {
        none::Identity,
        batch::BatchNorm,
        layer::LayerNorm,
        instance::InstanceNorm,
        spectral::SpectralNorm,
    }
}

/// Normalises a layer's pre-activations, or the weights that make them.
pub trait Normalisation: Send + Sync {
    /// Whether it uses statistics over the batch.
    fn over_batch(&self) -> bool {
        false
    }

    /// Whether it uses statistics over the positions of an image, and nothing else: of a single
    /// position it would leave nothing.
    fn over_positions(&self) -> bool {
        false
    }

    /// Whether it is a layer between the affine map and the activation.
    fn is_layer(&self) -> bool {
        true
    }

    /// Whether it divides the network's weight matrices by their largest singular values.
    fn is_spectral(&self) -> bool {
        false
    }

    /// Adds a layer of that kind over `[positions, channels]`, its weights registered under a
    /// name, followed by the function of the activation.
    fn add(&self, build: &mut Build, name: &str, sizes: [usize; 2], function: Option<Function>);
}

/// Registers the gain and the shift of every channel.
fn scale(build: &mut Build, name: &str, channels: usize) -> [Range<usize>; 2] {
    [
        build.constant(&format!("{name}.gamma"), channels, 1.0),
        build.constant(&format!("{name}.beta"), channels, 0.0),
    ]
}
