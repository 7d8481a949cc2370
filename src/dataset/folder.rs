//! A folder of four IDX files: training and test images with their labels.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::DataError;
use super::Labelled;
use super::idx::{IdxError, read_images, read_labels};
use crate::classifier::MOST_CLASSES;

/// Images needed in either part: with fewer a half has no covariance.
pub(super) const FEWEST: usize = 20;

/// The four files, each an images' or a labels' stem with the kind in its ending.
const FILES: [(&str, &str); 4] = [
    ("train-images", "idx3"),
    ("train-labels", "idx1"),
    ("t10k-images", "idx3"),
    ("t10k-labels", "idx1"),
];

/// The four files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The training images.
    pub train: Labelled,
    /// The test images, as large as the training images.
    pub test: Labelled,
}

impl Folder {
    /// Whether a folder holds at least one of the four files.
    pub fn is_in(dir: &Path) -> bool {
        FILES
            .iter()
            .any(|(stem, kind)| find(dir, stem, kind).is_ok())
    }

    /// Reads a folder in which the files bear their usual names: `train-images`, `train-labels`,
    /// `t10k-images`, `t10k-labels`, each with `-idx3-ubyte` or `.idx3-ubyte` (labels: `idx1`), with
    /// or without `.gz`. Where several forms of one file exist, the first in that order is read.
    ///
    /// # Errors
    /// A [`DataError`] that names the file that is missing, damaged, or does not go with the others.
    pub fn read(dir: &Path) -> Result<Self, DataError> {
        Self::read_telling(dir, &mut |_, _| {})
    }

    /// As [`Self::read`]; `progress` is told how many files of how many are read.
    pub(super) fn read_telling(
        dir: &Path,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, DataError> {
        if let Err(source) = std::fs::read_dir(dir) {
            let path = dir.to_owned();
            return Err(DataError::Read { path, source });
        }
        let images = find(dir, "train-images", "idx3")?;
        let train = part(dir, "train", &mut |files| progress(files, FILES.len()))?;
        let test = part(dir, "t10k", &mut |files| progress(2 + files, FILES.len()))?;
        let ([_, height, width], [_, rows, columns]) = (train.shape, test.shape);
        if train.shape != test.shape {
            return Err(DataError::Sides {
                train: images,
                train_sides: [height, width],
                test: find(dir, "t10k-images", "idx3")?,
                test_sides: [rows, columns],
            });
        }
        Ok(Self { train, test })
    }
}

/// Images with their labels; `progress` is told how many of the two files are read.
fn part(dir: &Path, name: &str, progress: &mut dyn FnMut(usize)) -> Result<Labelled, DataError> {
    let images_path = find(dir, &format!("{name}-images"), "idx3")?;
    let labels_path = find(dir, &format!("{name}-labels"), "idx1")?;
    let images = read(&images_path, read_images)?;
    progress(1);
    let labels = read(&labels_path, read_labels)?;
    progress(2);
    if images.count() != labels.len() {
        return Err(DataError::Mismatch {
            images: images_path,
            image_count: images.count(),
            labels: labels_path,
            label_count: labels.len(),
        });
    }
    if labels.len() < FEWEST {
        return Err(DataError::TooFew {
            path: images_path,
            found: labels.len(),
            least: FEWEST,
        });
    }
    Ok(Labelled {
        shape: [1, images.height, images.width],
        classes: Some(MOST_CLASSES),
        pixels: images.pixels,
        labels,
    })
}

/// Reads one file and says which one an error is about.
pub(super) fn read<T>(
    path: &Path,
    parse: impl FnOnce(File) -> Result<T, IdxError>,
) -> Result<T, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(file).map_err(|source| DataError::Idx {
        path: path.to_owned(),
        source,
    })
}

fn find(dir: &Path, stem: &str, kind: &str) -> Result<PathBuf, DataError> {
    let names = ["-", "."].map(|dot| format!("{stem}{dot}{kind}-ubyte"));
    ["", ".gz"]
        .iter()
        .flat_map(|end| {
            names
                .iter()
                .map(move |name| dir.join(format!("{name}{end}")))
        })
        .find(|path| path.exists())
        .ok_or_else(|| DataError::Missing {
            dir: dir.to_owned(),
            names: names.to_vec(),
        })
}
