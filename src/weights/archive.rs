//! The format of `torch.save` since 1.6: a zip archive of stored (not compressed) files
//! `NAME/data.pkl`, the `state_dict`; `NAME/data/KEY`, the numbers of a storage; and `NAME/byteorder`.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::ops::Range;

use zip::{CompressionMethod, ZipArchive};

use super::pickled::Storage;
use super::{Tensor, WeightsError, pickle, state_dict};

/// How a zip archive begins: with a file's header.
pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

/// The pickled `state_dict`, after the archive's own name.
const STATE: &str = "/data.pkl";

/// Reads the content of a file. Every part that is used is checked against its CRC-32.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let mut archive = Archive {
        zip: ZipArchive::new(Cursor::new(bytes))?,
        bytes,
        room: bytes.len(),
    };
    let name = archive.state_dict()?;
    let folder = name.strip_suffix(STATE).unwrap_or(&name).to_owned();
    archive.check_order(&format!("{folder}/byteorder"))?;
    let part = archive.part(&name)?;
    let state = pickle::read(&bytes[..part.end], part.start)?;
    let mut parts = BTreeMap::new();
    for (key, storage) in &state.storages {
        parts.insert(*key, archive.storage(&folder, storage)?);
    }
    state_dict::tensors(&state, bytes.len(), |storage, at| {
        let part = parts.get(storage.key).cloned();
        part.and_then(|part| bytes.get(part)).ok_or_else(|| {
            WeightsError::pickle(at, format!("the storage '{}'", storage.key), "none")
        })
    })
}

struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    bytes: &'a [u8],
    /// Bytes that parts may still have: together no more than the file. Entries of a zip archive
    /// can overlap, and many long ones would be summed for ever.
    room: usize,
}

impl<'a> Archive<'a> {
    /// The one entry that is `data.pkl` in a folder.
    fn state_dict(&self) -> Result<String, WeightsError> {
        let mut found = None;
        for name in self.zip.file_names() {
            let name = name?;
            let folder = name.strip_suffix(STATE);
            if !folder.is_some_and(|folder| !folder.is_empty() && !folder.contains('/')) {
                continue;
            }
            if found.replace(name.clone().into_owned()).is_some() {
                return Err(problem(&name, "is not the only one of its kind"));
            }
        }
        found.ok_or_else(|| problem("*/data.pkl", "is not there: not a file of torch.save"))
    }

    /// Archives without the entry are of torch before 2.1 and in the byte order of their writer:
    /// no big-endian machine is known to have written one, and torch takes them for little-endian.
    fn check_order(&mut self, name: &str) -> Result<(), WeightsError> {
        if self.zip.index_for_name(name).is_none() {
            return Ok(());
        }
        match &self.bytes[self.part(name)?] {
            b"little" => Ok(()),
            other => Err(problem(
                name,
                format!(
                    "says {:?}, expected little-endian numbers (\"little\")",
                    String::from_utf8_lossy(&other[..other.len().min(16)])
                ),
            )),
        }
    }

    fn storage(
        &mut self,
        folder: &str,
        storage: &Storage<'_>,
    ) -> Result<Range<usize>, WeightsError> {
        let name = format!("{folder}/data/{}", storage.key);
        let part = self.part(&name)?;
        if storage.bytes() == Some(part.len()) {
            return Ok(part);
        }
        let (count, size) = (storage.count, storage.element.size());
        Err(problem(
            &name,
            format!(
                "has {} bytes, expected {count} numbers of {size} bytes",
                part.len()
            ),
        ))
    }

    /// Where the bytes of an entry lie, after its checksum has been found right.
    fn part(&mut self, name: &str) -> Result<Range<usize>, WeightsError> {
        let mut entry = self.zip.by_name(name).map_err(|source| match source {
            zip::result::ZipError::FileNotFound => problem(name, "is not there"),
            other => WeightsError::Zip(other),
        })?;
        if entry.compression() != CompressionMethod::Stored {
            return Err(problem(
                name,
                "is compressed, expected stored as torch writes",
            ));
        }
        let size = usize::try_from(entry.size()).ok();
        let start = entry.data_start().and_then(|at| usize::try_from(at).ok());
        let range = size.zip(start).and_then(|(size, start)| {
            self.room = self.room.checked_sub(size)?;
            let range = start..start.checked_add(size)?;
            self.bytes.get(range.clone()).map(|_| range)
        });
        let range = range.ok_or_else(|| problem(name, "reaches outside the file"))?;
        // To the end: there the checksum is compared.
        let read = io::copy(&mut entry, &mut io::sink()).map_err(|source| WeightsError::Entry {
            name: name.to_owned(),
            problem: "cannot be read".to_owned(),
            source: Some(source),
        })?;
        if read != range.len() as u64 {
            return Err(problem(
                name,
                format!("ends after {read} bytes, expected {}", range.len()),
            ));
        }
        Ok(range)
    }
}

fn problem(name: &str, problem: impl Into<String>) -> WeightsError {
    WeightsError::Entry {
        name: name.to_owned(),
        problem: problem.into(),
        source: None,
    }
}
