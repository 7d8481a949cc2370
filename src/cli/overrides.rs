//! The options that change what a grid asks for; shared by `run`, `plan` and `explain`.

use std::path::Path;

use crate::cluster;
use crate::dataset;
use crate::grid::{self, Plan};

/// Overrides of a grid.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// Override a key: `--set k=1,3` makes an axis, `--set steps=500` a value
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seeds 0..N instead of the grid's
    #[arg(long, value_name = "N")]
    pub seeds: Option<u32>,
    /// Apply a profile of the grid
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Execute only the runs that match: `--only loss=minimax`
    #[arg(long, value_name = "KEY=VALUE")]
    pub only: Vec<String>,
    /// Execute at most N of the runs
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Execute slice I of N: `--shard 1/4`
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
}

impl Overrides {
    /// Reads a grid file under these options.
    ///
    /// # Errors
    /// What is wrong with the grid, or with the data sets imported below `results`.
    pub(super) fn plan(&self, grid: &Path, results: &Path) -> anyhow::Result<Plan> {
        let mut plan = self.unsliced(grid, results)?;
        if let Some(shard) = plan.shard {
            cluster::select(&mut plan, shard);
        }
        Ok(plan)
    }

    /// As the grid language knows them.
    pub(super) fn of_grid(&self) -> grid::Overrides {
        grid::Overrides {
            set: self.set.clone(),
            seeds: self.seeds,
            profile: self.profile.clone(),
            only: self.only.clone(),
            limit: self.limit,
            shard: self.shard.clone(),
        }
    }

    /// As [`Self::plan`], with the runs of all slices.
    pub(super) fn unsliced(&self, grid: &Path, results: &Path) -> anyhow::Result<Plan> {
        let catalog = dataset::catalog(results)?;
        let mut plan = grid::read_file(grid, &self.of_grid(), &catalog)?;
        plan.notes
            .extend(catalog.damaged().iter().map(|(name, damage)| {
                format!(
                    "the imported data set '{name}' is damaged and left out: {damage}; remove its \
                     folder and import it again"
                )
            }));
        Ok(plan)
    }
}
