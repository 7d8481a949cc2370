//! Data sets and networks, opened once a process and shared by all workers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::{DataError, Dataset, Library};
use crate::inception::{self, Inception, InceptionError};
use crate::metric::fid::EvaluationError;
use crate::train::Prepared;

/// Why a run cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Its data set cannot be opened.
    #[error(transparent)]
    Data(Box<DataError>),
    /// Its reference figures cannot be computed.
    #[error(transparent)]
    Measure(#[from] EvaluationError),
    /// The network that it looks through is not there, or is another.
    #[error(
        "runs with features: inception look through a network that is not part of this program"
    )]
    Inception(#[from] InceptionError),
}

/// A mixture with its evaluator takes 1.3 MB, and a sweep over sigma has as many as it has values.
const MOST_KEPT: usize = 16;

/// What runs have asked for so far: data sets with what all runs on them share, and networks.
#[derive(Debug)]
pub struct Stock {
    results: PathBuf,
    library: Library,
    prepared: Mutex<Vec<(Dataset, Arc<Prepared>)>>,
    /// By the beginning of the SHA-256 of their files.
    inceptions: Mutex<BTreeMap<String, Arc<Inception>>>,
}

impl Stock {
    /// Nothing yet; imported data sets and weights lie below `results`.
    pub fn new(results: PathBuf) -> Self {
        Self {
            library: Library::new(&results),
            results,
            prepared: Mutex::default(),
            inceptions: Mutex::default(),
        }
    }

    /// Inception with the weights of which the file's SHA-256 begins like this; read at the first call.
    pub fn inception(&self, sha256: &str) -> Result<Arc<Inception>, PrepareError> {
        let mut known = self
            .inceptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = known.get(sha256) {
            return Ok(Arc::clone(network));
        }
        let path = inception::find(None, &self.results)?;
        let network = Arc::new(Inception::from_file_of(&path, sha256)?);
        known.insert(sha256.to_owned(), Arc::clone(&network));
        Ok(network)
    }

    /// A data set with its evaluator; opened at the first call.
    pub fn prepared(&self, dataset: &Dataset) -> Result<Arc<Prepared>, PrepareError> {
        // Held while a data set is opened, so that two workers do not open the same one.
        let mut known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, prepared)) = known.iter().find(|(d, _)| d == dataset) {
            return Ok(Arc::clone(prepared));
        }
        let data = dataset
            .open(&self.library)
            .map_err(|error| PrepareError::Data(Box::new(error)))?;
        let prepared = Arc::new(Prepared::new(data)?);
        if known.len() == MOST_KEPT {
            known.remove(0);
        }
        known.push((dataset.clone(), Arc::clone(&prepared)));
        Ok(prepared)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use safetensors::tensor::{Dtype, TensorView};
    use sha2::{Digest, Sha256};

    use super::Stock;
    use crate::inception::FILE;
    use crate::inception::tests::{NETWORK, made_up};

    /// Weights that were made up, as a file.
    fn file() -> Vec<u8> {
        let weights = made_up::weights();
        let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = weights
            .iter()
            .map(|(name, tensor)| {
                let values = tensor.values.iter().flat_map(|x| x.to_le_bytes());
                (name.to_owned(), tensor.shape.clone(), values.collect())
            })
            .collect();
        let views = bytes.iter().map(|(name, shape, values)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), values).expect("a tensor");
            (name.as_str(), view)
        });
        safetensors::serialize(views, None).expect("a file")
    }

    #[test]
    fn inception_is_the_file_that_is_asked_for_or_none() {
        let results = tempfile::tempdir().expect("a folder");
        let stock = Stock::new(results.path().to_owned());
        let folder = results.path().join("weights");
        fs::create_dir(&folder).expect("a folder");
        let bytes = file();
        fs::write(folder.join(FILE), &bytes).expect("a file");
        let digest = Sha256::digest(&bytes);
        let sha256: String = digest[..4].iter().map(|b| format!("{b:02x}")).collect();

        let error = stock.inception("6726825d").expect_err("another content");
        let causes = format!("{:#}", anyhow::Error::from(error));
        let advice = format!("the runs ask for 6726825d: set inception_weights to '{sha256}'");
        assert!(causes.contains(&advice), "{causes}");

        let network = stock.inception(&sha256).expect("the content asked for");
        assert_eq!(network.digest(), NETWORK.digest());
        // It is read once.
        fs::remove_file(folder.join(FILE)).expect("a file");
        stock.inception(&sha256).expect("from memory");
        assert!(stock.inception("6726825d").is_err());
    }
}
