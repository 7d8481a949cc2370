//! Where the files of a plan lie: `RESULTS/cluster/NAME-HASH/`.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of all plans inside a results folder.
const CLUSTER: &str = "cluster";

/// Digits of the plan's hash in the name of its folder.
const DIGITS: usize = 16;

const PLAN: &str = "plan.json";

/// The ending of a shard.
const SHARD: &str = "db";

/// The folder of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// That of the plan of a sweep with that hash.
    pub(super) fn of(results: &Path, name: &str, digest: &str) -> Self {
        let name = format!("{name}-{}", &digest[..DIGITS.min(digest.len())]);
        Self {
            path: results.join(CLUSTER).join(name),
        }
    }

    /// That of a plan by the name of its folder.
    pub fn named(results: &Path, name: &str) -> Self {
        Self {
            path: results.join(CLUSTER).join(name),
        }
    }

    /// The folder of all plans inside a results folder.
    pub fn root(results: &Path) -> PathBuf {
        results.join(CLUSTER)
    }

    /// Every plan of a results folder, the oldest first.
    pub fn all(results: &Path) -> Vec<Self> {
        let entries = fs::read_dir(results.join(CLUSTER)).into_iter().flatten();
        let mut found: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let folder = Self { path: entry.path() };
                let written = fs::metadata(folder.plan()).ok()?.modified().ok()?;
                Some((written, entry.path(), folder))
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        found.into_iter().map(|(.., folder)| folder).collect()
    }

    /// Itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `NAME-HASH`, by which `work --plan` finds it.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Whether its name ends in that hash.
    pub(super) fn is_of(&self, digest: &str) -> bool {
        let name = self.name();
        let hash = name.rsplit('-').next().unwrap_or_default();
        hash.len() == DIGITS && digest.starts_with(hash)
    }

    /// The file that says what is to be done.
    pub fn plan(&self) -> PathBuf {
        self.path.join(PLAN)
    }

    /// Where the tasks' output goes.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// Where the shards of a slice lie; slices count from 1.
    pub fn shards_of(&self, slice: usize) -> PathBuf {
        self.path.join("shards").join(slice.to_string())
    }

    /// The shards of a slice, in no order.
    pub fn shards(&self, slice: usize) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.shards_of(slice));
        let paths = entries.into_iter().flatten().flatten().map(|e| e.path());
        paths
            .filter(|path| path.extension().is_some_and(|ending| ending == SHARD))
            .collect()
    }

    /// The shards of all slices, in the order of slices and names.
    pub fn all_shards(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path.join("shards"));
        let mut slices: Vec<usize> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect();
        slices.sort_unstable();
        slices
            .into_iter()
            .flat_map(|slice| {
                let mut shards = self.shards(slice);
                shards.sort();
                shards
            })
            .collect()
    }
}
