//! layer_normalisation

use super::Normalisation;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// layer_normalisation
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNorm;

impl Component for LayerNorm {
    const CHOICE: Choice = Choice {
        name: "layer",
        version: 1,
        params: &[],
        summary: "layer_normalisation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for LayerNorm {}
