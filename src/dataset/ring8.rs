//! Gaussians on a circle, eight by default, as in Metz et al. (2017), "Unrolled Generative
//! Adversarial Networks".
//!
//! Published variants:
//! - Metz et al.: the defaults, radius 2 and σ 0.02.
//! - PacGAN (Lin et al. 2018): `radius: 1, sigma: 0.01`.
//! - The toy experiment of WGAN-GP (Gulrajani et al. 2017), all divided by 1.414:
//!   `radius: 1.4144271570014144, sigma: 0.014144271570014145`.

use super::mixture::{CENTRES, Mixture, radius, sigma};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

/// `modes`.
pub const MODES: Param = Param {
    name: "modes",
    per_network: false,
    kind: Kind::Int { min: 1, max: 1000 },
    birth: Birth::Int(8),
    summary: "ring8: how many centres, evenly spaced on the circle",
};

/// `radius`.
pub const RADIUS: Param = radius(2.0, "ring8: distance of the centres from the origin");

/// `sigma`.
pub const SIGMA: Param = sigma(0.02);

/// Modes at angles 0, 1/n, 2/n, … of a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring8(Mixture);

impl Component for Ring8 {
    const CHOICE: Choice = Choice {
        name: "ring8",
        version: 1,
        params: &[MODES, RADIUS, SIGMA, CENTRES, DATA_RANGE_MIXTURE],
        summary: "mixture of 8 Gaussians on a circle",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let centres = match settings.points(CENTRES.name)? {
            Some(centres) => centres,
            None => ring(
                settings.uint(MODES.name, None)? as usize,
                settings.float("radius", None)?,
            ),
        };
        let sigma = settings.float("sigma", None)?;
        Ok(Self(Mixture::equal(&centres, sigma)))
    }
}

fn ring(modes: usize, radius: f64) -> Vec<[f64; 2]> {
    (0..modes)
        .map(|i| {
            let angle = std::f64::consts::TAU * i as f64 / modes as f64;
            [radius * libm::cos(angle), radius * libm::sin(angle)]
        })
        .collect()
}

impl Source for Ring8 {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Mixture(self.0.clone()))
    }

    fn shape(&self) -> SampleShape {
        [2, 1, 1]
    }

    fn classes(&self) -> Option<usize> {
        Some(self.0.components())
    }
}

#[cfg(test)]
mod tests {
    use super::ring;

    #[test]
    fn the_ring_of_wgan_gp_is_a_ring_of_another_radius() {
        // gan_toy.py of igul222/improved_wgan_training: centres at 2 · (±1, 0), (0, ±1) and
        // (±1/√2, ±1/√2), noise of 0.02, all divided by 1.414.
        let half = 1.0 / f64::sqrt(2.0);
        let published = [
            [1.0, 0.0],
            [half, half],
            [0.0, 1.0],
            [-half, half],
            [-1.0, 0.0],
            [-half, -half],
            [0.0, -1.0],
            [half, -half],
        ];
        for (ours, theirs) in ring(8, 1.4144271570014144).iter().zip(published) {
            for axis in 0..2 {
                assert!((ours[axis] - 2.0 * theirs[axis] / 1.414).abs() < 1e-15);
            }
        }
        assert_eq!(0.014144271570014145, 0.02 / 1.414);
    }
}
