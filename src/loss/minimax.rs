//! The saturating minimax game of Goodfellow et al. (2014), equation 1; the lecture's "Функции
//! ошибки генератора и дискриминатора".

use super::{Adversarial, FAKE, Objective, cross_entropy, softplus};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// min_G max_D E[log D(x)] + E[log(1 − D(G(z)))].
#[derive(Clone, Debug, PartialEq)]
pub struct Minimax;

impl Component for Minimax {
    const CHOICE: Choice = Choice {
        name: "minimax",
        version: 1,
        params: &[],
        summary: "saturating: G minimises E log(1 - D(G(z))) (Goodfellow et al. 2014)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for Minimax {
    fn discriminator(&self, target: f32) -> Objective {
        cross_entropy(target)
    }

    /// E log(1 − D(G(z))) = −E softplus(logit): its slope vanishes where D is sure of a fake.
    fn generator(&self) -> Objective {
        -softplus(FAKE)
    }

    fn has_target(&self) -> bool {
        true
    }

    fn is_zero_sum(&self) -> bool {
        true
    }
}
