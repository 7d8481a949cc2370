//! The feature network of an image set: a small convolutional classifier of the set itself.
//!
//! FID needs features. Those of a network trained on other pictures mean little on digits, so every
//! image set has a classifier of its own, trained on images that no GAN trains on. Its penultimate
//! layer gives the features, its softmax the classes.

mod train;

pub use train::{Epoch, train};

use std::path::Path;

use candle_core::{Device, Result, Tensor, Var, bail};

use crate::model::{Pass, Weights};
use crate::ops::conv::{Sweep, conv2d};
use crate::ops::cross_entropy::softmax;
use crate::ops::values::values;
use crate::ops::{Function, linear, pointwise};
use crate::rng::{Name, Streams};

/// Width of the feature vectors.
pub const FEATURES: usize = 64;

/// Classes it tells apart.
pub const CLASSES: usize = 10;

/// The smallest side of an image that both convolutions can halve.
pub const SMALLEST_SIDE: usize = 8;

/// Output channels of the two convolutions.
const CHANNELS: [usize; 2] = [16, 32];

/// Side of their kernels.
const KERNEL: usize = 5;

/// Both halve height and width.
const SWEEP: Sweep = Sweep {
    stride: 2,
    padding: 2,
};

/// Images run at once: bounds the memory.
const PART: usize = 250;

/// convolution 5×5/2 → 16, ReLU; convolution 5×5/2 → 32, ReLU; linear → 64, ReLU (the features);
/// linear → 10.
pub struct Classifier {
    shape: [usize; 3],
    weights: Weights,
    convolutions: [Layer; 2],
    features: Layer,
    last: Layer,
}

#[derive(Clone)]
struct Layer {
    weight: Var,
    bias: Var,
}

/// What a classifier reads off images, a row an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// `[n, FEATURES]`
    pub features: Vec<f64>,
    /// `[n, CLASSES]`, each row a distribution.
    pub probabilities: Vec<f64>,
}

/// What a convolution makes of a side.
fn halved(side: usize) -> usize {
    (side + 2 * SWEEP.padding - KERNEL) / SWEEP.stride + 1
}

impl Classifier {
    /// With initial weights, for images `[channels, height, width]`.
    fn new(shape: [usize; 3]) -> Result<Self> {
        let [channels, height, width] = shape;
        if height < SMALLEST_SIDE || width < SMALLEST_SIDE {
            bail!("images of {height} x {width} are too small for the feature classifier");
        }
        let mut weights = Weights::new(Streams::new(0).source(Name::InitClassifier));
        let mut layer = |name: &str, outputs: usize, dims: &[usize], gain: f64| -> Result<Layer> {
            let inputs = dims.iter().product();
            Ok(Layer {
                weight: weights.matrix(&format!("{name}.weight"), outputs, inputs, gain)?,
                bias: weights.constant(&format!("{name}.bias"), outputs, 0.0)?,
            })
        };
        let relu = std::f64::consts::SQRT_2;
        let [c1, c2] = CHANNELS;
        let flat = c2 * halved(halved(height)) * halved(halved(width));
        Ok(Self {
            shape,
            convolutions: [
                layer("convolution0", c1, &[channels, KERNEL, KERNEL], relu)?,
                layer("convolution1", c2, &[c1, KERNEL, KERNEL], relu)?,
            ],
            features: layer("features", FEATURES, &[flat], relu)?,
            last: layer("last", CLASSES, &[FEATURES], 1.0)?,
            weights,
        })
    }

    /// Features and logits of `x`, `[n, channels · height · width]` in [−½, ½].
    fn forward(&self, x: &Tensor, pass: Pass) -> Result<(Tensor, Tensor)> {
        let [channels, height, width] = self.shape;
        let n = x.dim(0)?;
        let mut x = x.reshape((n, channels, height, width))?;
        for layer in &self.convolutions {
            let (outputs, _) = layer.weight.dims2()?;
            let weight = pass
                .weight(&layer.weight)
                .reshape((outputs, (), KERNEL, KERNEL))?;
            x = conv2d(&x, &weight, &pass.weight(&layer.bias), SWEEP)?;
            x = pointwise(&x, Function::Relu)?;
        }
        let dense = |x: &Tensor, layer: &Layer| {
            linear(x, &pass.weight(&layer.weight), &pass.weight(&layer.bias))
        };
        let features = pointwise(&dense(&x.flatten_from(1)?, &self.features)?, Function::Relu)?;
        let logits = dense(&features, &self.last)?;
        Ok((features, logits))
    }

    /// Pixels of one image.
    fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Features and class probabilities of images, 0 to 255, row-major `[n, channels · height ·
    /// width]`.
    pub fn run(&self, images: &[u8]) -> Result<Reading> {
        let pixels = self.pixels();
        let mut reading = Reading {
            features: Vec::new(),
            probabilities: Vec::new(),
        };
        for part in images.chunks(PART * pixels) {
            let x = Tensor::from_vec(centred(part), (part.len() / pixels, pixels), &Device::Cpu)?;
            let (features, logits) = self.forward(&x, Pass::Frozen)?;
            reading
                .features
                .extend(values(&features)?.as_slice().iter().map(|&f| f64::from(f)));
            for row in values(&logits)?.as_slice().chunks_exact(CLASSES) {
                reading.probabilities.extend(softmax(row));
            }
        }
        Ok(reading)
    }

    /// The share of images whose most probable class is their label.
    pub fn accuracy(&self, images: &[u8], labels: &[u8]) -> Result<f64> {
        let reading = self.run(images)?;
        let right = reading
            .probabilities
            .chunks_exact(CLASSES)
            .zip(labels)
            .filter(|(row, label)| most_probable(row).0 == usize::from(**label))
            .count();
        Ok(right as f64 / labels.len() as f64)
    }

    /// Writes the weights as safetensors.
    pub fn save(&self, path: &Path) -> Result<()> {
        let named = self
            .weights
            .named()
            .map(|(name, var)| (name, var.as_tensor().clone()));
        candle_core::safetensors::save(&named.collect::<std::collections::HashMap<_, _>>(), path)
    }

    /// Reads weights that [`Self::save`] wrote, for images of a shape.
    pub fn load(bytes: &[u8], shape: [usize; 3]) -> Result<Self> {
        let classifier = Self::new(shape)?;
        let mut tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        for (name, var) in classifier.weights.named() {
            match tensors.remove(name) {
                Some(tensor) => var.set(&tensor)?,
                None => bail!("the weights hold no '{name}'"),
            }
        }
        Ok(classifier)
    }

    /// Names the weights: the first eight hexadecimal digits of their BLAKE3 digest.
    pub fn digest(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        self.weights.digest(&mut hasher)?;
        Ok(hasher.finalize().to_hex()[..8].to_owned())
    }
}

impl std::fmt::Debug for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classifier")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// The most probable class of a distribution, the first on a tie, and its probability.
pub fn most_probable(row: &[f64]) -> (usize, f64) {
    row.iter()
        .copied()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, next| {
            if next.1 > best.1 { next } else { best }
        })
}

/// 0 to 255 to [−½, ½].
fn centred(images: &[u8]) -> Vec<f32> {
    images
        .iter()
        .map(|&byte| f32::from(byte) / 255.0 - 0.5)
        .collect()
}
