//! no_normalisation

use super::Normalisation;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// no_normalisation
#[derive(Clone, Debug, PartialEq)]
pub struct Identity;

impl Component for Identity {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "no_normalisation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for Identity {}
