//! batch_normalisation

use super::Normalisation;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// batch_normalisation
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm;

impl Component for BatchNorm {
    const CHOICE: Choice = Choice {
        name: "batch",
        version: 1,
        params: &[],
        summary: "batch_normalisation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for BatchNorm {}
