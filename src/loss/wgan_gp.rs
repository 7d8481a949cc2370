//! Wasserstein GAN with gradient penalty (Gulrajani et al. 2017), equation 3.

use super::{Adversarial, FAKE, Objective, earth_mover, linear};
use crate::axis::Component;
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
    fn discriminator(&self, _: f32) -> Objective {
        earth_mover()
    }

    fn generator(&self) -> Objective {
        linear(-FAKE)
    }

    fn is_zero_sum(&self) -> bool {
        true
    }

    fn penalty(&self) -> Option<Penalty> {
        Some(Penalty {
            at: At::Between,
            target: 1.0,
            weight: self.lambda,
        })
    }
}
