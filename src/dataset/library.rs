//! The data sets that one process has opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::manifest::{CLASSIFIER, Manifest, folder};
use super::set::Set;
use super::{Data, DataError, Dataset, Images, Imported};
use crate::bounded;
use crate::classifier::Classifier;

/// Bytes of a classifier's file: one of 64 × 64 RGB images has 2 MB.
const MOST_OF_A_CLASSIFIER: u64 = 64 << 20;

/// Name and identity of an imported set.
type Key = (String, [u8; 32]);

/// Opens data sets, each once: workers share what one of them has read.
#[derive(Debug)]
pub struct Library {
    results: PathBuf,
    opened: Mutex<BTreeMap<Key, Arc<Images>>>,
}

impl Library {
    /// The built-in sets and those imported under `results`.
    pub fn new(results: &Path) -> Self {
        Self {
            results: results.to_owned(),
            opened: Mutex::new(BTreeMap::new()),
        }
    }

    /// The data, from memory where another worker has opened it. The content of an imported set is
    /// compared with its digest when it is first opened.
    ///
    /// # Errors
    /// A [`DataError`] if the set is gone, or is not what was imported or planned with.
    pub fn open(&self, dataset: &Dataset) -> Result<Data, DataError> {
        let set = match dataset {
            Dataset::BuiltIn(built_in) => return built_in.open(),
            Dataset::Imported(set) => set,
        };
        let key = (set.name.clone(), set.known.identity.0);
        // Held while reading, so that a second worker waits rather than reads it again.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(images) = opened.get(&key) {
            return Ok(Data::Images(Arc::clone(images)));
        }
        let images = Arc::new(read(set, &self.results)?);
        opened.insert(key, Arc::clone(&images));
        Ok(Data::Images(images))
    }
}

fn read(set: &Imported, results: &Path) -> Result<Images, DataError> {
    let dir = folder(results).join(&set.name);
    let manifest = Manifest::read(&dir)?;
    if manifest.identity() != set.known.identity {
        return Err(DataError::OtherContent {
            name: set.name.clone(),
            dir,
            found: manifest.identity(),
            expected: set.known.identity,
        });
    }
    let content = Set::stored(&dir, &manifest)?;
    let shape = content.pool().shape;
    if content.digest() != manifest.content_digest() || shape != manifest.shape() {
        let change = "its images or labels have another digest".to_owned();
        return Err(DataError::Changed { path: dir, change });
    }
    let classifier = match manifest.classes {
        Some(_) => Some(classifier(set, &dir, &manifest)?),
        None => None,
    };
    let division = content.divide();
    Ok(Images::new(
        &set.name,
        content.pool().at(&division.train),
        content.references().at(&division.reference),
        classifier,
    ))
}

fn classifier(set: &Imported, dir: &Path, manifest: &Manifest) -> Result<Classifier, DataError> {
    let path = dir.join(CLASSIFIER);
    let weights = bounded::read(&path, MOST_OF_A_CLASSIFIER).map_err(|source| DataError::Read {
        path: path.clone(),
        source,
    })?;
    let digest = blake3::hash(&weights).to_hex();
    let known = manifest.files.iter().find(|f| f.name == CLASSIFIER);
    if known.is_none_or(|f| f.blake3 != digest.as_str()) {
        let change = "its digest is another".to_owned();
        return Err(DataError::Changed { path, change });
    }
    let classifier =
        Classifier::from_safetensors(&weights).map_err(|source| DataError::Classifier {
            name: set.name.clone(),
            source,
        })?;
    if classifier.shape() != manifest.shape() || Some(classifier.classes()) != manifest.classes {
        let change = "it is of other images or classes".to_owned();
        return Err(DataError::Changed { path, change });
    }
    Ok(classifier)
}
