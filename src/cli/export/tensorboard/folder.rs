//! The folder that an export goes into: new, empty, or that of an earlier export.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The event file of every run. TensorBoard looks for `tfevents` in the name; the writers that name it after
/// the time and the machine would leave two of them after two exports, of which it shows a mixture.
pub(super) const EVENTS: &str = "events.out.tfevents.0.gan-sweep";

/// What [`Target`](crate::cli::target::Target) leaves of a file when its process is killed.
const PARTIAL: &str = "events.out.tfevents.0.gan-sweep.partial";

/// A folder of runs, with what an earlier export left in it.
pub(super) struct Folder {
    path: PathBuf,
    earlier: BTreeSet<String>,
}

impl Folder {
    /// Makes it unless it is there. What no earlier export wrote is never touched.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if path.exists() && !path.is_dir() {
            bail!(
                "cannot write to {}: it is a file; TensorBoard reads a folder",
                path.display()
            );
        }
        let failed = || format!("cannot write to {}", path.display());
        fs::create_dir_all(path).with_context(failed)?;
        let mut earlier = BTreeSet::new();
        for entry in fs::read_dir(path).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let name = entry.file_name().into_string().ok();
            // What file browsers leave in folders.
            if name.as_ref().is_some_and(|name| name.starts_with('.')) {
                continue;
            }
            match name.filter(|_| is_export(&entry.path()).unwrap_or(false)) {
                Some(name) => earlier.insert(name),
                None => bail!(
                    "cannot write to {}: {} in it is of no earlier export; name a new or an empty \
                     folder",
                    path.display(),
                    entry.file_name().display()
                ),
            };
        }
        Ok(Self {
            path: path.to_owned(),
            earlier,
        })
    }

    /// Where the events of a run go.
    pub fn run(&mut self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.path.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        self.earlier.remove(name);
        Ok(folder.join(EVENTS))
    }

    /// Removes the runs of the earlier export that are not in this one.
    pub fn finish(self) -> anyhow::Result<()> {
        for name in &self.earlier {
            let folder = self.path.join(name);
            for file in [EVENTS, PARTIAL] {
                match fs::remove_file(folder.join(file)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                }
                .with_context(|| format!("cannot remove {}", folder.display()))?;
            }
            fs::remove_dir(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Ok(())
    }
}

/// Whether all of a folder was written by an export.
fn is_export(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != EVENTS && name != PARTIAL {
            return Ok(false);
        }
    }
    Ok(true)
}
