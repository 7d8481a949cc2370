//! `data import`: from four IDX files or a folder of images to a data set that a grid can name.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

use super::images::sample_size;
use super::manifest::{CLASSIFIER, FORMAT, FileEntry, MANIFEST, Manifest, folder};
use super::set::{Division, Read, Set};
use super::{BuiltIn, ContentDigest, DataError};
use crate::classifier::{self, Progress};

const LOCK: &str = ".import.lock";
const PARTIAL: &str = ".partial";
const LONGEST_NAME: usize = 64;

/// Words that YAML reads as something else than a name.
const NOT_NAMES: [&str; 3] = ["true", "false", "null"];

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The set.
    pub manifest: Manifest,
    /// Whether it is new: the same content under the same name is left as it is.
    pub new: bool,
    /// What of the folder was left out or changed, a sentence each.
    pub notes: Vec<String>,
}

/// What an import is at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// So many of the files are read.
    Reading {
        /// Files read.
        files: usize,
        /// All of them.
        of: usize,
    },
    /// The feature classifier is being trained.
    Training(Progress),
}

/// Imports the four IDX files or the images of `dir` as `RESULTS/data/NAME`, and trains a feature
/// classifier where they have labels. The folder appears whole or not at all.
///
/// # Errors
/// A [`DataError`] for a name or for files that cannot be used, for a name that is taken, and where
/// the folder cannot be written.
pub fn import(
    dir: &Path,
    name: &str,
    results: &Path,
    mut progress: impl FnMut(Step),
) -> Result<Import, DataError> {
    check_name(name)?;
    let read = Set::import(dir, &mut |files, of| progress(Step::Reading { files, of }))?;
    let digest = read.set.digest();
    let imported = |manifest, new| Import {
        manifest,
        new,
        notes: read.notes.clone(),
    };
    let data = folder(results);
    fs::create_dir_all(&data).map_err(|e| write_error(&data, e))?;
    let _lock = lock(&data)?;
    let home = data.join(name);
    if home.exists() {
        return match Manifest::read(&home) {
            Ok(manifest) if manifest.content_digest() == digest => Ok(imported(manifest, false)),
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
    let manifest = fill(&partial, name, &read, digest, |p| {
        progress(Step::Training(p));
    })?;
    fs::rename(&partial, &home).map_err(|e| write_error(&home, e))?;
    sync_folder(&data)?;
    Ok(imported(manifest, true))
}

/// Whether an imported data set can bear this name: told before anything is read or fetched.
///
/// # Errors
/// [`DataError::Name`], with what was expected.
pub fn check_name(name: &str) -> Result<(), DataError> {
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
    read: &Read,
    digest: ContentDigest,
    progress: impl FnMut(Progress),
) -> Result<Manifest, DataError> {
    let set = &read.set;
    let mut files = Vec::new();
    for (file, content) in set.files() {
        write(dir, &file, &content)?;
        files.push(FileEntry::of(&file, &content));
    }
    let division = set.divide();
    let classifier = train_classifier(name, set, &division, progress)?;
    let mut accuracy = None;
    if let Some((weights, measured)) = &classifier {
        write(dir, CLASSIFIER, &[weights])?;
        files.push(FileEntry::of(CLASSIFIER, &[weights]));
        accuracy = Some(*measured);
    }
    let [channels, height, width] = set.pool().shape;
    let (train, reference) = (division.train.len(), division.reference.len());
    let manifest = Manifest {
        format: FORMAT,
        name: name.to_owned(),
        digest: digest.to_string(),
        origin: set.origin(),
        channels,
        height,
        width,
        classes: set.pool().classes,
        class_names: read.class_names.clone(),
        train,
        classifier: division.classifier.len(),
        reference,
        sample_size: sample_size(train, reference),
        accuracy,
        files,
    };
    let path = dir.join(MANIFEST);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|source| DataError::Manifest { path, source })?;
    write(dir, MANIFEST, &[text])?;
    sync_folder(dir)?;
    Ok(manifest)
}

/// Weights and accuracy of the feature network; `None` without classes.
fn train_classifier(
    name: &str,
    set: &Set,
    division: &Division,
    progress: impl FnMut(Progress),
) -> Result<Option<(Vec<u8>, f64)>, DataError> {
    let failed = |source| DataError::Classifier {
        name: name.to_owned(),
        source,
    };
    let pool = set.pool().at(&division.classifier);
    // All test images of IDX files, so that their order does not matter.
    let test = set.references().at(&division.reference);
    let (Some(examples), Some(tested)) = (pool.examples(), test.examples()) else {
        return Ok(None);
    };
    let trained_on = format!("{} of {} training images", pool.count(), set.pool().count());
    let classifier =
        classifier::train(&examples, &tested, &trained_on, progress).map_err(failed)?;
    let weights = classifier.to_safetensors().map_err(failed)?;
    Ok(Some((weights, classifier.accuracy())))
}

/// Writes a file whose content comes in pieces.
fn write(dir: &Path, name: &str, content: &[impl AsRef<[u8]>]) -> Result<(), DataError> {
    let path = dir.join(name);
    File::create(&path)
        .and_then(|mut file| {
            for piece in content {
                file.write_all(piece.as_ref())?;
            }
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
