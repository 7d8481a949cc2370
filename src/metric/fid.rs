//! Evaluation of generated images against a data set: FID on features of the set's own
//! classifier and the classes covered, or FID on plain pixels where the set has no classes.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::classes::Tally;
use super::features::{Features as Rows, MetricError};
use super::frechet::{Moments, distance};
use super::{LABEL_ACCURACY, pixels, thorough};
use crate::classifier::{ClassifierError, FEATURES};
use crate::dataset::Images;
use crate::event::Quantity;
use crate::inception::InceptionError;
use crate::rng::{Name, Streams};

/// The seed of the noise images: a reference figure belongs to the data set, not to a run.
const NOISE_SEED: u64 = 0;

/// Noise images made at once: bounds the memory.
const NOISE_PART: usize = 512;

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
    /// Modes are what a classifier reads.
    #[error("modes need a data set with a classifier")]
    Unlabelled,
    /// The classifier does not take these images.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// Inception does not take these images.
    #[error(transparent)]
    Inception(#[from] InceptionError),
    /// The features cannot be compared.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thoroughness {
    /// What a curve shows.
    Interim,
    /// Everything.
    Final,
}

/// Evaluates images against one data set. Shared by all workers of a process.
#[derive(Debug)]
pub struct ImageEvaluator {
    images: Arc<Images>,
    /// Moments of the features of the first N reference images.
    moments: Moments,
    /// Those features, where the data set has classes.
    reference: Option<thorough::Reference>,
    /// What the features are.
    name: String,
    /// How the first N training images compare with the reference.
    train: OnceLock<Train>,
    noise: OnceLock<Vec<(Quantity, f64)>>,
}

/// What training images score as samples.
#[derive(Debug)]
struct Train {
    scores: Vec<(Quantity, f64)>,
    /// Where the data set has classes.
    compared: Option<thorough::Train>,
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
        let mut features = Features::of(&images);
        features.add(&images.reference[..n], None)?;
        let rows = features.rows()?;
        let evaluator = Arc::new(Self {
            moments: Moments::of(&rows)?,
            reference: match images.classifier {
                Some(_) => Some(thorough::Reference::new(rows)?),
                None => None,
            },
            name: images.features(),
            images,
            train: OnceLock::new(),
            noise: OnceLock::new(),
        });
        known.push(Arc::clone(&evaluator));
        Ok(evaluator)
    }

    /// What the features are: the name and the digest of the network.
    pub fn features(&self) -> &str {
        &self.name
    }

    /// N: how many images [`Self::evaluate`] takes.
    pub fn sample_size(&self) -> usize {
        self.images.sample_size
    }

    /// `fid`, or `fid_pixels` where the data set has no classes, with the names of its floor and N.
    fn names(&self) -> [Quantity; 3] {
        match self.images.classifier {
            Some(_) => ["fid", "fid.floor", "fid.n"],
            None => ["fid_pixels", "fid_pixels.floor", "fid_pixels.n"],
        }
    }

    /// `fid.floor`: the FID of N real training images, what a perfect generator scores at this N;
    /// and `fid.n`: N itself, without which neither the floor nor a FID means anything; `kid.floor`,
    /// `precision.perfect` and so on likewise. Computed once. Of a set without classes
    /// `fid_pixels.floor` and `fid_pixels.n`.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn floor(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        Ok(self.train()?.scores.clone())
    }

    fn train(&self) -> Result<&Train, EvaluationError> {
        if let Some(known) = self.train.get() {
            return Ok(known);
        }
        let n = self.sample_size() * self.images.pixels();
        let mut features = Features::of(&self.images);
        features.add(&self.images.train[..n], None)?;
        let rows = features.rows()?;
        let [_, floor_name, n_name] = self.names();
        let mut scores = vec![
            (floor_name, self.fid(&rows)?),
            (n_name, self.sample_size() as f64),
        ];
        let mut compared = None;
        if let Some(reference) = &self.reference {
            let found = reference.compare(&rows)?;
            scores.extend(thorough::OF_REAL.into_iter().zip(found));
            compared = Some(thorough::Train::new(rows, &reference.rows)?);
        }
        Ok(self.train.get_or_init(|| Train { scores, compared }))
    }

    fn fid(&self, rows: &Rows) -> Result<f64, MetricError> {
        distance(&Moments::of(rows)?, &self.moments)
    }

    /// The declared worst values, which stand in for those of a diverged run: the FID of N images
    /// of uniform noise, counts and shares 0. A conditional run has
    /// [`LABEL_ACCURACY_WORST`](super::LABEL_ACCURACY_WORST) besides.
    ///
    /// FID has no largest value: a finished run whose images lie further from the real ones than
    /// noise does, such as one that repeats a single image, can score more than this. The worst value
    /// is a yardstick that every run shares, not a bound.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn worst(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        if let Some(values) = self.noise.get() {
            return Ok(values.clone());
        }
        let mut stream = Streams::new(NOISE_SEED).stream(Name::Reference, 0, 0);
        let mut features = Features::of(&self.images);
        let all = vec![(); self.sample_size()];
        for part in all.chunks(NOISE_PART) {
            let mut noise = vec![0.0; part.len() * self.images.pixels()];
            stream.fill_uniform(0.0, 1.0, &mut noise);
            features.add(&quantised(&noise), None)?;
        }
        let rows = features.rows()?;
        let mut values = vec![(self.names()[0], self.fid(&rows)?)];
        if self.images.classifier.is_some() {
            values.extend(CLASS_METRICS.map(|name| (name, 0.0)));
            values.extend(self.thorough(&rows)?);
        }
        Ok(self.noise.get_or_init(|| values).clone())
    }

    fn thorough(&self, rows: &Rows) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let (Some(reference), Some(train)) = (&self.reference, &self.train()?.compared) else {
            return Ok(Vec::new());
        };
        let found = reference.compare(rows)?.into_iter();
        let found = found.chain(train.compare(rows)?);
        Ok(thorough::NAMES.into_iter().zip(found).collect())
    }

    /// An evaluation to which images are added part by part.
    pub fn start(&self) -> ImageMeasurement<'_> {
        ImageMeasurement {
            evaluator: self,
            features: Features::of(&self.images),
            count: 0,
        }
    }

    /// `fid`, `classes`, `class_entropy` and `confident` of exactly N generated images, row-major
    /// `[N, channels · height · width]` on [0, 1]; `fid_pixels` alone where the data set has no
    /// classes. With the labels asked for, one an image, also `label_accuracy`, the share of images
    /// that the data set's classifier reads as that label.
    ///
    /// # Errors
    /// An [`EvaluationError`] for another number of images or a pixel that is not finite.
    pub fn evaluate(
        &self,
        images: &[f32],
        labels: Option<&[usize]>,
    ) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let mut measurement = self.start();
        measurement.add(images, labels)?;
        measurement.finish(Thoroughness::Interim)
    }
}

