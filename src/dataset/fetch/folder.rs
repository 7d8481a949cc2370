//! The folder of a set's downloads: one process at a time, whole files under their names, and what is
//! still coming as `.part`.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::FetchError;

const LOCK: &str = ".fetch.lock";

/// Makes the folder and claims it for this process.
pub(super) fn claim(dir: &Path) -> Result<File, FetchError> {
    fs::create_dir_all(dir).map_err(|e| write_error(dir, e))?;
    let path = dir.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| write_error(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FetchError::Busy {
            dir: dir.to_owned(),
        }),
        Err(TryLockError::Error(e)) => Err(write_error(&path, e)),
    }
}

/// What is there of a file that is still coming.
pub(super) fn part(whole: &Path) -> PathBuf {
    let mut name = whole.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Bytes of a file; 0 where there is none.
pub(super) fn bytes(path: &Path) -> Result<u64, FetchError> {
    match fs::metadata(path) {
        Ok(data) => Ok(data.len()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(e) => Err(read_error(path, e)),
    }
}

pub(super) fn remove(path: &Path) -> Result<(), FetchError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(write_error(path, e)),
        _ => Ok(()),
    }
}

/// SHA-256 of a file, as 64 hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, FetchError> {
    let unreadable = |e| read_error(path, e);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Gives a file that has arrived its name, durably.
pub(super) fn keep(part: &Path, whole: &Path, dir: &Path) -> Result<(), FetchError> {
    File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(part, whole))
        .map_err(|e| write_error(whole, e))?;
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| write_error(dir, e))
}

pub(super) fn write_error(path: &Path, source: io::Error) -> FetchError {
    FetchError::Write {
        path: path.to_owned(),
        source,
    }
}

fn read_error(path: &Path, source: io::Error) -> FetchError {
    FetchError::Read {
        path: path.to_owned(),
        source,
    }
}
