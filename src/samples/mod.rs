//! Sets of samples that anyone made: arrays, folders of images, IDX files, data sets and runs of ours.

mod array;
mod density;
mod image_file;
mod npy;
mod tensor_file;
mod trained;

pub use trained::Trained;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::bounded;
use crate::dataset::{Data, DataError, Library, PictureError};
use crate::metric::divergence::Density;
use crate::metric::features::{Features, MetricError};
use crate::metric::fid::quantised;
use crate::model::SampleShape;
use crate::spec::Catalog;
use crate::store::{Reader, StoreError};
use crate::train::TrainError;

/// Samples to be measured.
pub enum Samples {
    /// Vectors: features of somebody's network, class probabilities, points.
    Vectors(Features),
    /// 8-bit images, row-major `[n, channels, height, width]`.
    Images {
        /// Channels, height, width.
        shape: SampleShape,
        /// The pixels.
        pixels: Vec<u8>,
    },
}

/// A set with what is known of where it comes from.
pub struct SampleSet {
    /// What was read, for people: `folder x`, `run 0123456789`.
    pub name: String,
    /// The samples.
    pub samples: Samples,
    /// The data set they belong to, whose classifier and training images then are at hand.
    pub data: Option<Data>,
    /// What they were drawn from, where it can be written down on the line or in the plane.
    pub density: Option<Density>,
}

/// Why there is no set.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// Neither a file, nor a data set, nor a run.
    #[error(
        "'{word}' is neither a file or folder, nor a data set ('gan-sweep data ls'), nor a run \
         ('gan-sweep ls SWEEP'), nor a density ('normal(0, 1)', 'uniform(0, 1)')"
    )]
    Unknown {
        /// What was given.
        word: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An array file that is damaged or of a kind that is not read.
    #[error("{} is no array that can be read: {problem}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An image that cannot be used.
    #[error("{} cannot be used", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PictureError,
    },
    /// Images that do not go together, or none.
    #[error("{}: {problem}", path.display())]
    Images {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A density without sense.
    #[error("{word} is no density: {problem}")]
    Density {
        /// What was given.
        word: String,
        /// What is wrong.
        problem: String,
    },
    /// Values that cannot be measured.
    #[error("{name} cannot be measured")]
    Values {
        /// The set.
        name: String,
        /// Why.
        source: MetricError,
    },
    /// A data set that cannot be opened.
    #[error(transparent)]
    Data(#[from] Box<DataError>),
    /// The results folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A run that has no generator to show.
    #[error(
        "run {run} is {state}: only a run that is done has a generator ('gan-sweep show {run}' says more)"
    )]
    NotDone {
        /// The run.
        run: String,
        /// What it is instead.
        state: &'static str,
    },
    /// A run whose weights are gone.
    #[error(
        "run {run} is done and keeps no weights: 'gc --weights' removed them, or it was trained before \
         weights were kept; 'gan-sweep run GRID.yaml --results OTHER' trains it again, to the same weights"
    )]
    NoWeights {
        /// The run.
        run: String,
    },
    /// A run that is no training.
    #[error("run {run} works out a problem of the lecture: it has no generator")]
    NoGenerator {
        /// The run.
        run: String,
    },
    /// Stored weights that do not work.
    #[error("the generator of run {run} cannot be made again")]
    Generator {
        /// The run.
        run: String,
        /// Why.
        source: TrainError,
    },
}

/// What to draw from a run or a data set.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// How many samples at most, the first of a set; by default all of a file, and of a run or a data
    /// set as many as an evaluation takes.
    pub count: Option<usize>,
    /// Of a data set: the part that GANs train on instead of the reference.
    pub train: bool,
}

impl fmt::Debug for SampleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleSet")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Samples {
    /// At most so many, the first.
    fn first(self, count: Option<usize>) -> Self {
        let Some(count) = count.filter(|&count| count < self.count()) else {
            return self;
        };
        match self {
            Self::Vectors(features) => {
                Self::Vectors(features.take(&(0..count).collect::<Vec<_>>()))
            }
            Self::Images { shape, mut pixels } => {
                pixels.truncate(count * shape.iter().product::<usize>());
                Self::Images { shape, pixels }
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Vectors(features) => features.rows(),
            Self::Images { shape, pixels } => pixels.len() / shape.iter().product::<usize>(),
        }
    }
}

impl SampleSet {
    /// Reads what `word` names: a density (`normal(0, 1)`, `uniform(0, 1)`) first, then a path, a data
    /// set, a run by the beginning of its id.
    /// A tensor of a `.safetensors` file with several is named after a colon: `x.safetensors:features`.
    ///
    /// # Errors
    /// A [`SamplesError`] that names the file and what was expected.
    pub fn open(word: &str, results: &Path, wanted: Wanted) -> Result<Self, SamplesError> {
        if let Some(set) = density::open(word, wanted)? {
            return Ok(set);
        }
        if let Some(samples) = of_path(word)? {
            return Ok(Self {
                name: word.to_owned(),
                samples: samples.first(wanted.count),
                data: None,
                density: None,
            });
        }
        let catalog = crate::dataset::catalog(results).map_err(Box::new)?;
        if let Some(data) = of_dataset(word, &catalog, results)? {
            let mut set = Self::of_data(data, wanted)?;
            if set.samples_are_drawn() {
                set.name = format!("draws of {word}");
            }
            return Ok(set);
        }
        of_run(word, &catalog, results, wanted)
    }

    fn samples_are_drawn(&self) -> bool {
        !matches!(self.data, Some(Data::Images(_)))
    }

