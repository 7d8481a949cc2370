//! Other images of the same kind, unchanged.

use super::Distorts;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Leaves images as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Nothing;

impl Component for Nothing {
    const CHOICE: Choice = Choice {
        name: "none",
        version: 1,
        params: &[],
        summary: "images as they are",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Distorts for Nothing {}
