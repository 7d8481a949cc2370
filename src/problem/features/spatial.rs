//! The lecture's F of C × NHW.

use super::{Extracts, Seen, Taken};
use crate::axis::Component;
use crate::classifier::{ClassifierError, SPATIAL_FEATURES};
use crate::metric::features::Features;
use crate::metric::fid::EvaluationError;
use crate::metric::frechet::MomentsSum;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::problem::digits;

/// Images of which positions are read at once: bounds the memory.
const PART: usize = 500;

/// The classifier's last convolution at every position; the moments are over positions too.
#[derive(Clone, Debug, PartialEq)]
pub struct Spatial;

impl Component for Spatial {
    const CHOICE: Choice = Choice {
        name: "spatial",
        version: 1,
        params: &[],
        summary: "its last convolution, 32 at each of 49 positions: the slide's C x NHW",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Extracts for Spatial {
    fn flops(&self) -> f64 {
        digits::FLOPS
    }

    fn name(&self, seen: &Seen<'_>) -> String {
        format!("{}, last convolution by position", seen.digits.features())
    }

    fn take(&self, seen: &Seen<'_>, images: &[u8]) -> Result<Taken, EvaluationError> {
        let mut sum = MomentsSum::new(SPATIAL_FEATURES);
        for part in images.chunks(PART * seen.digits.size()) {
            let positions: Result<_, ClassifierError> = seen.digits.classifier.positions(part);
            sum.add(&Features::new(&positions?, SPATIAL_FEATURES)?)?;
        }
        Ok(Taken::Moments(sum.moments()?))
    }
}
