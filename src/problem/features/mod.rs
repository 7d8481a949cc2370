//! What a Fréchet distance compares of images.

use super::digits::Digits;
use crate::axis::axis;
use crate::inception::Inception;
use crate::metric::features::{Features, MetricError};
use crate::metric::fid::EvaluationError;
use crate::metric::frechet::{Moments, between, distance};
use crate::train::TrainError;

axis! {
    /// Features of an image.
    pub enum Extractor : Extracts {
        pooled::Pooled,
        spatial::Spatial,
        pixels::Pixels,
        inception::InceptionPool,
    }
}

/// Takes features of digits.
pub trait Extracts: Send + Sync {
    /// The beginning of the SHA-256 of a file of Inception's weights, where it needs them.
    fn weights(&self) -> Option<&str> {
        None
    }

    /// Floating-point operations an image, roughly.
    fn flops(&self) -> f64;

    /// Its name with the network's digest, for records.
    fn name(&self, seen: &Seen<'_>) -> String;

    /// The features of images.
    ///
    /// # Errors
    /// Those of the networks and of the moments.
    fn take(&self, seen: &Seen<'_>, images: &[u8]) -> Result<Taken, EvaluationError>;
}

/// Features of a set of images.
pub enum Taken {
    /// An image a row: cheaper where there are fewer images than features.
    Rows(Features),
    /// Their mean and covariance.
    Moments(Moments),
}

impl Taken {
    /// The squared Fréchet distance from features of the same extractor.
    ///
    /// # Errors
    /// Those of the moments.
    pub(super) fn distance(&self, other: &Self) -> Result<f64, MetricError> {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => between(a, b),
            (Self::Moments(a), Self::Moments(b)) => distance(a, b),
            (Self::Rows(a), Self::Moments(b)) => distance(&Moments::of(a)?, b),
            (Self::Moments(a), Self::Rows(b)) => distance(a, &Moments::of(b)?),
        }
    }
}

/// What extractors work with.
pub struct Seen<'w> {
    /// The digits with their classifier.
    pub(super) digits: Digits<'w>,
    /// Inception, if its weights were asked for.
    inception: Option<&'w Inception>,
}

impl<'w> Seen<'w> {
    /// The digits, and the network that the extractor needs.
    ///
    /// # Errors
    /// If it was not opened.
    pub(super) fn new(
        extractor: &Extractor,
        digits: Digits<'w>,
        inception: Option<&'w Inception>,
    ) -> Result<Self, TrainError> {
        if extractor.weights().is_some() && inception.is_none() {
            let without = "the problem has no Inception to look through".to_owned();
            return Err(candle_core::Error::Msg(without).into());
        }
        Ok(Self { digits, inception })
    }
}
