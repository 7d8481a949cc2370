//! tanh x.

use super::Pointwise;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Hyperbolic tangent.
#[derive(Clone, Debug, PartialEq)]
pub struct Tanh;

impl Component for Tanh {
    const CHOICE: Choice = Choice {
        name: "tanh",
        version: 1,
        params: &[],
        summary: "tanh x",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Pointwise for Tanh {}
