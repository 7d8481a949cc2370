//! Evaluation of generated images against a data set: FID on features of the set's own
//! classifier, and the classes covered.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::classes::coverage;
use super::frechet::{FrechetError, Moments, distance};
use crate::classifier::{Classifier, ClassifierError, FEATURES, Reading};
use crate::dataset::Images;
use crate::event::Quantity;
use crate::rng::{Name, Streams};

/// The seed of the noise images: a reference figure belongs to the data set, not to a run.
const NOISE_SEED: u64 = 0;

/// Why images cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// FID depends on N, so only N images compare with the floor.
    #[error("{found} pixel values, expected {count} images of {size}")]
    Size {
        /// Values given.
        found: usize,
        /// Images expected.
        count: usize,
        /// Values an image.
        size: usize,
    },
    /// A generated pixel is NaN or infinite.
    #[error("pixel {pixel} of generated image {image} is {value}, expected a finite number")]
    NotFinite {
        /// Place of the image, from 0.
        image: usize,
        /// Place of the pixel in it, from 0.
        pixel: usize,
        /// The value.
        value: f32,
    },
    /// The classifier does not take these images.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// There is no distance.
    #[error(transparent)]
    Frechet(#[from] FrechetError),
}

/// Evaluates images against one data set. Shared by all workers of a process.
#[derive(Debug)]
pub struct ImageEvaluator {
    images: Arc<Images>,
    /// Moments of the first N reference images.
    reference: Moments,
    floor: OnceLock<f64>,
    noise: OnceLock<f64>,
}

impl ImageEvaluator {
    /// The evaluator of a data set: the first call in a process reads the reference images, later
    /// ones return the same evaluator.
    ///
    /// # Errors
    /// An [`EvaluationError`] if the classifier does not go with the images.
    pub fn new(images: Arc<Images>) -> Result<Arc<Self>, EvaluationError> {
        static KNOWN: Mutex<Vec<Arc<ImageEvaluator>>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(evaluator) = known.iter().find(|e| Arc::ptr_eq(&e.images, &images)) {
            return Ok(Arc::clone(evaluator));
        }
        let n = images.sample_size * images.pixels();
        let reference = moments(&images.classifier, &images.reference[..n])?.0;
        let evaluator = Arc::new(Self {
            images,
            reference,
            floor: OnceLock::new(),
            noise: OnceLock::new(),
        });
        known.push(Arc::clone(&evaluator));
        Ok(evaluator)
    }

    /// N: how many images [`Self::evaluate`] takes.
    pub fn sample_size(&self) -> usize {
        self.images.sample_size
    }

    /// `fid.floor`: the FID of N real training images, what a perfect generator scores at this N;
    /// and `fid.n`: N itself, without which neither the floor nor a FID means anything. Computed once.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn floor(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let floor = match self.floor.get() {
            Some(floor) => *floor,
            None => {
                let n = self.sample_size() * self.images.pixels();
                let fid = self.fid(&self.images.train[..n])?.0;
                *self.floor.get_or_init(|| fid)
            }
        };
        let n = self.sample_size() as f64;
        Ok(vec![("fid.floor", floor), ("fid.n", n)])
    }

    /// The declared worst values, which stand in for those of a diverged run: the FID of N images
    /// of uniform noise, counts and shares 0.
    ///
    /// FID has no largest value: a finished run whose images lie further from the real ones than
    /// noise does, such as one that repeats a single image, can score more than this. The worst value
    /// is a yardstick that every run shares, not a bound.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn worst(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let fid = match self.noise.get() {
            Some(fid) => *fid,
            None => {
                let mut noise = vec![0.0; self.sample_size() * self.images.pixels()];
                Streams::new(NOISE_SEED)
                    .stream(Name::Reference, 0, 0)
                    .fill_uniform(0.0, 1.0, &mut noise);
                let fid = self.fid(&quantised(&noise))?.0;
                *self.noise.get_or_init(|| fid)
            }
        };
        Ok(values(fid, [0.0; 3]))
    }

    /// `fid`, `classes`, `class_entropy` and `confident` of exactly N generated images, row-major
    /// `[N, height · width]` on [0, 1].
    ///
    /// They are rounded to 8 bits first, round(255 x) clamped to 0 … 255, as real images are: a
    /// classifier could otherwise tell the two apart by values that no image file holds.
    ///
    /// # Errors
    /// An [`EvaluationError`] for another number of images or a pixel that is not finite.
    pub fn evaluate(&self, images: &[f32]) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let (count, size) = (self.sample_size(), self.images.pixels());
        if images.len() != count * size {
            return Err(EvaluationError::Size {
                found: images.len(),
                count,
                size,
            });
        }
        if let Some(place) = images.iter().position(|x| !x.is_finite()) {
            return Err(EvaluationError::NotFinite {
                image: place / size,
                pixel: place % size,
                value: images[place],
            });
        }
        let (fid, reading) = self.fid(&quantised(images))?;
        let found = coverage(&reading);
        let shares = [found.classes as f64, found.entropy, found.confident];
        Ok(values(fid, shares))
    }

    fn fid(&self, pixels: &[u8]) -> Result<(f64, Reading), EvaluationError> {
        let (moments, reading) = moments(&self.images.classifier, pixels)?;
        Ok((distance(&moments, &self.reference)?, reading))
    }
}

