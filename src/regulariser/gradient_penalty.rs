//! The gradient penalty of Gulrajani et al. (2017), with any loss.

use super::{At, GP_LAMBDA, Penalty, Regularise};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// λ E (‖∇ D(x̂)‖ − 1)², x̂ uniform on lines between real and generated samples.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientPenalty {
    /// The weight λ.
    pub lambda: f64,
}

impl Component for GradientPenalty {
    const CHOICE: Choice = Choice {
        name: "gradient_penalty",
        version: 1,
        params: &[GP_LAMBDA],
        summary: "slope of D near 1 between real and generated samples (Gulrajani et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            lambda: settings.float(GP_LAMBDA.name, None)?,
        })
    }
}

impl Regularise for GradientPenalty {
    fn penalties(&self) -> Vec<Penalty> {
        vec![Penalty {
            at: At::Between,
            target: 1.0,
            weight: self.lambda,
        }]
    }
}
