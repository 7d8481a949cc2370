//! The network: two strided convolutions, 64 features, ten logits.

use super::{ClassifierError, Reading};
use crate::ops::conv::Geometry;
use crate::ops::gemm::{View, multiply};

/// Width of the penultimate layer, the features of FID.
pub const FEATURES: usize = 64;

/// Classes told apart, labelled 0 to 9 as in MNIST, Fashion-MNIST and KMNIST.
pub const CLASSES: usize = 10;

/// Height and width of an image: below, two strided convolutions leave nothing to learn from;
/// above, the features' weights outgrow what an import can train in minutes.
pub const SIDES: std::ops::RangeInclusive<usize> = 8..=64;

/// Images a forward pass: their activations stay in the second-level cache.
const BATCH: usize = 50;

const CHANNELS: [usize; 2] = [16, 32];
const KERNEL: usize = 5;
pub(super) const STRIDE: usize = 2;
pub(super) const PADDING: usize = 2;

/// Largest of an 8-bit pixel.
const WHITE: f32 = 255.0;

/// Names and shapes of the parameters, in the order of the layers.
pub(super) type Layout = [(&'static str, Vec<usize>); 8];

/// The weights, in the order of [`layout`]. Input: pixels on [0, 1], so that the background of a
/// digit and the padding of a convolution are both 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    pub height: usize,
    pub width: usize,
    pub parameters: Vec<Vec<f32>>,
}

/// Rows or columns after the two convolutions.
fn shrunk(side: usize) -> usize {
    side.div_ceil(STRIDE).div_ceil(STRIDE)
}

/// The parameters of a network for images of that size.
pub(super) fn layout(height: usize, width: usize) -> Layout {
    let flat = CHANNELS[1] * shrunk(height) * shrunk(width);
    [
        ("conv1.weight", vec![CHANNELS[0], 1, KERNEL, KERNEL]),
        ("conv1.bias", vec![CHANNELS[0]]),
        (
            "conv2.weight",
            vec![CHANNELS[1], CHANNELS[0], KERNEL, KERNEL],
        ),
        ("conv2.bias", vec![CHANNELS[1]]),
        ("features.weight", vec![FEATURES, flat]),
        ("features.bias", vec![FEATURES]),
        ("logits.weight", vec![CLASSES, FEATURES]),
        ("logits.bias", vec![CLASSES]),
    ]
}

/// Pixels on [0, 1].
pub(super) fn unit(pixel: u8) -> f32 {
    f32::from(pixel) / WHITE
}

impl Network {
    /// How many images a slice holds.
    pub fn count(&self, pixels: &[u8]) -> Result<usize, ClassifierError> {
        let size = self.height * self.width;
        if pixels.len().is_multiple_of(size) {
            Ok(pixels.len() / size)
        } else {
            Err(ClassifierError::Pixels {
                len: pixels.len(),
                height: self.height,
                width: self.width,
            })
        }
    }

    /// Reads whole images.
    pub fn read(&self, pixels: &[u8]) -> Reading {
        let size = self.height * self.width;
        let count = pixels.len() / size;
        let mut features = Vec::with_capacity(count * FEATURES);
        let mut probabilities = Vec::with_capacity(count * CLASSES);
        for batch in pixels.chunks(BATCH * size) {
            let images: Vec<f32> = batch.iter().map(|&p| unit(p)).collect();
            let hidden = self.features(batch.len() / size, &images);
            let logits = self.linear(6, FEATURES, &hidden);
            for row in logits.chunks_exact(CLASSES) {
                probabilities.extend(softmax(row));
            }
            features.extend(hidden);
        }
        Reading {
            features,
            probabilities,
        }
    }

    fn features(&self, batch: usize, images: &[f32]) -> Vec<f32> {
        let (height, width) = (self.height.div_ceil(STRIDE), self.width.div_ceil(STRIDE));
        let first = self.convolution(0, [batch, 1, self.height, self.width], images);
        let second = self.convolution(2, [batch, CHANNELS[0], height, width], &first);
        let mut features = self.linear(4, second.len() / batch, &second);
        rectify(&mut features);
        features
    }

    fn convolution(&self, layer: usize, input: [usize; 4], values: &[f32]) -> Vec<f32> {
        let [batch, in_channels, height, width] = input;
        let bias = &self.parameters[layer + 1];
        let geometry = Geometry {
            batch,
            in_channels,
            height,
            width,
            out_channels: bias.len(),
            kernel: [KERNEL; 2],
            stride: STRIDE,
            padding: PADDING,
        };
        let mut out = vec![0.0; geometry.output_len()];
        geometry.forward(values, &self.parameters[layer], Some(bias), &mut out);
        rectify(&mut out);
        out
    }

    fn linear(&self, layer: usize, inputs: usize, values: &[f32]) -> Vec<f32> {
        let (weight, bias) = (&self.parameters[layer], &self.parameters[layer + 1]);
        let batch = values.len() / inputs;
        let mut out = bias.repeat(batch);
        multiply(
            View::new(values, batch, inputs),
            View::new(weight, bias.len(), inputs).t(),
            true,
            &mut out,
        );
        out
    }
}

fn rectify(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = x.max(0.0));
}

/// exp(xᵢ − max) / Σ exp(xⱼ − max) in `f64`.
fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut values: Vec<f64> = logits
        .iter()
        .map(|&x| libm::exp(f64::from(x) - f64::from(most)))
        .collect();
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|p| *p /= sum);
    values
}
