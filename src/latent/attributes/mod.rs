//! What can be said of a digit in one number: the s of s = f_S(G(z)).
//!
//! Thickness, slant, width and height as Morpho-MNIST defines them (Castro et al. 2019,
//! "Morpho-MNIST: Quantitative Assessment and Diagnostics for Representation Learning", section 3), and
//! how sure the data set's classifier is of a class.

mod distance;
mod mask;
mod moments;
mod morphometry;
mod thinning;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rayon::prelude::*;

use super::LatentError;
use crate::classifier::{Classifier, Reading};
use crate::dataset::{Data, Images};
use crate::metric::fid::{check_finite, quantised};
use crate::nearest::nearest;
pub use morphometry::Morphometry;

/// An attribute of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Mean thickness of the strokes, in pixels: see [`Morphometry::thickness`].
    Thickness,
    /// By which the digit leans to the right, in radians: see [`Morphometry::slant`].
    Slant,
    /// Of the parallelogram around the digit, in pixels: see [`Morphometry::width`].
    Width,
    /// Of the same parallelogram, in pixels.
    Height,
    /// ln p(c | x) − ln (1 − p(c | x)) by the data set's classifier, in nats.
    Class(usize),
}

/// Those without a parameter, by their words.
const MEASURES: [(&str, Attribute); 4] = [
    ("thickness", Attribute::Thickness),
    ("slant", Attribute::Slant),
    ("width", Attribute::Width),
    ("height", Attribute::Height),
];

impl Attribute {
    /// Unit of its values.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Thickness | Self::Width | Self::Height => "px",
            Self::Slant => "rad",
            Self::Class(_) => "nats",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Class(class) = self {
            return write!(f, "class={class}");
        }
        let word = MEASURES.iter().find(|(_, a)| a == self);
        f.write_str(word.map_or("", |(word, _)| word))
    }
}

/// A word that names no attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no attribute '{word}'{hint}; there are thickness, slant, width, height and class=C"
)]
pub struct UnknownAttribute {
    word: String,
    hint: String,
}

impl FromStr for Attribute {
    type Err = UnknownAttribute;

    fn from_str(word: &str) -> Result<Self, UnknownAttribute> {
        if let Some((_, found)) = MEASURES.iter().find(|(name, _)| *name == word) {
            return Ok(*found);
        }
        let class = word.strip_prefix("class=").and_then(|c| c.parse().ok());
        class.map(Self::Class).ok_or_else(|| {
            let near = nearest(word, MEASURES.map(|(name, _)| name));
            UnknownAttribute {
                word: word.to_owned(),
                hint: near.map_or_else(String::new, |n| format!(" (did you mean '{n}'?)")),
            }
        })
    }
}

/// Measures the same attributes of many images of a data set.
#[derive(Clone, Debug)]
pub struct Gauge {
    attributes: Vec<Attribute>,
    images: Arc<Images>,
    classifier: Option<Arc<Classifier>>,
}

impl Gauge {
    /// Of a data set of images.
    ///
    /// # Errors
    /// [`LatentError::Points`], also of stacked digits, which are three; [`LatentError::Colour`];
    /// [`LatentError::Unlabelled`]; [`LatentError::NoClass`].
    pub fn new(data: &Data, attributes: Vec<Attribute>) -> Result<Self, LatentError> {
        let images = match data {
            Data::Images(images) => Arc::clone(images),
            Data::Stacked(stacked) => {
                return Err(LatentError::Colour {
                    attribute: attributes
                        .first()
                        .map_or_else(String::new, Attribute::to_string),
                    shape: stacked.shape(),
                });
            }
            Data::Mixture(_) | Data::Curve(_) => return Err(LatentError::Points),
        };
        let mut classifier = None;
        for attribute in &attributes {
            match *attribute {
                Attribute::Class(class) => match images.classes() {
                    None => return Err(LatentError::Unlabelled { class }),
                    Some(classes) if class >= classes => {
                        return Err(LatentError::NoClass { class, classes });
                    }
                    Some(_) => classifier.clone_from(&images.classifier),
                },
                stroke if images.shape[0] != 1 => {
                    return Err(LatentError::Colour {
                        attribute: stroke.to_string(),
                        shape: images.shape,
                    });
                }
                _ => {}
            }
        }
        Ok(Self {
            attributes,
            images,
            classifier,
        })
    }

    /// What is measured.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// One value an attribute of every generated image on [0, 1], rounded to 8 bits; `None` of an image
    /// without strokes that can be measured.
    ///
    /// # Errors
    /// For a part of an image, and for a pixel that is not finite.
    pub fn of_generated(&self, images: &[f32]) -> Result<Vec<Option<Vec<f64>>>, LatentError> {
        check_finite(images, self.images.pixels(), 0)?;
        self.of_bytes(&quantised(images))
    }

    /// As [`Self::of_generated`], of the reference images, which are real ones.
    ///
    /// # Errors
    /// As [`Self::of_generated`].
    pub fn of_real(&self) -> Result<Vec<Option<Vec<f64>>>, LatentError> {
        self.of_bytes(&self.images.reference)
    }

    fn of_bytes(&self, images: &[u8]) -> Result<Vec<Option<Vec<f64>>>, LatentError> {
        let [_, height, width] = self.images.shape;
        let reading = match &self.classifier {
            Some(classifier) => Some(classifier.run(images)?),
            None => None,
        };
        let of_strokes = |a: &Attribute| !matches!(a, Attribute::Class(_));
        let with_strokes = self.attributes.iter().any(of_strokes);
        let images = images.par_chunks_exact(self.images.pixels()).enumerate();
        let values = images.map(|(i, image)| {
            let strokes = match with_strokes {
                true => Some(Morphometry::of(image, [height, width])?),
                false => None,
            };
            self.attributes
                .iter()
                .map(|attribute| match (attribute, &strokes, &reading) {
                    (Attribute::Class(c), _, Some(reading)) => Some(log_odds(reading, i, *c)),
                    (Attribute::Thickness, Some(s), _) => Some(s.thickness),
                    (Attribute::Slant, Some(s), _) => Some(s.slant),
                    (Attribute::Width, Some(s), _) => Some(s.width),
                    (Attribute::Height, Some(s), _) => Some(s.height),
                    _ => None,
                })
                .collect()
        });
        Ok(values.collect())
    }
}

/// ln p − ln (1 − p) of one class of the i-th image.
fn log_odds(reading: &Reading, i: usize, class: usize) -> f64 {
    let row = &reading.probabilities[i * reading.classes..][..reading.classes];
    let others: f64 = row
        .iter()
        .enumerate()
        .map(|(c, p)| if c == class { 0.0 } else { *p })
        .sum();
    // What no f64 can hold is as far off as the least of them: ± 708.
    let ln = |p: f64| libm::log(p.max(f64::MIN_POSITIVE));
    ln(row[class]) - ln(others)
}

#[cfg(test)]
mod tests;
