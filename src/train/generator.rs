//! A trained generator, made again from the weights that its run ended with.

use candle_core::{Device, Result, Tensor};
use safetensors::SafeTensors;

use super::TrainError;
use super::batch::{Batch, Batches, Draw, one_hot};
use super::encoding::Encoding;
use super::shown::shown;
use super::weights::{AVERAGE, PLAYERS, WeightsError, flat, restore};
use crate::dataset::Data;
use crate::event::Sample;
use crate::model::{Net, Pass, Start};
use crate::noise::Noise;
use crate::ops::values::values;
use crate::rng::{Name, Source, Streams};
use crate::spec::GanSpec;

/// Samples that G makes at once: bounds the memory of an evaluation. Part i holds the samples from
/// i · 500 on, each part with latents of its own.
pub const PART: usize = 500;

/// Samples, row-major in canonical coordinates, with the labels asked for if the run has any: `count`
/// of a part of an evaluation. From the average of G's weights where there is one.
pub(super) fn sample(
    generator: &Net,
    average: Option<&Tensor>,
    batches: &Batches,
    (draw, part, count): (Draw, u64, usize),
) -> Result<(Vec<f32>, Vec<usize>)> {
    // A whole part always: how many are drawn at once changes the last of them.
    let Batch { x, mut labels } = batches.latents_for_evaluation(draw, part, PART)?;
    let z = x.narrow(0, 0, count)?;
    labels.truncate(count);
    Ok((apply(generator, average, batches, &z)?, labels))
}

/// Samples of G's inputs `[count, latent + classes]`, row-major in canonical coordinates.
fn apply(
    generator: &Net,
    average: Option<&Tensor>,
    batches: &Batches,
    z: &Tensor,
) -> Result<Vec<f32>> {
    let samples = match average {
        None => generator.forward(z, Pass::Evaluate)?,
        Some(weights) => generator.forward_with(z, weights, Pass::Evaluate)?,
    };
    let samples = samples.contiguous()?;
    let mut samples = values(&samples)?.as_slice().to_vec();
    batches.decode(&mut samples);
    Ok(samples)
}

/// The generator of a run that is done.
pub struct Generator {
    net: Net,
    average: Option<Tensor>,
    batches: Batches,
    data: Data,
    noise: Noise,
    latent_dim: usize,
    classes: usize,
}

impl Generator {
    /// The generator of `spec`, which was trained on `data`, with the weights that the run kept: a
    /// safetensors file.
    ///
    /// # Errors
    /// [`TrainError::Weights`] for weights of another network.
    pub fn new(
        spec: &GanSpec,
        data: &Data,
        weights: &[u8],
    ) -> std::result::Result<Self, TrainError> {
        let encoding = Encoding::new(data, spec.data_range);
        let start = Start {
            init: spec.init.g.clone(),
            source: Streams::new(spec.seed).source(Name::InitGenerator),
        };
        let shapes = spec.shapes(data.shape());
        let net = spec.model.generator(shapes, encoding.output, start)?;
        let file = SafeTensors::deserialize(weights).map_err(WeightsError::from)?;
        restore(PLAYERS[0], &net, &file)?;
        let average = match spec.ema {
            0.0 => None,
            _ => Some(flat(AVERAGE, &net, &file)?),
        };
        Ok(Self {
            net,
            average,
            batches: Batches::new(spec, data.clone(), encoding),
            data: data.clone(),
            noise: spec.noise.clone(),
            latent_dim: spec.latent_dim,
            classes: spec.classes(),
        })
    }

    /// What it learnt to imitate.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Width of z.
    pub fn latent_dim(&self) -> usize {
        self.latent_dim
    }

    /// How many classes it is told apart; 0 for a generator that is told nothing.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// z ~ p(z), row-major `[count, latent_dim]`: row i from step i of the source, so that fewer are the
    /// first of more.
    pub fn latents(&self, source: &Source, count: usize) -> Vec<f32> {
        let mut z = vec![0.0; count * self.latent_dim];
        for (i, row) in z.chunks_exact_mut(self.latent_dim).enumerate() {
            let stream = &mut source.at(i as u64, 0);
            self.noise.fill(stream, self.latent_dim, row);
        }
        z
    }

