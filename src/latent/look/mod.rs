//! What a final generator is looked into for where `probe` asks: the quantities of its run, and one picture.
//!
//! The seed of the look is the run's: every run is looked at with latents of its own, so that runs are
//! independent units of a comparison.

mod moved;
mod near;
mod walked;

use super::LatentError;
use crate::dataset::Data;
use crate::event::{Quantity, Sample};
use crate::metric::Info;
use crate::spec::Look;
use crate::train::Generator;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// Quantities of [`quantities`].
    pub values: Vec<(Quantity, f64)>,
    /// Images, row by row.
    pub picture: Sample,
}

/// Looks into a generator under a seed.
///
/// # Errors
/// Those of the look: see [`interpolation`](super::interpolation), [`neighbours`](super::neighbours) and
/// [`directions`](super::directions). Directions that cannot be fitted, as to blank images, are no error:
/// their quantities are missing, and `directions.measured` says how many images could be measured.
pub fn into(look: Look, generator: &Generator, seed: u64) -> Result<Looked, LatentError> {
    match look {
        Look::Interpolation => walked::look(generator, seed),
        Look::Neighbours => near::look(generator, seed),
        Look::Directions => moved::look(generator, seed),
    }
}

/// Quantities of all looks.
pub fn quantities() -> impl Iterator<Item = &'static Info> {
    [
        walked::QUANTITIES,
        near::QUANTITIES,
        moved::ALWAYS,
        moved::QUANTITIES,
    ]
    .into_iter()
    .flatten()
}

/// Images of 8 bits as a picture.
fn picture(data: &Data, pixels: Vec<u8>) -> Sample {
    let shape = data.shape();
    Sample::Images {
        count: pixels.len() / shape.iter().product::<usize>(),
        shape,
        pixels,
    }
}

#[cfg(test)]
mod tests;
