//! Mini-batches: real samples and latents, drawn from the run's streams.

use candle_core::{Device, Result, Tensor};

use super::encoding::Encoding;
use crate::dataset::Data;
use crate::noise::Noise;
use crate::ops::values::values;
use crate::regulariser::At;
use crate::rng::{Name, Source, Stream, Streams};
use crate::spec::RunSpec;

/// Draws the batches of a run.
pub(super) struct Batches {
    data: Data,
    encoding: Encoding,
    noise: Noise,
    latent_dim: usize,
    batch_size: usize,
    real: Source,
    penalty: Source,
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
            batch_size: spec.batch_size,
            real: streams.source(Name::Data),
            penalty: streams.source(Name::Penalty),
            latent_d: streams.source(Name::LatentDiscriminator),
            latent_g: streams.source(Name::LatentGenerator),
            latent_evaluation: streams.source(Name::LatentEvaluation),
        }
    }

    /// x ~ p_r, `[batch, data_dim]` in the training range. Images are drawn with replacement, so
    /// that a batch depends on its address alone.
    pub fn real(&self, step: u64, substep: u32) -> Result<Tensor> {
        let mut stream = self.real.at(step, substep);
        let mut x = match &self.data {
            Data::Mixture(mixture) => {
                let mut x = vec![0.0; self.batch_size * 2];
                mixture.fill(&mut stream, &mut x);
                x
            }
            Data::Images(images) => {
                let mut x = Vec::with_capacity(self.batch_size * images.pixels());
                for _ in 0..self.batch_size {
                    let image = images.train_image(stream.index(images.train_count()));
                    x.extend(image.iter().map(|&byte| f32::from(byte) / 255.0));
                }
                x
            }
        };
        self.encoding.encode(&mut x);
        let dim = x.len() / self.batch_size;
        Tensor::from_vec(x, (self.batch_size, dim), &Device::Cpu)
    }

    /// x̂, where the slope of D is penalised, `[batch, data_dim]`.
    pub fn penalised(
        &self,
        at: At,
        (step, substep): (u64, u32),
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<Tensor> {
        let (batch, dim) = real.dims2()?;
        let mut stream = self.penalty.at(step, substep);
        let mut share = vec![0.0; batch];
        stream.fill_uniform(0.0, 1.0, &mut share);
        let share = Tensor::from_vec(share, (batch, 1), &Device::Cpu)?;
        match at {
            At::Real => Ok(real.clone()),
            At::Generated => Ok(fake.clone()),
            At::Between => fake + (real - fake)?.broadcast_mul(&share)?,
            At::NearReal => {
                let mut shift = vec![0.0; batch * dim];
                stream.fill_uniform(0.0, 0.5, &mut shift);
                let shift = Tensor::from_vec(shift, (batch, dim), &Device::Cpu)?;
                real + shift.affine(deviation(real)?, 0.0)?.broadcast_mul(&share)?
            }
        }
    }

    /// z ~ p_z of a discriminator step, `[batch, latent_dim]`.
    pub fn latents_for_d(&self, step: u64, substep: u32) -> Result<Tensor> {
        self.latents(self.latent_d.at(step, substep), self.batch_size)
    }

    /// z ~ p_z of a generator step, `[batch, latent_dim]`.
    pub fn latents_for_g(&self, step: u64) -> Result<Tensor> {
        self.latents(self.latent_g.at(step, 0), self.batch_size)
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

/// The standard deviation of all values (ddof 0).
fn deviation(x: &Tensor) -> Result<f64> {
    let x = values(x)?;
    let x = x.as_slice();
    let n = x.len() as f64;
    let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let squares = x.iter().map(|&x| (f64::from(x) - mean).powi(2));
    Ok((squares.sum::<f64>() / n).sqrt())
}
