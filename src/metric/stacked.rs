//! Modes of stacked MNIST: which of the thousand triples of digits a generator makes (Metz et al.
//! 2017, section 3.3.1; Che et al. 2017).

use std::sync::Arc;

use super::fid::{EvaluationError, check_finite, quantised};
use crate::classifier::Classifier;
use crate::dataset::{STACKED_DIGITS, Stacked};
use crate::event::Quantity;
use crate::rng::{Name, Stream, Streams};

/// Triples of ten digits.
pub const MODES: usize = 1000;

/// Classes of a digit.
const CLASSES: usize = 10;

/// Every run is measured against the same references.
const REFERENCE_SEED: u64 = 0;

/// Samples made at once: bounds the memory.
const PART: usize = 500;

/// Measures samples of stacked MNIST.
#[derive(Debug)]
pub struct StackedEvaluator {
    stacked: Stacked,
    classifier: Arc<Classifier>,
}

impl StackedEvaluator {
    /// The evaluator of the data.
    ///
    /// # Errors
    /// [`EvaluationError::Unlabelled`] if the digits have no classifier.
    pub fn new(stacked: Stacked) -> Result<Self, EvaluationError> {
        let classifier = stacked.digits.classifier.clone();
        Ok(Self {
            classifier: classifier.ok_or(EvaluationError::Unlabelled)?,
            stacked,
        })
    }

    /// N: samples at an evaluation.
    pub fn sample_size(&self) -> usize {
        self.stacked.samples
    }

    /// What N real samples score (`modes.perfect`, `reverse_kl.perfect`), what N images of uniform
    /// noise score (`modes.uniform`, `reverse_kl.uniform`), and N itself (`modes.n`, `reverse_kl.n`).
    ///
    /// A perfect sampler's KL is about (K − 1) / 2N = 0.0195 at the published N of 25,600. Real samples
    /// lie 0.005 above: the digits are as frequent as in MNIST, the least 8.9 % and the most 11.4 %.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn references(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let perfect = self.perfect()?.scores();
        let mut uniform = self.start();
        let mut stream = reference(2);
        for part in vec![(); self.sample_size()].chunks(PART) {
            let mut samples = vec![0.0; part.len() * self.stacked.pixels()];
            stream.fill_uniform(0.0, 1.0, &mut samples);
            uniform.add(&samples)?;
        }
        let uniform = uniform.scores();
        let n = self.sample_size() as f64;
        Ok(vec![
            ("modes.perfect", perfect.0),
            ("reverse_kl.perfect", perfect.1),
            ("modes.uniform", uniform.0),
            ("reverse_kl.uniform", uniform.1),
            ("modes.n", n),
            ("reverse_kl.n", n),
        ])
    }

    /// N real samples. Each training image is read once, and not as often as it is drawn.
    fn perfect(&self) -> Result<StackedMeasurement<'_>, EvaluationError> {
        let reading = self.classifier.run(&self.stacked.digits.train)?;
        let digits: Vec<usize> = reading.predictions().map(|(digit, _)| digit).collect();
        let mut stream = reference(1);
        let mut measurement = self.start();
        for _ in 0..self.sample_size() {
            let places = self.stacked.places(&mut stream);
            measurement.count(places.map(|place| digits[place]));
        }
        Ok(measurement)
    }

    /// The worst values, with which a diverged run counts: no mode, and the KL of a single one,
    /// ln 1000.
    pub fn worst(&self) -> Vec<(Quantity, f64)> {
        values((0.0, libm::log(MODES as f64)))
    }

    /// An evaluation to which samples are added part by part.
    pub fn start(&self) -> StackedMeasurement<'_> {
        StackedMeasurement {
            evaluator: self,
            counts: vec![0; MODES],
            count: 0,
        }
    }

    /// The metrics of exactly N samples, row-major `[N, 3 · 28 · 28]` on [0, 1], rounded to 8 bits
    /// first.
    ///
    /// - `modes`: triples that the MNIST classifier reads in at least one sample, 0 to 1000.
    /// - `reverse_kl`: Σ p ln(1000 p) over the histogram of the triples, in nats, 0 to ln 1000.
    ///
    /// # Errors
    /// An [`EvaluationError`] for another number of samples or a value that is not finite.
    pub fn evaluate(&self, samples: &[f32]) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        let mut measurement = self.start();
        measurement.add(samples)?;
        measurement.finish()
    }
}

