//! φ: images to the features on which they are compared.

use std::sync::Arc;

use super::LatentError;
use crate::classifier::{Classifier, FEATURES};
use crate::dataset::{Data, Images, STACKED_DIGITS};
use crate::metric::features::Features;
use crate::metric::fid::{check_finite, quantised};
use crate::metric::pixels;
use crate::model::SampleShape;

/// The features of FID: the penultimate layer of the data set's own classifier (of stacked digits that of
/// the three digits, one after the other), or pixels averaged to 8 × 8 where there are no classes.
#[derive(Clone, Debug)]
pub struct FeatureMap {
    classifier: Option<Arc<Classifier>>,
    shape: SampleShape,
    /// Images that the classifier reads in a sample.
    parts: usize,
    name: String,
}

impl FeatureMap {
    /// That of a data set of images.
    ///
    /// # Errors
    /// [`LatentError::Points`].
    pub fn of(data: &Data) -> Result<Self, LatentError> {
        let (images, parts): (&Images, usize) = match data {
            Data::Images(images) => (images, 1),
            Data::Stacked(stacked) => (&stacked.digits, STACKED_DIGITS),
            Data::Mixture(_) | Data::Curve(_) => return Err(LatentError::Points),
        };
        Ok(Self {
            classifier: images.classifier.clone(),
            shape: data.shape(),
            parts,
            name: images.features(),
        })
    }

    /// What the features are: the name and the digest of the network.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Values of an image.
    pub fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Features of 8-bit images, row-major `[n, channels, height, width]`.
    ///
    /// # Errors
    /// For a part of an image, and for no image.
    pub fn of_bytes(&self, images: &[u8]) -> Result<Features, LatentError> {
        match &self.classifier {
            Some(classifier) => {
                let reading = classifier.run(images)?;
                Ok(Features::new(&reading.features, FEATURES * self.parts)?)
            }
            None => {
                let rows = pixels::features(images, self.shape);
                Ok(Features::new(&rows, pixels::width(self.shape))?)
            }
        }
    }

    /// Features of generated images on [0, 1], which are rounded to 8 bits first, as real images are.
    ///
    /// # Errors
    /// As [`Self::of_bytes`], and for a pixel that is not finite.
    pub fn of_generated(&self, images: &[f32]) -> Result<Features, LatentError> {
        check_finite(images, self.pixels(), 0)?;
        self.of_bytes(&quantised(images))
    }

    /// Features of generated images that are not rounded, for differences smaller than a grey level; of
    /// a set without classes the pixels themselves. Values beyond [0, 1] are clamped.
    ///
    /// # Errors
    /// As [`Self::of_generated`].
    pub fn unrounded(&self, images: &[f32]) -> Result<Features, LatentError> {
        check_finite(images, self.pixels(), 0)?;
        let clamped: Vec<f32> = images.iter().map(|x| x.clamp(0.0, 1.0)).collect();
        match &self.classifier {
            Some(classifier) => {
                let rows = classifier.features(&clamped)?;
                Ok(Features::new(&rows, FEATURES * self.parts)?)
            }
            None => Ok(Features::new(&clamped, self.pixels())?),
        }
    }
}

/// Pixels on [0, 1] as features, `[n, channels · height · width]`.
///
/// # Errors
/// For a part of an image, and for no image.
pub(super) fn plain_pixels(images: &[u8], size: usize) -> Result<Features, LatentError> {
    let values: Vec<f32> = images.iter().map(|&p| f32::from(p) / 255.0).collect();
    Ok(Features::new(&values, size)?)
}
