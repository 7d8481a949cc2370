//! Layer normalisation (Ba et al. 2016).

use super::Normalisation;
use crate::axis::Component;
use crate::model::Build;
use crate::ops::{Function, network};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Mean and variance over the features of each sample; the same in training and at evaluation.
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
    fn add(&self, build: &mut Build, name: &str, [_, channels]: [usize; 2], function: Function) {
        let weights = [
            build.constant(&format!("{name}.gamma"), channels, 1.0),
            build.constant(&format!("{name}.beta"), channels, 0.0),
        ];
        build.layer(network::LayerNorm::new(channels, weights, Some(function)));
    }
}
