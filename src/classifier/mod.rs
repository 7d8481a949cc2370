//! The feature network: a small convolutional classifier, trained on the data set's own images.
//!
//! FID on MNIST-like sets compares its penultimate layer, and class coverage reads its
//! probabilities. It is trained by this project on images that neither the GAN nor the reference
//! of a metric holds.

mod network;
mod slope;
#[cfg(test)]
mod tests;
mod train;
mod weights;

pub use network::{CHANNELS, CLASSES, FEATURES, MOST_CLASSES, SIDES, SPATIAL_FEATURES, softmax};
pub use train::{Examples, Progress, train};

use crate::model::SampleShape;
use network::Network;

/// Raised when the network or its training changes: other features, other FIDs.
pub const VERSION: u32 = 1;

/// A trained classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    network: Network,
    accuracy: f64,
    trained_on: String,
}

/// What the classifier makes of n images.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The penultimate layer after its ReLU, row-major `[n, FEATURES]`, at least 0.
    pub features: Vec<f32>,
    /// Softmax of the logits in `f64`, row-major `[n, classes]`.
    pub probabilities: Vec<f64>,
    /// How many classes there are.
    pub classes: usize,
}

/// Why a classifier cannot be trained, loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// Not a file of weights.
    #[error("the classifier's weights are not a safetensors file")]
    Format(#[from] safetensors::SafeTensorError),
    /// Weights without what they were made by.
    #[error(
        "the classifier's weights have no readable '{}' entry in their metadata",
        weights::METADATA
    )]
    Metadata(#[source] Option<serde_json::Error>),
    /// Another recipe.
    #[error("the classifier is of version {found}, this program uses version {VERSION}")]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// A tensor of another shape or type, or none.
    #[error("the classifier's weights hold no finite f32 tensor '{name}' of shape {shape:?}")]
    Tensor {
        /// Its name.
        name: &'static str,
        /// The shape expected.
        shape: Vec<usize>,
    },
    /// Images too small for the two strided convolutions, absurdly large, or neither grey nor RGB.
    #[error(
        "the classifier takes grey or RGB images of 8 x 8 to 64 x 64, not {height} x {width} of \
         {channels} channels"
    )]
    Shape {
        /// Channels.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// A slice that is no whole number of images.
    #[error("{len} values are no whole number of images of {shape:?}, channels x height x width")]
    Pixels {
        /// Values given.
        len: usize,
        /// Channels, height and width.
        shape: SampleShape,
    },
    /// Labels that do not fit their images.
    #[error(
        "{labels} labels for {images} images, each expected to be below the number of classes, \
         {classes} (2 to 10)"
    )]
    Labels {
        /// Labels given.
        labels: usize,
        /// Images given.
        images: usize,
        /// Classes.
        classes: usize,
    },
    /// A tensor operation failed.
    #[error("the classifier's training failed")]
    Candle(#[from] candle_core::Error),
}

impl Classifier {
    /// Channels, rows and columns of the images it takes.
    pub fn shape(&self) -> SampleShape {
        self.network.shape
    }

    /// How many classes it tells apart.
    pub fn classes(&self) -> usize {
        self.network.classes
    }

    /// Share of test images it named right when it was trained.
    pub fn accuracy(&self) -> f64 {
        self.accuracy
    }

    /// The images it was trained on, in words.
    pub fn trained_on(&self) -> &str {
        &self.trained_on
    }

    /// BLAKE3 of all weights, in the order of the layers.
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for values in &self.network.parameters {
            let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
        hasher.finalize()
    }

    /// Features and class probabilities of 8-bit images, row-major
    /// `[n, channels, height, width]`. A forward pass without a graph, in one thread.
    ///
    /// # Errors
    /// [`ClassifierError::Pixels`] if the slice is no whole number of images.
    pub fn run(&self, pixels: &[u8]) -> Result<Reading, ClassifierError> {
        self.network.count(pixels)?;
        Ok(self.network.read(pixels))
    }

    /// As [`Self::run`], of images on [0, 1] that are not rounded to 8 bits: for differences smaller than a
    /// grey level. Of real and generated images [`Self::run`] reads the same numbers.
    ///
    /// # Errors
    /// [`ClassifierError::Pixels`] if the slice is no whole number of images.
    pub fn run_unit(&self, images: &[f32]) -> Result<Reading, ClassifierError> {
        self.network.count(images)?;
        Ok(self.network.read_unit(images))
    }

    /// The features of [`Self::run_unit`] alone, row-major `[n, FEATURES]`.
    ///
    /// # Errors
    /// As there.
    pub fn features(&self, images: &[f32]) -> Result<Vec<f32>, ClassifierError> {
        Ok(self.run_unit(images)?.features)
    }

    /// The slide's F ∈ ℝ^(C × N·H·W), transposed: the last convolution's output after its ReLU at every
    /// position of every image, row-major `[n · height · width, SPATIAL_FEATURES]`.
    ///
    /// # Errors
    /// [`ClassifierError::Pixels`] if the slice is no whole number of images.
    pub fn positions(&self, pixels: &[u8]) -> Result<Vec<f32>, ClassifierError> {
        self.network.count(pixels)?;
        Ok(self.network.positions(pixels))
    }

    /// Share of the images whose most probable class is their label.
    fn score(network: &Network, examples: &Examples<'_>) -> f64 {
        let reading = network.read(examples.pixels);
        let right = reading
            .predictions()
            .zip(examples.labels)
            .filter(|((class, _), label)| *class == usize::from(**label))
            .count();
        right as f64 / examples.labels.len() as f64
    }
}

impl Reading {
    /// The most probable class of each image with its probability; the first on a tie.
    pub fn predictions(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.probabilities.chunks_exact(self.classes).map(|row| {
            row.iter()
                .copied()
                .enumerate()
                .reduce(|best, other| if other.1 > best.1 { other } else { best })
                .unwrap_or((0, 0.0))
        })
    }
}
