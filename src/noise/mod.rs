//! The latent distributions p(z).

use crate::axis::axis;
use crate::rng::Stream;

axis! {
    /// The distribution of the latent vector z.
    pub enum Noise: Latent {
        normal::Normal,
        uniform::Uniform,
        uniform_matched::UniformMatched,
        truncated_normal::TruncatedNormal,
        spherical::Spherical,
        bernoulli::Bernoulli,
        gaussian_mixture::GaussianMixture,
    }
}

/// Draws latents.
pub trait Latent: Send + Sync {
    /// Fills `out`, a row-major `[batch, dim]`, with independent rows. What is drawn depends on the
    /// stream, `dim` and the length of `out` alone.
    fn fill(&self, stream: &mut Stream, dim: usize, out: &mut [f32]);

    /// Why nothing can be drawn with these parameters: the key that is at fault and a sentence that
    /// says what to do; `None` where all is well.
    fn refuses(&self) -> Option<(&'static str, String)> {
        None
    }
}

#[cfg(test)]
mod tests;
