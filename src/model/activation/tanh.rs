//! tanh x.

use super::Nonlinearity;
use crate::axis::Component;
use crate::ops::Function;
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

impl Nonlinearity for Tanh {
    fn function(&self) -> Option<Function> {
        Some(Function::Tanh)
    }

    /// 5/3, as PyTorch's `calculate_gain` has it: between the slope at 0 and saturation.
    fn gain(&self) -> f64 {
        5.0 / 3.0
    }
}
