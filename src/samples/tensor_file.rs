//! Safetensors files of which one tensor holds samples.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::array::{Array, Element};

/// The named tensor of a file, or its only one; the error says which there are. `path` is what it
/// calls the file.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    name: Option<&str>,
    path: &Path,
) -> Result<Array<'a>, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut names: Vec<&str> = tensors.names();
    names.sort_unstable();
    let chosen = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [one]) => one,
        (None, _) => "",
    };
    let Ok(view) = tensors.tensor(chosen) else {
        return Err(format!(
            "name one of its tensors after a colon, {}:NAME; it holds {}",
            path.display(),
            names.join(", ")
        ));
    };
    let element = element(view.dtype()).ok_or_else(|| {
        format!(
            "its tensor '{chosen}' is of type {:?}, which is not read",
            view.dtype()
        )
    })?;
    Array::new(element, view.shape().to_vec(), view.data())
        .map_err(|problem| format!("its tensor '{chosen}': {problem}"))
}

fn element(dtype: Dtype) -> Option<Element> {
    Some(match dtype {
        Dtype::U8 => Element::U8,
        Dtype::I16 => Element::I16,
        Dtype::U16 => Element::U16,
        Dtype::I32 => Element::I32,
        Dtype::U32 => Element::U32,
        Dtype::I64 => Element::I64,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::BF16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        _ => return None,
    })
}
