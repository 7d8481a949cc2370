//! Stochastic gradient descent with momentum.

use super::UpdateRule;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const MOMENTUM: Param = Param {
    name: "momentum",
    per_network: true,
    kind: Kind::Float(Range::below(0.0, 1.0)),
    birth: Birth::Float(0.0),
    summary: "momentum of stochastic gradient descent",
};

/// v ← momentum · v + g; θ ← θ − lr · v.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    /// The momentum.
    pub momentum: f64,
}

impl Component for Sgd {
    const CHOICE: Choice = Choice {
        name: "sgd",
        version: 1,
        params: &[MOMENTUM],
        summary: "stochastic gradient descent with momentum",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            momentum: settings.float(MOMENTUM.name, network)?,
        })
    }
}

impl UpdateRule for Sgd {}
