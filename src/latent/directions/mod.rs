//! Directions along which one attribute changes: the lecture's slides "Проблема запутывания в GAN.
//! Манипуляции в латентном пространстве", by the protocol of InterFaceGAN (Shen, Gu, Tang and Zhou 2020,
//! "Interpreting the Latent Space of GANs for Semantic Face Editing").
//!
//! 1. Score samples G(z) by every attribute and standardise the scores: s.
//! 2. Of each attribute part the samples with the highest scores from those with the lowest by a
//!    hyperplane {nᵀz = 0}: [`Separator`], whose accuracy is that of samples it was not fitted to.
//! 3. The lecture's law s = Λ Nᵀ z: [`Law`], with its R² on samples it was not fitted to, and the
//!    covariance ΛNᵀNΛ that it predicts for z ~ N(0, I), beside that of the scores.
//! 4. Move along n₁, and along n₁ − (n₁ᵀn₂) n₂, and measure what every attribute does: [`Move`].
//!
//! Attributes of real images are correlated too; a generator that is entangled no more than they are
//! has learnt the data.

mod law;
mod moves;
mod origin;
mod scores;
mod separator;

use rayon::prelude::*;

use super::LatentError;
use super::attributes::{Attribute, Gauge};
use crate::metric::features::Features;
use crate::rng::{Name, Source, Streams};
use crate::train::Generator;
pub use law::{Law, Matrix};
pub use moves::{Change, Move};
pub use origin::Origin;
pub use scores::Scale;
use scores::Scores;
pub use separator::Separator;

/// Samples scored at once: bounds the memory.
const PART: usize = 250;

/// Samples of either extreme at least: seven to fit, three to try.
const LEAST_EXTREMES: usize = 10;

/// What is drawn and how it is divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Protocol {
    /// Samples scored.
    pub samples: usize,
    /// Share of them that counts as high, and as low.
    pub share: f64,
    /// Share that is fitted to; the others are held out.
    pub train: f64,
    /// Samples moved along every direction.
    pub moved: usize,
    /// Seed of the latents and of the divisions.
    pub seed: u64,
    /// The class asked for, of a generator that is told classes; otherwise one a sample, as often as they
    /// are among the data.
    pub label: Option<usize>,
}

impl Default for Protocol {
    /// InterFaceGAN's 2 % and 70 to 30; a fiftieth of its half a million samples.
    fn default() -> Self {
        Self {
            samples: 10_000,
            share: 0.02,
            train: 0.7,
            moved: 500,
            seed: 0,
            label: None,
        }
    }
}

/// What was found, all of it about latents brought to mean 0 and variance 1 by [`Self::origin`] and about
/// standardised scores.
#[derive(Clone, Debug)]
pub struct Directions {
    /// Their attributes, in whose order everything else is.
    pub attributes: Vec<Attribute>,
    /// Samples drawn.
    pub drawn: usize,
    /// Places of those that could be measured among the latents of the seed.
    pub places: Vec<usize>,
    /// Samples that counted as high, and as many as low.
    pub extremes: usize,
    /// Mean and spread of the samples' attributes, before they were standardised.
    pub scales: Vec<Scale>,
    /// Mean and spread of the latents.
    pub origin: Origin,
    /// One an attribute.
    pub separators: Vec<Separator>,
    /// s = ΛNᵀz with the separators' normals as N.
    pub by_separators: Law,
    /// s = ΛNᵀz as least squares fit it to all samples and not to the extremes alone: the best there is.
    pub by_regression: Law,
    /// Covariance of the scores, which are standardised: the attributes' correlations.
    pub covariance: Matrix,
    /// Correlations of the attributes of real images, and how many were measured.
    pub real: (Matrix, usize),
    /// Along every normal, and along every one projected off another.
    pub moves: Vec<Move>,
}

