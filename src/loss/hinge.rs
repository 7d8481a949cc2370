//! The hinge loss of Lim and Ye (2017) and Miyato et al. (2018), equations 16 and 17 of the latter.

use super::{Adversarial, FAKE, Objective, REAL, linear, rectified};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// D: E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))); G: −E D(G(z)).
#[derive(Clone, Debug, PartialEq)]
pub struct Hinge;

impl Component for Hinge {
    const CHOICE: Choice = Choice {
        name: "hinge",
        version: 1,
        params: &[],
        summary: "hinge loss of D, linear loss of G (Lim and Ye 2017)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for Hinge {
    fn discriminator(&self, _: f32) -> Objective {
        rectified(1.0 - REAL) + rectified(1.0 + FAKE)
    }

    fn generator(&self) -> Objective {
        linear(-FAKE)
    }
}
