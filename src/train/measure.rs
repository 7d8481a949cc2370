//! Evaluations: G's samples against the data set.

use std::sync::Arc;

use super::TrainError;
use super::batch::Draw;
use super::generator::PART;
use super::shown::{class_by_class, kept, kept_on_the_way, shown};
use super::step::Players;
use crate::dataset::Data;
use crate::event::{Quantity, RunEvent};
use crate::metric::fid::{EvaluationError, ImageEvaluator};
use crate::metric::{CurveEvaluator, MIXTURE_SAMPLES, MixtureEvaluator};
use crate::metric::{DOMINANT_MODE, Thoroughness};
use crate::metric::{ImageMeasurement, LABEL_ACCURACY, StackedEvaluator, StackedMeasurement};
use crate::model::SampleShape;
use crate::spec::Probe;

/// A data set opened, with its evaluator and the figures that every run on it shares.
#[derive(Debug)]
pub struct Prepared {
    data: Data,
    evaluator: Evaluator,
    references: Vec<(Quantity, f64)>,
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
    /// Triples of digits.
    Stacked(StackedEvaluator),
}

/// One evaluation under way, to which samples are added part by part: what memory it takes does not
/// grow with the size of an image.
enum Measurement<'p> {
    Mixture(&'p MixtureEvaluator, Points),
    Curve(&'p CurveEvaluator, Points),
    Images(ImageMeasurement<'p>),
    Stacked(StackedMeasurement<'p>),
}

/// Points, which are few enough to be measured all at once, with the labels asked for.
#[derive(Default)]
struct Points {
    samples: Vec<f32>,
    asked: Vec<usize>,
}

impl Points {
    /// The share of samples that are nearest to the component asked for, of conditional runs.
    fn label_accuracy(&self, nearest: impl Fn(&[f32]) -> usize) -> Option<(Quantity, f64)> {
        let n = self.asked.len();
        if n == 0 {
            return None;
        }
        let samples = self.samples.chunks_exact(self.samples.len() / n);
        let right = samples
            .zip(&self.asked)
            .filter(|(s, asked)| nearest(s) == **asked);
        Some((LABEL_ACCURACY, right.count() as f64 / n as f64))
    }
}

impl Measurement<'_> {
    /// Adds samples in canonical coordinates, with the labels asked for if there are any.
    fn add(&mut self, samples: &[f32], labels: Option<&[usize]>) -> Result<(), EvaluationError> {
        match self {
            Self::Mixture(_, points) | Self::Curve(_, points) => {
                points.samples.extend(samples);
                points.asked.extend(labels.unwrap_or_default());
                Ok(())
            }
            Self::Images(measurement) => measurement.add(samples, labels),
            Self::Stacked(measurement) => measurement.add(samples),
        }
    }

    /// The mode with most samples.
    fn dominant(&self) -> Option<(Quantity, f64)> {
        match self {
            Self::Mixture(evaluator, points) => {
                Some((DOMINANT_MODE, evaluator.dominant(&points.samples) as f64))
            }
            Self::Curve(..) | Self::Images(_) | Self::Stacked(_) => None,
        }
    }

    /// The metrics.
    fn finish(self, thoroughness: Thoroughness) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        match self {
            Self::Mixture(evaluator, points) => {
                let mut values = evaluator.evaluate(&points.samples);
                values.extend(points.label_accuracy(|sample| evaluator.nearest(sample)));
                Ok(values)
            }
            Self::Curve(evaluator, points) => {
                let mut values = evaluator.evaluate(&points.samples);
                values.extend(points.label_accuracy(|sample| evaluator.nearest(sample)));
                Ok(values)
            }
            Self::Images(measurement) => measurement.finish(thoroughness),
            Self::Stacked(measurement) => measurement.finish(),
        }
    }
}

impl Prepared {
    /// Computes what all runs on a data set share.
    pub fn new(data: Data) -> Result<Self, EvaluationError> {
        let (evaluator, references) = match &data {
            Data::Mixture(mixture) => {
                let evaluator = MixtureEvaluator::new(mixture.clone());
                let references = evaluator.references();
                (Evaluator::Mixture(evaluator), references)
            }
            Data::Curve(curve) => {
                let evaluator = CurveEvaluator::new(*curve);
                let references = evaluator.references();
                (Evaluator::Curve(evaluator), references)
            }
            Data::Images(images) => {
                let evaluator = ImageEvaluator::new(Arc::clone(images))?;
                let references = evaluator.floor()?;
                (Evaluator::Images(evaluator), references)
            }
            Data::Stacked(stacked) => {
                let evaluator = StackedEvaluator::new(stacked.clone())?;
                let references = evaluator.references()?;
                (Evaluator::Stacked(evaluator), references)
            }
        };
        Ok(Self {
            data,
            evaluator,
            references,
        })
    }

    /// The data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// What measures samples of it.
    pub fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    pub fn sample_shape(&self) -> SampleShape {
        self.data.shape()
    }

    fn sample_len(&self) -> usize {
        self.sample_shape().iter().product()
    }

    /// What the features are that FID compares, by name and digest; `None` of points and digits read.
    pub fn features(&self) -> Option<&str> {
        match &self.evaluator {
            Evaluator::Images(e) => Some(e.features()),
            Evaluator::Mixture(_) | Evaluator::Curve(_) | Evaluator::Stacked(_) => None,
        }
    }

    /// Reference figures that belong beside the metrics.
    pub fn references(&self) -> &[(Quantity, f64)] {
        &self.references
    }

    /// The metrics' worst values, with which a diverged run counts.
    ///
    /// # Errors
    /// An [`EvaluationError`] if what stands for the worst cannot be measured.
    pub fn worst(&self) -> Result<Vec<(Quantity, f64)>, EvaluationError> {
        match &self.evaluator {
            Evaluator::Mixture(e) => Ok(e.worst()),
            Evaluator::Curve(e) => Ok(e.worst()),
            Evaluator::Images(e) => e.worst(),
            Evaluator::Stacked(e) => Ok(e.worst()),
        }
    }

    fn sample_size(&self) -> usize {
        match &self.evaluator {
            Evaluator::Mixture(_) | Evaluator::Curve(_) => MIXTURE_SAMPLES,
            Evaluator::Images(e) => e.sample_size(),
            Evaluator::Stacked(e) => e.sample_size(),
        }
    }

    fn measurement(&self) -> Measurement<'_> {
        match &self.evaluator {
            Evaluator::Mixture(e) => Measurement::Mixture(e, Points::default()),
            Evaluator::Curve(e) => Measurement::Curve(e, Points::default()),
            Evaluator::Images(e) => Measurement::Images(e.start()),
            Evaluator::Stacked(e) => Measurement::Stacked(e.start()),
        }
    }
}

