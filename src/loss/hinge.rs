//! The hinge loss of Lim and Ye (2017) and Miyato et al. (2018), equations 16 and 17 of the latter.

use candle_core::Tensor;

use super::Adversarial;
use crate::axis::Component;
use crate::ops::mean;
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
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
        let real = mean(&real.affine(-1.0, 1.0)?.relu()?)?;
        real + mean(&fake.affine(1.0, 1.0)?.relu()?)?
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> candle_core::Result<Tensor> {
        mean(fake)?.neg()
    }
}
