//! max(x, slope · x).

use super::Nonlinearity;
use crate::axis::Component;
use crate::ops::Function;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const SLOPE: Param = Param {
    name: "leaky_slope",
    per_network: true,
    kind: Kind::Float(Range::below(0.0, 1.0)),
    birth: Birth::Float(0.2),
    summary: "slope of leaky_relu for negative inputs",
};

/// Rectified linear unit with a slope for negative inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakyRelu {
    /// The slope.
    pub slope: f64,
}

impl Component for LeakyRelu {
    const CHOICE: Choice = Choice {
        name: "leaky_relu",
        version: 1,
        params: &[SLOPE],
        summary: "max(x, leaky_slope x)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            slope: settings.float(SLOPE.name, network)?,
        })
    }
}

impl Nonlinearity for LeakyRelu {
    fn function(&self) -> Option<Function> {
        Some(Function::LeakyRelu(self.slope as f32))
    }

    fn gain(&self) -> f64 {
        (2.0 / (1.0 + self.slope * self.slope)).sqrt()
    }
}
