//! What was imported: one folder a set under `RESULTS/data`, each with a manifest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ContentDigest, DataError};
use crate::bounded;
use crate::classifier::{CHANNELS, CLASSES, MOST_CLASSES, SIDES};
use crate::model::SampleShape;
use crate::spec::{Catalog, Known};

/// The file that makes a folder a data set.
pub(super) const MANIFEST: &str = "manifest.json";

/// The feature network's weights in a set's folder.
pub(super) const CLASSIFIER: &str = "classifier.safetensors";

/// Bytes of a manifest: one of ten classes has 2 KB.
const MOST_BYTES: u64 = 1 << 20;

/// Raised when a manifest's meaning changes. Format 1 knew four IDX files alone: grey images of ten
/// classes.
pub(super) const FORMAT: u32 = 2;

/// What a set was imported from, and so which files it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Four IDX files.
    #[default]
    Idx,
    /// A folder of PNG or JPEG images.
    Pictures,
}

/// What an imported set is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) format: u32,
    /// Its name in a grid.
    pub name: String,
    /// BLAKE3 of its content, hexadecimal.
    pub digest: String,
    /// What it was imported from.
    #[serde(default)]
    pub origin: Origin,
    /// Channels of an image.
    #[serde(default = "grey")]
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// How many classes there are; `None` for images without labels.
    #[serde(default = "ten")]
    pub classes: Option<usize>,
    /// The names of the classes in the order of the labels, where they have names.
    #[serde(default)]
    pub class_names: Vec<String>,
    /// Images for a GAN to train on.
    pub train: usize,
    /// Images the feature classifier was trained on; 0 without classes.
    pub classifier: usize,
    /// Images that metrics compare with.
    pub reference: usize,
    /// N: samples at an evaluation.
    pub sample_size: usize,
    /// The classifier's accuracy on the reference; `None` without classes.
    pub accuracy: Option<f64>,
    /// The files beside this one.
    pub files: Vec<FileEntry>,
}

fn grey() -> usize {
    1
}

fn ten() -> Option<usize> {
    Some(MOST_CLASSES)
}

/// A file of an imported set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of it, hexadecimal.
    pub blake3: String,
}

impl FileEntry {
    /// Of a file with that content, in pieces.
    pub(super) fn of(name: &str, content: &[impl AsRef<[u8]>]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for piece in content {
            hasher.update(piece.as_ref());
        }
        Self {
            name: name.to_owned(),
            bytes: hasher.count(),
            blake3: hasher.finalize().to_hex().to_string(),
        }
    }
}

impl Manifest {
    /// Reads the manifest of a set's folder and compares the sizes of its files, not their content.
    pub(super) fn read(dir: &Path) -> Result<Self, DataError> {
        let path = dir.join(MANIFEST);
        let content = bounded::read(&path, MOST_BYTES).map_err(|source| DataError::Read {
            path: path.clone(),
            source,
        })?;
        let manifest = Self::parse(&content, &path)?;
        let changed = |path: PathBuf, change: String| Err(DataError::Changed { path, change });
        if dir.file_name().is_none_or(|n| n != manifest.name.as_str()) {
            let change = format!("it belongs to a set '{}'", manifest.name);
            return changed(path, change);
        }
        for file in &manifest.files {
            let path = dir.join(&file.name);
            match fs::metadata(&path) {
                Ok(found) if found.len() == file.bytes => {}
                Ok(found) => {
                    let change = format!("{} bytes instead of {}", found.len(), file.bytes);
                    return changed(path, change);
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return changed(path, "it is gone".to_owned());
                }
                Err(source) => return Err(DataError::Read { path, source }),
            }
        }
        Ok(manifest)
    }

    /// The manifest in the content of a file, which errors call `path`. Takes 64 bytes of memory for
    /// each of the file's.
    ///
    /// # Errors
    /// [`DataError::Manifest`] where it is none, [`DataError::Changed`] where no import wrote it.
    pub(crate) fn parse(content: &[u8], path: &Path) -> Result<Self, DataError> {
        let manifest: Self =
            serde_json::from_slice(content).map_err(|source| DataError::Manifest {
                path: path.to_owned(),
                source,
            })?;
        match manifest.defect() {
            None => Ok(manifest),
            Some(change) => Err(DataError::Changed {
                path: path.to_owned(),
                change,
            }),
        }
    }

