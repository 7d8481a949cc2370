//! Why Inception cannot be loaded or used.

use std::path::PathBuf;

use super::place;
use crate::weights::WeightsError;

/// Why Inception cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum InceptionError {
    /// No file of weights.
    #[error(
        "Inception's weights are not there: looked for {}. They are published by pytorch-fid as \
         {}: download the file (95 MB) to one of these places, or say where it is: --weights FILE \
         for 'eval', the environment variable {} for all commands",
        list(looked_for),
        place::PUBLISHED,
        place::VARIABLE
    )]
    NotFound {
        /// The places, in order.
        looked_for: Vec<PathBuf>,
    },
    /// The variable names a file that is not there.
    #[error("the environment variable {} names {}, which is no file", place::VARIABLE, path.display())]
    Variable {
        /// The file.
        path: PathBuf,
    },
    /// A file of weights that cannot be used.
    #[error("cannot use {} as weights of Inception", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<InceptionError>,
    },
    /// The file's content is not that of its name.
    #[error(
        "the file's name says that its SHA-256 begins with {expected}, that of its content is \
         {found}: download it again, or rename it if it is another file on purpose"
    )]
    Checksum {
        /// The beginning, from the name.
        expected: String,
        /// The whole, from the content.
        found: String,
    },
    /// The file is not the one that runs were to be measured with.
    #[error(
        "its SHA-256 is {found}, the runs ask for {expected}: set inception_weights to '{}', or put the file \
         they ask for there",
        &found[..8]
    )]
    OtherWeights {
        /// The beginning that was asked for.
        expected: String,
        /// The whole, from the content.
        found: String,
    },
    /// Not a file of finite weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A tensor is not there.
    #[error(
        "the tensor '{name}' of shape {expected:?} is not there: this is not the FID variant that \
         pytorch-fid publishes"
    )]
    Missing {
        /// Its name.
        name: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A tensor has another shape.
    #[error(
        "the tensor '{name}' has the shape {found:?}, expected {expected:?}: this is not the FID \
         variant that pytorch-fid publishes"
    )]
    Tensor {
        /// Its name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it should be.
        expected: Vec<usize>,
    },
    /// A variance that has no square root.
    #[error("the tensor '{name}' holds {value} at place {place}, expected variances, at least 0")]
    Variance {
        /// Its name.
        name: String,
        /// The place.
        place: usize,
        /// What is there.
        value: f32,
    },
    /// Images that are neither grey nor RGB, or empty.
    #[error(
        "Inception takes grey or RGB images of at least one pixel, not {shape:?}, channels x \
         height x width"
    )]
    Shape {
        /// Channels, height and width.
        shape: [usize; 3],
    },
    /// A slice that is no whole number of images.
    #[error("{len} values are no whole number of images of {shape:?}, channels x height x width")]
    Pixels {
        /// Values given.
        len: usize,
        /// Channels, height and width.
        shape: [usize; 3],
    },
    /// A pixel that is not on 0 to 1.
    #[error("pixel value {place} is {value}, expected numbers from 0 to 1")]
    Value {
        /// The place in the slice.
        place: usize,
        /// What is there.
        value: f32,
    },
}

fn list(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
    places.join(", ")
}
