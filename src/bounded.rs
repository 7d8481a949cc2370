//! The content of files of which no more than a stated number of bytes is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a picture: an uncompressed one of 4096 × 4096 has 64 MiB.
pub(crate) const MOST_OF_A_PICTURE: u64 = 256 << 20;

/// The whole content of a file.
///
/// # Errors
/// Where the file cannot be read, or has more than `most` bytes: a device has no length to ask for,
/// so that is found out by reading.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let too_long = || {
        let problem = format!("it has more than {most} bytes");
        io::Error::new(io::ErrorKind::FileTooLarge, problem)
    };
    if length > most {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_long());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_refused_beyond_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ten");
        std::fs::write(&path, [7; 10]).expect("writable");
        assert_eq!(read(&path, 10).expect("ten bytes"), [7; 10]);
        let error = read(&path, 9).expect_err("one too many");
        assert_eq!(error.to_string(), "it has more than 9 bytes");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_end_is_refused() {
        assert!(read(std::path::Path::new("/dev/zero"), 1 << 10).is_err());
    }
}
