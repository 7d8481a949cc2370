//! The network: two strided convolutions, 64 features, one logit a class.

use std::borrow::Cow;

use super::{ClassifierError, Reading};
use crate::model::SampleShape;
use crate::ops::conv::Geometry;
use crate::ops::gemm::{View, multiply};

/// Width of the penultimate layer, the features of FID.
pub const FEATURES: usize = 64;

/// Classes told apart at most, labelled from 0 on: as many as MNIST, Fashion-MNIST and KMNIST have.
pub const MOST_CLASSES: usize = 10;

/// How many classes there may be.
pub const CLASSES: std::ops::RangeInclusive<usize> = 2..=MOST_CLASSES;

/// Channels of an image: grey, or red, green and blue.
pub const CHANNELS: [usize; 2] = [1, 3];

/// Height and width of an image: below, two strided convolutions leave nothing to learn from;
/// above, the features' weights outgrow what an import can train in minutes.
pub const SIDES: std::ops::RangeInclusive<usize> = 8..=64;

/// Images a forward pass: their activations stay in the second-level cache.
pub(super) const BATCH: usize = 50;

const WIDTHS: [usize; 2] = [16, 32];

/// Channels of the last convolution: features of a position of an image.
pub const SPATIAL_FEATURES: usize = WIDTHS[1];

const KERNEL: usize = 5;
pub(super) const STRIDE: usize = 2;
pub(super) const PADDING: usize = 2;

/// Largest of an 8-bit pixel.
const WHITE: f32 = 255.0;

/// Places of the layers' weights among the parameters; their biases follow.
pub(super) const CONVOLUTIONS: [usize; 2] = [0, 2];
pub(super) const HIDDEN: usize = 4;
pub(super) const LOGITS: usize = 6;

