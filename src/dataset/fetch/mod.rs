//! `data fetch`: published data sets over HTTP, each file compared with its published digest.
//!
//! [`Source`] (files, sizes, digests, mirrors) → [`fetch`] → a folder that [`super::import`] reads.
//! What arrives is trusted for its SHA-256 alone, so that any mirror will do.

mod address;
mod attempt;
mod download;
mod error;
mod folder;
mod mirrors;

pub use error::{FetchError, Tried, Trouble};
pub use mirrors::Published;

use std::path::Path;

use address::Address;

/// A data set that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, in errors.
    pub name: String,
    /// Folders on servers that hold all of its files, the preferred one first: `https`, or `http` of
    /// this machine.
    pub mirrors: Vec<String>,
    /// Its files.
    pub files: Vec<RemoteFile>,
}

/// A file as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name on every mirror and on disk.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, 64 hexadecimal digits in small letters.
    pub sha256: String,
}

/// What happens while a set is fetched.
#[derive(Debug)]
pub enum Event<'a> {
    /// A file is there already, and is what was published.
    Kept {
        /// The file.
        file: &'a str,
    },
    /// A file was there and is not what was published: it is removed and fetched again.
    Damaged {
        /// The file.
        file: &'a str,
    },
    /// Bytes of the whole set that are on disk.
    Bytes {
        /// The file that is coming.
        file: &'a str,
        /// Bytes there.
        done: u64,
        /// Bytes of all files.
        of: u64,
    },
    /// An attempt failed.
    Failed {
        /// The file.
        file: &'a str,
        /// What was tried, and what came of it.
        tried: &'a Tried,
        /// Where it is tried next; `None` where no mirror is left.
        next: Option<&'a str>,
    },
}

/// What [`fetch`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Files that were there already.
    pub kept: usize,
    /// Bytes that came over the network.
    pub received: u64,
}

/// Brings every file of a set into `dir`. Files that are there already and have their digest are not
/// asked for again; one that was begun goes on where it stopped, from whatever mirror.
///
/// # Errors
/// A [`FetchError`]: a mirror that must not be used, a folder that cannot be written or that another
/// process is filling, or a file that no mirror gave.
pub fn fetch(
    source: &Source,
    dir: &Path,
    mut tell: impl FnMut(Event<'_>),
) -> Result<Fetched, FetchError> {
    let mirrors = source
        .mirrors
        .iter()
        .map(|mirror| Address::folder(mirror))
        .collect::<Result<Vec<_>, _>>()?;
    let _lock = folder::claim(dir)?;
    let of = source.files.iter().map(|file| file.size).sum();
    let mut fetched = Fetched {
        kept: 0,
        received: 0,
    };
    let mut before = 0;
    for file in &source.files {
        let mut download = download::Download {
            set: &source.name,
            file,
            dir,
            before,
            of,
            tell: &mut tell,
            received: 0,
        };
        match download.run(&mirrors)? {
            true => fetched.kept += 1,
            false => fetched.received += download.received,
        }
        before += file.size;
    }
    Ok(fetched)
}
