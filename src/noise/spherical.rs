//! z uniform on the sphere of radius √d.

use super::Latent;
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::Stream;

/// A normal vector of d coordinates brought to length √d, so that every coordinate has variance 1:
/// the shell on which N(0, I) concentrates in many dimensions (White 2016, "Sampling Generative
/// Networks", section 2.1; Karras et al. 2018, "Progressive Growing of GANs", appendix A.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Spherical;

impl Component for Spherical {
    const CHOICE: Choice = Choice {
        name: "spherical",
        version: 1,
        params: &[],
        summary: "z uniform on the sphere of radius √latent_dim",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Latent for Spherical {
    fn fill(&self, stream: &mut Stream, dim: usize, out: &mut [f32]) {
        stream.fill_normal(out);
        for z in out.chunks_exact_mut(dim) {
            let squares: f64 = z.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            if squares > 0.0 {
                let scale = (dim as f64 / squares).sqrt();
                for x in z {
                    *x = (f64::from(*x) * scale) as f32;
                }
            } else if let Some(first) = z.first_mut() {
                // One row of width 1 in 2²⁴ is zero, which has no direction.
                *first = (dim as f64).sqrt() as f32;
            }
        }
    }
}
