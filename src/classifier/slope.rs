//! How the classifier's loss changes with the pixels: backpropagation to the image.

use super::network::{BATCH, CONVOLUTIONS, FEATURES, HIDDEN, LOGITS, Network, softmax};
use super::{Classifier, ClassifierError};
use crate::ops::gemm::{View, multiply};

impl Classifier {
    /// ∂(−ln p(label | x)) / ∂x of images on [0, 1], with the cross-entropy in nats: row-major, as the images,
    /// `[n, channels, height, width]`.
    ///
    /// Logits' gradients are exact in `f64` however sure the classifier is: 1 − p is the sum of the other
    /// probabilities. So the slope of an image that is read with p = 1 − 1e-20 has a sign too.
    ///
    /// # Errors
    /// [`ClassifierError::Pixels`] if the slice is no whole number of images, [`ClassifierError::Labels`] if
    /// there is not one label an image, each below the number of classes.
    pub fn slopes(&self, images: &[f32], labels: &[u8]) -> Result<Vec<f32>, ClassifierError> {
        let network = &self.network;
        let count = network.count(images)?;
        let classes = network.classes;
        if labels.len() != count || labels.iter().any(|&l| usize::from(l) >= classes) {
            return Err(ClassifierError::Labels {
                labels: labels.len(),
                images: count,
                classes,
            });
        }
        let size: usize = network.shape.iter().product();
        let batches = images.chunks(BATCH * size).zip(labels.chunks(BATCH));
        Ok(batches
            .flat_map(|(images, labels)| network.slopes(images, labels))
            .collect())
    }
}

impl Network {
    fn slopes(&self, images: &[f32], labels: &[u8]) -> Vec<f32> {
        let batch = labels.len();
        let [first, second] = self.geometries(batch);
        let maps = self.convolution(CONVOLUTIONS[0], &first, images);
        let positions = self.convolution(CONVOLUTIONS[1], &second, &maps);
        let features = self.hidden(batch, &positions);
        let logits = self.linear(LOGITS, FEATURES, &features);

        let rows = logits.chunks_exact(self.classes).zip(labels);
        let of_logits: Vec<f32> = rows
            .flat_map(|(row, &label)| to_logits(row, usize::from(label)))
            .collect();
        let mut of_features = self.through(LOGITS, batch, &of_logits);
        rectified(&mut of_features, &features);
        let mut of_positions = self.through(HIDDEN, batch, &of_features);
        rectified(&mut of_positions, &positions);
        let mut of_maps = vec![0.0; second.input_len()];
        let weights = &self.parameters[CONVOLUTIONS[1]];
        second.input_gradient(&of_positions, weights, &mut of_maps);
        rectified(&mut of_maps, &maps);
        let mut of_images = vec![0.0; first.input_len()];
        let weights = &self.parameters[CONVOLUTIONS[0]];
        first.input_gradient(&of_maps, weights, &mut of_images);
        of_images
    }

    /// The gradient with the input of a linear layer, from that with its output: gradient · weight.
    fn through(&self, layer: usize, batch: usize, gradient: &[f32]) -> Vec<f32> {
        let weight = &self.parameters[layer];
        let outputs = gradient.len() / batch;
        let inputs = weight.len() / outputs;
        let mut out = vec![0.0; batch * inputs];
        multiply(
            View::new(gradient, batch, outputs),
            View::new(weight, outputs, inputs),
            false,
            &mut out,
        );
        out
    }
}

/// ∂(−ln p_label) / ∂logits = p − one-hot.
fn to_logits(logits: &[f32], label: usize) -> Vec<f32> {
    let mut p = softmax(logits);
    p[label] = 0.0;
    p[label] = -p.iter().sum::<f64>();
    p.iter().map(|&x| x as f32).collect()
}

