//! DRAGAN (Kodali et al. 2017), algorithm 1.

use super::{Adversarial, NonSaturating, Objective};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::regulariser::{At, GP_LAMBDA, Penalty};

/// The non-saturating game with λ E (‖∇ D(x̂)‖ − 1)² in D's loss, x̂ near real samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dragan {
    /// The weight λ.
    pub lambda: f64,
}

impl Component for Dragan {
    const CHOICE: Choice = Choice {
        name: "dragan",
        version: 1,
        params: &[GP_LAMBDA],
        summary: "non-saturating with a gradient penalty near real samples (Kodali et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            lambda: settings.float(GP_LAMBDA.name, None)?,
        })
    }
}

impl Adversarial for Dragan {
    fn discriminator(&self, target: f32) -> Objective {
        NonSaturating.discriminator(target)
    }

    fn generator(&self) -> Objective {
        NonSaturating.generator()
    }

    fn has_target(&self) -> bool {
        true
    }

    fn penalty(&self) -> Option<Penalty> {
        Some(Penalty {
            at: At::NearReal,
            target: 1.0,
            weight: self.lambda,
        })
    }
}
