//! R1 and R2 together (Roth et al. 2017; Huang et al. 2024).

use super::{At, GAMMA, Penalty, Regularise, squared_slope};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};

/// R1 and R2 together, with one γ.
#[derive(Clone, Debug, PartialEq)]
pub struct R1R2 {
    /// The weight γ of each.
    pub gamma: f64,
}

impl Component for R1R2 {
    const CHOICE: Choice = Choice {
        name: "r1_r2",
        version: 1,
        params: &[GAMMA],
        summary: "squared slope of D at real and at generated samples (Huang et al. 2024)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            gamma: settings.float(GAMMA.name, None)?,
        })
    }
}

impl Regularise for R1R2 {
    fn penalties(&self) -> Vec<Penalty> {
        vec![
            squared_slope(At::Real, self.gamma),
            squared_slope(At::Generated, self.gamma),
        ]
    }
}