/// The samples of one evaluation as far as they were added: the histogram alone is kept.
#[derive(Debug)]
pub struct StackedMeasurement<'e> {
    evaluator: &'e StackedEvaluator,
    counts: Vec<usize>,
    count: usize,
}

impl StackedMeasurement<'_> {
    /// Adds samples.
    ///
    /// # Errors
    /// An [`EvaluationError`] for a part of a sample or a value that is not finite.
    pub fn add(&mut self, samples: &[f32]) -> Result<(), EvaluationError> {
        let size = self.evaluator.stacked.pixels();
        if !samples.len().is_multiple_of(size) {
            return Err(self.size_error(samples.len()));
        }
        check_finite(samples, size, self.count)?;
        // A sample is three images one after the other.
        let reading = self.evaluator.classifier.run(&quantised(samples))?;
        let digits: Vec<usize> = reading.predictions().map(|(digit, _)| digit).collect();
        let (triples, _) = digits.as_chunks::<STACKED_DIGITS>();
        triples.iter().for_each(|&triple| self.count(triple));
        Ok(())
    }

    fn count(&mut self, triple: [usize; STACKED_DIGITS]) {
        self.counts[triple.iter().fold(0, |mode, digit| CLASSES * mode + digit)] += 1;
        self.count += 1;
    }

    /// The values of exactly N samples: see [`StackedEvaluator::evaluate`].
    ///
    /// # Errors
    /// An [`EvaluationError`] for another number of samples.
    pub fn finish(self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        if self.count != self.evaluator.sample_size() {
            return Err(self.size_error(0));
        }
        Ok(values(self.scores()))
    }

    /// Modes and KL.
    fn scores(&self) -> (f64, f64) {
        let seen = || self.counts.iter().filter(|&&c| c > 0);
        let kl: f64 = seen()
            .map(|&c| {
                let p = c as f64 / self.count as f64;
                p * libm::log(MODES as f64 * p)
            })
            .sum();
        (seen().count() as f64, kl.max(0.0))
    }

    /// With `more` values besides the samples that were added.
    fn size_error(&self, more: usize) -> EvaluationError {
        let size = self.evaluator.stacked.pixels();
        EvaluationError::Size {
            found: self.count * size + more,
            count: self.evaluator.sample_size(),
            size,
        }
    }
}

fn reference(step: u64) -> Stream {
    Streams::new(REFERENCE_SEED).stream(Name::Reference, step, 0)
}

fn values((modes, kl): (f64, f64)) -> Vec<(Quantity, f64)> {
    vec![("modes", modes), ("reverse_kl", kl)]
}

#[cfg(test)]
mod tests {
    use super::{MODES, StackedEvaluator};
    use crate::dataset::{Data, Source, StackedMnist};
    use crate::event::Quantity;

    fn evaluator(samples: usize) -> StackedEvaluator {
        match (StackedMnist { samples }).open() {
            Ok(Data::Stacked(stacked)) => StackedEvaluator::new(stacked).expect("a classifier"),
            other => panic!("stacked digits, not {other:?}"),
        }
    }

    fn value(values: &[(Quantity, f64)], name: &str) -> f64 {
        let found = values.iter().find(|(n, _)| *n == name);
        found.expect("a value of that name").1
    }

    /// One training image of each digit that the classifier reads as its label.
    fn digits(evaluator: &StackedEvaluator) -> Vec<Vec<f32>> {
        let images = &evaluator.stacked.digits;
        let reading = evaluator.classifier.run(&images.train[..200 * 784]);
        let read: Vec<usize> = reading
            .expect("images")
            .predictions()
            .map(|p| p.0)
            .collect();
        (0..10)
            .map(|digit| {
                let is =
                    |&i: &usize| read[i] == digit && usize::from(images.train_labels[i]) == digit;
                let place = (0..200).find(is).expect("an image of every digit");
                let image = images.train_image(place);
                image.iter().map(|&p| f32::from(p) / 255.0).collect()
            })
            .collect()
    }

