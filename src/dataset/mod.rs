//! The data sets: points (mixtures whose modes are known, noisy curves) and images.

mod curve;
mod error;
mod folder;
pub mod idx;
mod images;
mod import;
mod imported;
mod library;
mod manifest;
mod mixture;
mod split;

pub use curve::{Branches, Curve};
pub use error::DataError;
pub use folder::{Folder, Labelled};
pub use images::Images;
pub use import::import;
pub use imported::{IMPORTED_PARAMS, Imported};
pub use library::Library;
pub use manifest::{FileEntry, Listed, Manifest, catalog, imported};
pub use mixture::Mixture;

use std::fmt;
use std::sync::Arc;

use crate::axis::axis;
use crate::model::SampleShape;
use crate::param::{Settings, Undeclared};
use crate::rng::Stream;
use crate::spec::Catalog;

axis! {
    /// The data sets inside the binary. Their names are reserved.
    pub enum BuiltIn : Source {
        ring8::Ring8,
        grid25::Grid25,
        swiss_roll::SwissRoll,
        two_moons::TwoMoons,
        mixture1d::Mixture1d,
        mixture1200::Mixture1200,
        mnist::Mnist,
    }
}

/// Opens a data set.
pub trait Source: Send + Sync {
    /// The data, ready for training and evaluation.
    fn open(&self) -> Result<Data, DataError>;

    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    fn shape(&self) -> SampleShape;

    /// Why its parameters do not go together; `None` where they do.
    fn refuses(&self) -> Option<Refusal> {
        None
    }
}

/// Parameters of a data set that do not go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Their names, the more specific one first.
    pub keys: Vec<&'static str>,
    /// What is wrong and what to do about it, in one sentence.
    pub message: String,
}

/// A data set as a run and its metrics see it.
#[derive(Clone, Debug)]
pub enum Data {
    /// Points drawn from a mixture of Gaussians.
    Mixture(Mixture),
    /// Points drawn around a curve in the plane.
    Curve(Curve),
    /// Images, split into the generator's part and the reference. Shared by all workers.
    Images(Arc<Images>),
}

impl Data {
    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    pub fn shape(&self) -> SampleShape {
        match self {
            Self::Mixture(mixture) => [mixture.dimensions(), 1, 1],
            Self::Curve(_) => [2, 1, 1],
            Self::Images(images) => images.shape,
        }
    }

    /// `count` independent draws from what G learns to imitate, in canonical coordinates: `[count,
    /// d]` row-major and the label of each (the component of a mixture, the branch of a curve, the
    /// class of an image). Images are drawn with replacement.
    pub fn draw(&self, stream: &mut Stream, count: usize) -> (Vec<f32>, Vec<usize>) {
        let dim: usize = self.shape().iter().product();
        let mut x = vec![0.0; count * dim];
        let labels = match self {
            Self::Mixture(mixture) => mixture.fill(stream, &mut x),
            Self::Curve(curve) => curve.fill(stream, &mut x),
            Self::Images(images) => x
                .chunks_exact_mut(dim)
                .map(|sample| {
                    let index = stream.index(images.train_count());
                    for (x, &byte) in sample.iter_mut().zip(images.train_image(index)) {
                        *x = f32::from(byte) / 255.0;
                    }
                    usize::from(images.train_labels[index])
                })
                .collect(),
        };
        (x, labels)
    }
}

/// The data set of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Dataset {
    /// One that travels in the binary.
    BuiltIn(BuiltIn),
    /// One that the user imported.
    Imported(Imported),
}

/// BLAKE3 of what an imported data set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigest(pub [u8; 32]);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Dataset {
    /// The data set of that name; `None` if it is neither built in nor imported.
    pub fn read(
        name: &str,
        settings: &Settings,
        catalog: &Catalog,
    ) -> Result<Option<Self>, Undeclared> {
        if let Some(built_in) = BuiltIn::read(name, settings, None)? {
            return Ok(Some(Self::BuiltIn(built_in)));
        }
        Ok(catalog.get(name).map(|identity| {
            Self::Imported(Imported {
                name: name.to_owned(),
                identity,
            })
        }))
    }

    /// The name in a grid.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(b) => b.choice().name,
            Self::Imported(i) => &i.name,
        }
    }

    /// The data, ready for training and evaluation.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open(&self, library: &Library) -> Result<Data, DataError> {
        library.open(self)
    }

    /// Channels, height and width of a sample, before the set is opened: an imported set is taken
    /// to be of MNIST's size.
    pub fn expected_shape(&self) -> SampleShape {
        match self {
            Self::BuiltIn(b) => b.shape(),
            Self::Imported(_) => [1, 28, 28],
        }
    }

    /// Why its parameters do not go together; `None` where they do.
    pub fn refuses(&self) -> Option<Refusal> {
        match self {
            Self::BuiltIn(b) => b.refuses(),
            Self::Imported(_) => None,
        }
    }

    /// The identity of what is not embedded in the binary: its content and its feature classifier.
    pub fn identity(&self) -> Option<ContentDigest> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Imported(i) => Some(i.identity),
        }
    }
}
