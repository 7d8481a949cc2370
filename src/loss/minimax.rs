//! Minimax

use candle_core::Tensor;

use super::Adversarial;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Minimax
#[derive(Clone, Debug, PartialEq)]
pub struct Minimax;

impl Component for Minimax {
    const CHOICE: Choice = Choice {
        name: "minimax",
        version: 1,
        params: &[],
        summary: "minimax",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for Minimax {
    fn discriminator(&self, _real: &Tensor, _fake: &Tensor) -> candle_core::Result<Tensor> {
        unimplemented!()
    }
    fn generator(&self, _fake: &Tensor) -> candle_core::Result<Tensor> {
        unimplemented!()
    }
}
