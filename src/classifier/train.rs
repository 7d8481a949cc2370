//! Training of the feature network, the same bits every time: one thread, named streams, own Adam.

use candle_core::{Device, Tensor, Var};

use super::network::{CLASSES, Network, PADDING, STRIDE, check, layout, unit};
use super::{Classifier, ClassifierError};
use crate::model::SampleShape;
use crate::ops::conv::conv2d;
use crate::rng::{Name, Stream, Streams};

/// The seed of every stream in a classifier's training.
const SEED: u64 = 0;

const BATCH: usize = 128;

/// Passes over the images; more where they are few, so that there are `LEAST_STEPS`.
const EPOCHS: usize = 12;
const LEAST_STEPS: usize = 500;

/// Adam's defaults (Kingma and Ba 2015); the rate falls linearly to 0 over the training.
const LEARNING_RATE: f64 = 1e-3;
const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// Each image is moved by up to so many pixels along each axis, anew at every visit.
const SHIFT: usize = 2;

/// Labelled 8-bit images.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Channels, height and width of an image.
    pub shape: SampleShape,
    /// How many classes there are.
    pub classes: usize,
    /// Row-major `[n, channels, height, width]`.
    pub pixels: &'a [u8],
    /// A label for each, below `classes`.
    pub labels: &'a [u8],
}

impl Examples<'_> {
    fn check(&self) -> Result<(), ClassifierError> {
        let Self { shape, classes, .. } = *self;
        check(shape)?;
        let (len, labels) = (self.pixels.len(), self.labels.len());
        if !len.is_multiple_of(self.size()) {
            return Err(ClassifierError::Pixels { len, shape });
        }
        let images = len / self.size();
        let valid =
            CLASSES.contains(&classes) && self.labels.iter().all(|&l| usize::from(l) < classes);
        if labels != images || images == 0 || !valid {
            return Err(ClassifierError::Labels {
                labels,
                images,
                classes,
            });
        }
        Ok(())
    }

    /// Values of an image.
    fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// How far the training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Mean cross-entropy of the last batch, nats.
    pub loss: f64,
}

impl Progress {
    /// Steps between two reports; the last step is always reported.
    pub const EVERY: usize = 20;
}

/// Trains a classifier on `examples` and states its accuracy on `test`, which it never sees in
/// training and which chooses nothing. `trained_on` describes the examples.
///
/// # Errors
/// A [`ClassifierError`] if images and labels do not go together.
pub fn train(
    examples: &Examples<'_>,
    test: &Examples<'_>,
    trained_on: &str,
    mut progress: impl FnMut(Progress),
) -> Result<Classifier, ClassifierError> {
    examples.check()?;
    test.check()?;
    let batch = BATCH.min(examples.labels.len());
    let batches = examples.labels.len() / batch;
    let epochs = EPOCHS.max(LEAST_STEPS.div_ceil(batches));
    let steps = epochs * batches;
    let streams = Streams::new(SEED);
    let mut training = Training::new(examples.shape, examples.classes, &streams)?;
    let order = streams.source(Name::ClassifierOrder);
    let augment = streams.source(Name::ClassifierAugment);
    let mut step = 0;
    for epoch in 0..epochs {
        let order = order.at(epoch as u64, 0).permutation(examples.labels.len());
        for places in order.chunks_exact(batch) {
            let images = shifted(examples, places, &mut augment.at(step as u64, 0));
            let labels: Vec<u8> = places.iter().map(|&i| examples.labels[i]).collect();
            let rate = LEARNING_RATE * (1.0 - step as f64 / steps as f64);
            let loss = training.step(&images, &labels, rate)?;
            step += 1;
            if step % Progress::EVERY == 0 || step == steps {
                progress(Progress { step, steps, loss });
            }
        }
    }
    let network = training.finish()?;
    Ok(Classifier {
        accuracy: Classifier::score(&network, test),
        network,
        trained_on: trained_on.to_owned(),
    })
}

