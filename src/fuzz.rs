//! What reads a file, one function a format: for fuzzing, and for the tests that mutate files.
//!
//! A new format is a function that reads its bytes and looks at what came of them, and a line in
//! [`ENTRIES`]. `tests/mutated` has its seeds; a target in `tests/fuzz` names it.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;

use crate::checkpoint;
use crate::classifier::Classifier;
use crate::dataset::{Data, Manifest, Picture, any_picture, idx};
use crate::grid::{self, Limits, Overrides};
use crate::samples::{self, Samples, SamplesError};
use crate::spec::{Catalog, GanSpec, Known};
use crate::store::sample;
use crate::train::{Generator, Prepared, holds};
use crate::weights::Weights;

/// A reader of one format.
#[derive(Debug)]
pub struct Entry {
    /// The format.
    pub name: &'static str,
    /// What reading may take.
    pub memory: Memory,
    /// Reads a file's content and says whether it was sound; drops it, or what was wrong with it.
    pub read: fn(&[u8]) -> bool,
}

/// Bytes of memory that a reader has at most, beside the file itself.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// For each byte of the file.
    pub for_each: usize,
    /// However short it is.
    pub fixed: usize,
}

impl Memory {
    /// For a file of so many bytes.
    pub fn of(self, length: usize) -> usize {
        self.for_each * length + self.fixed
    }
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Bytes that deflate can make of one.
const INFLATED: usize = 1032;

/// Every reader.
pub const ENTRIES: &[Entry] = &[
    entry("grid", KIB, 32 * MIB, read_grid),
    entry("idx_images", 4 * INFLATED, 256 * KIB, idx_images),
    entry("idx_planes", 4 * INFLATED, 256 * KIB, idx_planes),
    entry("idx_labels", 4 * INFLATED, 256 * KIB, idx_labels),
    entry("npy", 16, 16 * KIB, npy),
    entry("tensor", 64, 16 * KIB, tensor),
    entry("weights", KIB, 64 * KIB, weights),
    entry("classifier", 8, 64 * KIB, classifier),
    entry("generator", 64, MIB, generator),
    entry("picture", 16, MIB, picture),
    entry("any_picture", 16, 384 * MIB, whole_picture),
    entry("manifest", 64, 16 * KIB, manifest),
    entry("sample", 4 * INFLATED, 512 * KIB, stored_sample),
    entry("checkpoint", 64, MIB, sealed_checkpoint),
];

const fn entry(
    name: &'static str,
    for_each: usize,
    fixed: usize,
    read: fn(&[u8]) -> bool,
) -> Entry {
    let memory = Memory { for_each, fixed };
    Entry { name, memory, read }
}

/// Reads with the entry of that name.
///
/// # Panics
/// If there is none.
pub fn read(name: &str, bytes: &[u8]) {
    let entry = ENTRIES.iter().find(|entry| entry.name == name);
    assert!(entry.is_some(), "no reader is called '{name}'");
    if let Some(entry) = entry {
        (entry.read)(bytes);
    }
}

/// What the files are called.
fn path() -> &'static Path {
    Path::new("folder/file")
}

/// An error with its causes is told like to a person.
fn tell<T>(read: Result<T, impl Error>) -> Option<T> {
    read.map_err(|error| {
        black_box(error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            black_box(error.to_string());
            cause = error.source();
        }
    })
    .ok()
}

/// A thousandth of the runs and a hundredth of the values that a file may ask for: a plan of a million
/// runs takes a minute and gigabytes.
const SMALL: Limits = Limits {
    runs: 1000,
    nodes: 10_000,
};

/// Among the data sets is an imported one and a damaged one, as in a results folder.
fn read_grid(bytes: &[u8]) -> bool {
    let mut catalog = Catalog::new();
    let known = Known {
        identity: crate::dataset::ContentDigest([7; 32]),
        shape: [1, 8, 8],
        classes: Some(2),
    };
    catalog.add("tiny".to_owned(), known);
    catalog.add_damaged("broken".to_owned(), "it is gone".to_owned());
    let overrides = Overrides::default();
    let plan = tell(grid::read_bytes(
        bytes,
        path(),
        (&overrides, &catalog),
        SMALL,
    ));
    for run in plan.iter().flat_map(|plan| &plan.runs) {
        black_box(run.spec.id());
    }
    plan.is_some()
}

/// What is read is written as it was.
fn idx_images(bytes: &[u8]) -> bool {
    let images = tell(idx::read_images(bytes));
    if let Some(images) = &images {
        let again = idx::read_images(idx::write_images(images).as_slice());
        assert_eq!(tell(again).as_ref(), Some(images));
    }
    images.is_some()
}

fn idx_planes(bytes: &[u8]) -> bool {
    let planes = tell(idx::read_planes(bytes));
    if let Some((shape, pixels)) = &planes {
        assert!(pixels.len().is_multiple_of(shape.iter().product()));
    }
    planes.is_some()
}

