//! The embedded digits as problems see them: all 10,000, of which their classifier was trained on none.

use std::ops::Range;

use candle_core::Error;

use super::Work;
use crate::classifier::Classifier;
use crate::dataset::{BuiltIn, Data, Dataset, Images, Mnist};
use crate::event::Sample;
use crate::metric::fid::quantised;
use crate::model::SampleShape;
use crate::train::TrainError;

/// The data set of these problems.
pub(super) static DATASET: Dataset = Dataset::BuiltIn(BuiltIn::Mnist(Mnist));

/// How many there are.
pub(super) const COUNT: usize = 10_000;

/// How many there are of each digit.
pub(super) const BY_DIGIT: [usize; 10] = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];

/// The half that GANs never see either.
pub(super) const HELD_OUT: Range<usize> = 5_000..COUNT;

/// The classifier's operations an image in one direction: two for every weight at every place.
pub(super) const FLOPS: f64 = 1.61e6;

/// The digits with their classifier.
#[derive(Clone, Copy)]
pub(super) struct Digits<'w> {
    images: &'w Images,
    /// Reads them.
    pub classifier: &'w Classifier,
}

impl<'w> Digits<'w> {
    /// Of a problem whose data set is [`DATASET`].
    ///
    /// # Errors
    /// If it was opened without them.
    pub fn of(work: &Work<'w>) -> Result<Self, TrainError> {
        if let Some(Data::Images(images)) = work.prepared.map(|p| p.data())
            && let Some(classifier) = &images.classifier
        {
            return Ok(Self { images, classifier });
        }
        Err(Error::Msg("the problem has no digits to look at".to_owned()).into())
    }

    /// Channels, height, width.
    pub fn shape(&self) -> SampleShape {
        self.images.shape
    }

    /// Values of an image.
    pub fn size(&self) -> usize {
        self.images.pixels()
    }

    /// What the classifier's features are called in records.
    pub fn features(&self) -> String {
        self.images.features()
    }

    /// The i-th of [`COUNT`], 0 to 255.
    pub fn pixels(&self, i: usize) -> &'w [u8] {
        let (images, i) = match i.checked_sub(HELD_OUT.start) {
            None => (&self.images.train, i),
            Some(i) => (&self.images.reference, i),
        };
        &images[i * self.size()..][..self.size()]
    }

    /// What it shows.
    pub fn label(&self, i: usize) -> u8 {
        match i.checked_sub(HELD_OUT.start) {
            None => self.images.train_labels[i],
            Some(i) => self.images.reference_labels[i],
        }
    }

    /// On [0, 1], one after another.
    pub fn unit(&self, places: &[usize]) -> Vec<f32> {
        let pixels = places.iter().flat_map(|&i| self.pixels(i));
        pixels.map(|&p| f32::from(p) / 255.0).collect()
    }

    /// Images on [0, 1] to look at.
    pub fn sample(&self, images: &[f32]) -> Sample {
        Sample::Images {
            count: images.len() / self.size(),
            shape: self.shape(),
            pixels: quantised(images),
        }
    }
}