/// The images at `places` on [0, 1], each moved by a random offset; what comes in is 0.
fn shifted(examples: &Examples<'_>, places: &[usize], stream: &mut Stream) -> Vec<f32> {
    let [_, height, width] = examples.shape;
    let (size, plane) = (examples.size(), height * width);
    let mut out = vec![0.0; places.len() * size];
    for (image, &place) in out.chunks_exact_mut(size).zip(places) {
        let source = &examples.pixels[place * size..][..size];
        let mut offset = || stream.index(2 * SHIFT + 1);
        let (down, right) = (offset(), offset());
        let channels = image.chunks_exact_mut(plane);
        for (image, source) in channels.zip(source.chunks_exact(plane)) {
            for y in 0..height {
                let Some(row) = (y + down).checked_sub(SHIFT).filter(|&r| r < height) else {
                    continue;
                };
                for x in 0..width {
                    if let Some(column) = (x + right).checked_sub(SHIFT).filter(|&c| c < width) {
                        image[y * width + x] = unit(source[row * width + column]);
                    }
                }
            }
        }
    }
    out
}

/// Weights with the moments of Adam.
struct Training {
    shape: SampleShape,
    classes: usize,
    parameters: Vec<Parameter>,
    /// βᵢᵗ, by multiplication.
    decay: [f64; 2],
}

struct Parameter {
    var: Var,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Training {
    /// Weights N(0, 2 / fan-in) (He et al. 2015), biases 0.
    fn new(shape: SampleShape, classes: usize, streams: &Streams) -> Result<Self, ClassifierError> {
        let init = streams.source(Name::InitClassifier);
        let mut parameters = Vec::new();
        for (layer, (_, dims)) in layout(shape, classes).into_iter().enumerate() {
            let len = dims.iter().product();
            let mut values = vec![0.0; len];
            if dims.len() > 1 {
                let fan_in = len / dims[0];
                init.at(layer as u64, 0).fill_normal(&mut values);
                let scale = (2.0 / fan_in as f32).sqrt();
                values.iter_mut().for_each(|w| *w *= scale);
            }
            parameters.push(Parameter {
                var: Var::from_vec(values, dims, &Device::Cpu)?,
                first: vec![0.0; len],
                second: vec![0.0; len],
            });
        }
        Ok(Self {
            shape,
            classes,
            parameters,
            decay: [1.0; 2],
        })
    }

    /// Logits `[batch, classes]`.
    fn forward(&self, images: &[f32]) -> candle_core::Result<Tensor> {
        let p = |i: usize| self.parameters[i].var.as_tensor();
        let [channels, height, width] = self.shape;
        let batch = images.len() / (channels * height * width);
        let x = Tensor::from_slice(images, (batch, channels, height, width), &Device::Cpu)?;
        let x = conv2d(&x, p(0), Some(p(1)), STRIDE, PADDING)?.relu()?;
        let x = conv2d(&x, p(2), Some(p(3)), STRIDE, PADDING)?.relu()?;
        let x = linear(&x.flatten_from(1)?, p(4), p(5))?.relu()?;
        linear(&x, p(6), p(7))
    }

    /// One step of Adam on the mean cross-entropy of a batch, which it returns.
    fn step(&mut self, images: &[f32], labels: &[u8], rate: f64) -> candle_core::Result<f64> {
        let logits = self.forward(images)?;
        let (loss, gradient) = cross_entropy(&logits.flatten_all()?.to_vec1()?, labels);
        let gradient = Tensor::from_vec(gradient, logits.shape(), &Device::Cpu)?;
        let gradients = (logits * gradient)?.sum_all()?.backward()?;
        for (decay, beta) in self.decay.iter_mut().zip(BETAS) {
            *decay *= beta;
        }
        for parameter in &mut self.parameters {
            if let Some(gradient) = gradients.get(&parameter.var) {
                parameter.update(&gradient.flatten_all()?.to_vec1()?, rate, self.decay)?;
            }
        }
        Ok(loss)
    }

    fn finish(self) -> Result<Network, ClassifierError> {
        let parameters = self.parameters.iter();
        Ok(Network {
            shape: self.shape,
            classes: self.classes,
            parameters: parameters
                .map(|p| p.var.flatten_all()?.to_vec1())
                .collect::<candle_core::Result<_>>()?,
        })
    }
}

impl Parameter {
    /// Algorithm 1 of Kingma and Ba (2015), in `f64`.
    fn update(&mut self, gradient: &[f32], rate: f64, decay: [f64; 2]) -> candle_core::Result<()> {
        let mut values: Vec<f32> = self.var.flatten_all()?.to_vec1()?;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((w, &g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            let g = f64::from(g);
            *m = BETAS[0] * *m + (1.0 - BETAS[0]) * g;
            *v = BETAS[1] * *v + (1.0 - BETAS[1]) * g * g;
            let (mean, square) = (*m / (1.0 - decay[0]), *v / (1.0 - decay[1]));
            *w = (f64::from(*w) - rate * mean / (square.sqrt() + EPSILON)) as f32;
        }
        let values = Tensor::from_vec(values, self.var.shape(), &Device::Cpu)?;
        self.var.set(&values)
    }
}

/// `x wᵀ + b`, as a 1 × 1 convolution of an image with one pixel a sample: so it goes through this
/// project's matrix product in one thread, where candle's own would use as many as there are.
fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> candle_core::Result<Tensor> {
    let (batch, inputs) = x.dims2()?;
    let outputs = weight.dim(0)?;
    let pixels = x.t()?.reshape((1, inputs, 1, batch))?;
    let weight = weight.reshape((outputs, inputs, 1, 1))?;
    let out = conv2d(&pixels, &weight, Some(bias), 1, 0)?;
    out.reshape((outputs, batch))?.t()
}

/// Mean cross-entropy in nats, and its gradient with the logits: (softmax − one-hot) / batch.
fn cross_entropy(logits: &[f32], labels: &[u8]) -> (f64, Vec<f32>) {
    let scale = 1.0 / labels.len() as f32;
    let mut gradient = Vec::with_capacity(logits.len());
    let mut loss = 0.0;
    for (row, &label) in logits.chunks_exact(logits.len() / labels.len()).zip(labels) {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = row.iter().map(|&x| libm::expf(x - most)).collect();
        let sum: f32 = exponentials.iter().sum();
        for (class, e) in exponentials.iter().enumerate() {
            let target = f32::from(u8::from(class == usize::from(label)));
            gradient.push((e / sum - target) * scale);
        }
        loss += f64::from(libm::logf(sum) - (row[usize::from(label)] - most));
    }
    (loss / labels.len() as f64, gradient)
}

#[cfg(test)]
mod tests {
    use super::{Training, cross_entropy};
    use crate::classifier::network::{MOST_CLASSES, unit};
    use crate::rng::{Name, Streams};

