//! What D sees of samples, and where the slope of what it says is penalised.

use candle_core::{Device, Result, Tensor};

use super::batch::one_hot;
use crate::model::SampleShape;
use crate::ops::values::values;
use crate::regulariser::At;
use crate::rng::{Name, Source, Streams};
use crate::spec::{GanSpec, Schedule};

/// Samples in the training range to D's input: noise, a factor, packing.
pub(super) struct Sight {
    noise: f64,
    noise_schedule: Schedule,
    steps: u64,
    scale: f64,
    /// Samples that D judges together.
    pack: usize,
    /// Values of one of them, and of a plane of it.
    size: usize,
    area: usize,
    /// Classes whose planes are appended to a sample; 0 for none.
    planes: usize,
    noise_real: Source,
    noise_fake: Source,
    penalty: Source,
}

/// Real or generated samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Real,
    Fake,
}

impl Sight {
    pub fn new(spec: &GanSpec, sample: SampleShape) -> Self {
        let streams = Streams::new(spec.seed);
        Self {
            noise: spec.instance_noise,
            noise_schedule: spec.instance_noise_schedule,
            steps: spec.steps,
            scale: spec.d_input_scale,
            pack: spec.pack,
            size: sample.iter().product(),
            area: match spec.model.has_positions() {
                true => sample[1] * sample[2],
                false => 1,
            },
            planes: match spec.conditioning.is_shown_to_d() {
                true => spec.classes(),
                false => 0,
            },
            noise_real: streams.source(Name::NoiseReal),
            noise_fake: streams.source(Name::NoiseFake),
            penalty: streams.source(Name::Penalty),
        }
    }

    /// Samples `[n, size]` with instance noise (Sønderby et al. 2017): the same for the same step
    /// and substep.
    pub fn noised(
        &self,
        samples: Tensor,
        origin: Origin,
        (step, substep): (u64, u32),
    ) -> Result<Tensor> {
        if self.noise == 0.0 {
            return Ok(samples);
        }
        let source = match origin {
            Origin::Real => &self.noise_real,
            Origin::Fake => &self.noise_fake,
        };
        let mut noise = vec![0.0; samples.elem_count()];
        source.at(step, substep).fill_normal(&mut noise);
        let sigma = (self.noise * self.noise_schedule.factor(step, self.steps)) as f32;
        noise.iter_mut().for_each(|x| *x *= sigma);
        samples.clone() + Tensor::from_vec(noise, samples.shape(), &Device::Cpu)?
    }

    /// Samples `[n, size]` with their labels to D's input `[n / pack, pack · (size + planes)]`.
    pub fn seen(&self, samples: &Tensor, labels: &[usize]) -> Result<Tensor> {
        let mut seen = samples.clone();
        if self.scale != 1.0 {
            seen = seen.affine(self.scale, 0.0)?;
        }
        if self.planes > 0 {
            seen = Tensor::cat(&[seen, one_hot(labels, self.planes, self.area)?], 1)?;
        }
        if self.pack > 1 {
            let (samples, width) = seen.dims2()?;
            seen = seen.reshape((samples / self.pack, self.pack * width))?;
        }
        Ok(seen)
    }

    /// ∂(D's input)/∂(a sample's value), for every input of D: a label is no value of a sample.
    pub fn factors(&self) -> Vec<f32> {
        let mut one = vec![self.scale as f32; self.size];
        one.resize(self.size + self.planes * self.area, 0.0);
        one.repeat(self.pack)
    }