const CLASS_METRICS: [Quantity; 3] = ["classes", "class_entropy", "confident"];

/// The images of one evaluation as far as they were added: their features alone are kept.
#[derive(Debug)]
pub struct ImageMeasurement<'e> {
    evaluator: &'e ImageEvaluator,
    features: Features<'e>,
    count: usize,
}

impl ImageMeasurement<'_> {
    /// Adds images, with the labels asked for if there are any, one an image.
    ///
    /// They are rounded to 8 bits first, round(255 x) clamped to 0 … 255, as real images are: a
    /// classifier could otherwise tell the two apart by values that no image file holds.
    ///
    /// # Errors
    /// An [`EvaluationError`] for a part of an image or a pixel that is not finite.
    pub fn add(&mut self, images: &[f32], labels: Option<&[usize]>) -> Result<(), EvaluationError> {
        let size = self.evaluator.images.pixels();
        if !images.len().is_multiple_of(size) {
            return Err(self.size_error(images.len()));
        }
        check_finite(images, size, self.count)?;
        self.features.add(&quantised(images), labels)?;
        self.count += images.len() / size;
        Ok(())
    }

    /// The values of exactly N images: see [`ImageEvaluator::evaluate`]; of a final evaluation also
    /// `kid`, `precision`, `recall`, `density`, `coverage`, `memorisation` and `copied` where the data
    /// set has classes.
    ///
    /// # Errors
    /// An [`EvaluationError`] for another number of images.
    pub fn finish(
        self,
        thoroughness: Thoroughness,
    ) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        if self.count != self.evaluator.sample_size() {
            return Err(self.size_error(0));
        }
        let rows = self.features.rows()?;
        let mut values = vec![(self.evaluator.names()[0], self.evaluator.fid(&rows)?)];
        if let Some(tally) = &self.features.tally {
            let found = tally.coverage();
            let found = [found.classes as f64, found.entropy, found.confident];
            values.extend(CLASS_METRICS.into_iter().zip(found));
            let accuracy = tally.label_accuracy();
            values.extend(accuracy.map(|share| (LABEL_ACCURACY, share)));
            if thoroughness == Thoroughness::Final {
                values.extend(self.evaluator.thorough(&rows)?);
            }
        }
        Ok(values)
    }

    /// With `more` values besides the images that were added.
    fn size_error(&self, more: usize) -> EvaluationError {
        let size = self.evaluator.images.pixels();
        EvaluationError::Size {
            found: self.count * size + more,
            count: self.evaluator.sample_size(),
            size,
        }
    }
}

