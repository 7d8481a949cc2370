//! Who may write into a results folder: the process that holds the lock on `gan-sweep.lock`.
//!
//! The lock is on a file of its own. Opening the database itself through `std::fs` would be a
//! trap: closing that handle drops the POSIX locks that SQLite holds on the same file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{StoreError, clock};

const LOCK: &str = "gan-sweep.lock";

/// Ownership of a results folder, until dropped or until the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Ownership {
    _lock: File,
}

impl Ownership {
    /// Takes the folder, or says who has it.
    pub(super) fn take(results: &Path) -> Result<Self, StoreError> {
        let path = results.join(LOCK);
        let unusable = |source| StoreError::Folder {
            path: path.clone(),
            source,
        };
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The lock is what counts; a holder that cannot be read is still one.
                let _ = lock.read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(StoreError::Owned {
                    results: results.to_owned(),
                    holder: if holder.is_empty() {
                        "it has not said which".to_owned()
                    } else {
                        holder.to_owned()
                    },
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let me = format!(
            "process {} on {} since {}\n",
            std::process::id(),
            host(),
            clock::utc(clock::now())
        );
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(me.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { _lock: lock })
    }
}

/// The machine's name; empty if nothing tells it.
pub(super) fn host() -> String {
    let of_command = || {
        let output = std::process::Command::new("uname")
            .arg("-n")
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    };
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(of_command)
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
