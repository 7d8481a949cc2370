//! Which jobs were handed in for a plan: a line each, in the plan's folder.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cluster::Folder;
use crate::store::clock;

/// Why it cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}", path.display())]
pub struct JournalError {
    path: PathBuf,
    source: std::io::Error,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name, which no other has.
    pub name: String,
    /// Slices before those of its tasks.
    pub offset: usize,
    /// Its tasks; 0 of the job that collects.
    pub tasks: usize,
    /// Its number; none where it was about to be handed in and nobody knows whether it was.
    pub job: Option<u64>,
    /// When, seconds since 1970.
    pub at: i64,
}

/// The jobs of a plan.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// That of a plan.
    pub fn of(folder: &Folder) -> Self {
        Self {
            path: folder.path().join("jobs.jsonl"),
        }
    }

    /// All jobs, each with what is known last, in the order in which they were handed in.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, JournalError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.error(source)),
        };
        let mut entries: Vec<Entry> = Vec::new();
        // A line that was not written to its end is of a job that nobody knows of.
        for entry in text
            .lines()
            .filter_map(|l| serde_json::from_str::<Entry>(l).ok())
        {
            match entries.iter_mut().find(|e| e.name == entry.name) {
                Some(known) => *known = entry,
                None => entries.push(entry),
            }
        }
        Ok(entries)
    }

    /// Notes a job: before it is handed in, and again with its number.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn note(
        &self,
        name: &str,
        (offset, tasks): (usize, usize),
        job: Option<u64>,
    ) -> Result<(), JournalError> {
        let entry = Entry {
            name: name.to_owned(),
            offset,
            tasks,
            job,
            at: clock::now(),
        };
        let line = serde_json::to_string(&entry).unwrap_or_default();
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| {
                file.write_all(format!("{line}\n").as_bytes())?;
                file.sync_all()
            })
            .map_err(|source| self.error(source))
    }

    fn error(&self, source: std::io::Error) -> JournalError {
        JournalError {
            path: self.path.clone(),
            source,
        }
    }
}
