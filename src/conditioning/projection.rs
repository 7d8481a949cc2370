//! The projection discriminator (Miyato and Koyama 2018), equation 3.

use super::{Conditions, Heads};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// D(x, y) = ψ(φ(x)) + yᵀ V φ(x), where φ is D up to its last layer and ψ is linear. The last layer
/// gives ψ and all of V φ; as every output it has a bias, so that a class has an offset of its own; with spectral normalisation one σ divides
/// all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection;

impl Component for Projection {
    const CHOICE: Choice = Choice {
        name: "projection",
        version: 1,
        params: &[],
        summary: "D adds the label's projection of its features (Miyato and Koyama 2018)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Conditions for Projection {
    fn heads(&self) -> Heads {
        Heads::Projected
    }
}
