//! No normalisation.

use candle_core::Tensor;

use super::{NormLayer, Normalisation};
use crate::axis::Component;
use crate::model::{Pass, Weights};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Leaves pre-activations as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity;

impl Component for Identity {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "no normalisation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for Identity {
    fn layer(&self, _: &str, _: usize, _: &mut Weights) -> candle_core::Result<Box<dyn NormLayer>> {
        Ok(Box::new(Self))
    }
}

impl NormLayer for Identity {
    fn forward(&self, x: &Tensor, _: Pass) -> candle_core::Result<Tensor> {
        Ok(x.clone())
    }
}
