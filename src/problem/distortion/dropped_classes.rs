//! Classes that are not there, as after a mode collapse.

use super::Distorts;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::problem::param;

const DROPPED: Param = param(
    "dropped",
    Kind::Int { min: 0, max: 9 },
    Birth::Int(1),
    "how many of the ten classes are left out; which ones the seed says, and more leave out the same",
);

/// Images of the other classes alone, as many as before.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedClasses {
    dropped: usize,
}

impl Component for DroppedClasses {
    const CHOICE: Choice = Choice {
        name: "dropped_classes",
        version: 1,
        params: &[DROPPED],
        summary: "no images of some classes",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            dropped: settings.uint(DROPPED.name, None)? as usize,
        })
    }
}

impl Distorts for DroppedClasses {
    fn dropped(&self) -> usize {
        self.dropped
    }
}