/// Names and shapes of the parameters, in the order of the layers.
pub(super) type Layout = [(&'static str, Vec<usize>); 8];

/// The weights, in the order of [`layout`]. Input: pixels on [0, 1], so that the background of a
/// digit and the padding of a convolution are both 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    /// Channels, height and width of an image.
    pub shape: SampleShape,
    pub classes: usize,
    pub parameters: Vec<Vec<f32>>,
}

/// Rows or columns after the two convolutions.
fn shrunk(side: usize) -> usize {
    side.div_ceil(STRIDE).div_ceil(STRIDE)
}

/// The parameters of a network for images of that shape.
pub(super) fn layout([channels, height, width]: SampleShape, classes: usize) -> Layout {
    let flat = WIDTHS[1] * shrunk(height) * shrunk(width);
    [
        ("conv1.weight", vec![WIDTHS[0], channels, KERNEL, KERNEL]),
        ("conv1.bias", vec![WIDTHS[0]]),
        ("conv2.weight", vec![WIDTHS[1], WIDTHS[0], KERNEL, KERNEL]),
        ("conv2.bias", vec![WIDTHS[1]]),
        ("features.weight", vec![FEATURES, flat]),
        ("features.bias", vec![FEATURES]),
        ("logits.weight", vec![classes, FEATURES]),
        ("logits.bias", vec![classes]),
    ]
}

/// Whether there is a network for images of that shape.
pub(super) fn check([channels, height, width]: SampleShape) -> Result<(), ClassifierError> {
    if CHANNELS.contains(&channels) && SIDES.contains(&height) && SIDES.contains(&width) {
        return Ok(());
    }
    Err(ClassifierError::Shape {
        channels,
        height,
        width,
    })
}

/// Pixels on [0, 1].
pub(super) fn unit(pixel: u8) -> f32 {
    f32::from(pixel) / WHITE
}

impl Network {
    /// How many images a slice holds.
    pub fn count<T>(&self, pixels: &[T]) -> Result<usize, ClassifierError> {
        let size: usize = self.shape.iter().product();
        if pixels.len().is_multiple_of(size) {
            Ok(pixels.len() / size)
        } else {
            Err(ClassifierError::Pixels {
                len: pixels.len(),
                shape: self.shape,
            })
        }
    }

    /// Reads whole images.
    pub fn read(&self, pixels: &[u8]) -> Reading {
        let size: usize = self.shape.iter().product();
        self.read_batches(pixels.chunks(BATCH * size).map(|batch| {
            let images: Vec<f32> = batch.iter().map(|&p| unit(p)).collect();
            Cow::Owned(images)
        }))
    }

    /// Reads whole images on [0, 1].
    pub fn read_unit(&self, images: &[f32]) -> Reading {
        let size: usize = self.shape.iter().product();
        self.read_batches(images.chunks(BATCH * size).map(Cow::Borrowed))
    }

    fn read_batches<'b>(&self, batches: impl Iterator<Item = Cow<'b, [f32]>>) -> Reading {
        let size: usize = self.shape.iter().product();
        let (mut features, mut probabilities) = (Vec::new(), Vec::new());
        for images in batches {
            let (hidden, logits) = self.outputs(images.len() / size, &images);
            for row in logits.chunks_exact(self.classes) {
                probabilities.extend(softmax(row));
            }
            features.extend(hidden);
        }
        Reading {
            features,
            probabilities,
            classes: self.classes,
        }
    }

    /// The last convolution's output at every position of every image, row-major
    /// `[n · height · width, channels]`.
    pub fn positions(&self, pixels: &[u8]) -> Vec<f32> {
        let size: usize = self.shape.iter().product();
        let mut rows = Vec::new();
        for batch in pixels.chunks(BATCH * size) {
            let images: Vec<f32> = batch.iter().map(|&p| unit(p)).collect();
            let maps = self.maps(batch.len() / size, &images);
            let area = maps.len() / (batch.len() / size * SPATIAL_FEATURES);
            for image in maps.chunks_exact(area * SPATIAL_FEATURES) {
                rows.extend((0..area).flat_map(|at| image.iter().skip(at).step_by(area)));
            }
        }
        rows
    }

    /// Features and logits of images on [0, 1], `[batch, FEATURES]` and `[batch, classes]`.
    fn outputs(&self, batch: usize, images: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let maps = self.maps(batch, images);
        let features = self.hidden(batch, &maps);
        let logits = self.linear(LOGITS, FEATURES, &features);
        (features, logits)
    }

    /// The penultimate layer, `[batch, FEATURES]`.
    pub(super) fn hidden(&self, batch: usize, maps: &[f32]) -> Vec<f32> {
        let mut features = self.linear(HIDDEN, maps.len() / batch, maps);
        rectify(&mut features);
        features
    }

    /// The output of both convolutions, `[batch, SPATIAL_FEATURES, height, width]`.
    fn maps(&self, batch: usize, images: &[f32]) -> Vec<f32> {
        let [first, second] = self.geometries(batch);
        let values = self.convolution(CONVOLUTIONS[0], &first, images);
        self.convolution(CONVOLUTIONS[1], &second, &values)
    }

    /// The sizes of both convolutions for so many images.
    pub(super) fn geometries(&self, batch: usize) -> [Geometry; 2] {
        let [channels, height, width] = self.shape;
        let first = Geometry {
            batch,
            in_channels: channels,
            height,
            width,
            out_channels: WIDTHS[0],
            kernel: [KERNEL; 2],
            stride: STRIDE,
            padding: PADDING,
        };
        let second = Geometry {
            in_channels: WIDTHS[0],
            height: height.div_ceil(STRIDE),
            width: width.div_ceil(STRIDE),
            out_channels: WIDTHS[1],
            ..first
        };
        [first, second]
    }

    /// A convolution with its ReLU.
    pub(super) fn convolution(
        &self,
        layer: usize,
        geometry: &Geometry,
        values: &[f32],
    ) -> Vec<f32> {
        let bias = &self.parameters[layer + 1];
        let mut out = vec![0.0; geometry.output_len()];
        geometry.forward(values, &self.parameters[layer], Some(bias), &mut out);
        rectify(&mut out);
        out
    }

    pub(super) fn linear(&self, layer: usize, inputs: usize, values: &[f32]) -> Vec<f32> {
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
pub fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut values: Vec<f64> = logits
        .iter()
        .map(|&x| libm::exp(f64::from(x) - f64::from(most)))
        .collect();
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|p| *p /= sum);
    values
}
