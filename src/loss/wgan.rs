//! Wasserstein GAN with weight clipping (Arjovsky, Chintala and Bottou 2017), algorithm 1.

use super::{Adversarial, FAKE, Objective, earth_mover, linear};
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const CLIP: Param = Param {
    name: "clip",
    per_network: false,
    kind: Kind::Float(Range::above(0.0, 1e3)),
    birth: Birth::Float(0.01),
    summary: "bound c to which every weight of D is clipped after each of its steps",
};

/// D: E D(G(z)) − E D(x), with all its weights kept in [−c, c]; G: −E D(G(z)).
#[derive(Clone, Debug, PartialEq)]
pub struct Wasserstein {
    /// The bound c.
    pub clip: f64,
}

impl Component for Wasserstein {
    const CHOICE: Choice = Choice {
        name: "wgan",
        version: 1,
        params: &[CLIP],
        summary: "Wasserstein distance, D's weights clipped (Arjovsky et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            clip: settings.float(CLIP.name, None)?,
        })
    }
}

impl Adversarial for Wasserstein {
    fn discriminator(&self, _: f32) -> Objective {
        earth_mover()
    }

    fn generator(&self) -> Objective {
        linear(-FAKE)
    }

    fn is_zero_sum(&self) -> bool {
        true
    }

    fn clip(&self) -> Option<f64> {
        Some(self.clip)
    }
}