/// Runs the protocol on a generator.
///
/// # Errors
/// [`LatentError::TooFew`], [`LatentError::Constant`] or [`LatentError::Degenerate`] where nothing can be
/// fitted, and what [`Gauge::of_generated`] may meet.
pub fn find(
    generator: &Generator,
    gauge: &Gauge,
    protocol: &Protocol,
) -> Result<Directions, LatentError> {
    let streams = Streams::new(protocol.seed);
    let z = generator.latents(&streams.source(Name::LatentLook), protocol.samples);
    let labels = super::labels(generator, protocol.seed, protocol.samples, protocol.label)?;
    let judge = Judge { generator, gauge };
    let scored = judge.score(&z, &labels)?;
    let places: Vec<usize> = (0..scored.len()).filter(|&i| scored[i].is_some()).collect();
    let values: Vec<f64> = scored.into_iter().flatten().flatten().collect();
    let extremes = extremes(places.len(), protocol)?;
    let attributes = gauge.attributes().to_vec();
    let scores = Scores::of(&values, &attributes)?;
    let origin = Origin::of(&z, generator.latent_dim());
    let rows = origin.rows(&z)?.take(&places);
    let look = streams.source(Name::Look);
    let separators = (0..attributes.len())
        .map(|i| {
            let (high, low) = scores.extremes(i, extremes);
            separator::fit(
                &rows,
                [&high, &low],
                protocol.train,
                &mut look.at(1, i as u32),
            )
            .ok_or_else(|| LatentError::Degenerate {
                attribute: attributes[i].to_string(),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (by_separators, by_regression) = laws(&rows, &scores, &separators, (protocol, &look))?;
    let moved: Vec<usize> = places.iter().take(protocol.moved).copied().collect();
    let base = moves::Base {
        z: moved
            .iter()
            .flat_map(|&i| row(&z, i, generator))
            .copied()
            .collect(),
        labels: moved
            .iter()
            .filter_map(|&i| labels.get(i).copied())
            .collect(),
        origin: &origin,
        scales: &scores.scales,
    };
    let normals: Vec<&[f64]> = separators.iter().map(|s| s.normal.as_slice()).collect();
    let moves = moves::all(&normals, &base, |z, labels| judge.score(z, labels))?;
    Ok(Directions {
        drawn: protocol.samples,
        extremes,
        separators,
        by_separators,
        by_regression,
        covariance: scores.covariance(),
        real: real(gauge, &attributes)?,
        moves,
        scales: scores.scales,
        attributes,
        places,
        origin,
    })
}

fn row<'z>(z: &'z [f32], i: usize, generator: &Generator) -> &'z [f32] {
    &z[i * generator.latent_dim()..][..generator.latent_dim()]
}

/// How many samples count as high.
fn extremes(measured: usize, protocol: &Protocol) -> Result<usize, LatentError> {
    let count = (protocol.share * measured as f64) as usize;
    match count >= LEAST_EXTREMES {
        true => Ok(count),
        false => Err(LatentError::TooFew {
            what: "a hyperplane between the highest and the lowest",
            least: (LEAST_EXTREMES as f64 / protocol.share).ceil() as usize,
            count: measured,
            drawn: protocol.samples,
        }),
    }
}

/// Both laws, fitted to a share of all samples and tried on the others.
fn laws(
    z: &Features,
    scores: &Scores,
    separators: &[Separator],
    (protocol, look): (&Protocol, &Source),
) -> Result<(Law, Law), LatentError> {
    let order = look.at(2, 0).permutation(z.rows());
    let (fitted, tried) = order.split_at((protocol.train * z.rows() as f64) as usize);
    let parts = [fitted, tried].map(|rows| law::Part {
        z: z.take(rows),
        s: scores.rows.take(rows),
    });
    if fitted.len() <= z.width() {
        return Err(LatentError::TooFew {
            what: "a linear law",
            least: ((z.width() + 1) as f64 / protocol.train).ceil() as usize,
            count: z.rows(),
            drawn: protocol.samples,
        });
    }
    let normals = separators.iter().map(|s| s.normal.clone()).collect();
    let by_regression = Law::regression(&parts).ok_or_else(|| LatentError::Degenerate {
        attribute: "any attribute".to_owned(),
    })?;
    Ok((Law::along(normals, &parts), by_regression))
}

/// Correlations of the attributes of real images.
fn real(gauge: &Gauge, attributes: &[Attribute]) -> Result<(Matrix, usize), LatentError> {
    let values: Vec<f64> = gauge.of_real()?.into_iter().flatten().flatten().collect();
    let scores = Scores::of(&values, attributes)?;
    Ok((scores.covariance(), scores.rows.rows()))
}

/// f_S(G(z)).
struct Judge<'a> {
    generator: &'a Generator,
    gauge: &'a Gauge,
}

impl Judge<'_> {
    fn score(&self, z: &[f32], labels: &[usize]) -> Result<Vec<Option<Vec<f64>>>, LatentError> {
        let parts = z.par_chunks(PART * self.generator.latent_dim()).enumerate();
        let scored = parts.map(|(i, z)| {
            let count = z.len() / self.generator.latent_dim();
            let labels = match labels {
                [] => labels,
                labels => &labels[i * PART..][..count],
            };
            self.gauge
                .of_generated(&self.generator.of_latents(z, labels)?)
        });
        let scored: Vec<_> = scored.collect::<Result<_, LatentError>>()?;
        Ok(scored.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests;