    /// Labels to ask for, as often as they are among the data, row i from step i of the source; none for
    /// a generator that is told nothing.
    pub fn labels(&self, source: &Source, count: usize) -> Vec<usize> {
        match self.classes {
            0 => Vec::new(),
            _ => (0..count as u64)
                .flat_map(|i| self.data.draw_labels(&mut source.at(i, 0), 1))
                .collect(),
        }
    }

    /// G(z), row-major `[count, values]` in canonical coordinates, of latents `[count, latent_dim]` and,
    /// where it is told classes, one label a row. A row of the result depends on its own latent and label
    /// alone.
    ///
    /// # Errors
    /// [`TrainError::Tensor`] if the network cannot be applied.
    ///
    /// # Panics
    /// For a part of a row, for another number of labels, and for a label that is no class.
    pub fn of_latents(
        &self,
        z: &[f32],
        labels: &[usize],
    ) -> std::result::Result<Vec<f32>, TrainError> {
        let (rows, rest) = (z.len() / self.latent_dim, z.len() % self.latent_dim);
        let asked = if self.classes == 0 { 0 } else { rows };
        assert!(
            rest == 0 && labels.len() == asked && labels.iter().all(|&l| l < self.classes),
            "{} values of z and {} labels for a generator of {} and {} classes",
            z.len(),
            labels.len(),
            self.latent_dim,
            self.classes
        );
        let mut samples = Vec::new();
        for (part, z) in z.chunks(PART * self.latent_dim).enumerate() {
            let count = z.len() / self.latent_dim;
            let mut input = Tensor::from_slice(z, (count, self.latent_dim), &Device::Cpu)?;
            if self.classes > 0 {
                let labels = &labels[part * PART..][..count];
                input = Tensor::cat(&[input, one_hot(labels, self.classes, 1)?], 1)?;
            }
            let average = self.average.as_ref();
            samples.extend(apply(&self.net, average, &self.batches, &input)?);
        }
        Ok(samples)
    }

    /// Samples, row-major in canonical coordinates, as they are kept to look at, over what they should
    /// be.
    pub fn shown(&self, samples: &[f32]) -> Sample {
        shown(&self.data, samples)
    }

    /// The first `count` samples of the final evaluation, which are always the same, and those that
    /// would follow them: row-major `[count, values]` in canonical coordinates, with the labels asked
    /// for if the run has any. As many as the evaluation takes are the very samples that the run's final
    /// metrics are of.
    ///
    /// # Errors
    /// [`TrainError::Tensor`] if the network cannot be applied.
    pub fn samples(&self, count: usize) -> std::result::Result<(Vec<f32>, Vec<usize>), TrainError> {
        let (mut samples, mut labels) = (Vec::new(), Vec::new());
        for part in 0..count.div_ceil(PART) {
            let drawn = (Draw::Final, part as u64, PART.min(count - part * PART));
            let (x, asked) = sample(&self.net, self.average.as_ref(), &self.batches, drawn)?;
            samples.extend(x);
            labels.extend(asked);
        }
        Ok((samples, labels))
    }
}

#[cfg(test)]
mod tests {
    use super::{Generator, PART};
    use crate::event::RunEvent;
    use crate::metric::{MIXTURE_SAMPLES, MixtureEvaluator};
    use crate::param::Value;
    use crate::rng::{Name, Streams};
    use crate::train::tests::{digits, ring, spec, text, train_on};
    use crate::train::{Evaluator, TrainError, WeightsError};

    fn weights(events: &[RunEvent]) -> &[u8] {
        match events.last() {
            Some(RunEvent::Trained { weights }) => weights,
            other => panic!("weights, not {other:?}"),
        }
    }

    /// The last value of a quantity.
    fn logged(events: &[RunEvent], name: &str) -> f64 {
        let values = events.iter().rev().filter_map(|event| match event {
            RunEvent::Logged { values, .. } => values.iter().find(|v| v.0 == name),
            _ => None,
        });
        values.map(|v| v.1).next().expect("a logged value")
    }

