//! Penalties on the slope of D, added to its loss.

use crate::axis::axis;
use crate::param::{Birth, Kind, Param, Range};

axis! {
    /// What is added to D's loss, whatever the loss.
    pub enum Regulariser : Regularise {
        none::Free,
        r1::R1,
        r2::R2,
        r1_r2::R1R2,
        gradient_penalty::GradientPenalty,
    }
}

/// Gives the penalties.
pub trait Regularise: Send + Sync {
    /// Their sum is added to D's loss.
    fn penalties(&self) -> Vec<Penalty>;
}

/// `weight` · E (‖∇ D(x̂)‖₂ − `target`)².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// Where the slope is taken.
    pub at: At,
    /// The norm that costs nothing.
    pub target: f32,
    /// The factor before it.
    pub weight: f64,
}

/// Where the slope of D is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// x̂ = ε x + (1 − ε) G(z), ε ~ U[0, 1) for every pair (Gulrajani et al. 2017).
    Between,
    /// x̂ = x + α δ, δ ~ ½ std(x) · U[0, 1) for every coordinate, α ~ U[0, 1) for every sample, with
    /// the standard deviation of the whole batch (Kodali et al. 2017, the authors' program).
    NearReal,
    /// At real samples.
    Real,
    /// At generated samples.
    Generated,
}

/// λ of the gradient penalties; 10 is the value of the papers.
pub(crate) const GP_LAMBDA: Param = Param {
    name: "gp_lambda",
    per_network: false,
    kind: Kind::Float(Range::above(0.0, 1e6)),
    birth: Birth::Float(10.0),
    summary: "weight of the gradient penalty",
};

/// γ of R1 and R2; 10 is what Mescheder et al. (2018) train images with.
const GAMMA: Param = Param {
    name: "gamma",
    per_network: false,
    kind: Kind::Float(Range::above(0.0, 1e6)),
    birth: Birth::Float(10.0),
    summary: "weight of the squared slope, halved",
};

/// γ/2 · E ‖∇ D‖².
fn squared_slope(at: At, gamma: f64) -> Penalty {
    Penalty {
        at,
        target: 0.0,
        weight: gamma / 2.0,
    }
}
