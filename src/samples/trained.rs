//! The generator of a run that is done.

use std::path::Path;

use super::SamplesError;
use crate::dataset::{Data, Library};
use crate::event::Outcome;
use crate::spec::{Catalog, GanSpec, RunId, Task};
use crate::store::Reader;
use crate::train::Generator;

/// A run that is done, with what it learnt.
pub struct Trained {
    /// The run.
    pub id: RunId,
    /// What it is.
    pub spec: GanSpec,
    /// What it was trained on.
    pub data: Data,
    /// Made again from the weights that the run kept.
    pub generator: Generator,
}

impl Trained {
    /// Reads a run's weights and opens its data set.
    ///
    /// # Errors
    /// [`SamplesError::NotDone`], [`SamplesError::NoWeights`] or [`SamplesError::Generator`]; what store
    /// and data set may meet.
    pub fn open(
        reader: &Reader,
        run: RunId,
        catalog: &Catalog,
        results: &Path,
    ) -> Result<Self, SamplesError> {
        let short = run.short();
        let Task::Gan(spec) = reader.spec(run, catalog)?.task else {
            return Err(SamplesError::NoGenerator { run: short });
        };
        let Some(weights) = reader.weights(run)? else {
            let row = reader.run(run)?;
            return Err(match row.outcome {
                Some(Outcome::Done) => SamplesError::NoWeights { run: short },
                other => SamplesError::NotDone {
                    run: short,
                    state: match &other {
                        Some(outcome) => outcome.word(),
                        None if row.attempts > 0 => "not finished",
                        None => "missing",
                    },
                },
            });
        };
        let data = Library::new(results)
            .open(&spec.dataset)
            .map_err(Box::new)?;
        let generator = Generator::new(&spec, &data, &weights)
            .map_err(|source| SamplesError::Generator { run: short, source })?;
        Ok(Self {
            id: run,
            spec: *spec,
            data,
            generator,
        })
    }
}
