//! z ~ N(0, I).

use super::Latent;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::Stream;

/// Independent standard normal coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal;

impl Component for Normal {
    const CHOICE: Choice = Choice {
        name: "normal",
        version: 1,
        params: &[],
        summary: "z ~ N(0, I)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Latent for Normal {
    fn fill(&self, stream: &mut Stream, _: usize, out: &mut [f32]) {
        stream.fill_normal(out);
    }
}