/// What is compared of images: features of the classifier, or of the pixels where there is none.
#[derive(Debug)]
struct Features<'i> {
    images: &'i Images,
    values: Vec<f32>,
    tally: Option<Tally>,
}

impl<'i> Features<'i> {
    fn of(images: &'i Images) -> Self {
        Self {
            images,
            values: Vec::new(),
            tally: images.classes().map(Tally::new),
        }
    }

    fn add(&mut self, images: &[u8], labels: Option<&[usize]>) -> Result<(), EvaluationError> {
        match (&self.images.classifier, &mut self.tally) {
            (Some(classifier), Some(tally)) => {
                let reading = classifier.run(images)?;
                tally.add(&reading, labels);
                self.values.extend(reading.features);
            }
            _ => self
                .values
                .extend(pixels::features(images, self.images.shape)),
        }
        Ok(())
    }

    fn rows(&self) -> Result<Rows, MetricError> {
        let width = match self.images.classifier {
            Some(_) => FEATURES,
            None => pixels::width(self.images.shape),
        };
        Rows::new(&self.values, width)
    }
}

/// Refuses a pixel that is not finite; `before` images came before these.
pub(crate) fn check_finite(
    images: &[f32],
    size: usize,
    before: usize,
) -> Result<(), EvaluationError> {
    match images.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(place) => Err(EvaluationError::NotFinite {
            image: before + place / size,
            pixel: place % size,
            value: images[place],
        }),
    }
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

    use super::{EvaluationError, ImageEvaluator, Thoroughness, quantised};
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
        let found = evaluator.evaluate(&real, None).expect("values");
        assert_eq!(value(&found, "fid"), floor);
        assert_eq!(value(&found, "classes"), 10.0);
        // Ten digits, nearly uniform: just below ln 10.
        assert!((2.29..std::f64::consts::LN_10).contains(&value(&found, "class_entropy")));
        assert!(value(&found, "confident") > 0.95);
        let names = |values: &[(Quantity, f64)]| values.iter().map(|v| v.0).collect::<Vec<_>>();
        assert!(names(&worst).starts_with(&names(&found)));
        assert!(
            worst
                .iter()
                .all(|(n, v)| crate::metric::info(n).is_some() && v.is_finite())
        );
        assert!(found.iter().all(|(n, _)| crate::metric::info(n).is_some()));
    }

    #[test]
    fn parts_score_what_the_whole_does_and_labels_are_compared() {
        let (images, evaluator) = mnist();
        let real: Vec<f32> = images.train.iter().map(|&p| f32::from(p) / 255.0).collect();
        let mut labels: Vec<usize> = images.train_labels.iter().map(|&l| l.into()).collect();
        let whole = evaluator.evaluate(&real, None).expect("values");
        let mut parts = evaluator.start();
        for (images, labels) in real.chunks(333 * 784).zip(labels.chunks(333)) {
            parts.add(images, Some(labels)).expect("whole images");
        }
        let parts = parts.finish(Thoroughness::Interim).expect("values");
        assert_eq!(parts[..4], whole);
        // The classifier is right on 99.27 % of all 10,000 embedded images.
        let accuracy = value(&parts, "label_accuracy");
        assert!((0.985..1.0).contains(&accuracy), "{accuracy}");
        // Asked for the next digit, the images are what was not asked for.
        labels.iter_mut().for_each(|l| *l = (*l + 1) % 10);
        let wrong = evaluator.evaluate(&real, Some(&labels)).expect("values");
        assert!(value(&wrong, "label_accuracy") < 0.005);
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
            .evaluate(&one.repeat(evaluator.sample_size()), None)
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
        let size = evaluator
            .evaluate(&images[784..], None)
            .expect_err("one too few");
        assert_eq!(
            size.to_string(),
            "3919216 pixel values, expected 5000 images of 784"
        );
        images[2 * 784 + 7] = f32::NAN;
        let found = evaluator.evaluate(&images, None).expect_err("a NaN");
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
