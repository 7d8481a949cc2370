//! Data sets, opened once a process and shared by all workers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::{DataError, Dataset, Library};
use crate::metric::fid::EvaluationError;
use crate::train::Prepared;

/// Why a data set cannot be trained on.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// It cannot be opened.
    #[error(transparent)]
    Data(Box<DataError>),
    /// Its reference figures cannot be computed.
    #[error(transparent)]
    Measure(#[from] EvaluationError),
}

/// A mixture with its evaluator takes 1.3 MB, and a sweep over sigma has as many as it has values.
const MOST_KEPT: usize = 16;

/// The data sets that runs have asked for so far, with what all runs on them share.
#[derive(Debug)]
pub struct Stock {
    library: Library,
    prepared: Mutex<Vec<(Dataset, Arc<Prepared>)>>,
}

impl Stock {
    /// Nothing yet; imported data sets lie below `results`.
    pub fn new(results: PathBuf) -> Self {
        Self {
            library: Library::new(&results),
            prepared: Mutex::default(),
        }
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
