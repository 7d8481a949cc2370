//! R2 (Mescheder, Geiger and Nowozin 2018), equation 10.

use super::{At, GAMMA, Penalty, Regularise, squared_slope};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// γ/2 · E ‖∇ D(G(z))‖² at generated samples.
#[derive(Clone, Debug, PartialEq)]
pub struct R2 {
    /// The weight γ.
    pub gamma: f64,
}

impl Component for R2 {
    const CHOICE: Choice = Choice {
        name: "r2",
        version: 1,
        params: &[GAMMA],
        summary: "squared slope of D at generated samples (Mescheder et al. 2018)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            gamma: settings.float(GAMMA.name, None)?,
        })
    }
}

impl Regularise for R2 {
    fn penalties(&self) -> Vec<Penalty> {
        vec![squared_slope(At::Generated, self.gamma)]
    }
}
