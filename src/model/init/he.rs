//! N(0, gain² / inputs) (He et al. 2015).

use super::{Draw, Initialisation, fill_normal};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::Stream;

/// w ~ N(0, gain² / fan_in), where the gain is that of the activation: √2 for a rectifier (He et
/// al. 2015, equation 10), √(2 / (1 + slope²)) for a leaky one (equation 15).
#[derive(Clone, Debug, PartialEq)]
pub struct He;

impl Component for He {
    const CHOICE: Choice = Choice {
        name: "he",
        version: 1,
        params: &[],
        summary: "N(0, gain² / inputs), with the gain of the activation (He et al. 2015)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Initialisation for He {
    fn fill(&self, draw: Draw, stream: Stream, weights: &mut [f32]) {
        fill_normal(draw.gain / draw.fan_in.sqrt(), stream, weights);
    }
}
