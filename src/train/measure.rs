//! Evaluations: G's samples against the data set.

use candle_core::Result;

use super::step::Players;
use crate::dataset::Data;
use crate::event::{Quantity, RunEvent, Sample};
use crate::metric::{MIXTURE_SAMPLES, MixtureEvaluator};

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
}

impl Prepared {
    /// Computes what all runs on a data set share.
    pub fn new(data: Data) -> Self {
        let evaluator = match &data {
            Data::Mixture(mixture) => Evaluator::Mixture(MixtureEvaluator::new(mixture.clone())),
            Data::Images(_) => unimplemented!(),
        };
        let (references, worst) = match &evaluator {
            Evaluator::Mixture(e) => (e.references(), e.worst()),
        };
        Self {
            data,
            evaluator,
            references,
            worst,
        }
    }

    /// The data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Numbers of a sample: 2 coordinates, or the pixels of an image.
    pub fn data_dim(&self) -> usize {
        match &self.data {
            Data::Mixture(_) => 2,
            Data::Images(images) => images.pixels(),
        }
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
        }
    }

    fn metrics(&self, samples: &[f32]) -> Vec<(Quantity, f64)> {
        match &self.evaluator {
            Evaluator::Mixture(e) => e.evaluate(samples),
        }
    }

    /// The first samples, to look at.
    fn keep(&self, samples: &[f32]) -> Sample {
        match &self.data {
            Data::Mixture(mixture) => Sample::Points {
                generated: samples
                    .chunks_exact(2)
                    .take(POINTS_KEPT)
                    .map(|p| [p[0], p[1]])
                    .collect(),
                centres: mixture.centres.clone(),
                sigma: mixture.sigma,
            },
            Data::Images(images) => Sample::Images {
                count: IMAGES_KEPT,
                shape: images.shape,
                pixels: samples[..IMAGES_KEPT * images.pixels()]
                    .iter()
                    .map(|&x| (x * 255.0).round().clamp(0.0, 255.0) as u8)
                    .collect(),
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
) -> Result<Option<&'static str>> {
    let size = prepared.sample_size();
    let mut samples = Vec::with_capacity(size * prepared.data_dim());
    for part in 0..size.div_ceil(PART) {
        let count = PART.min(size - part * PART);
        samples.extend(players.sample(part as u64, count)?);
    }
    if !samples.iter().all(|x| x.is_finite()) {
        return Ok(Some("samples"));
    }
    emit(RunEvent::Logged {
        step,
        values: prepared.metrics(&samples),
    });
    if last {
        emit(RunEvent::Sampled {
            step,
            sample: prepared.keep(&samples),
        });
    }
    Ok(None)
}
