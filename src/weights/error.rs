//! What can be wrong with a file of weights.

use std::path::PathBuf;

use super::limits;

/// Why weights cannot be read. Positions are bytes from the start of the file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is too long to be held in memory.
    #[error("{} has {length} bytes, expected at most {}", path.display(), limits::FILE)]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length, as far as it was read.
        length: u64,
    },
    /// Another format.
    #[error(
        "expected a PyTorch state_dict (a zip archive, or the older format) or a safetensors \
         file, found the first bytes {found:02x?}"
    )]
    Unknown {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// Not a readable zip archive.
    #[error("the zip archive cannot be read")]
    Zip(#[from] zip::result::ZipError),
    /// A file of the zip archive is missing, damaged or not as torch writes it.
    #[error("'{name}' in the zip archive: {problem}")]
    Entry {
        /// Its name.
        name: String,
        /// What is wrong, with what was expected.
        problem: String,
        /// The reader's complaint, if it made one.
        source: Option<std::io::Error>,
    },
    /// Not a readable safetensors file.
    #[error("the safetensors file cannot be read")]
    Safetensors(#[from] safetensors::SafeTensorError),
    /// The pickle is damaged, or holds something else than a `state_dict`.
    #[error("at byte {at}: expected {expected}, found {found}")]
    Pickle {
        /// Where.
        at: usize,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A tensor of the right kind with numbers that do not fit.
    #[error("the tensor '{name}' (at byte {at}) {problem}")]
    Tensor {
        /// Its name.
        name: String,
        /// Where the pickle makes it.
        at: usize,
        /// What is wrong, as the end of the sentence.
        problem: String,
    },
    /// An infinity or NaN where only finite numbers make sense.
    #[error("the tensor '{name}' holds {value} at place {place}, expected finite numbers")]
    NotFinite {
        /// Its name.
        name: String,
        /// The place in the tensor, row-major.
        place: usize,
        /// What is there.
        value: f32,
    },
}

impl WeightsError {
    pub(super) fn pickle(at: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Pickle {
            at,
            expected: expected.into(),
            found: found.into(),
        }
    }
}
