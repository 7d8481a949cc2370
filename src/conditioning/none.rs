//! No labels.

use super::Conditions;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Neither player knows of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Unconditional;

impl Component for Unconditional {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "no labels",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Conditions for Unconditional {
    fn is_conditional(&self) -> bool {
        false
    }
}
