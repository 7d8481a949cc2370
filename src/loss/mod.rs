//! Adversarial losses, all on logits (the discriminator's output before the sigmoid).

use candle_core::Tensor;

use crate::axis::axis;

axis! {
    /// What G and D minimise.
    pub enum Loss : Adversarial {
        minimax::Minimax,
        non_saturating::NonSaturating,
    }
}

/// A pair of objectives. Both are minimised; both reduce to a scalar by the mean over the batch.
pub trait Adversarial: Send + Sync {
    /// What D minimises, from its logits on real and on generated samples, each `[batch, 1]`.
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor>;

    /// What G minimises, from D's logits on generated samples, `[batch, 1]`.
    fn generator(&self, fake: &Tensor) -> candle_core::Result<Tensor>;
}
