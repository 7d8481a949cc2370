//! The file that a command ends with.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A file opened before there is anything to write, so that a place where nothing can be written is told
/// at once, and put in its place when it is whole.
pub(super) struct Target {
    path: PathBuf,
    /// Beside it, until it is whole; none of what is no plain file.
    partial: Option<PathBuf>,
    file: File,
}

impl Target {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot write {}", path.display());
        let known = fs::metadata(path);
        if known.as_ref().is_ok_and(fs::Metadata::is_dir) {
            anyhow::bail!("cannot write {}: it is a folder", path.display());
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.exists()) {
            anyhow::bail!(
                "cannot write {}: there is no folder {}; make it first",
                path.display(),
                folder.display()
            );
        }
        let partial = match known {
            // A device or a pipe.
            Ok(found) if !found.is_file() => None,
            _ => {
                let mut name = path.as_os_str().to_owned();
                name.push(".partial");
                Some(PathBuf::from(name))
            }
        };
        let file = File::create(partial.as_deref().unwrap_or(path)).with_context(failed)?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file,
        })
    }

    /// Puts it in its place, now that all of it is written; where it is.
    pub fn finish(mut self) -> anyhow::Result<PathBuf> {
        if let Some(partial) = &self.partial {
            fs::rename(partial, &self.path)
                .with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        self.partial = None;
        Ok(std::mem::take(&mut self.path))
    }

    /// All of it at once; where it is.
    pub fn finish_with(mut self, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        self.file
            .write_all(bytes)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.finish()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // The first error is the one to tell.
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use super::Target;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("x.png");
        drop(Target::create(&path)?);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        let written = Target::create(&path)?.finish_with(b"abc")?;
        assert_eq!(written, path);
        assert_eq!(std::fs::read(&path)?, b"abc");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
        let mut target = Target::create(&written)?;
        target.write_all(b"def")?;
        assert_eq!(std::fs::read(&written)?, b"abc");
        assert_eq!(std::fs::read(target.finish()?)?, b"def");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_place_where_nothing_can_be_written_is_named() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let refused = |path: &Path| Target::create(path).err().map(|e| e.to_string());
        let message = refused(folder.path()).unwrap_or_default();
        assert!(message.ends_with(": it is a folder"), "{message}");
        let message = refused(&folder.path().join("a/b.csv")).unwrap_or_default();
        let missing = folder.path().join("a");
        let end = format!(": there is no folder {}; make it first", missing.display());
        assert!(message.ends_with(&end), "{message}");
        Ok(())
    }
}
