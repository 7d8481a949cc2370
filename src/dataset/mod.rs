//! The data sets: points (mixtures whose modes are known, noisy curves) and images.

mod curve;
mod error;
pub mod fetch;
mod folder;
pub mod idx;
mod images;
mod import;
mod imported;
mod labelled;
mod library;
mod manifest;
mod mixture;
mod picture;
mod pictures;
mod set;
mod split;

pub use curve::{Branches, Curve};
pub use error::DataError;
pub use folder::Folder;
pub use images::Images;
pub use import::{Import, Step, check_name, import};
pub use imported::{IMPORTED_PARAMS, Imported};
pub use labelled::Labelled;
pub use library::Library;
pub use manifest::{FileEntry, Listed, Manifest, Origin, catalog, imported};
pub use mixture::{CENTRES, Mixture};
pub(crate) use picture::Picture;
pub use picture::{PictureError, any_picture};
pub use pictures::is_picture;
pub use ring8::{MODES, RADIUS, SIGMA};
pub use stacked_mnist::{DIGITS as STACKED_DIGITS, Stacked};

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
        stacked_mnist::StackedMnist,
    }
}

/// Opens a data set.
pub trait Source: Send + Sync {
    /// The data, ready for training and evaluation.
    fn open(&self) -> Result<Data, DataError>;

    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    fn shape(&self) -> SampleShape;

    /// How many classes its labels tell apart (components of a mixture, branches of a curve); `None`
    /// without labels.
    fn classes(&self) -> Option<usize> {
        None
    }

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
    /// Three digits stacked to one image.
    Stacked(Stacked),
}

impl Data {
    /// Whether its samples are stored, so that there are training samples to be copied, and not drawn
    /// afresh.
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Images(_))
    }

    /// N: samples of an evaluation.
    pub fn evaluation_size(&self) -> usize {
        match self {
            Self::Mixture(_) | Self::Curve(_) => crate::metric::MIXTURE_SAMPLES,
            Self::Images(images) => images.sample_size,
            Self::Stacked(stacked) => stacked.samples,
        }
    }

    /// Channels, height and width of a sample; `[d, 1, 1]` for points in d dimensions.
    pub fn shape(&self) -> SampleShape {
        match self {
            Self::Mixture(mixture) => [mixture.dimensions(), 1, 1],
            Self::Curve(_) => [2, 1, 1],
            Self::Images(images) => images.shape,
            Self::Stacked(stacked) => stacked.shape(),
        }
    }

    /// Independent draws, row-major `[count, values]` in canonical coordinates, with the class of
    /// each; no classes where the set has no labels.
    pub fn draw(&self, stream: &mut Stream, count: usize) -> (Vec<f32>, Vec<usize>) {
        match self {
            Self::Mixture(mixture) => {
                let mut x = vec![0.0; count * mixture.dimensions()];
                let labels = mixture.fill(stream, &mut x);
                (x, labels)
            }
            Self::Curve(curve) => {
                let mut x = vec![0.0; count * 2];
                let labels = curve.fill(stream, &mut x);
                // One branch tells nothing apart.
                (
                    x,
                    if curve.branches() > 1 {
                        labels
                    } else {
                        Vec::new()
                    },
                )
            }
            Self::Images(images) => {
                let mut x = Vec::with_capacity(count * images.pixels());
                let mut labels = Vec::with_capacity(count);
                for _ in 0..count {
                    let i = stream.index(images.train_count());
                    let image = images.train_image(i);
                    x.extend(image.iter().map(|&byte| f32::from(byte) / 255.0));
                    labels.extend(images.train_labels.get(i).map(|&label| usize::from(label)));
                }
                (x, labels)
            }
            Self::Stacked(stacked) => {
                let mut x = vec![0.0; count * stacked.pixels()];
                stacked.fill(stream, &mut x);
                (x, Vec::new())
            }
        }
    }

    /// Classes as often as they are among the data; none where the set has no labels.
    pub fn draw_labels(&self, stream: &mut Stream, count: usize) -> Vec<usize> {
        match self {
            Self::Mixture(mixture) => mixture.draw_components(stream, count),
            Self::Curve(curve) if curve.branches() > 1 => curve.draw_branches(stream, count),
            Self::Curve(_) => Vec::new(),
            Self::Images(images) if images.train_labels.is_empty() => Vec::new(),
            Self::Images(images) => (0..count)
                .map(|_| usize::from(images.train_labels[stream.index(images.train_count())]))
                .collect(),
            Self::Stacked(_) => Vec::new(),
        }
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
        Ok(catalog.get(name).map(|known| {
            Self::Imported(Imported {
                name: name.to_owned(),
                known,
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

    /// Channels, height and width of a sample, known before the set is opened.
    pub fn expected_shape(&self) -> SampleShape {
        match self {
            Self::BuiltIn(b) => b.shape(),
            Self::Imported(i) => i.known.shape,
        }
    }

    /// How many classes its labels tell apart, known before the set is opened; `None` without labels.
    pub fn classes(&self) -> Option<usize> {
        match self {
            Self::BuiltIn(b) => b.classes(),
            Self::Imported(i) => i.known.classes,
        }
    }

    /// Whether its training samples are drawn for every run and not stored: points, stacked digits.
    pub fn is_drawn(&self) -> bool {
        match self {
            Self::BuiltIn(b) => !matches!(b, BuiltIn::Mnist(_)),
            Self::Imported(_) => false,
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
            Self::Imported(i) => Some(i.known.identity),
        }
    }
}
