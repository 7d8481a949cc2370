//! Adam (Kingma and Ba 2015).

use super::UpdateRule;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const BETAS: Param = Param {
    name: "betas",
    per_network: true,
    kind: Kind::Pair(Range::below(0.0, 1.0)),
    birth: Birth::Floats(&[0.5, 0.999]),
    summary: "decay rates of Adam's first and second moment",
};

/// Adam with bias correction; no weight decay.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Decay rates (β₁, β₂).
    pub betas: [f64; 2],
}

impl Component for Adam {
    const CHOICE: Choice = Choice {
        name: "adam",
        version: 1,
        params: &[BETAS],
        summary: "Adam (Kingma and Ba 2015)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            betas: settings.pair(BETAS.name, network)?,
        })
    }
}

impl UpdateRule for Adam {}
