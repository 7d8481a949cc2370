//! The relativistic pairing GAN (Jolicoeur-Martineau 2018), equations 8 and 9.

use super::{Adversarial, Objective, REAL_MINUS_FAKE, softplus};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// D: −E log σ(D(x) − D(G(z))); G: −E log σ(D(G(z)) − D(x)), over pairs of a real and a generated
/// sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Relativistic;

impl Component for Relativistic {
    const CHOICE: Choice = Choice {
        name: "rpgan",
        version: 1,
        params: &[],
        summary: "relativistic pairs: is the real sample more real? (Jolicoeur-Martineau 2018)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for Relativistic {
    fn discriminator(&self, _: f32) -> Objective {
        softplus(-REAL_MINUS_FAKE)
    }

    fn generator(&self) -> Objective {
        softplus(REAL_MINUS_FAKE)
    }
}
