//! Safetensors: a JSON header and the numbers behind it.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::element::Element;
use super::{Tensor, WeightsError};

/// Bytes of the header's length, before the header.
const LENGTH: usize = 8;

/// Whether the content begins as a safetensors file does.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.get(LENGTH) == Some(&b'{')
}

/// Reads the content of a safetensors file.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let file = SafeTensors::deserialize(bytes)?;
    let real = |dtype| match dtype {
        Dtype::F64 => Some(Element::F64),
        Dtype::F32 => Some(Element::F32),
        Dtype::F16 => Some(Element::F16),
        Dtype::BF16 => Some(Element::BF16),
        _ => None,
    };
    let tensors = file.iter().filter_map(|(name, view)| {
        let element = real(view.dtype())?;
        let mut values = Vec::with_capacity(view.data().len() / element.size());
        element.convert(view.data(), &mut values);
        let shape = view.shape().to_vec();
        Some((name.to_owned(), Tensor { shape, values }))
    });
    Ok(tensors.collect())
}
