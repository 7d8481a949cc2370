//! N(0, init_std²).

use super::{Draw, Initialisation, fill_normal};
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

const STD: Param = Param {
    name: "init_std",
    per_network: true,
    kind: Kind::Float(Range::above(0.0, 10.0)),
    birth: Birth::Float(0.02),
    summary: "standard deviation of initial weights",
};

/// w ~ N(0, σ²) in every layer, with σ = 0.02 unless set (Radford et al. 2016, section 4).
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    /// σ.
    pub std: f64,
}

impl Component for Normal {
    const CHOICE: Choice = Choice {
        name: "normal",
        version: 1,
        params: &[STD],
        summary: "N(0, init_std²) in every layer (Radford et al. 2016)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            std: settings.float(STD.name, network)?,
        })
    }
}

impl Initialisation for Normal {
    fn fill(&self, _: Draw, stream: Stream, weights: &mut [f32]) {
        fill_normal(self.std, stream, weights);
    }
}
