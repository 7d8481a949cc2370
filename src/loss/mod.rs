//! Adversarial losses, all on logits (the discriminator's output before the sigmoid).

use candle_core::Tensor;

use crate::axis::axis;
use crate::ops::{mean, softplus};
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

/// A pair of objectives. Both are minimised; both reduce to a scalar by the mean over the batch.
pub trait Adversarial: Send + Sync {
    /// What D minimises, from its logits on real and on generated samples, each `[batch, 1]`.
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor>;

    /// What G minimises, from D's logits on generated samples, `[batch, 1]`, and on real ones where
    /// the loss compares the two.
    fn generator(&self, fake: &Tensor, real: Option<&Tensor>) -> candle_core::Result<Tensor>;

    /// Whether G's loss needs D's logits on real samples.
    fn generator_sees_real(&self) -> bool {
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
fn earth_mover(real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
    mean(fake)? - mean(real)?
}

/// −E log D(x) − E log(1 − D(G(z))) = E softplus(−real) + E softplus(fake): the binary
/// cross-entropy of D, the sum of its two halves as in Goodfellow et al. (2014).
fn cross_entropy(real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
    let real = mean(&softplus(&real.neg()?)?)?;
    let fake = mean(&softplus(fake)?)?;
    real + fake
}

#[cfg(test)]
mod tests;
