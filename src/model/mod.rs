//! Architectures of G and D.

pub mod activation;
mod build;
mod image;
pub mod init;
mod net;
pub mod norm;
#[cfg(test)]
mod tests;

pub use build::Build;
pub use init::{Init, Start};
pub use mlp::HIDDEN;
pub use net::{Net, Part};

pub use crate::ops::network::Pass;

use self::norm::Norm;
use crate::axis::axis;
use crate::ops::Function;
use crate::param::Network;
use crate::spec::{Conflict, PerNetwork};

axis! {
    /// The architectures of G and D.
    pub enum Model : Architecture {
        mlp::Mlp,
        dcgan::Dcgan,
        infogan::Infogan,
        convnet::Convnet,
    }
}

/// Channels, height and width of a sample, whose values are in that order: an image is a plane for
/// every channel. A point of the plane is `[2, 1, 1]`.
pub type SampleShape = [usize; 3];

/// The sizes of what goes into the two networks and comes out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// Width of G's input: the latent vector, and the label where it is appended.
    pub latent: usize,
    /// What G makes.
    pub sample: SampleShape,
    /// What D judges: several samples as channels of one where they are packed, and planes of the
    /// label where it is appended.
    pub judged: SampleShape,
    /// What D says of it: one logit, and one output a class where it needs them.
    pub outputs: usize,
}

/// Builds the two networks.
pub trait Architecture: Send + Sync {
    /// Whether a network uses statistics of its batch, which then needs two samples.
    fn normalises_over_batch(&self, network: Network) -> bool;

    /// Whether a weight serves many positions, as in convolutions.
    fn shares_weights(&self) -> bool {
        true
    }

    /// Why networks for samples of that shape cannot be built; `None` where they can.
    fn refuses(&self, sample: SampleShape) -> Option<Conflict>;

    /// Whether D has positions, so that a label is shown to it as planes; elsewhere as values.
    fn has_positions(&self) -> bool {
        true
    }

    /// What the passes of G and D cost for one sample.
    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost>;

    /// G: latents `[batch, latent]` to samples `[batch, channels · height · width]`. `start` is where
    /// its initial weights come from; `output` its last activation, if it has one.
    fn generator(
        &self,
        shapes: Shapes,
        output: Option<Function>,
        start: Start,
    ) -> candle_core::Result<Net>;

    /// D: samples `[batch, channels · height · width]` of the judged shape to `[batch, outputs]`.
    fn discriminator(&self, shapes: Shapes, start: Start) -> candle_core::Result<Net>;
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
    /// What the way back through values and tangents costs besides, where weights that move are
    /// divided by their singular values: a backward pass for the tangents alone.
    pub divided: u64,
}

impl Cost {
    /// The cost of layers, each given by its multiplications for one sample.
    pub fn of(layers: impl IntoIterator<Item = usize>) -> Self {
        let mut cost = Self::default();
        for (i, products) in layers.into_iter().enumerate() {
            let operations = 2 * products as u64;
            cost.forward += operations;
            cost.weights += operations;
            *(if i == 0 {
                &mut cost.input
            } else {
                &mut cost.hidden
            }) += operations;
        }
        cost
    }

    /// The same with a network normalised so.
    #[must_use]
    pub fn normalised(mut self, norm: &Norm) -> Self {
        if norm.is_spectral() {
            self.divided = self.weights + self.hidden;
        }
        self
    }
}
