//! Layer normalisation (Ba et al. 2016).

use super::{Normalisation, scale};
use crate::axis::Component;
use crate::model::Build;
use crate::ops::{Function, network};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Mean and variance over the features of each sample, which of an image are all its positions and
/// channels; gain and shift are those of a feature, or of an image's channel, as in the code of
/// WGAN-GP (Gulrajani et al. 2017, section 4). The same in training and at evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNorm;

impl Component for LayerNorm {
    const CHOICE: Choice = Choice {
        name: "layer",
        version: 1,
        params: &[],
        summary: "layer normalisation, over the features of each sample",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for LayerNorm {
    fn add(&self, build: &mut Build, name: &str, sizes: [usize; 2], function: Option<Function>) {
        let [positions, channels] = sizes;
        let weights = scale(build, name, channels);
        if positions == 1 {
            build.layer(network::LayerNorm::new(channels, weights, function));
        } else {
            build.layer(network::SampleNorm::layer(sizes, weights, function));
        }
    }
}
