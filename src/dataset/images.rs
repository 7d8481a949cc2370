//! Image sets in memory, divided between a GAN and the reference of its metrics.

use std::fmt;
use std::sync::Arc;

use super::folder::Labelled;
use super::split::gather;
use crate::classifier::Classifier;

/// Samples at most at an evaluation: the customary 10,000 (Heusel et al. 2017 advise no fewer).
const MOST_SAMPLES: usize = 10_000;

/// An image data set, split for a GAN.
pub struct Images {
    /// Name in a grid.
    pub name: String,
    /// Pixels of an image: channels × height × width, as `[1, 28, 28]`.
    pub shape: [usize; 3],
    /// The images G and D train on, row-major `[n, channels · height · width]`, 0 to 255, in the
    /// fixed random order of the split.
    pub train: Vec<u8>,
    /// Their labels, 0 to 9.
    pub train_labels: Vec<u8>,
    /// The images that metrics compare with, which G and D never see; laid out as `train`.
    pub reference: Vec<u8>,
    /// Their labels.
    pub reference_labels: Vec<u8>,
    /// N: samples at an evaluation, reference images compared with, and training images in the
    /// floor. The smaller of the two parts, at most 10,000.
    pub sample_size: usize,
    /// Mean of all training pixels on [0, 1].
    pub mean: f64,
    /// Standard deviation of all training pixels on [0, 1] (ddof 0).
    pub std: f64,
    /// The feature network, trained on other images of the same kind.
    pub classifier: Arc<Classifier>,
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("train", &self.train_count())
            .field("reference", &self.reference_count())
            .finish_non_exhaustive()
    }
}

/// A part of a set: the images at `places`, in that order.
pub(super) struct Part<'a> {
    pub images: &'a Labelled,
    pub places: &'a [usize],
}

impl Part<'_> {
    fn pixels(&self) -> Vec<u8> {
        let size = self.images.height * self.images.width;
        gather(&self.images.pixels, size, self.places)
    }

    fn labels(&self) -> Vec<u8> {
        gather(&self.images.labels, 1, self.places)
    }
}

impl Images {
    pub(super) fn new(
        name: &str,
        train: &Part<'_>,
        reference: &Part<'_>,
        classifier: Classifier,
    ) -> Self {
        let pixels = train.pixels();
        let (mean, std) = mean_and_std(&pixels);
        Self {
            name: name.to_owned(),
            shape: [1, train.images.height, train.images.width],
            train: pixels,
            train_labels: train.labels(),
            reference: reference.pixels(),
            reference_labels: reference.labels(),
            sample_size: sample_size(train.places.len(), reference.places.len()),
            mean,
            std,
            classifier: Arc::new(classifier),
        }
    }

    /// Values of an image: channels · height · width.
    pub fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Images to train on.
    pub fn train_count(&self) -> usize {
        self.train_labels.len()
    }

    /// Images to compare with.
    pub fn reference_count(&self) -> usize {
        self.reference_labels.len()
    }

    /// The i-th training image, 0 to 255.
    ///
    /// # Panics
    /// If there is none.
    pub fn train_image(&self, i: usize) -> &[u8] {
        &self.train[i * self.pixels()..(i + 1) * self.pixels()]
    }
}

/// N for parts of these sizes.
pub(super) fn sample_size(train: usize, reference: usize) -> usize {
    train.min(reference).min(MOST_SAMPLES)
}

/// Mean and standard deviation (ddof 0) of pixels on [0, 1], from exact integer sums.
fn mean_and_std(pixels: &[u8]) -> (f64, f64) {
    let n = pixels.len() as f64;
    let sum: u64 = pixels.iter().map(|&p| u64::from(p)).sum();
    let squares: u64 = pixels.iter().map(|&p| u64::from(p) * u64::from(p)).sum();
    let mean = sum as f64 / n;
    let variance = (squares as f64 / n - mean * mean).max(0.0);
    (mean / 255.0, variance.sqrt() / 255.0)
}
