//! The relativistic pairing GAN (Jolicoeur-Martineau 2018), equations 8 and 9.

use candle_core::Tensor;

use super::Adversarial;
use crate::axis::Component;
use crate::ops::{mean, softplus};
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
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
        mean(&softplus(&(fake - real)?)?)
    }

    fn generator(&self, fake: &Tensor, real: Option<&Tensor>) -> candle_core::Result<Tensor> {
        match real {
            Some(real) => mean(&softplus(&(real - fake)?)?),
            None => candle_core::bail!("rpgan's generator needs D's logits on real samples"),
        }
    }

    fn generator_sees_real(&self) -> bool {
        true
    }
}
