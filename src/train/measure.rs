//! Evaluations: G's samples against the data set.

use std::sync::Arc;

use super::TrainError;
use super::step::Players;
use crate::dataset::Data;
use crate::event::{Quantity, RunEvent, Sample};
use crate::metric::fid::{EvaluationError, ImageEvaluator, quantised};
use crate::metric::{ImageMeasurement, MIXTURE_SAMPLES, MixtureEvaluator};
use crate::metric::{StackedEvaluator, StackedMeasurement};
use crate::model::SampleShape;

/// Samples that G makes at once: bounds the memory of an evaluation.
const PART: usize = 500;

/// Points kept to look at.
const POINTS_KEPT: usize = 1000;

/// Images kept to look at: a square of eight by eight.
const IMAGES_KEPT: usize = 64;

/// A data set opened, with its evaluator and the figures that every run on it shares.
#[derive(Debug)]
pub struct Prepared {
    data: Data,
    evaluator: Evaluator,
    references: Vec<(Quantity, f64)>,
    worst: Vec<(Quantity, f64)>,
}

/// The metrics of a kind of data.
#[derive(Debug)]
pub enum Evaluator {
    /// Mode coverage.
    Mixture(MixtureEvaluator),
    /// FID and class coverage.
    Images(Arc<ImageEvaluator>),
    /// Triples of digits.
    Stacked(StackedEvaluator),
}

/// One evaluation under way, to which samples are added part by part: what memory it takes does not
/// grow with the size of an image.
enum Measurement<'p> {
    Mixture(&'p MixtureEvaluator, Vec<f32>),
    Images(ImageMeasurement<'p>),
    Stacked(StackedMeasurement<'p>),
}

impl Measurement<'_> {
    /// Adds samples in canonical coordinates, with the labels asked for if there are any.
    fn add(&mut self, samples: &[f32], labels: Option<&[usize]>) -> Result<(), EvaluationError> {
        match self {
            Self::Mixture(_, all) => {
                all.extend(samples);
                Ok(())
            }
            Self::Images(measurement) => measurement.add(samples, labels),
            Self::Stacked(measurement) => measurement.add(samples),
        }
    }

    /// The metrics.
    fn finish(self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        match self {
            Self::Mixture(evaluator, all) => Ok(evaluator.evaluate(&all)),
            Self::Images(measurement) => measurement.finish(),
            Self::Stacked(measurement) => measurement.finish(),
        }
    }
}

impl Prepared {
    /// Computes what all runs on a data set share.
    pub fn new(data: Data) -> Result<Self, EvaluationError> {
        let (evaluator, references, worst) = match &data {
            Data::Mixture(mixture) => {
                let evaluator = MixtureEvaluator::new(mixture.clone());
                let (references, worst) = (evaluator.references(), evaluator.worst());
                (Evaluator::Mixture(evaluator), references, worst)
            }
            Data::Images(images) => {
                let evaluator = ImageEvaluator::new(Arc::clone(images))?;
                let (references, worst) = (evaluator.floor()?, evaluator.worst()?);
                (Evaluator::Images(evaluator), references, worst)
            }
            Data::Stacked(stacked) => {
                let evaluator = StackedEvaluator::new(stacked.clone())?;
                let (references, worst) = (evaluator.references()?, evaluator.worst());
                (Evaluator::Stacked(evaluator), references, worst)
            }
        };
        Ok(Self {
            data,
            evaluator,
            references,
            worst,
        })
    }

    /// The data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Channels, height and width of a sample; `[2, 1, 1]` for points.
    pub fn sample_shape(&self) -> SampleShape {
        match &self.data {
            Data::Mixture(_) => [2, 1, 1],
            Data::Images(images) => images.shape,
            Data::Stacked(stacked) => stacked.shape(),
        }
    }

    fn sample_len(&self) -> usize {
        self.sample_shape().iter().product()
    }

    /// Reference figures that belong beside the metrics.
    pub fn references(&self) -> &[(Quantity, f64)] {
        &self.references
    }

    /// The metrics' worst values, with which a diverged run counts.
    pub fn worst(&self) -> &[(Quantity, f64)] {
        &self.worst
    }

    fn sample_size(&self) -> usize {
        match &self.evaluator {
            Evaluator::Mixture(_) => MIXTURE_SAMPLES,
            Evaluator::Images(e) => e.sample_size(),
            Evaluator::Stacked(e) => e.sample_size(),
        }
    }

    fn measurement(&self) -> Measurement<'_> {
        match &self.evaluator {
            Evaluator::Mixture(e) => Measurement::Mixture(e, Vec::new()),
            Evaluator::Images(e) => Measurement::Images(e.start()),
            Evaluator::Stacked(e) => Measurement::Stacked(e.start()),
        }
    }

    /// How many of the first samples are kept to look at.
    fn kept(&self) -> usize {
        match &self.data {
            Data::Mixture(_) => POINTS_KEPT,
            Data::Images(_) | Data::Stacked(_) => IMAGES_KEPT,
        }
    }

    /// The first samples, to look at.
    fn keep(&self, samples: &[f32]) -> Sample {
        match &self.data {
            Data::Mixture(mixture) => Sample::Points {
                generated: samples.chunks_exact(2).map(|p| [p[0], p[1]]).collect(),
                centres: mixture.centres.clone(),
                sigma: mixture.sigma,
            },
            Data::Images(_) | Data::Stacked(_) => Sample::Images {
                count: samples.len() / self.sample_len(),
                shape: self.sample_shape(),
                pixels: quantised(samples),
            },
        }
    }
}

/// Measures G and emits the metrics; at the last step also samples to look at. Returns the name of
/// what is not finite, if anything is.
pub(super) fn evaluate(
    players: &Players,
    prepared: &Prepared,
    step: u64,
    last: bool,
    emit: &mut impl FnMut(RunEvent),
) -> Result<Option<&'static str>, TrainError> {
    let size = prepared.sample_size();
    let mut measurement = prepared.measurement();
    let (mut kept, to_keep) = (Vec::new(), prepared.kept() * prepared.sample_len());
    for part in 0..size.div_ceil(PART) {
        let count = PART.min(size - part * PART);
        let (samples, labels) = players.sample(part as u64, count)?;
        if !samples.iter().all(|x| x.is_finite()) {
            return Ok(Some("samples"));
        }
        let asked = (!labels.is_empty()).then_some(labels.as_slice());
        measurement.add(&samples, asked)?;
        let missing = samples.len().min(to_keep - kept.len());
        kept.extend(&samples[..missing]);
    }
    emit(RunEvent::Logged {
        step,
        values: measurement.finish()?,
    });
    if last {
        emit(RunEvent::Sampled {
            step,
            sample: prepared.keep(&kept),
        });
    }
    Ok(None)
}
