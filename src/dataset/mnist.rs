//! The 10,000 MNIST test images, inside the binary.

use std::sync::{Arc, Mutex, PoisonError};

use super::idx::{read_images, read_labels};
use super::{Data, DataError, Images, Labelled, Source};
use crate::axis::Component;
use crate::classifier::{Classifier, MOST_CLASSES};
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_IMAGE;

const NAME: &str = "mnist";

/// Channels, height and width of a digit.
pub(super) const SHAPE: SampleShape = [1, 28, 28];

/// See `experiments/data/mnist/README.md` for source, licence and the command of the classifier.
const IMAGES: &[u8] = include_bytes!("../../experiments/data/mnist/t10k-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../../experiments/data/mnist/t10k-labels-idx1-ubyte.gz");
const CLASSIFIER: &[u8] = include_bytes!("../../experiments/data/mnist/classifier.safetensors");

/// The embedded MNIST images.
#[derive(Clone, Debug, PartialEq)]
pub struct Mnist;

impl Component for Mnist {
    const CHOICE: Choice = Choice {
        name: NAME,
        version: 1,
        params: &[DATA_RANGE_IMAGE],
        summary: "handwritten digits 28 x 28: 5,000 images to train on, 5,000 as reference",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Source for Mnist {
    fn open(&self) -> Result<Data, DataError> {
        embedded().map(Data::Images)
    }

    fn shape(&self) -> SampleShape {
        SHAPE
    }

    fn classes(&self) -> Option<usize> {
        Some(MOST_CLASSES)
    }
}

/// The images, decompressed and divided once a process.
pub(super) fn embedded() -> Result<Arc<Images>, DataError> {
    static OPENED: Mutex<Option<Arc<Images>>> = Mutex::new(None);
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*opened {
        Some(images) => Ok(Arc::clone(images)),
        None => {
            let images = Arc::new(decode()?);
            *opened = Some(Arc::clone(&images));
            Ok(images)
        }
    }
}

fn decode() -> Result<Images, DataError> {
    let damaged = |source| DataError::Embedded { name: NAME, source };
    let images = read_images(IMAGES).map_err(damaged)?;
    let digits = Labelled {
        shape: [1, images.height, images.width],
        classes: Some(MOST_CLASSES),
        pixels: images.pixels,
        labels: read_labels(LABELS).map_err(damaged)?,
    };
    let classifier =
        Classifier::from_safetensors(CLASSIFIER).map_err(|source| DataError::Classifier {
            name: NAME.to_owned(),
            source,
        })?;
    let halves = digits.halves();
    let (train, reference) = (digits.at(&halves.first), digits.at(&halves.second));
    Ok(Images::new(NAME, train, reference, Some(classifier)))
}

#[cfg(test)]
mod tests {
    use super::embedded;

    #[test]
    fn the_split_is_frozen() {
        // Golden digest of this version of the split: a change here changes every image result.
        let images = embedded().expect("the embedded images");
        let mut hasher = blake3::Hasher::new();
        hasher.update(&images.train).update(&images.train_labels);
        hasher.update(&images.reference);
        hasher.update(&images.reference_labels);
        assert_eq!(
            hasher.finalize().to_hex().as_str(),
            "01fe3c6043a39a6622f46f3d721417e749e1fc3003ac459e93005804ed1e8410"
        );
    }

    #[test]
    fn both_halves_hold_five_thousand_images_and_every_digit_alike() {
        let images = embedded().expect("the embedded images");
        assert_eq!(images.shape, [1, 28, 28]);
        assert_eq!(
            (images.train_count(), images.reference_count()),
            (5000, 5000)
        );
        assert_eq!(images.sample_size, 5000);
        // Digits in the MNIST test set, as its authors' page and every copy of it count them.
        let digits = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
        for (digit, count) in digits.into_iter().enumerate() {
            let of = |labels: &[u8]| labels.iter().filter(|&&l| usize::from(l) == digit).count();
            let (train, reference) = (of(&images.train_labels), of(&images.reference_labels));
            assert_eq!(train + reference, count);
            assert!(train.abs_diff(reference) <= 1);
        }
    }

    #[test]
    fn mean_and_deviation_are_those_of_mnist() {
        // The whole training set's are 0.1307 and 0.3081 (PyTorch's MNIST example); a random
        // 5,000 test images lie close by.
        let images = embedded().expect("the embedded images");
        assert!((images.mean - 0.1307).abs() < 0.004, "{}", images.mean);
        assert!((images.std - 0.3081).abs() < 0.004, "{}", images.std);
    }

    #[test]
    fn the_classifier_names_the_images_it_never_saw() {
        let images = embedded().expect("the embedded images");
        let pixels = [&images.train[..], &images.reference].concat();
        let labels = [&images.train_labels[..], &images.reference_labels].concat();
        let classifier = images.classifier.as_ref().expect("it has labels");
        let reading = classifier.run(&pixels).expect("whole images");
        let right = reading
            .predictions()
            .zip(&labels)
            .filter(|((class, _), label)| *class == usize::from(**label))
            .count();
        assert!(right >= 9_900, "{right} of 10,000");
        // The stated accuracy is that of these images; another numeric class may turn a near tie.
        let stated = classifier.accuracy() * 10_000.0;
        assert!(
            (stated - right as f64).abs() <= 3.0,
            "{stated} stated, {right} found"
        );
    }
}
