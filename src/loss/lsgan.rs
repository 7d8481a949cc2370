//! Least squares GAN (Mao et al. 2017), equation 9, with labels 0 and 1.

use candle_core::Tensor;

use super::Adversarial;
use crate::axis::Component;
use crate::ops::mean;
use crate::param::{Choice, Network, Settings, Undeclared};

/// D: ½ E (D(x) − 1)² + ½ E D(G(z))²; G: ½ E (D(G(z)) − 1)².
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares;

impl Component for LeastSquares {
    const CHOICE: Choice = Choice {
        name: "lsgan",
        version: 1,
        params: &[],
        summary: "least squares, labels 0 and 1 (Mao et al. 2017)",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

/// ½ E (output − label)².
fn half_square(output: &Tensor, label: f64) -> candle_core::Result<Tensor> {
    mean(&output.affine(1.0, -label)?.sqr()?)?.affine(0.5, 0.0)
}

impl Adversarial for LeastSquares {
    fn discriminator(&self, real: &Tensor, fake: &Tensor) -> candle_core::Result<Tensor> {
        half_square(real, 1.0)? + half_square(fake, 0.0)?
    }

    fn generator(&self, fake: &Tensor, _: Option<&Tensor>) -> candle_core::Result<Tensor> {
        half_square(fake, 1.0)
    }
}