    /// x̂, the samples `[n, size]` where the slope of D is penalised.
    pub fn penalised(
        &self,
        at: At,
        (step, substep): (u64, u32),
        real: &Tensor,
        fake: &Tensor,
    ) -> Result<Tensor> {
        let rows = real.dim(0)? / self.pack;
        let dim = self.pack * self.size;
        let mut stream = self.penalty.at(step, substep);
        let mut share = vec![0.0; rows];
        stream.fill_uniform(0.0, 1.0, &mut share);
        let share = Tensor::from_vec(share, (rows, 1), &Device::Cpu)?;
        let together = |samples: &Tensor| samples.reshape((rows, dim));
        let at = match at {
            At::Real => return Ok(real.clone()),
            At::Generated => return Ok(fake.clone()),
            At::Between => {
                let fake = together(fake)?;
                let between = (together(real)? - &fake)?.broadcast_mul(&share)?;
                (fake + between)?
            }
            At::NearReal => {
                let mut shift = vec![0.0; rows * dim];
                stream.fill_uniform(0.0, 0.5, &mut shift);
                let shift = Tensor::from_vec(shift, (rows, dim), &Device::Cpu)?;
                let shift = shift.affine(deviation(real)?, 0.0)?.broadcast_mul(&share)?;
                (together(real)? + shift)?
            }
        };
        at.reshape(real.shape())
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

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor};

    use super::{Origin, Sight};
    use crate::param::Value;
    use crate::regulariser::At;
    use crate::train::tests::{spec, text};

    fn sight(changes: &[(&'static str, Value)]) -> Sight {
        Sight::new(&spec(changes, 0), [2, 1, 1])
    }

    fn points() -> Result<Tensor> {
        Tensor::new(
            &[[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]],
            &Device::Cpu,
        )
    }

    #[test]
    fn d_sees_packs_of_scaled_samples_with_their_labels() -> Result<()> {
        let packed = sight(&[
            ("pack", Value::Int(2)),
            ("d_input_scale", Value::Float(0.5)),
            ("conditioning", text("concat")),
        ]);
        let seen = packed.seen(&points()?, &[0, 7, 1, 2])?.to_vec2::<f32>()?;
        // Two samples of two halved coordinates and eight planes of a label each.
        let mut first = vec![0.5, 1.0];
        first.extend([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        first.extend([1.5, 2.0]);
        first.extend([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(seen[0], first);
        assert_eq!(seen.len(), 2);
        let factors = packed.factors();
        assert_eq!(factors.len(), 20);
        assert_eq!(factors[..3], [0.5, 0.5, 0.0]);
        assert_eq!(factors[10..13], [0.5, 0.5, 0.0]);
        Ok(())
    }

    #[test]
    fn a_pack_is_moved_towards_another_as_one() -> Result<()> {
        let packed = sight(&[("pack", Value::Int(2))]);
        let (real, fake) = (points()?, points()?.affine(0.0, 0.0)?);
        let between = packed.penalised(At::Between, (1, 0), &real, &fake)?;
        // The fake points are 0: a point between is its real one times the share of its pack.
        let shares = (between / real)?.to_vec2::<f32>()?;
        for pack in shares.chunks(2) {
            let all = pack.concat();
            assert!(all.iter().all(|s| (s - all[0]).abs() < 1e-6 && *s < 1.0));
        }
        assert!((shares[0][0] - shares[2][0]).abs() > 1e-3);
        Ok(())
    }

    #[test]
    fn instance_noise_falls_to_nothing_over_the_run() -> Result<()> {
        let noisy = sight(&[
            ("instance_noise", Value::Float(0.5)),
            ("steps", Value::Int(100)),
        ]);
        let zeros = Tensor::zeros((5000, 2), candle_core::DType::F32, &Device::Cpu)?;
        let deviation = |step, origin| -> Result<f64> {
            super::deviation(&noisy.noised(zeros.clone(), origin, (step, 0))?)
        };
        // N(0, σ²) with σ = 0.5 (1 − (t − 1)/T); the standard error of a deviation is σ/√(2n) = 0.7 %.
        for (step, sigma) in [(1, 0.5), (51, 0.25), (91, 0.05)] {
            for origin in [Origin::Real, Origin::Fake] {
                assert!((deviation(step, origin)? / sigma - 1.0).abs() < 0.03);
            }
        }
        let [a, b] = [Origin::Real, Origin::Fake].map(|o| noisy.noised(zeros.clone(), o, (1, 0)));
        assert_ne!(a?.to_vec2::<f32>()?, b?.to_vec2::<f32>()?);
        Ok(())
    }
}
