//! Adversarial losses, all on logits (the discriminator's output before the sigmoid).

use candle_core::Tensor;

use crate::axis::axis;
use crate::ops::softplus;

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

/// −E log D(x) − E log(1 − D(G(z))) = E softplus(−real) + E softplus(fake): the binary
/// cross-entropy of D, the sum of its two halves as in Goodfellow et al. (2014).
fn cross_entropy(real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
    let real = softplus(&real.neg()?)?.mean_all()?;
    let fake = softplus(fake)?.mean_all()?;
    real + fake
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::{Adversarial, Loss, Minimax, NonSaturating};

    fn logits(values: &[f32]) -> Result<Var> {
        Var::from_tensor(&Tensor::from_vec(
            values.to_vec(),
            (values.len(), 1),
            &Device::Cpu,
        )?)
    }

    /// The losses as the papers write them, in f64: D's, minimax G's, non-saturating G's.
    fn by_definition(real: &[f32], fake: &[f32]) -> [f64; 3] {
        let d = |logit: f32| 1.0 / (1.0 + (-f64::from(logit)).exp());
        let mean = |v: &[f32], f: &dyn Fn(f64) -> f64| {
            v.iter().map(|&x| f(d(x))).sum::<f64>() / v.len() as f64
        };
        [
            -mean(real, &f64::ln) - mean(fake, &|p| (1.0 - p).ln()),
            mean(fake, &|p| (1.0 - p).ln()),
            -mean(fake, &f64::ln),
        ]
    }

    #[test]
    fn losses_match_their_definition_on_probabilities() -> Result<()> {
        let (real, fake) = ([0.3, -1.2, 2.0], [-0.5, 0.1, 1.7]);
        let (r, f) = (logits(&real)?, logits(&fake)?);
        let expected = by_definition(&real, &fake);
        for (value, expected) in [
            (Minimax.discriminator(&r, &f)?, expected[0]),
            (NonSaturating.discriminator(&r, &f)?, expected[0]),
            (Minimax.generator(&f)?, expected[1]),
            (NonSaturating.generator(&f)?, expected[2]),
        ] {
            assert!((f64::from(value.to_scalar::<f32>()?) - expected).abs() < 1e-6);
        }
        Ok(())
    }

    #[test]
    fn losses_and_gradients_are_finite_at_logits_of_ten_thousand() -> Result<()> {
        for loss in [Loss::Minimax(Minimax), Loss::NonSaturating(NonSaturating)] {
            for (r, f) in [(1e4, -1e4), (-1e4, 1e4)] {
                let (real, fake) = (logits(&[r])?, logits(&[f])?);
                for value in [loss.discriminator(&real, &fake)?, loss.generator(&fake)?] {
                    assert!(value.to_scalar::<f32>()?.is_finite());
                    let grads = value.backward()?;
                    let grad = grads.get(&fake).expect("tracked").flatten_all()?;
                    assert!(grad.to_vec1::<f32>()?[0].is_finite());
                }
            }
        }
        Ok(())
    }

    #[test]
    fn only_the_minimax_generator_saturates() -> Result<()> {
        // D is sure: logit −10. Slopes: minimax −σ(−10) = −4.5e-5; non-saturating −(1 − σ(−10)).
        let slope = |loss: Loss| -> Result<f32> {
            let fake = logits(&[-10.0])?;
            let grads = loss.generator(&fake)?.backward()?;
            Ok(grads
                .get(&fake)
                .expect("tracked")
                .flatten_all()?
                .to_vec1::<f32>()?[0])
        };
        assert!((slope(Loss::Minimax(Minimax))? + 4.539_787e-5).abs() < 1e-9);
        assert!((slope(Loss::NonSaturating(NonSaturating))? + 0.999_954_6).abs() < 1e-6);
        Ok(())
    }
}
