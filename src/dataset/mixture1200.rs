//! Ten Gaussians in 1,200 dimensions, after the high-dimensional experiment of Srivastava et al.
//! (2017), "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", section 4.
//!
//! Adapted, so not comparable with the published table: there ten 700-dimensional Gaussians are
//! embedded in 1,200 dimensions, and neither their centres nor σ are given. Here the components fill
//! all 1,200 dimensions and the centres are drawn once, uniformly from [−1, 1]¹²⁰⁰. Two centres are
//! then about √(1200 · 2/3) = 28 apart, a sample is about σ√1200 = 3.5 from its own.

use super::mixture::{Mixture, sigma};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::rng::{Name, Streams};
use crate::spec::DATA_RANGE_MIXTURE;

const DIMENSIONS: usize = 1200;
const MODES: usize = 10;

/// The centres are a part of the data set, not of a run: every run has the same.
const CENTRES_SEED: u64 = 0;

/// Ten modes, far apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture1200 {
    sigma: f64,
}

impl Component for Mixture1200 {
    const CHOICE: Choice = Choice {
        name: "mixture1200",
        version: 1,
        params: &[sigma(0.1), DATA_RANGE_MIXTURE],
        summary: "mixture of 10 Gaussians in 1,200 dimensions",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            sigma: settings.float("sigma", None)?,
        })
    }
}

impl Source for Mixture1200 {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Mixture(Mixture::equal(&centres(), self.sigma)))
    }

    fn shape(&self) -> SampleShape {
        [DIMENSIONS, 1, 1]
    }

    fn classes(&self) -> Option<usize> {
        Some(MODES)
    }
}

fn centres() -> Vec<[f64; DIMENSIONS]> {
    let source = Streams::new(CENTRES_SEED).source(Name::Centres);
    (0..MODES)
        .map(|mode| {
            let mut centre = [0.0; DIMENSIONS];
            source
                .at(mode as u64, 0)
                .fill_uniform(-1.0, 1.0, &mut centre);
            centre.map(f64::from)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, centres};

    #[test]
    fn the_centres_are_frozen_and_far_apart() {
        let centres = centres();
        let mut hasher = blake3::Hasher::new();
        for x in centres.iter().flatten() {
            hasher.update(&x.to_le_bytes());
        }
        // Golden digest of the first version.
        assert_eq!(&hasher.finalize().to_hex()[..16], "ee1c6ff894a530ca");
        for (i, a) in centres.iter().enumerate() {
            for b in &centres[..i] {
                // A squared difference has the mean 2/3 and, with E (a − b)⁴ = 16/15, the variance
                // 16/15 − 4/9; five standard errors.
                let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                let mean = square / DIMENSIONS as f64;
                assert!(
                    (mean - 2.0 / 3.0).abs() < 5.0 * f64::sqrt(28.0 / 45.0 / 1200.0),
                    "{mean}"
                );
            }
        }
    }
}
