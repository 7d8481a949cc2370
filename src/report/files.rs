//! Writing files as a whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::ReportError;

/// Writes `bytes` to a temporary file beside `path`, then renames it: a reader sees the old file or
/// the new one. It is not flushed to the disk: a report can be drawn again, and sixty flushes take
/// longer than drawing.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let failed = |source| ReportError::Write {
        path: path.to_owned(),
        source,
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let written = fs::File::create(&part)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // The first error is what the user needs.
        let _ = fs::remove_file(&part);
    }
    written.map_err(failed)
}
