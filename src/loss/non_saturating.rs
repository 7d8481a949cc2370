//! The non-saturating heuristic of Goodfellow et al. (2014), section 3; the lecture's "Проблема
//! насыщения функции потерь генератора".

use candle_core::Tensor;

use super::{Adversarial, cross_entropy};
use crate::axis::Component;
use crate::ops::{mean, softplus};
use crate::param::{Choice, Network, Settings, Undeclared};

/// D as in the minimax game; G minimises −E log D(G(z)).
#[derive(Clone, Debug, PartialEq)]
pub struct NonSaturating;

impl Component for NonSaturating {
    const CHOICE: Choice = Choice {
        name: "non_saturating",
        version: 1,
        params: &[],
        summary: "G minimises -E log D(G(z)) (Goodfellow et al. 2014)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for NonSaturating {
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
        cross_entropy(real, fake)
    }

    /// −E log D(G(z)) = E softplus(−logit).
    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> candle_core::Result<Tensor> {
        mean(&softplus(&fake.neg()?)?)
    }
}
