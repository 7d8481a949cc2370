//! N(0, 2 / (inputs + outputs)) (Glorot and Bengio 2010).

use super::{Draw, Initialisation, fill_normal};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::Stream;

/// w ~ N(0, 2 / (fan_in + fan_out)): the compromise between keeping the variance of activations
/// and that of gradients (Glorot and Bengio 2010, equation 12), as a normal distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Xavier;

impl Component for Xavier {
    const CHOICE: Choice = Choice {
        name: "xavier",
        version: 1,
        params: &[],
        summary: "N(0, 2 / (inputs + outputs)) (Glorot and Bengio 2010)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Initialisation for Xavier {
    fn fill(&self, draw: Draw, stream: Stream, weights: &mut [f32]) {
        let deviation = (2.0 / (draw.fan_in + draw.fan_out)).sqrt();
        fill_normal(deviation, stream, weights);
    }
}
