//! Which runs an attempt at a task has in hand: by it a run is known that takes its process down each time.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::spec::RunId;

const ENDING: &str = "begun";

/// A file with a line for each run that begins and each that ends or is left. What a killed process has
/// written to a file stays there.
#[derive(Debug)]
pub(super) struct Begun {
    path: PathBuf,
    file: Option<File>,
}

impl Begun {
    /// Of the attempt of that name; the file is made by the first run.
    pub fn new(folder: &Path, attempt: &str) -> Self {
        Self {
            path: folder.join(format!("{attempt}.{ENDING}")),
            file: None,
        }
    }

    /// A run begins at a step.
    pub fn begin(&mut self, run: RunId, from: u64) -> io::Result<()> {
        self.line(&format!("+{run} {from}\n"))
    }

    /// It has ended, or was left.
    pub fn end(&mut self, run: RunId) -> io::Result<()> {
        self.line(&format!("-{run}\n"))
    }

    /// No run is in hand any more.
    pub fn remove(&mut self) {
        if self.file.take().is_some() {
            // One too many says that nothing was lost.
            let _ = fs::remove_file(&self.path);
        }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&self.path)?,
            ),
        };
        file.write_all(line.as_bytes())
    }
}

/// The runs that attempts of a slice had in hand when they were lost, each with the steps from which they
/// went on, the newest first.
pub fn lost(shards: &Path) -> BTreeMap<RunId, Vec<u64>> {
    let entries = fs::read_dir(shards).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let of_ours = path.extension()? == ENDING;
            let changed = entry.metadata().ok()?.modified().ok()?;
            of_ours.then_some((changed, path))
        })
        .collect();
    files.sort();
    let mut lost: BTreeMap<RunId, Vec<u64>> = BTreeMap::new();
    for (_, path) in files.into_iter().rev() {
        let text = fs::read_to_string(path).unwrap_or_default();
        for (run, from) in in_hand(&text) {
            lost.entry(run).or_default().push(from);
        }
    }
    lost
}

/// What was begun and not ended.
fn in_hand(text: &str) -> BTreeMap<RunId, u64> {
    let mut runs = BTreeMap::new();
    for line in text.lines() {
        if let Some(run) = line.strip_prefix('-').and_then(|id| id.parse().ok()) {
            runs.remove(&run);
        } else if let Some((id, from)) = line.strip_prefix('+').and_then(|l| l.split_once(' '))
            && let (Ok(run), Ok(from)) = (id.parse(), from.parse())
        {
            runs.insert(run, from);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{Begun, lost};
    use crate::train::tests::run_spec;

    #[test]
    fn what_an_attempt_had_in_hand_is_known_when_it_is_lost() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [a, b, c] = [0, 1, 2].map(|seed| run_spec(&[], seed).id());
        let mut first = Begun::new(folder.path(), "first");
        first.begin(a, 0)?;
        first.begin(b, 40)?;
        first.end(a)?;
        drop(first);
        let mut second = Begun::new(folder.path(), "second");
        second.begin(b, 40)?;
        second.begin(c, 0)?;
        let lost = lost(folder.path());
        assert_eq!(lost.len(), 2);
        assert_eq!(lost[&b], [40, 40]);
        assert_eq!(lost[&c], [0]);
        second.remove();
        assert_eq!(super::lost(folder.path()).len(), 1);
        Ok(())
    }
}
