//! What can be done to real images, so that a metric has something to notice.

use crate::axis::axis;
use crate::model::SampleShape;
use crate::rng::Stream;

axis! {
    /// A distortion with its amount.
    pub enum Distortion : Distorts {
        none::Nothing,
        noise::Noise,
        blur::Blur,
        dropped_classes::DroppedClasses,
    }
}

/// Distorts a set of images.
pub trait Distorts: Send + Sync {
    /// How many classes are left out.
    fn dropped(&self) -> usize {
        0
    }

    /// Changes an image on [0, 1], row-major `[channels, height, width]`. Values outside are clipped
    /// afterwards. The stream is the image's own and the same for every amount.
    fn change(&self, image: &mut [f32], shape: SampleShape, stream: &mut Stream) {
        let _ = (image, shape, stream);
    }
}

#[cfg(test)]
mod tests;