    #[test]
    fn a_generator_made_again_gives_the_samples_that_were_measured() -> Result<(), TrainError> {
        // Everything that a network's samples depend on besides its weights: running statistics, the
        // average, directions of spectral normalisation.
        let variants: [&[(&'static str, Value)]; 3] = [
            &[("norm", text("batch"))],
            &[("ema", Value::Float(0.9)), ("norm", text("batch"))],
            &[("norm", text("spectral"))],
        ];
        for changes in variants {
            let (spec, prepared) = (spec(changes, 3), ring());
            let (_, events) = train_on(&prepared, &spec)?;
            let generator = Generator::new(&spec, prepared.data(), weights(&events))?;
            let (samples, labels) = generator.samples(MIXTURE_SAMPLES)?;
            assert!(labels.is_empty());
            let Evaluator::Mixture(evaluator) = prepared.evaluator() else {
                panic!("the ring is a mixture");
            };
            for (name, value) in MixtureEvaluator::evaluate(evaluator, &samples) {
                assert_eq!(value, logged(&events, name), "{name} with {changes:?}");
            }
            // Fewer are the first of them.
            let (few, _) = generator.samples(PART + 7)?;
            assert!(few == samples[..few.len()]);
        }
        Ok(())
    }

    #[test]
    fn a_conditional_generator_of_digits_is_asked_for_the_same_labels() -> Result<(), TrainError> {
        let changes = [
            ("dataset", text("mnist")),
            ("conditioning", text("concat")),
            ("steps", Value::Int(2)),
        ];
        let (spec, prepared) = (spec(&changes, 0), digits());
        let (_, events) = train_on(&prepared, &spec)?;
        let generator = Generator::new(&spec, prepared.data(), weights(&events))?;
        let Evaluator::Images(evaluator) = prepared.evaluator() else {
            panic!("digits are images");
        };
        let (samples, labels) = generator.samples(evaluator.sample_size())?;
        let values = evaluator
            .evaluate(&samples, Some(&labels))
            .expect("measured");
        for (name, value) in values {
            assert_eq!(value, logged(&events, name), "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_sample_depends_on_its_own_latent_and_label_alone() -> Result<(), TrainError> {
        let variants: [&[(&'static str, Value)]; 3] = [
            &[("norm", text("batch"))],
            &[("model", text("dcgan")), ("ema", Value::Float(0.9))],
            &[("noise", text("gaussian_mixture"))],
        ];
        for changes in variants {
            let mut changes = changes.to_vec();
            changes.extend([
                ("dataset", text("mnist")),
                ("conditioning", text("concat")),
                ("steps", Value::Int(2)),
            ]);
            let (spec, prepared) = (spec(&changes, 0), digits());
            let (_, events) = train_on(&prepared, &spec)?;
            let generator = Generator::new(&spec, prepared.data(), weights(&events))?;
            let streams = Streams::new(5);
            let z = generator.latents(&streams.source(Name::LatentLook), PART + 3);
            let labels = generator.labels(&streams.source(Name::LabelLook), PART + 3);
            let all = generator.of_latents(&z, &labels)?;
            let (d, row) = (generator.latent_dim(), PART + 1);
            let one = generator.of_latents(&z[row * d..][..d], &labels[row..=row])?;
            assert!(one == all[row * 784..][..784], "{changes:?}");
            // Fewer are the first of more.
            assert!(z.starts_with(&generator.latents(&streams.source(Name::LatentLook), 3)));
            assert!(labels.starts_with(&generator.labels(&streams.source(Name::LabelLook), 3)));
            // The label matters.
            let other = [(labels[row] + 1) % generator.classes()];
            assert!(one != generator.of_latents(&z[row * d..][..d], &other)?);
        }
        Ok(())
    }

    #[test]
    fn weights_of_another_network_are_refused() -> Result<(), TrainError> {
        let (one, prepared) = (spec(&[], 0), ring());
        let (_, events) = train_on(&prepared, &one)?;
        let other = spec(&[("norm", text("batch"))], 0);
        let refused = |spec, bytes: &[u8]| match Generator::new(spec, prepared.data(), bytes) {
            Err(TrainError::Weights(error)) => error.to_string(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        };
        insta::assert_snapshot!(
            refused(&other, weights(&events)),
            @"the stored weights have no f32 tensor 'generator.hidden0.norm.gamma' of 32 values"
        );
        assert!(refused(&one, b"no such file").contains("safetensors"));
        let cut = &weights(&events)[..100];
        assert!(matches!(
            Generator::new(&one, prepared.data(), cut),
            Err(TrainError::Weights(WeightsError::Format(_)))
        ));
        Ok(())
    }
}
