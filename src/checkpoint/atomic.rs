//! Files that are there whole or not at all, after a power cut too.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fault;

/// The ending of files that are not whole yet.
pub(super) const PARTIAL: &str = "new";

/// Writes a file: under another name first, synced, renamed, and the folder synced.
///
/// # Errors
/// What the file system says; the file is then as it was before.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.{PARTIAL}", mark()));
    let written = create(&temporary, bytes).and_then(|()| {
        fault::point("checkpoint.rename.before");
        fs::rename(&temporary, path)
    });
    if let Err(error) = written {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    fault::point("checkpoint.rename.after");
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    fault::point("checkpoint.folder.after");
    Ok(())
}

/// Of one file of one process: a node that is thought to be dead may write the same file as the one that
/// has its task now.
fn mark() -> String {
    static PROCESS: LazyLock<u64> =
        LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static FILE: AtomicU32 = AtomicU32::new(0);
    format!("{:016x}-{}", *PROCESS, FILE.fetch_add(1, Ordering::Relaxed))
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    let (first, second) = bytes.split_at(bytes.len() / 2);
    fault::point("checkpoint.write.before");
    file.write_all(first)?;
    fault::point("checkpoint.write.middle");
    file.write_all(second)?;
    fault::point("checkpoint.sync.before");
    file.sync_all()?;
    fault::point("checkpoint.sync.after");
    Ok(())
}
