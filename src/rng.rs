//! Named, counter-based random streams: everything random in a run comes from here.
//!
//! A stream is addressed by (seed, [`Name`], step, substep) and never by the run's spec, so cells
//! that share a seed share their noise and their data and comparisons between them are paired. No
//! state is carried from step to step: any step can be re-drawn without replaying the ones before.
//!
//! Generator: ChaCha8 (Bernstein 2008), key = BLAKE3 derive-key of seed and name, nonce = step,
//! substeps 2⁴⁰ words apart. Normal variates: Box and Muller (1958), with the functions of
//! [`crate::elementary`], which give the same bits on every host.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::elementary::{ln, sin_cos_turn, vectorised};

/// Enters every derived key: raised when any value drawn here would change.
const CONTEXT: &str = "gan-sweep 2026-11 random streams v2";

/// Values drawn together. Part of the definition of a normal stream.
const BLOCK: usize = 256;

/// Words between two substeps of a step.
const SUBSTEP_WORDS: u32 = 40;

/// What a stream is for. Streams of different names are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Name {
    /// Initial weights of the generator; step = layer.
    InitGenerator,
    /// Initial weights of the discriminator; step = layer.
    InitDiscriminator,
    /// Real samples of a discriminator step; substep = which of the k.
    Data,
    /// Real samples of a generator step, where its objective sees them; step = generator step.
    DataGenerator,
    /// Where a penalty on D's slope is taken; substep = which of the k.
    Penalty,
    /// Noise on the real samples that D sees; substep = which of the k.
    NoiseReal,
    /// Noise on the generated samples that D sees; substep = which of the k.
    NoiseFake,
    /// Latents of a discriminator step; substep = which of the k.
    LatentDiscriminator,
    /// Latents of a generator step.
    LatentGenerator,
    /// Classes asked for in a generator step.
    LabelGenerator,
    /// Classes asked for in an evaluation along the way; the same at every one of a run.
    LabelEvaluation,
    /// Latents of an evaluation along the way; the same at every one of a run.
    LatentEvaluation,
    /// Classes asked for in the final evaluation.
    LabelFinal,
    /// Latents of the final evaluation, which no earlier one has seen.
    LatentFinal,
    /// Centres of a mixture of latents; drawn with seed 0 for every run, step = component.
    LatentCentres,
    /// What a metric compares with (real samples, a perfect sampler, uniform noise); drawn with
    /// seed 0 for every run.
    Reference,
    /// Samples of which a metric takes a part; step = which part.
    Subset,
    /// Samples drawn with replacement for an interval; step = which draw.
    Bootstrap,
    /// Centres of a mixture that are drawn once and for all, with seed 0; step = component.
    Centres,
    /// Latents of a look into a trained generator; the seed is the look's, step = row.
    LatentLook,
    /// Classes asked for in such a look; step = row.
    LabelLook,
    /// What else is drawn for it; step = which draw.
    Look,
    /// Initial weights of the feature classifier; step = layer.
    InitClassifier,
    /// Order of the training images of the feature classifier; step = epoch.
    ClassifierOrder,
    /// Random changes to the training images of the feature classifier.
    ClassifierAugment,
    /// Which of the stored images a problem looks at.
    Images,
    /// What a problem does to them at random; step = place of the image among those that it looks at.
    Distortion,
    /// Which classes of images a problem leaves out.
    DroppedClasses,
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Self::InitGenerator => "init/generator",
            Self::InitDiscriminator => "init/discriminator",
            Self::Data => "data",
            Self::DataGenerator => "data/generator",
            Self::Penalty => "penalty",
            Self::NoiseReal => "noise/real",
            Self::NoiseFake => "noise/fake",
            Self::LatentDiscriminator => "latent/discriminator",
            Self::LatentGenerator => "latent/generator",
            Self::LabelGenerator => "label/generator",
            Self::LabelEvaluation => "label/evaluation",
            Self::LatentEvaluation => "latent/evaluation",
            Self::LabelFinal => "label/final",
            Self::LatentFinal => "latent/final",
            Self::LatentCentres => "latent/centres",
            Self::Reference => "reference",
            Self::Subset => "subset",
            Self::Bootstrap => "bootstrap",
            Self::Centres => "centres",
            Self::LatentLook => "latent/look",
            Self::LabelLook => "label/look",
            Self::Look => "look",
            Self::InitClassifier => "init/classifier",
            Self::ClassifierOrder => "classifier/order",
            Self::ClassifierAugment => "classifier/augment",
            Self::Images => "images",
            Self::Distortion => "distortion",
            Self::DroppedClasses => "dropped_classes",
        }
    }
}

