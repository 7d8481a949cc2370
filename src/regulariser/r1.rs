//! R1 (Mescheder, Geiger and Nowozin 2018), equation 9.

use super::{At, GAMMA, Penalty, Regularise, squared_slope};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// γ/2 · E ‖∇ D(x)‖² at real samples.
#[derive(Clone, Debug, PartialEq)]
pub struct R1 {
    /// The weight γ.
    pub gamma: f64,
}

impl Component for R1 {
    const CHOICE: Choice = Choice {
        name: "r1",
        version: 1,
        params: &[GAMMA],
        summary: "squared slope of D at real samples (Mescheder et al. 2018)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            gamma: settings.float(GAMMA.name, None)?,
        })
    }
}

impl Regularise for R1 {
    fn penalties(&self) -> Vec<Penalty> {
        vec![squared_slope(At::Real, self.gamma)]
    }
}
