//! Image sets in memory, divided between a GAN and the reference of its metrics.

use std::fmt;
use std::sync::Arc;

use super::labelled::Labelled;
use crate::classifier::Classifier;
use crate::model::SampleShape;

/// Samples at most at an evaluation: the customary 10,000 (Heusel et al. 2017 advise no fewer).
const MOST_SAMPLES: usize = 10_000;

/// An image data set, split for a GAN.
pub struct Images {
    /// Name in a grid.
    pub name: String,
    /// Channels, height and width of an image, as `[1, 28, 28]`.
    pub shape: SampleShape,
    /// The images G and D train on, row-major `[n, channels, height, width]`, 0 to 255, in the
    /// fixed random order of the split.
    pub train: Vec<u8>,
    /// Their labels, below the number of classes; empty where there are none.
    pub train_labels: Vec<u8>,
    /// The images that metrics compare with, which G and D never see; laid out as `train`.
    pub reference: Vec<u8>,
    /// Their labels.
    pub reference_labels: Vec<u8>,
    /// N: samples at an evaluation, reference images compared with, and training images in the
    /// floor. The smaller of the two parts, at most 10,000.
    pub sample_size: usize,
    /// Mean of all training pixels on [0, 1], over all channels.
    pub mean: f64,
    /// Standard deviation of all training pixels on [0, 1] (ddof 0), over all channels.
    pub std: f64,
    /// The feature network, trained on other images of the same kind; `None` for images without
    /// labels, of which plain pixels are compared.
    pub classifier: Option<Arc<Classifier>>,
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Images")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("train", &self.train_count())
            .field("reference", &self.reference_count())
            .field("classes", &self.classes())
            .finish_non_exhaustive()
    }
}

impl Images {
    pub(super) fn new(
        name: &str,
        train: Labelled,
        reference: Labelled,
        classifier: Option<Classifier>,
    ) -> Self {
        let (mean, std) = mean_and_std(&train.pixels);
        Self {
            name: name.to_owned(),
            shape: train.shape,
            sample_size: sample_size(train.count(), reference.count()),
            train: train.pixels,
            train_labels: train.labels,
            reference: reference.pixels,
            reference_labels: reference.labels,
            mean,
            std,
            classifier: classifier.map(Arc::new),
        }
    }

    /// Values of an image: channels · height · width.
    pub fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Images to train on.
    pub fn train_count(&self) -> usize {
        self.train.len() / self.pixels()
    }

    /// Images to compare with.
    pub fn reference_count(&self) -> usize {
        self.reference.len() / self.pixels()
    }

    /// How many classes the labels tell apart; `None` without labels.
    pub fn classes(&self) -> Option<usize> {
        self.classifier.as_ref().map(|c| c.classes())
    }

    /// What the features are that metrics compare, for tables and records: the set's own classifier
    /// with the first 16 digits of its weights' BLAKE3, or its pixels.
    pub fn features(&self) -> String {
        match &self.classifier {
            Some(classifier) => format!(
                "classifier of {} ({})",
                self.name,
                &classifier.digest().to_hex()[..16]
            ),
            None => "pixels averaged to 8 x 8".to_owned(),
        }
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
