//! The number types of PyTorch's storages and their conversion.

use half::{bf16, f16};

/// The type of a storage's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    F16,
    BF16,
    /// Integers or truth values of so many bytes.
    Whole(usize),
}

impl Element {
    /// The class of `torch` that a pickle names.
    pub(super) fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::BF16,
            "LongStorage" => Self::Whole(8),
            "IntStorage" => Self::Whole(4),
            "ShortStorage" => Self::Whole(2),
            "CharStorage" | "ByteStorage" | "BoolStorage" => Self::Whole(1),
            _ => return None,
        })
    }

    /// Bytes an element.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Whole(size) => size,
        }
    }

    /// Whether it stands for real numbers.
    pub(super) fn is_real(self) -> bool {
        !matches!(self, Self::Whole(_))
    }

    /// Appends the little-endian values to `out`; nothing for [`Self::Whole`].
    pub(super) fn convert(self, bytes: &[u8], out: &mut Vec<f32>) {
        match self {
            Self::F64 => {
                let values = bytes.as_chunks().0.iter();
                out.extend(values.map(|b| f64::from_le_bytes(*b) as f32));
            }
            Self::F32 => {
                let values = bytes.as_chunks().0.iter();
                out.extend(values.map(|b| f32::from_le_bytes(*b)));
            }
            Self::F16 => {
                let values = bytes.as_chunks().0.iter();
                out.extend(values.map(|b| f16::from_le_bytes(*b).to_f32()));
            }
            Self::BF16 => {
                let values = bytes.as_chunks().0.iter();
                out.extend(values.map(|b| bf16::from_le_bytes(*b).to_f32()));
            }
            Self::Whole(_) => {}
        }
    }
}
