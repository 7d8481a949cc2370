//! What can be wrong with a data set.

use std::path::PathBuf;

use super::ContentDigest;
use super::idx::IdxError;
use super::picture::PictureError;
use crate::classifier::ClassifierError;

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not the IDX file it should be.
    #[error("cannot use {}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: IdxError,
    },
    /// One of the four files is not there.
    #[error("{} holds no file {}, gzipped (.gz) or not", dir.display(), names.join(" or "))]
    Missing {
        /// The folder.
        dir: PathBuf,
        /// The names looked for.
        names: Vec<String>,
    },
    /// Not one label for each image.
    #[error(
        "{} announces {label_count} labels at byte 4, expected {image_count}, one for each image of {}",
        labels.display(), images.display()
    )]
    Mismatch {
        /// The file of images.
        images: PathBuf,
        /// Images in it.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// Labels in it.
        label_count: usize,
    },
    /// Test images of another size.
    #[error(
        "{} announces images of {} x {} at byte 8, expected {} x {} as in {}",
        test.display(), test_sides[0], test_sides[1], train_sides[0], train_sides[1], train.display()
    )]
    Sides {
        /// The file of training images.
        train: PathBuf,
        /// Their height and width.
        train_sides: [usize; 2],
        /// The file of test images.
        test: PathBuf,
        /// Their height and width.
        test_sides: [usize; 2],
    },
    /// A folder with nothing to import.
    #[error(
        "{} holds neither PNG or JPEG images nor IDX files (train-images-idx3-ubyte and its like)",
        dir.display()
    )]
    NoImages {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder of images arranged in a way that is not understood.
    #[error("{} {problem}", dir.display())]
    Layout {
        /// The folder.
        dir: PathBuf,
        /// What is wrong with it, as the end of the sentence.
        problem: String,
    },
    /// A PNG or JPEG file that cannot be used.
    #[error("cannot use {}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: PictureError,
    },
    /// Images of two sizes.
    #[error(
        "{} is {} x {} pixels (rows x columns), expected {} x {} as {}: all images must be of one size",
        other.display(), other_sides[0], other_sides[1], first_sides[0], first_sides[1], first.display()
    )]
    Differs {
        /// The first image.
        first: PathBuf,
        /// Its rows and columns.
        first_sides: [usize; 2],
        /// The first image of another size.
        other: PathBuf,
        /// Its rows and columns.
        other_sides: [usize; 2],
    },
    /// Not enough images to measure anything.
    #[error("{} holds {found} images, expected at least {least}", path.display())]
    TooFew {
        /// The file.
        path: PathBuf,
        /// Images in it.
        found: usize,
        /// Images needed.
        least: usize,
    },
    /// A name that cannot be used.
    #[error("'{name}' cannot name a data set: {reason}")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The name belongs to another content.
    #[error(
        "a data set '{name}' of other content exists already: import under another name, or remove {} first",
        dir.display()
    )]
    Taken {
        /// The name.
        name: String,
        /// Its folder.
        dir: PathBuf,
    },
    /// Another process imports into the same folder.
    #[error("another import into {} is running", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// The manifest of an imported set cannot be understood.
    #[error("{} is not the manifest of a data set", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file of an imported set is not what its manifest says.
    #[error(
        "{} has changed since it was imported ({change}): remove its folder and import it again",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// How.
        change: String,
    },
    /// A run asks for content that is no longer there.
    #[error("the data set '{name}' in {} has the identity {found}, the run expects {expected}", dir.display())]
    OtherContent {
        /// The name.
        name: String,
        /// Its folder.
        dir: PathBuf,
        /// The identity of what is there.
        found: ContentDigest,
        /// The identity of what was planned with.
        expected: ContentDigest,
    },
    /// A set's feature classifier cannot be trained or loaded.
    #[error("the feature classifier of '{name}' cannot be used")]
    Classifier {
        /// The data set.
        name: String,
        /// Why.
        source: ClassifierError,
    },
    /// The embedded files cannot be decoded: a defect of this build.
    #[error("the embedded data set '{name}' is damaged")]
    Embedded {
        /// The data set.
        name: &'static str,
        /// What is wrong, and where.
        source: IdxError,
    },
}
