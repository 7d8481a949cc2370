//! Inception v3 in the variant of the Fréchet Inception Distance: what it makes of images.
//!
//! The network is that of pytorch-fid 0.3.0 (`InceptionV3` with `fid_inception_v3`), with the
//! weights that it publishes, ported from the TensorFlow graph of 2015-12-05 that Heusel et al.
//! (2017) used. torchvision's Inception v3 has other weights and pools; FIDs with it are others.
//! The weights are the user's file, found by [`find`]; nothing is downloaded.
//!
//! Images are resized to 299 × 299 as pytorch-fid does it (bilinear, without a filter, after the
//! division by 255) and scaled to 2x − 1. TensorFlow's and torch-fidelity's own resizing differ.

mod convolution;
mod error;
mod layout;
mod load;
mod maps;
mod place;
mod pool;
mod resize;
#[cfg(test)]
pub(crate) mod tests;

pub use error::InceptionError;
pub use place::{FILE, PUBLISHED, PUBLISHED_SHA256, VARIABLE, find};
pub use resize::Pixels;

use std::path::Path;

use rayon::prelude::*;

use crate::ops::gemm::{View, multiply};
use crate::weights::{self, Weights};
use convolution::Convolution;
use layout::{Block, Step};
use maps::Maps;

/// What reports call the network.
pub const NAME: &str = "Inception v3 (FID weights)";

/// Features an image: the channels of the last block, averaged over its pixels.
pub const FEATURES: usize = 2048;

/// Rows and columns of the last block's output.
pub const SPATIAL: usize = 8;

/// Logits an image: the 1000 classes of ImageNet and eight that the graph of 2015 has besides.
pub const LOGITS: usize = 1008;

/// Rows and columns of an image as the network takes it.
pub const SIDE: usize = 299;

/// Floating-point operations an image, roughly: two for every weight at every place.
pub const FLOPS: f64 = 1.15e10;

/// Images that go through the network together on one thread: the weights of a layer are read once
/// for all of them, and the feature maps of more would leave the cache.
const TOGETHER: usize = 4;

/// The network with its weights.
#[derive(Clone, Debug)]
pub struct Inception {
    blocks: Vec<Block<Convolution>>,
    /// `[LOGITS, FEATURES]`.
    classes: Vec<f32>,
    class_bias: Vec<f32>,
    digest: String,
}

/// What the network makes of n images.
#[derive(Clone, Debug, PartialEq)]
pub struct InceptionReading {
    /// The last average, row-major `[n, FEATURES]`, at least 0: FID's features.
    pub features: Vec<f32>,
    /// What it is the average of, row-major `[n, FEATURES, SPATIAL, SPATIAL]`, if asked for.
    pub spatial: Option<Vec<f32>>,
    /// Row-major `[n, LOGITS]`.
    pub logits: Vec<f32>,
    /// The logits without the last layer's bias, as torch-fidelity's Inception Score takes them.
    pub unbiased_logits: Vec<f32>,
}

impl Inception {
    /// Reads the weights from a PyTorch file of either format, or from safetensors with the same
    /// names; the content decides which. A name that ends with `-` and 8 hexadecimal digits is
    /// compared with the content's SHA-256.
    ///
    /// # Errors
    /// [`InceptionError::File`] with the path and what is wrong with it.
    pub fn from_file(path: &Path) -> Result<Self, InceptionError> {
        Self::from_checked(path, |bytes| place::check_name(path, bytes))
    }

    /// As [`Self::from_file`], if the content's SHA-256 begins with these hexadecimal digits.
    ///
    /// # Errors
    /// [`InceptionError::File`], for another content with [`InceptionError::OtherWeights`].
    pub fn from_file_of(path: &Path, sha256: &str) -> Result<Self, InceptionError> {
        Self::from_checked(path, |bytes| place::check_content(bytes, sha256))
    }

