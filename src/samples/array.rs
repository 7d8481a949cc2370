//! Arrays of NumPy and tensors of safetensors files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::{Samples, SamplesError};
use crate::metric::features::Features;
use crate::metric::fid::quantised;

/// How far a pixel may leave [0, 1]: what sums in single precision leave.
const SLACK: f32 = 1e-3;

/// How a `.npy` file begins.
const MAGIC: &[u8] = b"\x93NUMPY";

/// One array of a `.npy` file.
pub(super) fn npy(path: &Path) -> Result<Samples, SamplesError> {
    let unreadable = |source| SamplesError::Read {
        path: path.to_owned(),
        source,
    };
    let mut head = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    if head != MAGIC {
        return Err(unusable(path, "it does not begin as NumPy's .npy files do"));
    }
    let tensor = Tensor::read_npy(path).map_err(|error| {
        let problem = format!(
            "{error}; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian \
             float32, float64 or uint8"
        );
        unusable(path, &problem)
    })?;
    samples(path, &tensor)
}

/// One tensor of a `.safetensors` file: the named one, or the only one.
pub(super) fn safetensors(path: &Path, name: Option<&str>) -> Result<Samples, SamplesError> {
    let bytes = std::fs::read(path).map_err(|source| SamplesError::Read {
        path: path.to_owned(),
        source,
    })?;
    let all = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
        .map_err(|e| unusable(path, &e.to_string()))?;
    let mut names: Vec<&str> = all.keys().map(String::as_str).collect();
    names.sort_unstable();
    let chosen = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [one]) => one,
        (None, _) => "",
    };
    match all.get(chosen) {
        Some(tensor) => samples(path, tensor),
        None => Err(unusable(
            path,
            &format!(
                "name one of its tensors after a colon, {}:NAME; it holds {}",
                path.display(),
                names.join(", ")
            ),
        )),
    }
}

/// `[n, width]` are vectors; `[n, h, w]`, `[n, c, h, w]` and `[n, h, w, c]` with 1 or 3 channels are
/// images, 8-bit or on [0, 1].
fn samples(path: &Path, tensor: &Tensor) -> Result<Samples, SamplesError> {
    let failed = |e: candle_core::Error| unusable(path, &e.to_string());
    let tensor = match *tensor.dims() {
        [_] => tensor.unsqueeze(1).map_err(failed)?,
        _ => tensor.clone(),
    };
    let (images, shape) = match *tensor.dims() {
        [_, width] => {
            let values = tensor.to_dtype(DType::F64).and_then(|t| t.flatten_all());
            let values: Vec<f64> = values.and_then(|t| t.to_vec1()).map_err(failed)?;
            return match Features::new(&values, width) {
                Ok(features) => Ok(Samples::Vectors(features)),
                Err(source) => Err(SamplesError::Values {
                    name: path.display().to_string(),
                    source,
                }),
            };
        }
        [_, height, width] => (tensor, [1, height, width]),
        [_, channels @ (1 | 3), height, width] => (tensor, [channels, height, width]),
        [_, height, width, channels @ (1 | 3)] => (
            tensor.permute((0, 3, 1, 2)).map_err(failed)?,
            [channels, height, width],
        ),
        ref dims => {
            return Err(unusable(
                path,
                &format!(
                    "its shape is {dims:?}, expected [n, width] for vectors or [n, h, w], [n, c, h, w] \
                     or [n, h, w, c] with 1 or 3 channels for images"
                ),
            ));
        }
    };
    let eight_bit = images.dtype() == DType::U8;
    let images = images.flatten_all().map_err(failed)?;
    if eight_bit {
        let pixels = images.to_vec1().map_err(failed)?;
        return Ok(Samples::Images { shape, pixels });
    }
    let values: Vec<f32> = images
        .to_dtype(DType::F32)
        .and_then(|t| t.to_vec1())
        .map_err(failed)?;
    let range = -SLACK..=1.0 + SLACK;
    if let Some(odd) = values.iter().find(|v| !range.contains(*v)) {
        return Err(unusable(
            path,
            &format!(
                "it holds a pixel of {odd}; floating-point images are on [0, 1], 8-bit images of type uint8"
            ),
        ));
    }
    Ok(Samples::Images {
        shape,
        pixels: quantised(&values),
    })
}

fn unusable(path: &Path, problem: &str) -> SamplesError {
    SamplesError::Array {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}
