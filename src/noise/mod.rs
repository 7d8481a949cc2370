//! The latent distributions p(z).

use crate::axis::axis;
use crate::rng::Stream;

axis! {
    /// The distribution of the latent vector z.
    pub enum Noise: Latent {
        normal::Normal,
        uniform::Uniform,
    }
}

/// Draws latents.
pub trait Latent: Send + Sync {
    /// Fills `out`, a row-major `[batch, latent_dim]`, with independent draws.
    fn fill(&self, stream: &mut Stream, out: &mut [f32]);
}