    #[test]
    fn the_trained_network_is_the_one_that_reads() {
        // The graph of the training and the forward pass of `Classifier::run` on random images.
        let training = Training::new([3, 10, 13], 7, &Streams::new(5)).expect("weights");
        let mut stream = Streams::new(6).stream(Name::Reference, 0, 0);
        let pixels: Vec<u8> = (0..7 * 390).map(|_| stream.bits() as u8).collect();
        let images: Vec<f32> = pixels.iter().map(|&p| unit(p)).collect();
        let logits = training.forward(&images).and_then(|t| t.to_vec2::<f32>());
        let reading = training.finish().expect("a network").read(&pixels);
        let rows = reading.probabilities.chunks_exact(7);
        for (row, logits) in rows.zip(logits.expect("logits")) {
            for i in 0..7 {
                let odds = f64::from(logits[i] - logits[0]);
                assert!(((row[i] / row[0]).ln() - odds).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn the_gradient_of_the_cross_entropy_is_its_difference_quotient() {
        let mut logits = vec![0.0; 3 * MOST_CLASSES];
        let mut stream = Streams::new(1).stream(Name::Reference, 0, 0);
        stream.fill_normal(&mut logits);
        let labels = [4, 0, 9];
        let (_, gradient) = cross_entropy(&logits, &labels);
        for i in 0..logits.len() {
            let moved = |by: f32| {
                let mut logits = logits.clone();
                logits[i] += by;
                cross_entropy(&logits, &labels).0
            };
            // Central difference: its error is about h² / 6 plus f32's rounding over h.
            let quotient = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((quotient - f64::from(gradient[i])).abs() < 1e-4);
        }
    }
}
