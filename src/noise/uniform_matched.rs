//! z ~ U(−√3, √3) in every coordinate: uniform noise with the variance of N(0, 1).

use super::Latent;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::Stream;

/// √3: the variance of U(−a, a) is a²/3.
const BOUND: f32 = 1.732_050_8;

/// Independent coordinates, uniform on [−√3, √3), of mean 0 and variance 1. Beside normal noise it
/// shows what the shape of p(z) does, without a difference in scale.
#[derive(Clone, Debug, PartialEq)]
pub struct UniformMatched;

impl Component for UniformMatched {
    const CHOICE: Choice = Choice {
        name: "uniform_matched",
        version: 1,
        params: &[],
        summary: "z uniform on [-√3, √3): the variance of normal noise",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Latent for UniformMatched {
    fn fill(&self, stream: &mut Stream, _: usize, out: &mut [f32]) {
        stream.fill_uniform(-BOUND, BOUND, out);
    }
}