    /// The reference samples of a data set, or those that GANs train on; of what is drawn and not
    /// stored, the fixed reference draw.
    ///
    /// # Errors
    /// [`SamplesError::Values`] for points that are not finite.
    pub fn of_data(data: Data, wanted: Wanted) -> Result<Self, SamplesError> {
        let (name, samples) = match &data {
            Data::Images(images) => {
                let (all, part) = match wanted.train {
                    true => (&images.train, "training images"),
                    false => (&images.reference, "reference images"),
                };
                let count = wanted.count.unwrap_or(images.sample_size);
                let values = (count * images.pixels()).min(all.len());
                let samples = Samples::Images {
                    shape: images.shape,
                    pixels: all[..values].to_vec(),
                };
                (format!("{part} of {}", images.name), samples)
            }
            drawn => {
                let count = wanted.count.unwrap_or(drawn.evaluation_size());
                let values = crate::metric::reference_points(drawn, count);
                let name = "draws of the data".to_owned();
                let samples = of_values(&name, drawn, &values)?;
                (name, samples)
            }
        };
        let density = match &data {
            Data::Mixture(mixture) => Density::mixture(mixture).ok(),
            Data::Images(_) | Data::Stacked(_) | Data::Curve(_) => None,
        };
        Ok(Self {
            name,
            samples,
            data: Some(data),
            density,
        })
    }
}

fn of_path(word: &str) -> Result<Option<Samples>, SamplesError> {
    let path = Path::new(word);
    let (path, tensor) = match word.rsplit_once(".safetensors:") {
        Some((stem, tensor)) if !path.exists() => {
            (PathBuf::from(format!("{stem}.safetensors")), Some(tensor))
        }
        _ => (path.to_owned(), None),
    };
    let looks_like_a_path = word.contains(['/', '\\', '.']);
    if !path.exists() {
        return match looks_like_a_path {
            true => Err(SamplesError::Read {
                path,
                source: std::io::Error::new(
                    std::io::ErrorKind::NotFound,
                    "there is no such file or folder",
                ),
            }),
            false => Ok(None),
        };
    }
    if path.is_dir() {
        return image_file::folder(&path).map(Some);
    }
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("npy") => array(&path, of_npy),
        Some("safetensors") => array(&path, |bytes, path| of_safetensors(bytes, tensor, path)),
        _ => image_file::idx(&path),
    }
    .map(Some)
}

/// Bytes of an array's file, which is held in memory: a million images of 64 × 64 in `f32`.
const MOST_OF_AN_ARRAY: u64 = 16 << 30;

fn array(
    path: &Path,
    read: impl FnOnce(&[u8], &Path) -> Result<Samples, SamplesError>,
) -> Result<Samples, SamplesError> {
    match bounded::read(path, MOST_OF_AN_ARRAY) {
        Ok(bytes) => read(&bytes, path),
        Err(source) => Err(SamplesError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The array in the content of a `.npy` file, which errors call `path`. Takes 16 bytes of memory for
/// each of the file's.
///
/// # Errors
/// [`SamplesError::Array`] or [`SamplesError::Values`].
pub(crate) fn of_npy(bytes: &[u8], path: &Path) -> Result<Samples, SamplesError> {
    npy::read(bytes)
        .map_err(|problem| unusable(path, problem))?
        .samples(path)
}

/// The named tensor in the content of a safetensors file, or its only one. Takes 16 bytes of memory
/// for each of the tensor's, and a fixed multiple of the header.
///
/// # Errors
/// [`SamplesError::Array`] or [`SamplesError::Values`].
pub(crate) fn of_safetensors(
    bytes: &[u8],
    tensor: Option<&str>,
    path: &Path,
) -> Result<Samples, SamplesError> {
    tensor_file::read(bytes, tensor, path)
        .map_err(|problem| unusable(path, problem))?
        .samples(path)
}

fn unusable(path: &Path, problem: String) -> SamplesError {
    SamplesError::Array {
        path: path.to_owned(),
        problem,
    }
}

fn of_dataset(word: &str, catalog: &Catalog, results: &Path) -> Result<Option<Data>, SamplesError> {
    let Some(dataset) = crate::spec::dataset(word, catalog) else {
        return Ok(None);
    };
    let library = Library::new(results);
    Ok(Some(library.open(&dataset).map_err(Box::new)?))
}

/// Canonical values as samples.
fn of_values(name: &str, data: &Data, values: &[f32]) -> Result<Samples, SamplesError> {
    let shape = data.shape();
    match data {
        Data::Images(_) | Data::Stacked(_) => Ok(Samples::Images {
            shape,
            pixels: quantised(values),
        }),
        Data::Mixture(_) | Data::Curve(_) => match Features::new(values, shape[0]) {
            Ok(features) => Ok(Samples::Vectors(features)),
            Err(source) => Err(SamplesError::Values {
                name: name.to_owned(),
                source,
            }),
        },
    }
}

fn of_run(
    word: &str,
    catalog: &Catalog,
    results: &Path,
    wanted: Wanted,
) -> Result<SampleSet, SamplesError> {
    let unknown = || SamplesError::Unknown {
        word: word.to_owned(),
    };
    let Ok(reader) = Reader::open(results) else {
        return Err(unknown());
    };
    let run = match reader.find_run(word) {
        Err(StoreError::UnknownRun { .. }) => return Err(unknown()),
        found => found?,
    };
    let trained = Trained::open(&reader, run, catalog, results)?;
    let count = wanted
        .count
        .unwrap_or_else(|| trained.data.evaluation_size());
    let samples = trained.generator.samples(count);
    let (values, _) = samples.map_err(|source| SamplesError::Generator {
        run: run.short(),
        source,
    })?;
    let name = format!("run {}", run.short());
    Ok(SampleSet {
        samples: of_values(&name, &trained.data, &values)?,
        name,
        data: Some(trained.data),
        // Of the generator, which nobody can write down.
        density: None,
    })
}
