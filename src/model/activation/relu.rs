//! max(0, x).

use super::Nonlinearity;
use crate::axis::Component;
use crate::ops::Function;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Rectified linear unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Relu;

impl Component for Relu {
    const CHOICE: Choice = Choice {
        name: "relu",
        version: 1,
        params: &[],
        summary: "max(0, x)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Nonlinearity for Relu {
    fn function(&self) -> Option<Function> {
        Some(Function::Relu)
    }

    fn gain(&self) -> f64 {
        std::f64::consts::SQRT_2
    }
}