    /// What no import writes.
    fn defect(&self) -> Option<String> {
        if !(1..=FORMAT).contains(&self.format) {
            return Some(format!("its format is {}, not 1 to {FORMAT}", self.format));
        }
        let [channels, height, width] = self.shape();
        let sides = SIDES.contains(&height) && SIDES.contains(&width);
        if !CHANNELS.contains(&channels) || !sides {
            return Some(format!("it says images of {channels} x {height} x {width}"));
        }
        if let Some(classes) = self.classes.filter(|n| !CLASSES.contains(n)) {
            return Some(format!("it says {classes} classes"));
        }
        let names = self.class_names.len();
        if names != 0 && Some(names) != self.classes {
            return Some(format!("it names {names} classes"));
        }
        if self.origin == Origin::Idx && (channels, self.classes) != (grey(), ten()) {
            return Some(
                "it says IDX files of other images than grey ones of ten classes".to_owned(),
            );
        }
        let outside = |name: &str| Path::new(name).file_name() != Some(name.as_ref());
        if let Some(file) = self.files.iter().find(|file| outside(&file.name)) {
            return Some(format!("it names '{}', no file of its folder", file.name));
        }
        let has_classifier = self.files.iter().any(|file| file.name == CLASSIFIER);
        if self.classes.is_some() && !has_classifier {
            return Some(format!("it does not name {CLASSIFIER}"));
        }
        match self.parsed_digest() {
            Some(_) => None,
            None => Some(format!("'{}' is no digest", self.digest)),
        }
    }

    fn parsed_digest(&self) -> Option<ContentDigest> {
        let hash = blake3::Hash::from_hex(&self.digest).ok()?;
        Some(ContentDigest(*hash.as_bytes()))
    }

    /// Channels, height and width of an image.
    pub fn shape(&self) -> SampleShape {
        [self.channels, self.height, self.width]
    }

    /// The digest of its content.
    pub fn content_digest(&self) -> ContentDigest {
        // `read` lets nothing else through, and `import` writes it from a digest.
        self.parsed_digest().unwrap_or(ContentDigest([0; 32]))
    }
}

/// Enters every identity: raised when identities would change.
const CONTEXT: &str = "gan-sweep 2026-11 imported data set identity v1";

impl Manifest {
    /// What the numbers of a run on this set depend on: its content, and the classifier on whose
    /// features FID is computed, if it has classes. Its name is left out: whoever imports the same files has the same
    /// runs, if the same classifier came of them.
    pub fn identity(&self) -> ContentDigest {
        let classifier = self.files.iter().find(|file| file.name == CLASSIFIER);
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&self.content_digest().0);
        // 64 hexadecimal digits, or nothing: `read` lets no manifest of classes without it through.
        hasher.update(classifier.map_or("", |file| &file.blake3).as_bytes());
        ContentDigest(*hasher.finalize().as_bytes())
    }
}

/// The folder of imported sets.
pub(super) fn folder(results: &Path) -> PathBuf {
    results.join("data")
}

/// An imported set's name with its manifest, or what is wrong with it.
pub type Listed = (String, Result<Manifest, DataError>);

/// Every imported set with its manifest, or what is wrong with it; by name. Other files and folders
/// under `RESULTS/data` are no sets and are left alone.
///
/// # Errors
/// [`DataError::Read`] if the folder is there but cannot be listed.
pub fn imported(results: &Path) -> Result<Vec<Listed>, DataError> {
    let folder = folder(results);
    let unreadable = |source| DataError::Read {
        path: folder.clone(),
        source,
    };
    let entries = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut sets = Vec::new();
    for entry in entries {
        let dir = entry.map_err(unreadable)?.path();
        let Some(name) = dir.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        if !name.starts_with('.') && dir.join(MANIFEST).exists() {
            sets.push((name.to_owned(), Manifest::read(&dir)));
        }
    }
    sets.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(sets)
}

/// The imported sets that a grid can name, and those that are damaged: a sweep must not find that
/// out halfway, and one that does not use them must not be kept waiting.
///
/// # Errors
/// [`DataError::Read`] if the folder is there but cannot be listed.
pub fn catalog(results: &Path) -> Result<Catalog, DataError> {
    let mut catalog = Catalog::new();
    for (name, manifest) in imported(results)? {
        match manifest {
            Ok(manifest) => {
                let known = Known {
                    identity: manifest.identity(),
                    shape: manifest.shape(),
                    classes: manifest.classes,
                };
                catalog.add(name, known);
            }
            Err(error) => catalog.add_damaged(name, damage(&error)),
        }
    }
    Ok(catalog)
}

/// What is wrong with a set, without the advice that follows it.
fn damage(error: &DataError) -> String {
    if let DataError::Changed { path, change } = error {
        return format!("{}: {change}", path.display());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
