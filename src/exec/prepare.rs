//! Data sets, opened once a process and shared by all workers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::{DataError, Dataset};
use crate::train::Prepared;

/// The data sets that runs have asked for so far.
#[derive(Debug)]
pub struct Library {
    results: PathBuf,
    opened: Mutex<Vec<(Dataset, Arc<Prepared>)>>,
}

impl Library {
    /// An empty library; imported data sets lie below `results`.
    pub fn new(results: PathBuf) -> Self {
        Self {
            results,
            opened: Mutex::default(),
        }
    }

    /// A data set with its evaluator; opened at the first call.
    pub fn prepared(&self, dataset: &Dataset) -> Result<Arc<Prepared>, DataError> {
        // Held while a data set is opened, so that two workers do not open the same one.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, prepared)) = opened.iter().find(|(d, _)| d == dataset) {
            return Ok(Arc::clone(prepared));
        }
        let prepared = Arc::new(Prepared::new(dataset.open(&self.results)?));
        opened.push((dataset.clone(), Arc::clone(&prepared)));
        Ok(prepared)
    }
}
