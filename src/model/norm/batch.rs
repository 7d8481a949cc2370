//! Batch normalisation (Ioffe and Szegedy 2015).

use super::{Normalisation, scale};
use crate::axis::Component;
use crate::model::Build;
use crate::ops::{Function, network};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Mean and variance of every channel over the batch (of images, over their pixels too).
///
/// *In training* every forward pass uses the statistics of its own batch. D sees real and
/// generated samples in two batches, each normalised with its own statistics. *At evaluation*
/// running averages are used (momentum 0.1, unbiased variance), so that a sample does not depend on
/// the others; they are updated in a network's own training steps only, not when it merely serves
/// the other's.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm;

impl Component for BatchNorm {
    const CHOICE: Choice = Choice {
        name: "batch",
        version: 1,
        params: &[],
        summary: "batch normalisation; D sees real and fake in two batches; running averages at evaluation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for BatchNorm {
    fn over_batch(&self) -> bool {
        true
    }

    fn add(&self, build: &mut Build, name: &str, sizes: [usize; 2], function: Option<Function>) {
        let weights = scale(build, name, sizes[1]);
        build.layer(network::BatchNorm::new(sizes, weights, function));
    }
}
