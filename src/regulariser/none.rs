//! No penalty.

use super::{Penalty, Regularise};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Nothing is added to D's loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Free;

impl Component for Free {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "nothing is added",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Regularise for Free {
    fn penalties(&self) -> Vec<Penalty> {
        Vec::new()
    }
}
