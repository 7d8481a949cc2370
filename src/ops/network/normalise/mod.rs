//! Batch, layer and instance normalisation, with the activation that follows.

mod batch;
mod layer;
mod sample;
mod second;

pub use batch::BatchNorm;
pub use layer::LayerNorm;
pub use sample::SampleNorm;

use std::ops::Range;

use crate::ops::Function;

/// Added to the variance before the root, as in PyTorch, so that a constant has a finite norm.
pub const EPSILON: f32 = 1e-5;

#[inline(always)]
fn inverse_root(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

/// What normalisations share: gain and shift of every channel, and the activation.
#[derive(Clone, Debug)]
struct Scale {
    positions: usize,
    channels: usize,
    gamma: Range<usize>,
    beta: Range<usize>,
    function: Option<Function>,
}

impl Scale {
    fn new(
        [positions, channels]: [usize; 2],
        [gamma, beta]: [Range<usize>; 2],
        function: Option<Function>,
    ) -> Self {
        assert_eq!(
            [gamma.len(), beta.len()],
            [channels; 2],
            "a gain and a shift a channel"
        );
        Self {
            positions,
            channels,
            gamma,
            beta,
            function,
        }
    }

    /// Gain and shift among the weights, or among what is laid out as they are.
    fn of<'w>(&self, weights: &'w [f32]) -> [&'w [f32]; 2] {
        [&weights[self.gamma.clone()], &weights[self.beta.clone()]]
    }
}
