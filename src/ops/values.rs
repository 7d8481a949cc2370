//! Plain `f32` slices of candle tensors, for kernels.

use std::ops::Deref;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// The elements of a storage that a contiguous layout covers.
pub fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("a fused kernel needs contiguous input, not {layout:?}"),
    }
}

/// The elements of a tensor, which stays locked for reading meanwhile.
pub struct Values<Guard> {
    storage: Guard,
    start: usize,
    end: usize,
}

/// The elements of a contiguous f32 tensor on the CPU.
pub fn values(tensor: &Tensor) -> Result<Values<impl Deref<Target = Storage> + '_>> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a fused kernel needs contiguous input, not {layout:?}")
    };
    if !matches!(&*storage, Storage::Cpu(CpuStorage::F32(_))) {
        bail!(
            "a fused kernel needs f32 on the CPU, not {:?}",
            tensor.dtype()
        )
    }
    Ok(Values {
        storage,
        start,
        end,
    })
}

impl<Guard: Deref<Target = Storage>> Values<Guard> {
    /// The elements, row-major.
    pub fn as_slice(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(values)) => &values[self.start..self.end],
            // `values` admits nothing else.
            _ => &[],
        }
    }
}
