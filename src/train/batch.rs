//! Mini-batches: real samples and latents, drawn from the run's streams.

use candle_core::{Device, Result, Tensor};

use super::encoding::Encoding;
use crate::dataset::Data;
use crate::noise::Noise;
use crate::rng::{Name, Source, Stream, Streams};
use crate::spec::RunSpec;

/// Draws the batches of a run.
pub(super) struct Batches {
    data: Data,
    encoding: Encoding,
    noise: Noise,
    latent_dim: usize,
    /// Samples of a batch: what D judges, times what it judges together.
    count: usize,
    real: Source,
    real_g: Source,
    latent_d: Source,
    latent_g: Source,
    latent_evaluation: Source,
}

impl Batches {
    pub fn new(spec: &RunSpec, data: Data, encoding: Encoding) -> Self {
        let streams = Streams::new(spec.seed);
        Self {
            data,
            encoding,
            noise: spec.noise.clone(),
            latent_dim: spec.latent_dim,
            count: spec.batch_size * spec.pack,
            real: streams.source(Name::Data),
            real_g: streams.source(Name::DataGenerator),
            latent_d: streams.source(Name::LatentDiscriminator),
            latent_g: streams.source(Name::LatentGenerator),
            latent_evaluation: streams.source(Name::LatentEvaluation),
        }
    }

    /// x ~ p_r of a discriminator step, `[batch, data_dim]` in the training range.
    pub fn real_for_d(&self, step: u64, substep: u32) -> Result<Tensor> {
        self.real(self.real.at(step, substep))
    }

    /// x ~ p_r of a generator step.
    pub fn real_for_g(&self, step: u64) -> Result<Tensor> {
        self.real(self.real_g.at(step, 0))
    }

    /// Images are drawn with replacement, so that a batch depends on its address alone.
    fn real(&self, mut stream: Stream) -> Result<Tensor> {
        let mut x = match &self.data {
            Data::Mixture(mixture) => {
                let mut x = vec![0.0; self.count * 2];
                mixture.fill(&mut stream, &mut x);
                x
            }
            Data::Images(images) => {
                let mut x = Vec::with_capacity(self.count * images.pixels());
                for _ in 0..self.count {
                    let image = images.train_image(stream.index(images.train_count()));
                    x.extend(image.iter().map(|&byte| f32::from(byte) / 255.0));
                }
                x
            }
            Data::Stacked(stacked) => {
                let mut x = vec![0.0; self.count * stacked.pixels()];
                stacked.fill(&mut stream, &mut x);
                x
            }
        };
        self.encoding.encode(&mut x);
        let dim = x.len() / self.count;
        Tensor::from_vec(x, (self.count, dim), &Device::Cpu)
    }

    /// z ~ p_z of a discriminator step, `[batch, latent_dim]`.
    pub fn latents_for_d(&self, step: u64, substep: u32) -> Result<Tensor> {
        self.latents(self.latent_d.at(step, substep), self.count)
    }

    /// z ~ p_z of a generator step, `[batch, latent_dim]`.
    pub fn latents_for_g(&self, step: u64) -> Result<Tensor> {
        self.latents(self.latent_g.at(step, 0), self.count)
    }

    /// One part of the latents of an evaluation, the same at every evaluation.
    pub fn latents_for_evaluation(&self, part: u64, count: usize) -> Result<Tensor> {
        self.latents(self.latent_evaluation.at(part, 0), count)
    }

    fn latents(&self, mut stream: Stream, count: usize) -> Result<Tensor> {
        let mut z = vec![0.0; count * self.latent_dim];
        self.noise.fill(&mut stream, self.latent_dim, &mut z);
        Tensor::from_vec(z, (count, self.latent_dim), &Device::Cpu)
    }

    /// Samples in the training range to canonical ones, in place.
    pub fn decode(&self, samples: &mut [f32]) {
        self.encoding.decode(samples);
    }
}
