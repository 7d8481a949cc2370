//! Least squares GAN (Mao et al. 2017), equation 9, with labels 0 and 1.

use super::{Adversarial, FAKE, Objective, REAL, half_square};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// D: ½ E (D(x) − 1)² + ½ E D(G(z))²; G: ½ E (D(G(z)) − 1)².
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares;

impl Component for LeastSquares {
    const CHOICE: Choice = Choice {
        name: "lsgan",
        version: 1,
        params: &[],
        summary: "least squares, labels 0 and 1 (Mao et al. 2017)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Adversarial for LeastSquares {
    fn discriminator(&self, target: f32) -> Objective {
        half_square(REAL - target) + half_square(FAKE)
    }

    fn generator(&self) -> Objective {
        half_square(FAKE - 1.0)
    }

    fn has_target(&self) -> bool {
        true
    }
}
