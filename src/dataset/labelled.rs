//! Images of one size in memory, with their labels where they have any.

use super::split::{Halves, gather, stratified_halves};
use crate::classifier::Examples;
use crate::model::SampleShape;

/// Images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Channels, rows and columns of an image.
    pub shape: SampleShape,
    /// How many classes there are; `None` for images without labels.
    pub classes: Option<usize>,
    /// Row-major `[n, channels, height, width]`, 0 to 255.
    pub pixels: Vec<u8>,
    /// A label for each, below the number of classes; empty without classes.
    pub labels: Vec<u8>,
}

impl Labelled {
    /// Values of an image.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// How many images.
    pub fn count(&self) -> usize {
        self.pixels.len() / self.size()
    }

    /// As a classifier takes them; `None` without classes.
    pub fn examples(&self) -> Option<Examples<'_>> {
        Some(Examples {
            shape: self.shape,
            classes: self.classes?,
            pixels: &self.pixels,
            labels: &self.labels,
        })
    }

    /// The images at `places`, in that order.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        Self {
            shape: self.shape,
            classes: self.classes,
            pixels: gather(&self.pixels, self.size(), places),
            labels: match self.classes {
                Some(_) => gather(&self.labels, 1, places),
                None => Vec::new(),
            },
        }
    }

    /// Two halves with the same share of every class.
    pub(super) fn halves(&self) -> Halves {
        match self.classes {
            Some(_) => stratified_halves(&self.pixels, self.size(), &self.labels),
            None => stratified_halves(&self.pixels, self.size(), &vec![0; self.count()]),
        }
    }
}
