//! Who may write into a results folder: the process that holds the lock on `gan-sweep.lock`.
//!
//! The lock is on a file of its own. Opening the database itself through `std::fs` would be a
//! trap: closing that handle drops the POSIX locks that SQLite holds on the same file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::{StoreError, clock};

const LOCK: &str = "gan-sweep.lock";

/// Begins the line of the lock file that says since when, in seconds since 1970.
const SINCE: &str = "since ";

/// Ownership of a results folder, until dropped or until the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Ownership {
    _lock: File,
}

/// The process that writes into a results folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What it says of itself: `process 4711 on host since 2026-11-28 13:20:00 UTC`.
    pub text: String,
    /// Since when, seconds since 1970; `None` where it has not said so yet.
    pub since: Option<i64>,
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
                return Err(StoreError::Owned {
                    results: results.to_owned(),
                    holder: read(&mut lock).text,
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        be_seen(&lock);
        let now = clock::now();
        let me = format!(
            "process {} on {} since {}\n{SINCE}{now}\n",
            std::process::id(),
            host(),
            clock::utc(now)
        );
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(me.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { _lock: lock })
    }
}

/// Who writes into a results folder now; `None` if nobody does. Nothing is taken, not even for a moment:
/// a look must never be in the way of a sweep that begins.
pub fn holder(results: &Path) -> Result<Option<Holder>, StoreError> {
    let path = results.join(LOCK);
    let unusable = |source| StoreError::Folder {
        path: path.clone(),
        source,
    };
    let mut lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    let held = fcntl_getlk(&lock, &Flock::from(FlockType::ReadLock));
    match held {
        Ok(None) => Ok(None),
        Ok(Some(_)) => Ok(Some(read(&mut lock))),
        Err(error) => Err(unusable(error.into())),
    }
}

/// Linux keeps the locks of `flock`, by which a folder is owned, and those of `fcntl` apart, and can be
/// asked about the latter alone. So the owner has one of each; the second decides nothing.
///
/// It would go with the first handle of the lock file that this process closes, but no process opens
/// it twice.
#[cfg(target_os = "linux")]
fn be_seen(lock: &File) {
    // Where it cannot be had, as on a network file system that makes one kind of the other, the first
    // is seen itself.
    let _ = rustix::fs::fcntl_lock(lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
}

/// Elsewhere both kinds are one.
#[cfg(not(target_os = "linux"))]
fn be_seen(_: &File) {}

/// The lock is what counts; a holder that cannot be read is still one.
fn read(lock: &mut File) -> Holder {
    let mut content = String::new();
    let _ = lock.read_to_string(&mut content);
    let mut lines = content.lines().map(str::trim);
    let text = lines.next().unwrap_or_default();
    Holder {
        text: match text {
            "" => "it has not said which".to_owned(),
            text => text.to_owned(),
        },
        since: lines.find_map(|line| line.strip_prefix(SINCE)?.parse().ok()),
    }
}

/// The machine's name; empty if nothing tells it.
pub(crate) fn host() -> String {
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