fn moments(classifier: &Classifier, pixels: &[u8]) -> Result<(Moments, Reading), EvaluationError> {
    let reading = classifier.run(pixels)?;
    Ok((Moments::of(&reading.features, FEATURES)?, reading))
}

fn values(fid: f64, [classes, entropy, confident]: [f64; 3]) -> Vec<(Quantity, f64)> {
    vec![
        ("fid", fid),
        ("classes", classes),
        ("class_entropy", entropy),
        ("confident", confident),
    ]
}

/// round(255 x), clamped: halves away from zero, as `f32::round` does everywhere.
pub fn quantised(images: &[f32]) -> Vec<u8> {
    images
        .iter()
        .map(|x| (255.0 * x).round().clamp(0.0, 255.0) as u8)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{EvaluationError, ImageEvaluator, quantised};
    use crate::dataset::{Data, Images, Mnist, Source};
    use crate::event::Quantity;

    fn mnist() -> (Arc<Images>, Arc<ImageEvaluator>) {
        match Mnist.open() {
            Ok(Data::Images(images)) => {
                let evaluator = ImageEvaluator::new(Arc::clone(&images)).expect("an evaluator");
                (images, evaluator)
            }
            other => panic!("MNIST holds images, not {other:?}"),
        }
    }

    fn value(values: &[(Quantity, f64)], name: &str) -> f64 {
        let found = values.iter().find(|(n, _)| *n == name);
        found.expect("a value of that name").1
    }

    #[test]
    fn real_images_score_the_floor_and_noise_the_worst() {
        let (images, evaluator) = mnist();
        let floor = value(&evaluator.floor().expect("a floor"), "fid.floor");
        let worst = evaluator.worst().expect("worst values");
        assert!(floor > 0.0 && floor < 2.0, "{floor}");
        let n = value(&evaluator.floor().expect("a floor"), "fid.n");
        assert_eq!(n, evaluator.sample_size() as f64);
        assert!(value(&worst, "fid") > 100.0 * floor);
        // Bytes to [0, 1] and back are the same bytes, so real images score exactly the floor.
        let real: Vec<f32> = images.train.iter().map(|&p| f32::from(p) / 255.0).collect();
        let found = evaluator.evaluate(&real).expect("values");
        assert_eq!(value(&found, "fid"), floor);
        assert_eq!(value(&found, "classes"), 10.0);
        // Ten digits, nearly uniform: just below ln 10.
        assert!((2.29..std::f64::consts::LN_10).contains(&value(&found, "class_entropy")));
        assert!(value(&found, "confident") > 0.95);
        let names = |values: &[(Quantity, f64)]| values.iter().map(|v| v.0).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&worst));
        assert!(found.iter().all(|(n, _)| crate::metric::info(n).is_some()));
    }

    #[test]
    fn a_collapsed_generator_has_a_finite_distance() {
        let (images, evaluator) = mnist();
        let one: Vec<f32> = images
            .train_image(3)
            .iter()
            .map(|&p| f32::from(p) / 255.0)
            .collect();
        let found = evaluator
            .evaluate(&one.repeat(evaluator.sample_size()))
            .expect("values");
        let floor = value(&evaluator.floor().expect("a floor"), "fid.floor");
        assert!(value(&found, "fid") > 10.0 * floor);
        assert!(value(&found, "fid").is_finite());
        assert_eq!(value(&found, "class_entropy"), 0.0);
    }

    #[test]
    fn images_that_cannot_be_compared_are_refused() {
        let (_, evaluator) = mnist();
        let mut images = vec![0.5; evaluator.sample_size() * 784];
        let size = evaluator.evaluate(&images[784..]).expect_err("one too few");
        assert_eq!(
            size.to_string(),
            "3919216 pixel values, expected 5000 images of 784"
        );
        images[2 * 784 + 7] = f32::NAN;
        let found = evaluator.evaluate(&images).expect_err("a NaN");
        assert!(matches!(
            found,
            EvaluationError::NotFinite {
                image: 2,
                pixel: 7,
                ..
            }
        ));
    }

    #[test]
    fn a_process_has_one_evaluator_for_a_data_set() {
        let ((_, first), (_, second)) = (mnist(), mnist());
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn pixels_are_rounded_as_image_files_are() {
        // 0.5 / 255 lies halfway between 0 and 1 and goes up; what is outside [0, 1] is clamped.
        assert_eq!(
            quantised(&[0.0, 0.5 / 255.0, 0.25, 1.0, -3.0, 7.0]),
            [0, 1, 64, 255, 0, 255]
        );
    }
}
