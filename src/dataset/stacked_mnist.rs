//! Stacked MNIST: a thousand modes, three digits in the channels of one image (Metz et al. 2017,
//! section 3.3.1; Che et al. 2017).

use std::sync::Arc;

use super::mnist;
use super::{Data, DataError, Images, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::rng::Stream;
use crate::spec::DATA_RANGE_IMAGE;

/// Digits in an image.
pub const DIGITS: usize = 3;

/// The published protocol's number: 25.6 samples a mode (Metz et al. 2017).
const EVAL_SAMPLES: Param = Param {
    name: "eval_samples",
    per_network: false,
    kind: Kind::Int {
        min: 1000,
        max: 100_000,
    },
    birth: Birth::Int(25_600),
    summary: "samples at an evaluation; recorded as modes.n (published: 25600)",
};

/// Three digits, drawn independently of each other from the 5,000 embedded training images.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedMnist {
    /// Samples at an evaluation.
    pub samples: usize,
}

impl Component for StackedMnist {
    const CHOICE: Choice = Choice {
        name: "stacked_mnist",
        version: 1,
        params: &[EVAL_SAMPLES, DATA_RANGE_IMAGE],
        summary: "1000 modes: three MNIST digits as the channels of a 28 x 28 image",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            samples: settings.uint(EVAL_SAMPLES.name, None)? as usize,
        })
    }
}

impl Source for StackedMnist {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Stacked(Stacked {
            digits: mnist::embedded()?,
            samples: self.samples,
        }))
    }

    fn shape(&self) -> SampleShape {
        let [_, height, width] = mnist::SHAPE;
        [DIGITS, height, width]
    }
}

/// Stacked digits, drawn as they are needed: no table of the thousand modes is stored.
#[derive(Clone, Debug)]
pub struct Stacked {
    /// The digits and the classifier that reads them.
    pub digits: Arc<Images>,
    /// N: samples at an evaluation.
    pub samples: usize,
}

impl Stacked {
    /// Channels, height and width of a sample.
    pub fn shape(&self) -> SampleShape {
        let [_, height, width] = self.digits.shape;
        [DIGITS, height, width]
    }

    /// Values of a sample.
    pub fn pixels(&self) -> usize {
        DIGITS * self.digits.pixels()
    }

    /// Samples on [0, 1], row-major `[n, 3, 28, 28]`: each channel a training image, with
    /// replacement. The digits are as frequent as they are among those, not exactly uniform.
    pub fn fill(&self, stream: &mut Stream, out: &mut [f32]) {
        for plane in out.chunks_exact_mut(self.digits.pixels()) {
            let image = self.digits.train_image(self.place(stream));
            for (x, &byte) in plane.iter_mut().zip(image) {
                *x = f32::from(byte) / 255.0;
            }
        }
    }

    /// The places among the training images of the three digits of a sample, as [`Self::fill`] draws
    /// them.
    pub fn places(&self, stream: &mut Stream) -> [usize; DIGITS] {
        [(); DIGITS].map(|()| self.place(stream))
    }

    fn place(&self, stream: &mut Stream) -> usize {
        stream.index(self.digits.train_count())
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, StackedMnist};
    use crate::dataset::Data;
    use crate::rng::{Name, Streams};

    #[test]
    fn every_channel_is_a_training_image_and_the_channels_are_drawn_apart() {
        let Ok(Data::Stacked(stacked)) = StackedMnist { samples: 1000 }.open() else {
            panic!("stacked digits");
        };
        assert_eq!(stacked.shape(), [3, 28, 28]);
        let mut stream = Streams::new(3).stream(Name::Data, 0, 0);
        let mut samples = vec![0.0; 40 * stacked.pixels()];
        stacked.fill(&mut stream, &mut samples);
        let digits = &stacked.digits;
        let place = |plane: &[f32]| {
            (0..digits.train_count()).find(|&i| {
                let image = digits.train_image(i).iter();
                image.zip(plane).all(|(&p, &x)| f32::from(p) / 255.0 == x)
            })
        };
        let places: Vec<usize> = samples
            .chunks_exact(784)
            .map(|plane| place(plane).expect("a training image"))
            .collect();
        assert_eq!(places.len(), 120);
        // 120 of 5,000 with replacement: about one and a half of them twice.
        let mut different = places.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 110, "{} different", different.len());
        let mut stream = Streams::new(3).stream(Name::Data, 0, 0);
        let alone: Vec<usize> = (0..40).flat_map(|_| stacked.places(&mut stream)).collect();
        assert_eq!(places, alone);
        // The same address, the same samples.
        let mut again = vec![0.0; 40 * stacked.pixels()];
        stacked.fill(&mut Streams::new(3).stream(Name::Data, 0, 0), &mut again);
        assert_eq!(samples, again);
    }
}
