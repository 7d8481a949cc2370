//! Layer normalisation (Ba et al. 2016).

use candle_core::{Tensor, Var};

use super::{NormLayer, Normalisation};
use crate::axis::Component;
use crate::model::{Pass, Weights};
use crate::ops::{Over, normalise};
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
    fn layer(
        &self,
        name: &str,
        features: usize,
        weights: &mut Weights,
    ) -> candle_core::Result<Box<dyn NormLayer>> {
        Ok(Box::new(Layer {
            gamma: weights.constant(&format!("{name}.gamma"), features, 1.0)?,
            beta: weights.constant(&format!("{name}.beta"), features, 0.0)?,
        }))
    }
}

struct Layer {
    gamma: Var,
    beta: Var,
}

impl NormLayer for Layer {
    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor> {
        normalise(
            x,
            &pass.weight(&self.gamma),
            &pass.weight(&self.beta),
            Over::Features,
        )
    }
}