    #[test]
    fn every_triple_once_is_all_modes_and_no_divergence() {
        let evaluator = evaluator(MODES);
        let digits = digits(&evaluator);
        let mut samples = Vec::new();
        for mode in 0..MODES {
            for digit in [mode / 100, mode / 10 % 10, mode % 10] {
                samples.extend(&digits[digit]);
            }
        }
        let found = evaluator.evaluate(&samples).expect("values");
        assert_eq!(value(&found, "modes"), 1000.0);
        assert!(value(&found, "reverse_kl") < 1e-12);
        // In parts the same; a sample too few or half a sample is refused.
        let mut parts = evaluator.start();
        for part in samples.chunks(300 * 3 * 784) {
            parts.add(part).expect("whole samples");
        }
        assert_eq!(parts.finish().expect("values"), found);
        assert!(evaluator.evaluate(&samples[3 * 784..]).is_err());
        assert!(evaluator.evaluate(&samples[784..]).is_err());
    }

    #[test]
    fn one_triple_alone_is_one_mode_and_the_worst_divergence() {
        let evaluator = evaluator(MODES);
        let digits = digits(&evaluator);
        let one = [&digits[7][..], &digits[0], &digits[7]].concat();
        let found = evaluator.evaluate(&one.repeat(MODES)).expect("values");
        assert_eq!(value(&found, "modes"), 1.0);
        assert!((value(&found, "reverse_kl") - 1000_f64.ln()).abs() < 1e-12);
        assert_eq!(
            value(&evaluator.worst(), "reverse_kl"),
            value(&found, "reverse_kl")
        );
        assert_eq!(value(&evaluator.worst(), "modes"), 0.0);
    }

    #[test]
    fn two_triples_of_unequal_share_diverge_by_the_closed_form() {
        let evaluator = evaluator(MODES);
        let digits = digits(&evaluator);
        let (one, other) = (
            digits[1].repeat(3),
            [&digits[1][..], &digits[1], &digits[2]].concat(),
        );
        let samples = [one.repeat(900), other.repeat(100)].concat();
        let found = evaluator.evaluate(&samples).expect("values");
        let expected = 0.9 * 900_f64.ln() + 0.1 * 100_f64.ln();
        assert_eq!(value(&found, "modes"), 2.0);
        assert!((value(&found, "reverse_kl") - expected).abs() < 1e-12);
    }

    #[test]
    fn real_samples_score_the_expected_floor_and_noise_next_to_nothing() {
        let evaluator = evaluator(2_000);
        let found = evaluator.references().expect("figures");
        assert_eq!(value(&found, "modes.n"), 2_000.0);
        assert!(value(&found, "modes.uniform") < 100.0);
        assert!(value(&found, "reverse_kl.uniform") > 3.0);
        // What is read once an image is what is read of the samples themselves.
        let mut stream = super::reference(1);
        let mut samples = vec![0.0; 2_000 * evaluator.stacked.pixels()];
        evaluator.stacked.fill(&mut stream, &mut samples);
        let drawn = evaluator.evaluate(&samples).expect("values");
        assert_eq!(value(&drawn, "modes"), value(&found, "modes.perfect"));
        assert_eq!(
            value(&drawn, "reverse_kl"),
            value(&found, "reverse_kl.perfect")
        );
    }

    #[test]
    fn a_perfect_sampler_diverges_by_its_size_and_by_the_digits_of_mnist() {
        let evaluator = evaluator(25_600);
        let (modes, kl) = evaluator.perfect().expect("real samples").scores();
        assert_eq!(modes, 1000.0);
        // (K - 1) / 2N = 0.0195, and three times the divergence of the digits from uniform.
        let images = &evaluator.stacked.digits;
        let unequal: f64 = (0..10)
            .map(|digit| {
                let count = images.train_labels.iter().filter(|&&l| l == digit).count();
                let p = count as f64 / images.train_count() as f64;
                p * (10.0 * p).ln()
            })
            .sum();
        // 2N KL is about a chi-squared variable of K - 1 degrees: a standard deviation of 0.0009, and
        // the digits drawn differ from those there are, which adds about as much.
        let expected = 999.0 / 51_200.0 + 3.0 * unequal;
        assert!(
            (kl - expected).abs() < 0.005,
            "{kl} found, {expected} expected"
        );
    }
}
