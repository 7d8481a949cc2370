//! Instance normalisation (Ulyanov et al. 2016).

use super::{Normalisation, scale};
use crate::axis::Component;
use crate::model::Build;
use crate::ops::{Function, network};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Mean and variance over the positions of each channel of each sample (Ulyanov et al. 2016, equation
/// 3), with a gain and a shift a channel; the same in training and at evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceNorm;

impl Component for InstanceNorm {
    const CHOICE: Choice = Choice {
        name: "instance",
        version: 1,
        params: &[],
        summary: "instance normalisation, over the positions of each channel of each image",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for InstanceNorm {
    fn over_positions(&self) -> bool {
        true
    }

    fn add(&self, build: &mut Build, name: &str, sizes: [usize; 2], function: Option<Function>) {
        let weights = scale(build, name, sizes[1]);
        build.layer(network::SampleNorm::instance(sizes, weights, function));
    }
}
