//! `data import`: from four IDX files to a data set that a grid can name.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

use super::folder::{Folder, Labelled};
use super::idx::{ImageFile, write_images, write_labels};
use super::images::sample_size;
use super::manifest::{CLASSIFIER, FORMAT, FileEntry, MANIFEST, Manifest, folder};
use super::split::{gather, stratified_halves};
use super::{BuiltIn, ContentDigest, DataError};
use crate::classifier::{self, Examples, Progress};

const CONTEXT: &str = "gan-sweep 2026-11 image set content v1";
const LOCK: &str = ".import.lock";
const PARTIAL: &str = ".partial";
const LONGEST_NAME: usize = 64;

/// Words that YAML reads as something else than a name.
const NOT_NAMES: [&str; 3] = ["true", "false", "null"];

/// Imports the four IDX files of `dir` as `RESULTS/data/NAME` and trains its feature classifier.
/// Returns the manifest, and whether it is new: the same content under the same name is left as
/// it is. The folder appears whole or not at all.
///
/// # Errors
/// A [`DataError`] for a name or for files that cannot be used, for a name that is taken, and where
/// the folder cannot be written.
pub fn import(
    dir: &Path,
    name: &str,
    results: &Path,
    progress: impl FnMut(Progress),
) -> Result<(Manifest, bool), DataError> {
    check_name(name)?;
    let set = Folder::read(dir)?;
    let digest = content_digest(&set);
    let data = folder(results);
    fs::create_dir_all(&data).map_err(|e| write_error(&data, e))?;
    let _lock = lock(&data)?;
    let home = data.join(name);
    if home.exists() {
        return match Manifest::read(&home) {
            Ok(manifest) if manifest.content_digest() == digest => Ok((manifest, false)),
            Ok(_) => Err(DataError::Taken {
                name: name.to_owned(),
                dir: home,
            }),
            Err(error) => Err(error),
        };
    }
    remove_partial(&data)?;
    let partial = data.join(format!(".{name}{PARTIAL}"));
    fs::create_dir(&partial).map_err(|e| write_error(&partial, e))?;
    let manifest = fill(&partial, name, &set, digest, progress)?;
    fs::rename(&partial, &home).map_err(|e| write_error(&home, e))?;
    sync_folder(&data)?;
    Ok((manifest, true))
}

fn check_name(name: &str) -> Result<(), DataError> {
    let refuse = |reason: String| {
        let name = name.to_owned();
        Err(DataError::Name { name, reason })
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(plain)
        || name.len() > LONGEST_NAME
    {
        return refuse(format!(
            "expected a letter and then letters, digits, '-', '_' or '.', at most {LONGEST_NAME}"
        ));
    }
    // Without regard to case: some file systems have none.
    let same = |word: &str| word.eq_ignore_ascii_case(name);
    if NOT_NAMES.iter().any(|word| same(word)) {
        return refuse("YAML reads this word as a value".to_owned());
    }
    match BuiltIn::choices().iter().find(|choice| same(choice.name)) {
        Some(choice) => refuse(format!("'{}' is built in", choice.name)),
        None => Ok(()),
    }
}

/// BLAKE3 of sizes, pixels and labels: the same for gzipped and plain files.
pub(super) fn content_digest(set: &Folder) -> ContentDigest {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    for part in [&set.train, &set.test] {
        for size in [part.labels.len(), part.height, part.width] {
            hasher.update(&(size as u64).to_le_bytes());
        }
        hasher.update(&part.pixels).update(&part.labels);
    }
    ContentDigest(*hasher.finalize().as_bytes())
}

/// One import at a time into a folder, so that a folder left half-written by a killed one can be
/// told from another's work.
fn lock(data: &Path) -> Result<File, DataError> {
    let path = data.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| write_error(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataError::Busy {
            dir: data.to_owned(),
        }),
        Err(TryLockError::Error(e)) => Err(write_error(&path, e)),
    }
}

fn remove_partial(data: &Path) -> Result<(), DataError> {
    let unreadable = |source| DataError::Read {
        path: data.to_owned(),
        source,
    };
    for entry in fs::read_dir(data).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if name.starts_with('.') && name.ends_with(PARTIAL) && path.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| write_error(&path, e))?;
        }
    }
    Ok(())
}

/// Writes everything a set's folder holds, the manifest last.
fn fill(
    dir: &Path,
    name: &str,
    set: &Folder,
    digest: ContentDigest,
    progress: impl FnMut(Progress),
) -> Result<Manifest, DataError> {
    let mut files = Vec::new();
    for (part, stem) in [(&set.train, "train"), (&set.test, "t10k")] {
        let images = ImageFile {
            height: part.height,
            width: part.width,
            pixels: part.pixels.clone(),
        };
        for (file, content) in [
            (format!("{stem}-images-idx3-ubyte"), write_images(&images)),
            (
                format!("{stem}-labels-idx1-ubyte"),
                write_labels(&part.labels),
            ),
        ] {
            write(dir, &file, &content)?;
            files.push(FileEntry::of(&file, &content));
        }
    }
    let Labelled { height, width, .. } = set.train;
    let size = height * width;
    let halves = stratified_halves(&set.train.pixels, size, &set.train.labels);
    let (weights, accuracy) = train_classifier(name, set, &halves.second, progress)?;
    write(dir, CLASSIFIER, &weights)?;
    files.push(FileEntry::of(CLASSIFIER, &weights));
    let (train, reference) = (halves.first.len(), set.test.labels.len());
    let manifest = Manifest {
        format: FORMAT,
        name: name.to_owned(),
        digest: digest.to_string(),
        height,
        width,
        train,
        classifier: halves.second.len(),
        reference,
        sample_size: sample_size(train, reference),
        accuracy,
        files,
    };
    let path = dir.join(MANIFEST);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|source| DataError::Manifest { path, source })?;
    write(dir, MANIFEST, text.as_bytes())?;
    sync_folder(dir)?;
    Ok(manifest)
}

fn train_classifier(
    name: &str,
    set: &Folder,
    places: &[usize],
    progress: impl FnMut(Progress),
) -> Result<(Vec<u8>, f64), DataError> {
    let failed = |source| DataError::Classifier {
        name: name.to_owned(),
        source,
    };
    let Labelled { height, width, .. } = set.train;
    let pixels = gather(&set.train.pixels, height * width, places);
    let labels = gather(&set.train.labels, 1, places);
    let examples = Examples {
        height,
        width,
        pixels: &pixels,
        labels: &labels,
    };
    let trained_on = format!(
        "{} of {} training images",
        labels.len(),
        set.train.labels.len()
    );
    let classifier = classifier::train(&examples, &set.test.examples(), &trained_on, progress)
        .map_err(failed)?;
    let weights = classifier.to_safetensors().map_err(failed)?;
    Ok((weights, classifier.accuracy()))
}

fn write(dir: &Path, name: &str, content: &[u8]) -> Result<(), DataError> {
    let path = dir.join(name);
    File::create(&path)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(|e| write_error(&path, e))
}

/// Makes names in a folder as durable as the files they name.
fn sync_folder(dir: &Path) -> Result<(), DataError> {
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| write_error(dir, e))
}

fn write_error(path: &Path, source: std::io::Error) -> DataError {
    DataError::Write {
        path: path.to_owned(),
        source,
    }
}
