//! Adversarial losses, all on logits (the discriminator's output before the sigmoid).

mod apply;
mod objective;

pub use objective::{
    Argument, FAKE, Objective, REAL, REAL_MINUS_FAKE, half_square, linear, rectified, softplus,
};

use crate::axis::axis;
use crate::regulariser::Penalty;

axis! {
    /// What G and D minimise.
    pub enum Loss : Adversarial {
        minimax::Minimax,
        non_saturating::NonSaturating,
        lsgan::LeastSquares,
        hinge::Hinge,
        wgan::Wasserstein,
        wgan_gp::WassersteinPenalty,
        dragan::Dragan,
        rpgan::Relativistic,
    }
}

/// A pair of objectives, of D's logits on real and on generated samples. Both are minimised; both
/// reduce by the mean over the batch.
pub trait Adversarial: Send + Sync {
    /// What D minimises. `target` is what it should say of real samples: 1, or less with one-sided
    /// label smoothing (Salimans et al. 2016, section 3.4).
    fn discriminator(&self, target: f32) -> Objective;

    /// What G minimises.
    fn generator(&self) -> Objective;

    /// Whether D's objective has a target to smooth.
    fn has_target(&self) -> bool {
        false
    }

    /// Whether G minimises the negative of D's objective. A term that does not depend on G's samples
    /// is left out of [`Self::generator`]; it counts where G looks through D's steps.
    fn is_zero_sum(&self) -> bool {
        false
    }

    /// The penalty on D's slope without which it would be another loss.
    fn penalty(&self) -> Option<Penalty> {
        None
    }

    /// The bound to which D's weights are clipped after each of its steps.
    fn clip(&self) -> Option<f64> {
        None
    }
}

/// E D(G(z)) − E D(x).
fn earth_mover() -> Objective {
    linear(FAKE) + linear(-REAL)
}

/// −E [t log D(x) + (1 − t) log(1 − D(x))] − E log(1 − D(G(z))) for the target t: the binary
/// cross-entropy of D, the sum of its two halves as in Goodfellow et al. (2014).
fn cross_entropy(target: f32) -> Objective {
    let sure = softplus(-REAL) + softplus(FAKE);
    if target == 1.0 {
        return sure;
    }
    target * softplus(-REAL) + (1.0 - target) * softplus(REAL) + softplus(FAKE)
}

#[cfg(test)]
mod tests;