/// What an evaluation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A point of a curve.
    Interim,
    /// That, and samples to look at.
    Pictured,
    /// The last word, with samples to look at.
    Final,
}

/// Measures G and emits the metrics, and samples to look at where the purpose has them. Returns the name of
/// what is not finite, if anything is.
pub(super) fn evaluate(
    players: &Players,
    prepared: &Prepared,
    step: u64,
    purpose: Purpose,
    emit: &mut impl FnMut(RunEvent),
) -> Result<Option<&'static str>, TrainError> {
    let (draw, thoroughness) = match purpose {
        Purpose::Final => (Draw::Final, Thoroughness::Final),
        Purpose::Interim | Purpose::Pictured => (Draw::Interim, Thoroughness::Interim),
    };
    let size = prepared.sample_size();
    let mut measurement = prepared.measurement();
    let mut in_turn = Vec::new();
    let keeps = match purpose {
        Purpose::Final => kept(&prepared.data),
        Purpose::Pictured => kept_on_the_way(&prepared.data),
        Purpose::Interim => 0,
    };
    let (mut first, to_keep) = (Vec::new(), keeps * prepared.sample_len());
    for part in 0..size.div_ceil(PART) {
        let count = PART.min(size - part * PART);
        let (samples, told) = players.sample(draw, part as u64, count)?;
        if !samples.iter().all(|x| x.is_finite()) {
            return Ok(Some("samples"));
        }
        let labels = match players.probe() {
            Probe::Labels => players.labels_by_chance(draw, part as u64, count),
            _ => told.clone(),
        };
        let asked = (!labels.is_empty()).then_some(labels.as_slice());
        measurement.add(&samples, asked)?;
        let missing = samples.len().min(to_keep - first.len());
        first.extend(&samples[..missing]);
        if part == 0 && keeps > 0 && matches!(prepared.data, Data::Images(_)) {
            in_turn = class_by_class(&samples, &told, prepared.sample_len(), keeps);
        }
    }
    let dominant = match players.probe() {
        Probe::Modes => measurement.dominant(),
        _ => None,
    };
    let mut values = measurement.finish(thoroughness)?;
    values.extend(dominant);
    emit(RunEvent::Logged { step, values });
    if purpose != Purpose::Interim {
        emit(RunEvent::Sampled {
            step,
            sample: shown(
                &prepared.data,
                if in_turn.is_empty() { &first } else { &in_turn },
            ),
        });
    }
    Ok(None)
}
