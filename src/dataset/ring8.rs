//! Eight Gaussians on a circle, as in Metz et al. (2017), "Unrolled Generative Adversarial
//! Networks".

use super::mixture::{CENTRES, Mixture, radius, sigma};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

const MODES: usize = 8;

/// Eight modes at angles 0, 45, …, 315 degrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring8(Mixture);

impl Component for Ring8 {
    const CHOICE: Choice = Choice {
        name: "ring8",
        version: 1,
        params: &[
            radius(2.0, "ring8: distance of the eight centres from the origin"),
            sigma(0.02),
            CENTRES,
            DATA_RANGE_MIXTURE,
        ],
        summary: "mixture of 8 Gaussians on a circle",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Mixture::read(settings, ring).map(Self)
    }
}

fn ring(radius: f64) -> Vec<[f64; 2]> {
    (0..MODES)
        .map(|i| {
            let angle = std::f64::consts::TAU * i as f64 / MODES as f64;
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
}