/// The gradient before a ReLU, from that after it and the ReLU's output.
fn rectified(gradient: &mut [f32], output: &[f32]) {
    for (g, &x) in gradient.iter_mut().zip(output) {
        if x <= 0.0 {
            *g = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::{Network, layout};
    use super::super::{Classifier, ClassifierError};
    use crate::rng::{Name, Streams};

    /// A network of random weights for images of 8 × 9 in three channels.
    fn classifier() -> Classifier {
        let shape = [3, 8, 9];
        let source = Streams::new(4).source(Name::InitClassifier);
        let parameters = layout(shape, 4).into_iter().enumerate();
        let parameters = parameters.map(|(layer, (_, dims))| {
            let mut values = vec![0.0; dims.iter().product()];
            source.at(layer as u64, 0).fill_normal(&mut values);
            let fan_in: usize = dims[1..].iter().product();
            let scale = (2.0 / fan_in as f32).sqrt().min(0.3);
            values.iter_mut().for_each(|w| *w *= scale);
            values
        });
        Classifier {
            network: Network {
                shape,
                classes: 4,
                parameters: parameters.collect(),
            },
            accuracy: 0.0,
            trained_on: String::new(),
        }
    }

    /// The network as its documentation says it, in `f64` and with nothing but loops: −ln p(label).
    fn plain(classifier: &Classifier, image: &[f64], label: usize) -> f64 {
        let weights = |i: usize| &classifier.network.parameters[i];
        let relu = |x: f64| x.max(0.0);
        let convolve = |x: &[f64], [channels, height, width]: [usize; 3], layer: usize| {
            let (weight, bias) = (weights(layer), weights(layer + 1));
            let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
            let mut out = Vec::new();
            for (o, &b) in bias.iter().enumerate() {
                for at in 0..rows * columns {
                    let mut sum = f64::from(b);
                    for tap in 0..channels * 25 {
                        let (c, dy, dx) = (tap / 25, tap % 25 / 5, tap % 5);
                        let (y, x0) = (2 * (at / columns) + dy, 2 * (at % columns) + dx);
                        let inside = (2..height + 2).contains(&y) && (2..width + 2).contains(&x0);
                        if inside {
                            let w = f64::from(weight[o * channels * 25 + tap]);
                            sum += w * x[(c * height + y - 2) * width + x0 - 2];
                        }
                    }
                    out.push(relu(sum));
                }
            }
            out
        };
        let dense = |x: &[f64], layer: usize| -> Vec<f64> {
            let rows = weights(layer).chunks_exact(x.len());
            let of = |row: &[f32]| {
                row.iter()
                    .zip(x)
                    .map(|(&w, x)| f64::from(w) * x)
                    .sum::<f64>()
            };
            let biases = weights(layer + 1).iter();
            rows.zip(biases)
                .map(|(row, &b)| of(row) + f64::from(b))
                .collect()
        };
        let maps = convolve(image, [3, 8, 9], 0);
        let positions = convolve(&maps, [16, 4, 5], 2);
        let features: Vec<f64> = dense(&positions, 4).into_iter().map(relu).collect();
        let logits = dense(&features, 6);
        let sum: f64 = logits.iter().map(|l| l.exp()).sum();
        sum.ln() - logits[label]
    }

    #[test]
    fn slopes_are_difference_quotients_of_the_network_written_with_loops() {
        const H: f64 = 1e-6;
        let classifier = classifier();
        let mut images = vec![0.0; 2 * 216];
        let mut stream = Streams::new(5).stream(Name::Reference, 0, 0);
        stream.fill_uniform(0.0, 1.0, &mut images);
        let labels = [3, 1];
        let slopes = classifier.slopes(&images, &labels).expect("slopes");
        let largest = slopes.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
        assert!(largest > 0.01, "{largest}");
        for (i, (image, slopes)) in images
            .chunks_exact(216)
            .zip(slopes.chunks_exact(216))
            .enumerate()
        {
            let image: Vec<f64> = image.iter().map(|&x| f64::from(x)).collect();
            let label = usize::from(labels[i]);
            // The forward passes agree, so that it is this network's loss.
            let reading = classifier
                .run_unit(&images[i * 216..][..216])
                .expect("read");
            let loss = plain(&classifier, &image, label);
            assert!((-reading.probabilities[label].ln() - loss).abs() < 1e-5);
            for (pixel, &slope) in slopes.iter().enumerate() {
                let at = |h: f64| {
                    let mut moved = image.clone();
                    moved[pixel] += h;
                    plain(&classifier, &moved, label)
                };
                let quotient = (at(H) - at(-H)) / (2.0 * H);
                assert!(
                    (f64::from(slope) - quotient).abs() < 1e-4 * f64::from(largest),
                    "pixel {pixel}: {slope} is not {quotient}"
                );
            }
        }
    }

    #[test]
    fn slopes_do_not_depend_on_what_else_is_in_the_batch() {
        let classifier = classifier();
        let mut images = vec![0.0; 61 * 216];
        let mut stream = Streams::new(6).stream(Name::Reference, 0, 0);
        stream.fill_uniform(0.0, 1.0, &mut images);
        let labels: Vec<u8> = (0..61).map(|i| i % 4).collect();
        let all = classifier.slopes(&images, &labels).expect("slopes");
        let last = classifier.slopes(&images[60 * 216..], &labels[60..]);
        for (a, b) in all[60 * 216..].iter().zip(last.expect("slopes")) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let classifier = classifier();
        for labels in [&[0_u8, 1][..], &[4]] {
            let refused = classifier.slopes(&[0.5; 216], labels);
            assert!(matches!(refused, Err(ClassifierError::Labels { .. })));
        }
        let refused = classifier.slopes(&[0.5; 215], &[0]);
        assert!(matches!(refused, Err(ClassifierError::Pixels { .. })));
    }
}
