//! What tasks are told, once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::checkpoint::write_atomically;
use crate::exec::{Checkpoints, Policy};
use crate::grid::cluster::Wishes;
use crate::grid::{self, GridError, Overrides, Plan};
use crate::spec::{Catalog, RunId};

use super::Folder;

/// Of the file's format.
const VERSION: u32 = 1;

/// A sweep's runs in slices, with everything a task needs to know of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterPlan {
    version: u32,
    /// The sweep's name.
    pub name: String,
    /// The grid file's name, as errors call it.
    pub file: PathBuf,
    /// Its text.
    pub grid: String,
    /// `--set`.
    pub set: Vec<String>,
    /// `--seeds`.
    pub seeds: Option<u32>,
    /// `--profile`.
    pub profile: Option<String>,
    /// How runs are executed.
    pub how: How,
    /// What is asked of Slurm.
    pub wishes: Wishes,
    /// The runs of every slice, in plan order.
    #[serde(with = "ids")]
    pub slices: Vec<Vec<RunId>>,
}

/// How the runs of a task are executed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct How {
    /// How often a run that failed or crashed is tried again.
    pub retries: u32,
    /// How long a run may take, in seconds.
    pub timeout: Option<f64>,
    /// Seconds between two checkpoints of a run.
    pub checkpoint_every: f64,
}

impl How {
    /// What is done about runs that do not go well; checkpoints lie in the results folder.
    pub fn policy(&self, results: &Path) -> Policy {
        Policy {
            timeout: self.timeout.map(Duration::from_secs_f64),
            max_fails: None,
            retries: self.retries,
            checkpoints: Some(Checkpoints {
                results: results.to_owned(),
                interval: Duration::from_secs_f64(self.checkpoint_every),
            }),
        }
    }
}

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what was written.
    #[error("{} was changed after it was written: submit the grid again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It is of another version of the program.
    #[error("{} cannot be read by this version of gan-sweep: submit the grid again", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Its grid is no longer one.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The grid asks for other runs than it did.
    #[error(
        "{} of the plan's runs are not what its grid asks for here, such as {example}: another version of \
         gan-sweep, or another data set of that name; submit the grid again",
        count
    )]
    OtherRuns {
        /// How many.
        count: usize,
        /// One of them.
        example: RunId,
    },
}

impl ClusterPlan {
    /// Of runs in slices.
    pub fn new(
        plan: &Plan,
        file: &Path,
        overrides: &Overrides,
        (how, wishes): (How, Wishes),
        slices: Vec<Vec<RunId>>,
    ) -> Self {
        Self {
            version: VERSION,
            name: plan.name.clone(),
            file: file.file_name().unwrap_or_default().into(),
            grid: plan.source.clone(),
            set: overrides.set.clone(),
            seeds: overrides.seeds,
            profile: overrides.profile.clone(),
            how,
            wishes,
            slices,
        }
    }

    /// Runs of all slices.
    pub fn runs(&self) -> usize {
        self.slices.iter().map(Vec::len).sum()
    }

    /// The folder for it below a results folder.
    pub fn folder(&self, results: &Path) -> Folder {
        let digest = blake3::hash(&self.bytes()).to_hex();
        Folder::of(results, &self.name, &digest)
    }

    /// Writes it, unless it is there already.
    ///
    /// # Errors
    /// [`PlanError::Write`].
    pub fn write(&self, folder: &Folder) -> Result<(), PlanError> {
        let path = folder.plan();
        let written = std::fs::create_dir_all(folder.path())
            .and_then(|()| std::fs::create_dir_all(folder.logs()))
            .and_then(|()| match path.exists() {
                true => Ok(()),
                false => write_atomically(&path, &self.bytes()),
            });
        written.map_err(|source| PlanError::Write { path, source })
    }

    /// Reads it, and checks that it is what the folder's name says.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(folder: &Folder) -> Result<Self, PlanError> {
        let path = folder.plan();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(PlanError::Read { path, source }),
        };
        if !folder.is_of(&blake3::hash(&bytes).to_hex()) {
            return Err(PlanError::Changed { path });
        }
        serde_json::from_slice(&bytes).map_err(|source| PlanError::Format { path, source })
    }

    /// What changes the grid.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            seeds: self.seeds,
            profile: self.profile.clone(),
            ..Overrides::default()
        }
    }

    /// The grid again, with those of its runs selected that are in one of these slices.
    ///
    /// # Errors
    /// Where the grid asks for other runs than when it was submitted.
    pub fn expand(&self, catalog: &Catalog, slices: &[Vec<RunId>]) -> Result<Plan, PlanError> {
        let mut plan = grid::read(&self.grid, &self.file, &self.overrides(), catalog)?;
        let mut wanted: std::collections::HashSet<RunId> =
            slices.iter().flatten().copied().collect();
        for run in &mut plan.runs {
            run.selected = wanted.remove(&run.spec.id());
        }
        match wanted.iter().min() {
            None => Ok(plan),
            Some(&example) => Err(PlanError::OtherRuns {
                count: wanted.len(),
                example,
            }),
        }
    }

    /// Serialising values of these types cannot fail, and gives the same bytes each time.
    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Ids as text.
mod ids {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::spec::RunId;

    pub fn serialize<S: Serializer>(slices: &[Vec<RunId>], to: S) -> Result<S::Ok, S::Error> {
        let texts = slices.iter().map(|ids| ids.iter().map(RunId::to_string));
        texts.map(Vec::from_iter).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<Vec<RunId>>, D::Error> {
        let texts = Vec::<Vec<String>>::deserialize(from)?;
        let parse = |text: &String| text.parse().map_err(D::Error::custom);
        texts
            .iter()
            .map(|ids| ids.iter().map(parse).collect())
            .collect()
    }
}