fn idx_labels(bytes: &[u8]) -> bool {
    let labels = tell(idx::read_labels(bytes));
    if let Some(labels) = &labels {
        let again = idx::read_labels(idx::write_labels(labels).as_slice());
        assert_eq!(tell(again).as_ref(), Some(labels));
    }
    labels.is_some()
}

fn npy(bytes: &[u8]) -> bool {
    look(samples::of_npy(bytes, path()))
}

fn tensor(bytes: &[u8]) -> bool {
    let only = look(samples::of_safetensors(bytes, None, path()));
    look(samples::of_safetensors(bytes, Some("x"), path())) || only
}

/// Samples are counted, which asks for their shape.
fn look(samples: Result<Samples, SamplesError>) -> bool {
    let samples = tell(samples);
    assert!(samples.as_ref().is_none_or(|samples| samples.count() > 0));
    samples.is_some()
}

fn weights(bytes: &[u8]) -> bool {
    let weights = tell(Weights::from_bytes(bytes));
    if let Some(weights) = &weights {
        for (_, tensor) in weights.iter() {
            assert_eq!(tensor.values.len(), tensor.shape.iter().product::<usize>());
        }
        tell(weights.check_finite());
    }
    weights.is_some()
}

fn classifier(bytes: &[u8]) -> bool {
    let classifier = tell(Classifier::from_safetensors(bytes));
    if let Some(classifier) = &classifier {
        assert!(tell(classifier.to_safetensors()).is_some());
    }
    classifier.is_some()
}

/// A run whose networks have a few weights.
pub const RUN: &str = "version: 1
name: small
defaults: {dataset: ring8, hidden: [3], latent_dim: 2, norm: batch, ema: 0.5, steps: 2, batch_size: 4}
";

/// The run of [`RUN`] with its data.
///
/// # Errors
/// Those of the grid and of the data set, of which a test shows that there are none.
pub fn run() -> Result<(GanSpec, Data), Box<dyn Error>> {
    let plan = grid::read(RUN, path(), &Overrides::default(), &Catalog::new())?;
    let first = plan.runs.into_iter().next().ok_or("no run")?;
    let library = crate::dataset::Library::new(path());
    let spec = first.spec.gan().ok_or("it trains")?.clone();
    let data = library.open(&spec.dataset)?;
    Ok((spec, data))
}

fn generator(bytes: &[u8]) -> bool {
    static RUN: LazyLock<Option<(GanSpec, Data)>> = LazyLock::new(|| run().ok());
    let Some((spec, data)) = RUN.as_ref() else {
        return false;
    };
    match tell(Generator::new(spec, data, bytes)) {
        Some(generator) => tell(generator.samples(1)).is_some(),
        None => false,
    }
}

/// A checkpoint of the run that [`run`] gives, in its seal.
fn sealed_checkpoint(bytes: &[u8]) -> bool {
    static RUN: LazyLock<Option<(GanSpec, Prepared)>> = LazyLock::new(|| {
        let (spec, data) = run().ok()?;
        Some((spec, Prepared::new(data).ok()?))
    });
    let Some((spec, prepared)) = RUN.as_ref() else {
        return false;
    };
    tell(checkpoint::open(bytes)).is_some_and(|content| holds(spec, prepared, content))
}

/// As a folder of images is imported.
fn picture(bytes: &[u8]) -> bool {
    let Some(picture) = tell(Picture::open(bytes)) else {
        return false;
    };
    let [height, width] = picture.sides;
    if tell(picture.check_sides()).is_none() {
        return false;
    }
    let pixels = tell(picture.pixels());
    if let Some(pixels) = &pixels {
        assert_eq!(pixels.values.len(), pixels.channels * height * width);
    }
    pixels.is_some()
}

fn whole_picture(bytes: &[u8]) -> bool {
    let picture = tell(any_picture(bytes));
    if let Some((channels, [height, width], pixels)) = &picture {
        assert_eq!(pixels.len(), channels * height * width);
    }
    picture.is_some()
}

fn manifest(bytes: &[u8]) -> bool {
    let manifest = tell(Manifest::parse(bytes, path()));
    if let Some(manifest) = &manifest {
        black_box(manifest.identity());
    }
    manifest.is_some()
}

fn stored_sample(bytes: &[u8]) -> bool {
    let Some(sample) = tell(sample::decode(bytes)) else {
        return false;
    };
    // Blobs are compared, in which NaN is itself.
    let blob = tell(sample::encode(&sample));
    drop(sample);
    let again = blob.as_deref().and_then(|blob| tell(sample::decode(blob)));
    assert!(blob.is_some() && blob == again.and_then(|sample| tell(sample::encode(&sample))));
    true
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES, run};

    #[test]
    fn the_small_run_can_be_made() {
        run().expect("a run and its data");
    }

    #[test]
    fn every_reader_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = ENTRIES.iter().map(|e| e.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
    }
}
