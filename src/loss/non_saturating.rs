//! The non-saturating heuristic of Goodfellow et al. (2014), section 3; the lecture's "Проблема
//! насыщения функции потерь генератора".

use super::{Adversarial, FAKE, Objective, cross_entropy, softplus};
use crate::axis::Component;
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
    fn discriminator(&self, target: f32) -> Objective {
        cross_entropy(target)
    }

    /// −E log D(G(z)) = E softplus(−logit).
    fn generator(&self) -> Objective {
        softplus(-FAKE)
    }

    fn has_target(&self) -> bool {
        true
    }
}
