//! Wasserstein GAN with gradient penalty (Gulrajani et al. 2017), equation 3.

use candle_core::Tensor;

use super::{Adversarial, earth_mover};
use crate::axis::Component;
use crate::ops::mean;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::regulariser::{At, GP_LAMBDA, Penalty};

/// D: E D(G(z)) − E D(x) + λ E (‖∇ D(x̂)‖ − 1)², x̂ uniform on lines between real and generated
/// samples; G: −E D(G(z)).
#[derive(Clone, Debug, PartialEq)]
pub struct WassersteinPenalty {
    /// The weight λ.
    pub lambda: f64,
}

impl Component for WassersteinPenalty {
    const CHOICE: Choice = Choice {
        name: "wgan_gp",
        version: 1,
        params: &[GP_LAMBDA],
        summary: "Wasserstein distance with gradient penalty (Gulrajani et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            lambda: settings.float(GP_LAMBDA.name, None)?,
        })
    }
}

impl Adversarial for WassersteinPenalty {
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
        earth_mover(real, fake)
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> candle_core::Result<Tensor> {
        mean(fake)?.neg()
    }

    fn penalty(&self) -> Option<Penalty> {
        Some(Penalty {
            at: At::Between,
            target: 1.0,
            weight: self.lambda,
        })
    }
}
