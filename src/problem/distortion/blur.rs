//! Gaussian blur.

use super::Distorts;
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::problem::param;
use crate::rng::Stream;

/// Standard deviations after which the bell is cut off: 0.3 % of it lie beyond.
const REACH: f64 = 3.0;

const AMOUNT: Param = param(
    "amount",
    Kind::Float(Range::closed(0.0, 14.0)),
    Birth::Float(1.0),
    "standard deviation of the bell that images are blurred with, in pixels",
);

/// Convolution with a Gaussian bell; what lies outside of an image is black, as the background of a digit.
#[derive(Clone, Debug, PartialEq)]
pub struct Blur {
    sigma: f64,
}

impl Component for Blur {
    const CHOICE: Choice = Choice {
        name: "blur",
        version: 1,
        params: &[AMOUNT],
        summary: "Gaussian blur",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            sigma: settings.float(AMOUNT.name, None)?,
        })
    }
}

impl Blur {
    /// exp(−i²/2σ²) for i = −⌈3σ⌉ … ⌈3σ⌉, divided by their sum.
    fn bell(&self) -> Vec<f64> {
        if self.sigma == 0.0 {
            return vec![1.0];
        }
        let reach = (REACH * self.sigma).ceil() as i32;
        let mut bell: Vec<f64> = (-reach..=reach)
            .map(|i| f64::from(i) / self.sigma)
            .map(|z| libm::exp(-0.5 * z * z))
            .collect();
        let sum: f64 = bell.iter().sum();
        bell.iter_mut().for_each(|w| *w /= sum);
        bell
    }
}

/// `count` values that lie `stride` apart, convolved with the bell.
fn along(values: &mut [f64], stride: usize, count: usize, bell: &[f64]) {
    let line: Vec<f64> = (0..count).map(|i| values[i * stride]).collect();
    let reach = bell.len() / 2;
    for i in 0..count {
        let taps = bell.iter().enumerate().filter_map(|(tap, w)| {
            let at = (i + tap).checked_sub(reach)?;
            Some(w * line.get(at)?)
        });
        values[i * stride] = taps.sum();
    }
}

impl Distorts for Blur {
    fn change(&self, image: &mut [f32], [_, height, width]: SampleShape, _: &mut Stream) {
        let bell = self.bell();
        for plane in image.chunks_exact_mut(height * width) {
            let mut values: Vec<f64> = plane.iter().map(|&x| f64::from(x)).collect();
            for row in 0..height {
                along(&mut values[row * width..], 1, width, &bell);
            }
            for column in 0..width {
                along(&mut values[column..], width, height, &bell);
            }
            for (x, blurred) in plane.iter_mut().zip(values) {
                *x = blurred as f32;
            }
        }
    }
}