    fn from_checked(
        path: &Path,
        check: impl Fn(&[u8]) -> Result<(), InceptionError>,
    ) -> Result<Self, InceptionError> {
        let load = || {
            let bytes = weights::bytes(path)?;
            check(&bytes)?;
            let weights = Weights::from_bytes(&bytes)?;
            drop(bytes);
            Self::from_weights(&weights)
        };
        load().map_err(|source| InceptionError::File {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Takes the weights from tensors of pytorch-fid's names. Others are left out.
    ///
    /// # Errors
    /// [`InceptionError`] for a number that is not finite, and for the first tensor in the
    /// network's order that is missing, of another shape, or a negative variance.
    pub fn from_weights(weights: &Weights) -> Result<Self, InceptionError> {
        load::build(weights)
    }

    /// BLAKE3 of all weights as they were read, in the network's order with names and shapes, in
    /// hexadecimal: the same for the same weights in any of the formats.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Features and logits of images, row-major `[n, channels, height, width]` with one or three
    /// channels; grey is taken for three equal channels. Parallel over images in rayon's current
    /// pool; the result does not depend on it.
    ///
    /// # Errors
    /// [`InceptionError`] if these are no images: [`Pixels`] of another number or range, or of
    /// another shape.
    pub fn run(
        &self,
        pixels: Pixels<'_>,
        shape: [usize; 3],
    ) -> Result<InceptionReading, InceptionError> {
        self.read(pixels, shape, false)
    }

    /// As [`Self::run`], with the last block's output: 512 KiB an image.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_with_spatial(
        &self,
        pixels: Pixels<'_>,
        shape: [usize; 3],
    ) -> Result<InceptionReading, InceptionError> {
        self.read(pixels, shape, true)
    }

    fn read(
        &self,
        pixels: Pixels<'_>,
        shape: [usize; 3],
        spatial: bool,
    ) -> Result<InceptionReading, InceptionError> {
        let count = pixels.count(shape)?;
        // Few images are shared among all threads first.
        let together = TOGETHER.min(count.div_ceil(rayon::current_num_threads()).max(1));
        let parts: Vec<(Vec<f32>, Vec<f32>)> = (0..count.div_ceil(together))
            .into_par_iter()
            .map(|part| {
                let first = part * together;
                let images = first..(first + together).min(count);
                let last = self.forward(pixels.maps(images, shape), |_, _| {});
                let planes = if spatial { last.planes() } else { Vec::new() };
                (last.means(), planes)
            })
            .collect();
        let (features, planes): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let features = features.concat();
        let unbiased_logits = self.classify(&features);
        let biases = self.class_bias.iter().cycle();
        let logits = unbiased_logits.iter().zip(biases).map(|(x, b)| x + b);
        Ok(InceptionReading {
            logits: logits.collect(),
            unbiased_logits,
            features,
            spatial: spatial.then(|| planes.concat()),
        })
    }

    /// The last block's output, and on the way every block's to `seen`.
    fn forward(&self, images: Maps, mut seen: impl FnMut(&'static str, &Maps)) -> Maps {
        self.blocks.iter().fold(images, |input, block| {
            let output = block.run(&input);
            seen(block.name, &output);
            output
        })
    }

    fn classify(&self, features: &[f32]) -> Vec<f32> {
        let rows = features.len() / FEATURES;
        let mut logits = vec![0.0; rows * LOGITS];
        let weights = View::new(&self.classes, LOGITS, FEATURES).t();
        let features = View::new(features, rows, FEATURES);
        multiply(features, weights, false, &mut logits);
        logits
    }
}

impl Block<Convolution> {
    fn run(&self, input: &Maps) -> Maps {
        let mut out: Option<Maps> = None;
        let mut first = 0;
        for branch in &self.branches {
            let mut current = None;
            for step in &branch.steps {
                let from = current.as_ref().unwrap_or(input);
                current = Some(step.run(from));
            }
            let from = current.as_ref().unwrap_or(input);
            for end in &branch.ends {
                let out = out.get_or_insert_with(|| {
                    let sides = end.sides([from.height, from.width]);
                    Maps::zeros(from.images, sides, self.outputs)
                });
                end.write(from, out, first);
                first += end.outputs(from.channels);
            }
        }
        out.unwrap_or_else(|| input.clone())
    }
}

impl Step<Convolution> {
    fn sides(&self, sides: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Layer(convolution) => convolution.sides(sides),
            Self::Pool(pool) => pool.sides(sides),
        }
    }

    fn outputs(&self, channels: usize) -> usize {
        match self {
            Self::Layer(convolution) => convolution.outputs(),
            Self::Pool(_) => channels,
        }
    }

    fn run(&self, input: &Maps) -> Maps {
        let sides = self.sides([input.height, input.width]);
        let mut out = Maps::zeros(input.images, sides, self.outputs(input.channels));
        self.write(input, &mut out, 0);
        out
    }

    fn write(&self, input: &Maps, out: &mut Maps, first: usize) {
        match self {
            Self::Layer(convolution) => convolution.write(input, out, first),
            Self::Pool(pool) => pool.write(input, out, first),
        }
    }
}
