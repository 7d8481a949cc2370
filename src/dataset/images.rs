//! Image sets in memory.

use super::{Data, DataError};

/// An image data set, split for a GAN.
#[derive(Debug)]
pub struct Images {
    /// Name in a grid.
    pub name: String,
    /// Pixels of an image: channels × height × width, as `[1, 28, 28]`.
    pub shape: [usize; 3],
    /// The images G and D train on, row-major `[n, channels · height · width]`, 0 to 255.
    pub train: Vec<u8>,
}

pub(super) fn embedded_mnist() -> Result<Data, DataError> {
    unimplemented!()
}
