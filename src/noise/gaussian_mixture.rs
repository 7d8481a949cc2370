//! z from a mixture of Gaussians.

use super::Latent;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::{Name, Stream, Streams};

const MODES: Param = Param {
    name: "noise_modes",
    per_network: false,
    kind: Kind::Int { min: 1, max: 1000 },
    birth: Birth::Int(10),
    summary: "components of Gaussian-mixture noise, all of one weight",
};

const SIGMA: Param = Param {
    name: "noise_sigma",
    per_network: false,
    kind: Kind::Float(Range::closed(1e-4, 10.0)),
    birth: Birth::Float(0.2),
    summary: "standard deviation of every component of Gaussian-mixture noise",
};

/// Half the side of the cube that holds the centres.
const CUBE: f32 = 1.0;

/// A mixture of K Gaussians N(μₖ, σ²I), each of weight 1/K, its centres μₖ uniform on the cube
/// [−1, 1]ᵈ and fixed: the static GM-GAN of Ben-Yosef and Weinshall (2018, "Gaussian Mixture
/// Generative Adversarial Networks for Diverse Datasets"), and DeLiGAN's mixture as it starts
/// (Gurumurthy, Sarvadevabhatla and Babu 2017, "DeLiGAN"), whose centres learn afterwards.
///
/// The centres are those of every run and every seed with this `latent_dim`: they are part of the
/// distribution and no source of spread between seeds, and more components leave the first ones
/// where they are.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    /// K: how many components.
    pub modes: usize,
    /// σ: the standard deviation of each.
    pub sigma: f64,
}

impl Component for GaussianMixture {
    const CHOICE: Choice = Choice {
        name: "gaussian_mixture",
        version: 1,
        params: &[MODES, SIGMA],
        summary: "z from noise_modes Gaussians at fixed random centres",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            modes: settings.uint(MODES.name, None)? as usize,
            sigma: settings.float(SIGMA.name, None)?,
        })
    }
}

impl Latent for GaussianMixture {
    /// The components of all rows are drawn first, then all normal values.
    fn fill(&self, stream: &mut Stream, dim: usize, out: &mut [f32]) {
        let rows = out.len() / dim;
        let components: Vec<usize> = (0..rows).map(|_| stream.index(self.modes)).collect();
        stream.fill_normal(out);
        let centres = Streams::new(0).source(Name::LatentCentres);
        let sigma = self.sigma as f32;
        let mut centre = vec![0.0; dim];
        for (z, component) in out.chunks_exact_mut(dim).zip(components) {
            centres
                .at(component as u64, 0)
                .fill_uniform(-CUBE, CUBE, &mut centre);
            for (x, c) in z.iter_mut().zip(&centre) {
                *x = c + sigma * *x;
            }
        }
    }
}
