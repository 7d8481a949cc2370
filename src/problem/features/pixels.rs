//! The features of `fid_pixels`.

use super::{Extracts, Seen, Taken};
use crate::axis::Component;
use crate::metric::features::Features;
use crate::metric::fid::EvaluationError;
use crate::metric::frechet::Moments;
use crate::metric::pixels;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::problem::digits;

/// Pixels averaged to 8 × 8.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels;

impl Component for Pixels {
    const CHOICE: Choice = Choice {
        name: "pixels",
        version: 1,
        params: &[],
        summary: "pixels averaged to 8 x 8: those of fid_pixels",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Extracts for Pixels {
    /// Next to nothing beside what the run does besides.
    fn flops(&self) -> f64 {
        digits::FLOPS
    }

    fn name(&self, _: &Seen<'_>) -> String {
        "pixels averaged to 8 x 8".to_owned()
    }

    fn take(&self, seen: &Seen<'_>, images: &[u8]) -> Result<Taken, EvaluationError> {
        let shape = seen.digits.shape();
        let rows = pixels::features(images, shape);
        let features = Features::new(&rows, pixels::width(shape))?;
        Ok(Taken::Moments(Moments::of(&features)?))
    }
}
