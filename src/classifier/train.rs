//! Training the feature classifier: deterministic, with a fixed schedule that looks at no test
//! image.

use candle_core::{Device, Result, Tensor, bail};

use super::Classifier;
use crate::model::Pass;
use crate::ops::cross_entropy::softmax_cross_entropy;
use crate::optim::{Adam, UpdateRule};
use crate::rng::{Name, Stream, Streams};

const EPOCHS: u64 = 12;

const BATCH: usize = 128;

/// Adam's usual rate, decaying to zero along half a cosine.
const LEARNING_RATE: f64 = 2e-3;

const BETAS: [f64; 2] = [0.9, 0.999];

/// Training images are shifted by up to so many pixels in each direction: digits are not always
/// centred, least of all generated ones.
const LARGEST_SHIFT: usize = 2;

/// One pass over the training images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Counted from 1.
    pub number: u64,
    /// Of so many.
    pub of: u64,
    /// The mean training loss, in nats.
    pub loss: f64,
}

/// Trains a classifier on images, 0 to 255, row-major `[n, channels · height · width]`.
///
/// 12 epochs of Adam at batch 128, learning rate 0.002 falling to 0 along a cosine, images shifted
/// by up to two pixels. The same images in the same order give the same bits.
pub fn train(
    images: &[u8],
    labels: &[u8],
    shape: [usize; 3],
    mut report: impl FnMut(Epoch),
) -> Result<Classifier> {
    let pixels: usize = shape.iter().product();
    if labels.is_empty() || images.len() != labels.len() * pixels {
        bail!(
            "{} labels for {} bytes of images {shape:?}",
            labels.len(),
            images.len()
        );
    }
    let classifier = Classifier::new(shape)?;
    let adam = Adam { betas: BETAS };
    let mut descent = adam.start(LEARNING_RATE, &classifier.weights);
    let streams = Streams::new(0);
    let per_epoch = labels.len().div_ceil(BATCH) as u64;
    let mut step = 0;
    for epoch in 0..EPOCHS {
        let order = streams
            .stream(Name::ClassifierOrder, epoch, 0)
            .permutation(labels.len());
        let mut augment = streams.stream(Name::ClassifierAugment, epoch, 0);
        let mut total = 0.0;
        for batch in order.chunks(BATCH) {
            let progress = step as f64 / (EPOCHS * per_epoch) as f64;
            let decay = 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress));
            descent.set_lr(LEARNING_RATE * decay);
            let mut x = Vec::with_capacity(batch.len() * pixels);
            for &i in batch {
                x.extend(shifted(
                    &images[i * pixels..(i + 1) * pixels],
                    shape,
                    &mut augment,
                ));
            }
            let x = Tensor::from_vec(super::centred(&x), (batch.len(), pixels), &Device::Cpu)?;
            let targets: Vec<u8> = batch.iter().map(|&i| labels[i]).collect();
            let (_, logits) = classifier.forward(&x, Pass::Train)?;
            let loss = softmax_cross_entropy(&logits, &targets)?;
            total += f64::from(loss.to_scalar::<f32>()?) * batch.len() as f64;
            descent.step(&loss.backward()?)?;
            step += 1;
        }
        report(Epoch {
            number: epoch + 1,
            of: EPOCHS,
            loss: total / labels.len() as f64,
        });
    }
    Ok(classifier)
}

/// The image moved by up to [`LARGEST_SHIFT`] pixels in both directions; black moves in.
fn shifted(image: &[u8], [channels, height, width]: [usize; 3], stream: &mut Stream) -> Vec<u8> {
    let mut draw = || stream.index(2 * LARGEST_SHIFT + 1) as isize - LARGEST_SHIFT as isize;
    let (down, right) = (draw(), draw());
    let mut out = vec![0; image.len()];
    for channel in 0..channels {
        for y in 0..height {
            let Some(from_y) = y.checked_add_signed(-down).filter(|&y| y < height) else {
                continue;
            };
            let row = (channel * height + y) * width;
            let from_row = (channel * height + from_y) * width;
            for x in 0..width {
                if let Some(from_x) = x.checked_add_signed(-right).filter(|&x| x < width) {
                    out[row + x] = image[from_row + from_x];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use candle_core::Result;

    use super::train;
    use crate::classifier::Classifier;

    /// Ten kinds of 8 × 8 images: one bright column or row each.
    fn stripes(n: usize) -> (Vec<u8>, Vec<u8>) {
        let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
        let mut images = Vec::new();
        for &label in &labels {
            let line = usize::from(label % 5) + 1;
            for pixel in 0..64 {
                let at = if label < 5 { pixel % 8 } else { pixel / 8 };
                images.push(if at == line { 255 } else { 0 });
            }
        }
        (images, labels)
    }

    #[test]
    fn it_learns_reproducibly_and_survives_being_saved() -> Result<()> {
        let (images, labels) = stripes(640);
        let mut losses = Vec::new();
        let first = train(&images, &labels, [1, 8, 8], |epoch| losses.push(epoch.loss))?;
        assert!(losses.last() < losses.first());
        let second = train(&images, &labels, [1, 8, 8], |_| {})?;
        assert_eq!(first.digest()?, second.digest()?);
        let file = tempfile::NamedTempFile::new()?;
        first.save(file.path())?;
        let loaded = Classifier::load(&std::fs::read(file.path())?, [1, 8, 8])?;
        assert_eq!(first.run(&images)?, loaded.run(&images)?);
        Ok(())
    }
}
