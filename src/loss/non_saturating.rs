//! NonSaturating

use candle_core::Tensor;

use super::Adversarial;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// NonSaturating
#[derive(Clone, Debug, PartialEq)]
pub struct NonSaturating;

impl Component for NonSaturating {
    const CHOICE: Choice = Choice {
        name: "non_saturating",
        version: 1,
        params: &[],
        summary: "non_saturating",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for NonSaturating {
    fn discriminator(&self, _real: &Tensor, _fake: &Tensor) -> candle_core::Result<Tensor> {
        unimplemented!()
    }
    fn generator(&self, _fake: &Tensor) -> candle_core::Result<Tensor> {
        unimplemented!()
    }
}
