//! Checkpoints of running runs: files that are there whole or not at all, two of each run.
//!
//! A file holds what [`crate::train`] needs to go on, sealed with a checksum. The newest that is intact
//! counts; a damaged one is moved aside and the one before it counts. The database refers to none of
//! them: what they hold of a run's series is written again when the run goes on, in the place of what an
//! attempt has left there.

mod atomic;
mod seal;

use atomic::PARTIAL;
pub use atomic::write as write_atomically;
pub use seal::{Damage, open, seal};

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::spec::RunId;

/// The folder of all checkpoints inside a results folder.
const FOLDER: &str = "checkpoints";

const ENDING: &str = "checkpoint";

/// The folder of states from which runs with more steps go on.
const ENDS: &str = "ends";

/// How many are kept of a run: the newest, and the one before should the newest be damaged.
const KEPT: usize = 2;

/// After which nobody writes a file any more that is not whole.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// Times that a folder is made which somebody removes meanwhile.
const TRIES: usize = 3;

/// Why a checkpoint could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep a checkpoint in {}", folder.display())]
pub struct CheckpointError {
    folder: PathBuf,
    source: io::Error,
}

/// The checkpoints of one run.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    notes: Mutex<Vec<String>>,
}

impl Shelf {
    /// The id of whose it is.
    pub(crate) fn whose(&self) -> &str {
        let name = self.folder.file_name();
        name.and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Those of a run; nothing is made before the first is kept.
    pub fn new(results: &Path, run: RunId) -> Self {
        Self {
            folder: folder(results, run),
            notes: Mutex::default(),
        }
    }

    /// Of runs that differ in nothing but their number of steps: each leaves the state before its last
    /// step, which is where a longer one does something else.
    pub fn of_trajectory(results: &Path, trajectory: RunId) -> Self {
        Self {
            folder: results.join(ENDS).join(trajectory.to_string()),
            notes: Mutex::default(),
        }
    }

    /// What the newest checkpoint before a step holds that is intact and that `read` understands; the
    /// others of them are moved aside. `None` where there is none.
    pub fn newest<T>(&self, before: u64, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        for (_, path) in self.kept().into_iter().filter(|(step, _)| *step < before) {
            let problem = match fs::read(&path) {
                // Another run of the trajectory has kept a newer one meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => error.to_string(),
                Ok(bytes) => match open(&bytes) {
                    Err(damage) => damage.to_string(),
                    Ok(content) => match read(content) {
                        Some(found) => return Some(found),
                        None => "it is of another version".to_owned(),
                    },
                },
            };
            self.set_aside(&path, &problem);
        }
        None
    }

    /// The step of the newest, intact or not; 0 where there is none.
    pub fn newest_step(&self) -> u64 {
        self.kept().first().map_or(0, |(step, _)| *step)
    }

    /// Keeps one, and of the older ones the newest.
    ///
    /// # Errors
    /// A [`CheckpointError`]; those kept before are still there.
    pub fn keep(&self, step: u64, content: &[u8]) -> Result<(), CheckpointError> {
        let failed = |source| CheckpointError {
            folder: self.folder.clone(),
            source,
        };
        let path = self.folder.join(format!("{step:020}.{ENDING}"));
        write_into(&self.folder, &path, &seal(content)).map_err(failed)?;
        self.sweep_up();
        for (_, old) in self.kept().into_iter().skip(KEPT) {
            // One too many does no harm, and goes next time.
            let _ = fs::remove_file(old);
        }
        Ok(())
    }

    /// Removes what processes that were killed have left half written.
    fn sweep_up(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries {
            let path = entry.path();
            let partial = path.extension().is_some_and(|ending| ending == PARTIAL);
            let age = |entry: &fs::DirEntry| entry.metadata().ok()?.modified().ok()?.elapsed().ok();
            if partial && age(&entry).is_some_and(|age| age >= LEFT_BEHIND) {
                // It does no harm, and goes next time.
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Removes all of them: the run has its outcome.
    pub fn clear(&self) {
        // What is left is removed when the next sweep begins.
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// What people should know, once.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Steps and files, the newest first.
    fn kept(&self) -> Vec<(u64, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut found: Vec<(u64, PathBuf)> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let of_ours = path.extension()? == ENDING;
                let step = path.file_stem()?.to_str()?.parse().ok()?;
                of_ours.then_some((step, path))
            })
            .collect();
        found.sort();
        found.reverse();
        found
    }

    fn set_aside(&self, path: &Path, problem: &str) {
        let aside = path.with_extension("damaged");
        let moved = match fs::rename(path, &aside) {
            Ok(()) => format!("it is now {}", aside.display()),
            Err(error) => format!("it cannot be moved aside: {error}"),
        };
        let note = format!(
            "the checkpoint {} is not used: {problem}; {moved}",
            path.display()
        );
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(note);
    }
}

/// Writes a file in a folder of a run. Another process may have the same run, where it was thought to be
/// lost, and remove the folder at that moment because the run has its outcome.
pub fn write_into(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut written = Ok(());
    for _ in 0..TRIES {
        written = fs::create_dir_all(folder).and_then(|()| write_atomically(path, bytes));
        match &written {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::StaleNetworkFileHandle
                ) => {}
            _ => break,
        }
    }
    written
}

/// The folder of a run's checkpoints.
pub fn folder(results: &Path, run: RunId) -> PathBuf {
    results.join(FOLDER).join(run.to_string())
}

/// The folder of what longer runs can go on from.
pub fn ends(results: &Path) -> PathBuf {
    results.join(ENDS)
}

/// The runs that have checkpoints, in no order.
pub fn runs(results: &Path) -> Vec<RunId> {
    let entries = fs::read_dir(results.join(FOLDER));
    let names = entries.into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests;
