//! Mini-batches: real samples, labels and latents, drawn from the run's streams.

use candle_core::{Device, Result, Tensor};

use super::encoding::Encoding;
use crate::dataset::Data;
use crate::noise::Noise;
use crate::rng::{Name, Source, Stream, Streams};
use crate::spec::GanSpec;

/// Samples with the classes they are of or are to be of.
#[derive(Clone)]
pub(super) struct Batch {
    /// `[samples, values]`.
    pub x: Tensor,
    /// One a sample; none in a run without labels.
    pub labels: Vec<usize>,
}

/// Which evaluation latents are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// One along the way: all of a run's see the same latents, so that its curve shows training alone.
    Interim,
    /// The final one. Its latents are its own: whatever was chosen by looking at the curve is scored on
    /// samples that had no part in the choice.
    Final,
}

/// Draws the batches of a run.
pub(super) struct Batches {
    data: Data,
    encoding: Encoding,
    noise: Noise,
    latent_dim: usize,
    /// Classes that G is told apart; 0 in a run without labels.
    classes: usize,
    /// Samples of a batch: what D judges, times what it judges together.
    count: usize,
    real: Source,
    real_g: Source,
    latent_d: Source,
    latent_g: Source,
    latent_evaluation: [Source; 2],
    label_g: Source,
    label_evaluation: [Source; 2],
}

impl Batches {
    pub fn new(spec: &GanSpec, data: Data, encoding: Encoding) -> Self {
        let streams = Streams::new(spec.seed);
        Self {
            data,
            encoding,
            noise: spec.noise.clone(),
            latent_dim: spec.latent_dim,
            classes: spec.classes(),
            count: spec.batch_size * spec.pack,
            real: streams.source(Name::Data),
            real_g: streams.source(Name::DataGenerator),
            latent_d: streams.source(Name::LatentDiscriminator),
            latent_g: streams.source(Name::LatentGenerator),
            latent_evaluation: [Name::LatentEvaluation, Name::LatentFinal]
                .map(|name| streams.source(name)),
            label_g: streams.source(Name::LabelGenerator),
            label_evaluation: [Name::LabelEvaluation, Name::LabelFinal]
                .map(|name| streams.source(name)),
        }
    }

    /// x ~ p_r of a discriminator step, in the training range.
    pub fn real_for_d(&self, step: u64, substep: u32) -> Result<Batch> {
        self.real(self.real.at(step, substep))
    }

    /// x ~ p_r of a generator step.
    pub fn real_for_g(&self, step: u64) -> Result<Batch> {
        self.real(self.real_g.at(step, 0))
    }

    /// Images are drawn with replacement, so that a batch depends on its address alone.
    fn real(&self, mut stream: Stream) -> Result<Batch> {
        let (mut x, mut labels) = self.data.draw(&mut stream, self.count);
        if self.classes == 0 {
            labels.clear();
        }
        self.encoding.encode(&mut x);
        let dim = x.len() / self.count;
        let x = Tensor::from_vec(x, (self.count, dim), &Device::Cpu)?;
        Ok(Batch { x, labels })
    }

    /// z ~ p_z of a discriminator step, with the labels appended, `[samples, latent]`.
    pub fn latents_for_d(&self, step: u64, substep: u32, labels: &[usize]) -> Result<Tensor> {
        self.latents(self.latent_d.at(step, substep), self.count, labels)
    }

    /// G's input of a generator step: z ~ p_z, and these labels, or labels as often as they are among
    /// the data.
    pub fn latents_for_g(&self, step: u64, labels: Option<Vec<usize>>) -> Result<Batch> {
        let labels = labels.unwrap_or_else(|| self.labels(self.label_g.at(step, 0), self.count));
        let x = self.latents(self.latent_g.at(step, 0), self.count, &labels)?;
        Ok(Batch { x, labels })
    }

    /// One part of G's inputs of an evaluation.
    pub fn latents_for_evaluation(&self, draw: Draw, part: u64, count: usize) -> Result<Batch> {
        let labels = self.labels(self.label_evaluation[draw as usize].at(part, 0), count);
        let latents = self.latent_evaluation[draw as usize].at(part, 0);
        let x = self.latents(latents, count, &labels)?;
        Ok(Batch { x, labels })
    }

    /// Labels of one part of an evaluation that G was not told: what chance would ask for.
    pub fn labels_by_chance(&self, draw: Draw, part: u64, count: usize) -> Vec<usize> {
        let mut stream = self.label_evaluation[draw as usize].at(part, 0);
        self.data.draw_labels(&mut stream, count)
    }

    fn labels(&self, mut stream: Stream, count: usize) -> Vec<usize> {
        match self.classes {
            0 => Vec::new(),
            _ => self.data.draw_labels(&mut stream, count),
        }
    }

    fn latents(&self, mut stream: Stream, count: usize, labels: &[usize]) -> Result<Tensor> {
        let mut z = vec![0.0; count * self.latent_dim];
        self.noise.fill(&mut stream, self.latent_dim, &mut z);
        let z = Tensor::from_vec(z, (count, self.latent_dim), &Device::Cpu)?;
        match self.classes {
            0 => Ok(z),
            classes => Tensor::cat(&[z, one_hot(labels, classes, 1)?], 1),
        }
    }

    /// Samples in the training range to canonical ones, in place.
    pub fn decode(&self, samples: &mut [f32]) {
        self.encoding.decode(samples);
    }
}

/// `[samples, classes · area]`: the plane of a sample's class is all 1, the others are 0.
pub(super) fn one_hot(labels: &[usize], classes: usize, area: usize) -> Result<Tensor> {
    let mut planes = vec![0.0_f32; labels.len() * classes * area];
    for (planes, &label) in planes.chunks_exact_mut(classes * area).zip(labels) {
        planes[label * area..(label + 1) * area].fill(1.0);
    }
    Tensor::from_vec(planes, (labels.len(), classes * area), &Device::Cpu)
}
