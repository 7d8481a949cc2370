//! Evaluations: G's samples against the data set.

use std::sync::Arc;

use super::TrainError;
use super::shown::shown;
use super::step::Players;
use crate::dataset::Data;
use crate::event::{Quantity, RunEvent};
use crate::metric::fid::{EvaluationError, ImageEvaluator};
use crate::metric::{CurveEvaluator, MIXTURE_SAMPLES, MixtureEvaluator};
use crate::model::SampleShape;

/// Samples that G makes at once: bounds the memory of an evaluation.
const PART: usize = 500;

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
    /// Nearness to a curve.
    Curve(CurveEvaluator),
    /// FID and class coverage.
    Images(Arc<ImageEvaluator>),
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
            Data::Curve(curve) => {
                let evaluator = CurveEvaluator::new(*curve);
                let (references, worst) = (evaluator.references(), evaluator.worst());
                (Evaluator::Curve(evaluator), references, worst)
            }
            Data::Images(images) => {
                let evaluator = ImageEvaluator::new(Arc::clone(images))?;
                let (references, worst) = (evaluator.floor()?, evaluator.worst()?);
                (Evaluator::Images(evaluator), references, worst)
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

    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    pub fn sample_shape(&self) -> SampleShape {
        self.data.shape()
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
            Evaluator::Mixture(_) | Evaluator::Curve(_) => MIXTURE_SAMPLES,
            Evaluator::Images(e) => e.sample_size(),
        }
    }

    fn metrics(&self, samples: &[f32]) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        match &self.evaluator {
            Evaluator::Mixture(e) => Ok(e.evaluate(samples)),
            Evaluator::Curve(e) => Ok(e.evaluate(samples)),
            Evaluator::Images(e) => e.evaluate(samples),
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
    let mut samples = Vec::with_capacity(size * prepared.sample_len());
    for part in 0..size.div_ceil(PART) {
        let count = PART.min(size - part * PART);
        samples.extend(players.sample(part as u64, count)?);
    }
    if !samples.iter().all(|x| x.is_finite()) {
        return Ok(Some("samples"));
    }
    emit(RunEvent::Logged {
        step,
        values: prepared.metrics(&samples)?,
    });
    if last {
        emit(RunEvent::Sampled {
            step,
            sample: shown(&prepared.data, &samples),
        });
    }
    Ok(None)
}
