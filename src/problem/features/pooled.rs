//! The features of `fid`.

use super::{Extracts, Seen, Taken};
use crate::axis::Component;
use crate::classifier::FEATURES;
use crate::metric::features::Features;
use crate::metric::fid::EvaluationError;
use crate::metric::frechet::Moments;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::problem::digits;

/// The penultimate layer of the digits' classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled;

impl Component for Pooled {
    const CHOICE: Choice = Choice {
        name: "pooled",
        version: 1,
        params: &[],
        summary: "the penultimate layer of the digits' classifier, 64 an image: those of fid",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Extracts for Pooled {
    fn flops(&self) -> f64 {
        digits::FLOPS
    }

    fn name(&self, seen: &Seen<'_>) -> String {
        seen.digits.features()
    }

    fn take(&self, seen: &Seen<'_>, images: &[u8]) -> Result<Taken, EvaluationError> {
        let reading = seen.digits.classifier.run(images)?;
        let features = Features::new(&reading.features, FEATURES)?;
        Ok(Taken::Moments(Moments::of(&features)?))
    }
}
