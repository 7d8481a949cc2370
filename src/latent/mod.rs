//! What a trained generator has learnt of its latent space: walks through it, the training images
//! nearest to what it makes, and directions that change one attribute.
//!
//! The lecture's slides "Интерполяции в латентном пространстве", "Поиск ближайших соседей" and "Проблема
//! запутывания в GAN. Манипуляции в латентном пространстве". Pure functions of a
//! [`Generator`](crate::train::Generator) and its data: [`interpolation`] on [`path`]s, [`neighbours`],
//! and [`directions`] of what [`attributes`] measures. Images are compared on a [`FeatureMap`], and lie
//! among real ones where a [`Manifold`] holds them.
//!
//! Everything is drawn from streams of a seed of the look, never of the run: runs that are looked at
//! under one seed are given the same latents.

pub mod attributes;
pub mod directions;
mod error;
mod feature_map;
pub mod interpolation;
pub mod look;
mod manifold;
pub mod neighbours;
pub mod path;
#[cfg(test)]
mod testing;

pub use error::LatentError;
pub use feature_map::FeatureMap;
pub use manifold::{Manifold, Realism};

use crate::rng::{Name, Streams};
use crate::train::Generator;

/// One label a row for a generator that is told classes: the given one, or as often as they are among
/// the data.
fn labels(
    generator: &Generator,
    seed: u64,
    count: usize,
    label: Option<usize>,
) -> Result<Vec<usize>, LatentError> {
    match (label, generator.classes()) {
        (Some(_), 0) => Err(LatentError::Unconditional),
        (Some(class), classes) if class >= classes => Err(LatentError::NoClass { class, classes }),
        (Some(class), _) => Ok(vec![class; count]),
        (None, _) => Ok(generator.labels(&Streams::new(seed).source(Name::LabelLook), count)),
    }
}
