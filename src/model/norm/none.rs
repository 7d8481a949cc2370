//! No normalisation.

use super::Normalisation;
use crate::axis::Component;
use crate::model::Build;
use crate::ops::Function;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Leaves pre-activations as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity;

impl Component for Identity {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "no normalisation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for Identity {
    fn is_layer(&self) -> bool {
        false
    }

    fn add(&self, _: &mut Build, _: &str, _: [usize; 2], _: Option<Function>) {}
}