/// The streams of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// All streams of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A source for one name, from which the streams of many steps are made cheaply.
    pub fn source(&self, name: Name) -> Source {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(name.as_str().as_bytes());
        Source {
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// The stream of one name at one step and substep.
    pub fn stream(&self, name: Name, step: u64, substep: u32) -> Stream {
        self.source(name).at(step, substep)
    }
}

/// All streams of one seed and name.
#[derive(Clone, Debug)]
pub struct Source {
    key: [u8; 32],
}

impl Source {
    /// The stream at a step and substep.
    pub fn at(&self, step: u64, substep: u32) -> Stream {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(step);
        rng.set_word_pos(u128::from(substep) << SUBSTEP_WORDS);
        Stream { rng }
    }
}

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// Uniform on [0, 1), a multiple of 2⁻²⁴.
    pub fn unit(&mut self) -> f32 {
        unit(self.bits())
    }

    /// Uniform on {0, …, n − 1}, by multiplication of 64 bits (bias below n · 2⁻⁶⁴). `n` ≥ 1.
    pub fn index(&mut self, n: usize) -> usize {
        ((u128::from(self.rng.next_u64()) * n as u128) >> 64) as usize
    }

    /// Fills with uniform values on [low, high).
    pub fn fill_uniform(&mut self, low: f32, high: f32, out: &mut [f32]) {
        let mut words = [0; BLOCK];
        for part in out.chunks_mut(BLOCK) {
            let words = &mut words[..part.len()];
            self.fill(words);
            vectorised(
                #[inline(always)]
                || {
                    for (x, &mut word) in part.iter_mut().zip(words) {
                        *x = low + (high - low) * unit(word);
                    }
                },
            );
        }
    }

    /// Fills with standard normal values, in blocks of 256: the first half of a block holds the
    /// cosines of its pairs and the second the sines, so that a block is vector code. A prefix of a
    /// longer fill is therefore not the shorter fill's equal in general.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        let mut words = [0; BLOCK];
        for part in out.chunks_mut(BLOCK) {
            let half = part.len().div_ceil(2);
            let words = &mut words[..2 * half];
            self.fill(words);
            let (radii, angles) = words.split_at(half);
            let (first, second) = part.split_at_mut(half);
            vectorised(
                #[inline(always)]
                || {
                    let mut sines = [0.0; BLOCK / 2];
                    let words = radii.iter().zip(angles);
                    for ((cosine, sine), (&r, &a)) in first.iter_mut().zip(&mut sines).zip(words) {
                        // 1 − u lies in (0, 1]: the logarithm is finite.
                        let radius = (-2.0 * ln(1.0 - unit(r))).sqrt();
                        let (sin, cos) = sin_cos_turn(unit(a));
                        *cosine = radius * cos;
                        *sine = radius * sin;
                    }
                    second.copy_from_slice(&sines[..second.len()]);
                },
            );
        }
    }

    /// Fills at most a block of random words.
    fn fill(&mut self, words: &mut [u32]) {
        let mut bytes = [0; 4 * BLOCK];
        let bytes = &mut bytes[..4 * words.len()];
        self.rng.fill_bytes(bytes);
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
    }

    /// A random order of 0, …, n − 1 (Fisher–Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.index(i + 1));
        }
        order
    }
}

#[inline(always)]
fn unit(bits: u32) -> f32 {
    /// 2⁻²⁴: an `f32` holds 24 bits exactly.
    const STEP: f32 = 1.0 / 16_777_216.0;
    (bits >> 8) as f32 * STEP
}

#[cfg(test)]
mod tests {
    use super::{Name, Streams};

    #[test]
    fn streams_are_frozen() {
        // Golden values of this version of the streams: a change here changes every result, so it
        // raises `CONTEXT` and the training version.
        let mut stream = Streams::new(0).stream(Name::Data, 3, 1);
        let golden = [stream.bits(), stream.bits(), stream.bits()];
        assert_eq!(golden, [122_747_036, 2_907_039_396, 3_332_873_677]);
    }

    #[test]
    fn every_part_of_an_address_gives_another_stream() {
        let base = Streams::new(1).stream(Name::Data, 2, 3).bits();
        for other in [
            Streams::new(2).stream(Name::Data, 2, 3).bits(),
            Streams::new(1).stream(Name::LatentGenerator, 2, 3).bits(),
            Streams::new(1).stream(Name::Data, 3, 3).bits(),
            Streams::new(1).stream(Name::Data, 2, 4).bits(),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn normal_values_have_the_moments_of_a_normal_distribution() {
        let mut values = vec![0.0; 200_000];
        Streams::new(7)
            .stream(Name::Reference, 0, 0)
            .fill_normal(&mut values);
        let n = values.len() as f64;
        let moment = |p: i32| values.iter().map(|&x| f64::from(x).powi(p)).sum::<f64>() / n;
        // Standard errors of the first four moments of N(0, 1): √(1, 2, 15, 96) / √n; five of them.
        for (p, expected, variance) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
        {
            let error = (moment(p) - expected).abs();
            assert!(
                error < 5.0 * f64::sqrt(variance / n),
                "moment {p} is off by {error}"
            );
        }
    }

    #[test]
    fn the_two_values_of_a_pair_are_independent() {
        let mut values = vec![0.0; 256 * 500];
        Streams::new(8)
            .stream(Name::Reference, 0, 0)
            .fill_normal(&mut values);
        // Cosines and sines of the same radii: neither they nor their squares correlate.
        let pairs = values.chunks_exact(256).flat_map(|block| {
            let (cosines, sines) = block.split_at(128);
            cosines.iter().zip(sines)
        });
        let pairs: Vec<(f64, f64)> = pairs.map(|(&a, &b)| (f64::from(a), f64::from(b))).collect();
        let n = pairs.len() as f64;
        // Standard errors of the means of ab and of (a² − 1)(b² − 1): 1/√n and 2/√n; five of them.
        let product = pairs.iter().map(|(a, b)| a * b).sum::<f64>() / n;
        let squares = pairs.iter().map(|(a, b)| (a * a - 1.0) * (b * b - 1.0));
        assert!(product.abs() < 5.0 / n.sqrt(), "{product}");
        let squares = squares.sum::<f64>() / n;
        assert!(squares.abs() < 10.0 / n.sqrt(), "{squares}");
    }

    #[test]
    fn a_permutation_holds_every_index_once() {
        let mut order = Streams::new(3)
            .stream(Name::ClassifierOrder, 0, 0)
            .permutation(1000);
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }
}
