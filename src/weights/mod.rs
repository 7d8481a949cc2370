//! Weights of networks that other programs trained: PyTorch `state_dict` files and safetensors.
//!
//! A PyTorch file is a pickle, a program for a stack machine, with the numbers beside it: in a zip
//! archive (`torch.save` since 1.6) or one after another (before, and with
//! `_use_new_zipfile_serialization=False`). The machine here knows the few instructions that a
//! `state_dict` needs and makes nothing but names, numbers, lists, dictionaries and tensors, so a
//! file cannot run code; whatever its bytes, reading it ends with tensors or a [`WeightsError`],
//! and in memory of 1 KiB for each of its bytes at most: of pickled values, of which there are no more
//! than [`limits::INSTRUCTIONS`] in a pickle. Numbers take 4 bytes each.

mod archive;
mod element;
mod error;
mod legacy;
mod limits;
mod pickle;
mod pickled;
mod state_dict;
mod tensors;
#[cfg(test)]
mod tests;

pub use error::WeightsError;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A tensor of real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its sizes, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
}

/// The tensors of a file by name.
///
/// `f32` values are the file's; `f64` are rounded to the nearest `f32`, `f16` and `bf16` converted
/// exactly. Tensors of integers and of truth values, such as the counters of batch normalisation,
/// are checked and left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

impl Weights {
    /// Reads a file, whichever of the three formats its content has.
    ///
    /// # Errors
    /// [`WeightsError`] if it cannot be read or is none of them.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        Self::from_bytes(&bytes(path)?)
    }

    /// Reads the content of a file, whichever of the three formats it has.
    ///
    /// # Errors
    /// [`WeightsError`] if it is none of them, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let tensors = if bytes.starts_with(archive::SIGNATURE) {
            archive::read(bytes)?
        } else if legacy::begins(bytes) {
            legacy::read(bytes)?
        } else if tensors::begins(bytes) {
            tensors::read(bytes)?
        } else {
            return Err(WeightsError::Unknown {
                found: bytes[..bytes.len().min(16)].to_vec(),
            });
        };
        Ok(Self { tensors })
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// Names and tensors, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, t)| (name.as_str(), t))
    }

    /// Refuses infinities and NaN.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] for the first one, by name and place.
    pub fn check_finite(&self) -> Result<(), WeightsError> {
        for (name, tensor) in self.iter() {
            if let Some(place) = tensor.values.iter().position(|x| !x.is_finite()) {
                return Err(WeightsError::NotFinite {
                    name: name.to_owned(),
                    place,
                    value: tensor.values[place],
                });
            }
        }
        Ok(())
    }
}

impl FromIterator<(String, Tensor)> for Weights {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(tensors: I) -> Self {
        Self {
            tensors: tensors.into_iter().collect(),
        }
    }
}

/// The content of a file of weights.
///
/// # Errors
/// [`WeightsError::Read`], or [`WeightsError::TooLong`] before anything is read.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, WeightsError> {
    let failed = |source| WeightsError::Read {
        path: path.to_owned(),
        source,
    };
    let too_long = |length| WeightsError::TooLong {
        path: path.to_owned(),
        length,
    };
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > limits::FILE {
        return Err(too_long(length));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    // One byte more than allowed: a pipe or a growing file has no length to ask for.
    file.take(limits::FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 {
        length if length > limits::FILE => Err(too_long(length)),
        _ => Ok(bytes),
    }
}
