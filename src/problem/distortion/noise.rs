//! Gaussian noise on every pixel.

use super::Distorts;
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::problem::param;
use crate::rng::Stream;

const AMOUNT: Param = param(
    "amount",
    Kind::Float(Range::closed(0.0, 10.0)),
    Birth::Float(0.1),
    "standard deviation of the noise, of pixels on [0, 1]",
);

/// x + σ ε, ε ~ N(0, 1) for each pixel; the same ε for every σ.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    sigma: f64,
}

impl Component for Noise {
    const CHOICE: Choice = Choice {
        name: "noise",
        version: 1,
        params: &[AMOUNT],
        summary: "Gaussian noise on every pixel",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            sigma: settings.float(AMOUNT.name, None)?,
        })
    }
}

impl Distorts for Noise {
    fn change(&self, image: &mut [f32], _: SampleShape, stream: &mut Stream) {
        let mut noise = vec![0.0; image.len()];
        stream.fill_normal(&mut noise);
        for (x, e) in image.iter_mut().zip(noise) {
            *x += self.sigma as f32 * e;
        }
    }
}
