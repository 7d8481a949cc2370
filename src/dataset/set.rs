//! What an imported set consists of, however it came: a pool of images and how it is divided.

use std::borrow::Cow;
use std::path::Path;

use super::folder::{Folder, read};
use super::idx::{ImageFile, planes_header, read_labels, read_planes, write_images, write_labels};
use super::manifest::{Manifest, Origin};
use super::pictures::Pictures;
use super::{ContentDigest, DataError, Labelled};

/// Enters the digest of four IDX files.
const IDX_CONTEXT: &str = "gan-sweep 2026-11 image set content v1";

/// Enters the digest of a folder of images.
const PICTURES_CONTEXT: &str = "gan-sweep 2026-11 image folder content v1";

const PLANES_FILE: &str = "images-idx4-ubyte";
const LABELS_FILE: &str = "labels-idx1-ubyte";

/// An image set as it was read from the user's folder or from its own.
pub(super) enum Set {
    /// Four IDX files: training and test images.
    Idx(Folder),
    /// A folder of PNG or JPEG images.
    Pictures(Labelled),
}

/// Places of the images of each part.
pub(super) struct Division {
    /// For GANs, of [`Set::pool`].
    pub train: Vec<usize>,
    /// For the feature classifier, of [`Set::pool`]; empty without classes.
    pub classifier: Vec<usize>,
    /// For metrics, of [`Set::references`].
    pub reference: Vec<usize>,
}

/// A set with what is said of it but is no part of it.
pub(super) struct Read {
    pub set: Set,
    pub class_names: Vec<String>,
    pub notes: Vec<String>,
}

impl Set {
    /// Reads a user's folder: the four IDX files where there is one of them, else PNG or JPEG images.
    /// `progress` is told how many files of how many are read.
    pub fn import(dir: &Path, progress: &mut dyn FnMut(usize, usize)) -> Result<Read, DataError> {
        if Folder::is_in(dir) {
            return Ok(Read {
                set: Self::Idx(Folder::read_telling(dir, progress)?),
                class_names: Vec::new(),
                notes: Vec::new(),
            });
        }
        let Pictures {
            images,
            class_names,
            notes,
        } = Pictures::read(dir, progress)?;
        Ok(Read {
            set: Self::Pictures(images),
            class_names,
            notes,
        })
    }

    /// Reads what [`Self::files`] made.
    pub fn stored(dir: &Path, manifest: &Manifest) -> Result<Self, DataError> {
        match manifest.origin {
            Origin::Idx => Folder::read(dir).map(Self::Idx),
            Origin::Pictures => {
                let (shape, pixels) = read(&dir.join(PLANES_FILE), read_planes)?;
                let labels = match manifest.classes {
                    Some(_) => read(&dir.join(LABELS_FILE), read_labels)?,
                    None => Vec::new(),
                };
                let images = pixels.len() / shape.iter().product::<usize>();
                let sound = |classes| {
                    labels.len() == images && labels.iter().all(|&l| usize::from(l) < classes)
                };
                if !manifest.classes.is_none_or(sound) {
                    return Err(DataError::Changed {
                        path: dir.join(LABELS_FILE),
                        change: "its labels are none of the images'".to_owned(),
                    });
                }
                Ok(Self::Pictures(Labelled {
                    shape,
                    classes: manifest.classes,
                    pixels,
                    labels,
                }))
            }
        }
    }

    pub fn origin(&self) -> Origin {
        match self {
            Self::Idx(_) => Origin::Idx,
            Self::Pictures(_) => Origin::Pictures,
        }
    }

    /// The images that GANs and the classifier share.
    pub fn pool(&self) -> &Labelled {
        match self {
            Self::Idx(folder) => &folder.train,
            Self::Pictures(images) => images,
        }
    }

    /// The images of which metrics take their reference.
    pub fn references(&self) -> &Labelled {
        match self {
            Self::Idx(folder) => &folder.test,
            Self::Pictures(images) => images,
        }
    }

    /// IDX files: half of the training images each for GANs and the classifier, all test images, in
    /// the order of the hash, as reference: N of them are then a random sample. A folder of images:
    /// half for GANs, a quarter each for the classifier and as reference, or without classes the
    /// other half as reference; the same share of every class in each.
    pub fn divide(&self) -> Division {
        let halves = self.pool().halves();
        match self {
            Self::Idx(folder) => {
                let test = folder.test.halves();
                Division {
                    train: halves.first,
                    classifier: halves.second,
                    reference: [test.first, test.second].concat(),
                }
            }
            Self::Pictures(images) if images.classes.is_none() => Division {
                train: halves.first,
                classifier: Vec::new(),
                reference: halves.second,
            },
            Self::Pictures(images) => {
                let quarters = images.at(&halves.second).halves();
                let of = |places: &[usize]| places.iter().map(|&i| halves.second[i]).collect();
                Division {
                    classifier: of(&quarters.first),
                    reference: of(&quarters.second),
                    train: halves.first,
                }
            }
        }
    }

    /// BLAKE3 of sizes, pixels and labels: the same for gzipped and plain files, for PNG files and
    /// others of the same pixels, and whatever the classes are called.
    pub fn digest(&self) -> ContentDigest {
        let mut hasher = blake3::Hasher::new_derive_key(match self {
            Self::Idx(_) => IDX_CONTEXT,
            Self::Pictures(_) => PICTURES_CONTEXT,
        });
        let size = |hasher: &mut blake3::Hasher, n: usize| {
            hasher.update(&(n as u64).to_le_bytes());
        };
        match self {
            Self::Idx(folder) => {
                for part in [&folder.train, &folder.test] {
                    let [_, height, width] = part.shape;
                    for n in [part.labels.len(), height, width] {
                        size(&mut hasher, n);
                    }
                    hasher.update(&part.pixels).update(&part.labels);
                }
            }
            Self::Pictures(images) => {
                let [channels, height, width] = images.shape;
                let classes = images.classes.unwrap_or(0);
                for n in [images.count(), channels, height, width, classes] {
                    size(&mut hasher, n);
                }
                hasher.update(&images.pixels).update(&images.labels);
            }
        }
        ContentDigest(*hasher.finalize().as_bytes())
    }

    /// The files that keep it: names, and contents in pieces.
    pub fn files(&self) -> Vec<(String, Vec<Cow<'_, [u8]>>)> {
        match self {
            Self::Idx(folder) => [(&folder.train, "train"), (&folder.test, "t10k")]
                .into_iter()
                .flat_map(|(part, stem)| {
                    let [_, height, width] = part.shape;
                    let images = ImageFile {
                        height,
                        width,
                        pixels: part.pixels.clone(),
                    };
                    [
                        (
                            format!("{stem}-images-idx3-ubyte"),
                            vec![Cow::Owned(write_images(&images))],
                        ),
                        (
                            format!("{stem}-labels-idx1-ubyte"),
                            vec![Cow::Owned(write_labels(&part.labels))],
                        ),
                    ]
                })
                .collect(),
            Self::Pictures(images) => {
                let header = planes_header(images.count(), images.shape);
                let content = vec![Cow::Owned(header), Cow::Borrowed(images.pixels.as_slice())];
                let mut files = vec![(PLANES_FILE.to_owned(), content)];
                if images.classes.is_some() {
                    let labels = Cow::Owned(write_labels(&images.labels));
                    files.push((LABELS_FILE.to_owned(), vec![labels]));
                }
                files
            }
        }
    }
}
