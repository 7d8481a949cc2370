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
    pub mean: f64,
    pub std: f64,
}
impl Images {
    pub fn pixels(&self) -> usize {
        self.shape.iter().product()
    }
    pub fn train_count(&self) -> usize {
        self.train.len() / self.pixels()
    }
    pub fn train_image(&self, i: usize) -> &[u8] {
        &self.train[i * self.pixels()..(i + 1) * self.pixels()]
    }
}

pub(super) fn embedded_mnist() -> Result<Data, DataError> {
    unimplemented!()
}
