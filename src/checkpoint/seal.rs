//! Content with its length and its checksum: magic, length, content, BLAKE3 of all before.

const MAGIC: &[u8; 8] = b"gansweep";
const LENGTH: usize = 8;
const CHECKSUM: usize = 32;

/// Why a checkpoint is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It ends too early, or goes on.
    #[error("it has {found} bytes, expected {expected}")]
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes that were written.
        expected: u64,
    },
    /// It is no checkpoint from the first byte on.
    #[error("it does not begin as a checkpoint does")]
    Beginning,
    /// Its bytes have changed.
    #[error("its checksum is another")]
    Checksum,
}

/// The bytes of a file with that content.
pub fn seal(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + LENGTH + content.len() + CHECKSUM);
    bytes.extend(MAGIC);
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(content);
    let checksum = blake3::hash(&bytes);
    bytes.extend(checksum.as_bytes());
    bytes
}

/// The content of a file. It allocates nothing.
///
/// # Errors
/// The [`Damage`].
pub fn open(bytes: &[u8]) -> Result<&[u8], Damage> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(Damage::Beginning)?;
    let length = |expected| Damage::Length {
        found: bytes.len(),
        expected,
    };
    let around = (MAGIC.len() + LENGTH + CHECKSUM) as u64;
    let (declared, rest) = rest.split_first_chunk::<LENGTH>().ok_or(length(around))?;
    let declared = u64::from_le_bytes(*declared);
    let expected = declared.saturating_add(around);
    if bytes.len() as u64 != expected {
        return Err(length(expected));
    }
    let (content, checksum) = rest
        .split_last_chunk::<CHECKSUM>()
        .ok_or(length(expected))?;
    match blake3::hash(&bytes[..bytes.len() - CHECKSUM]) == *checksum {
        true => Ok(content),
        false => Err(Damage::Checksum),
    }
}
