//! Feature maps with the channels of a pixel side by side.

/// Images `[images, height, width, channels]`, row-major. A row of a window is then one piece of
/// memory, and a convolution needs no unfolding.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Maps {
    pub images: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub data: Vec<f32>,
}

impl Maps {
    /// Zeros.
    pub fn zeros(images: usize, [height, width]: [usize; 2], channels: usize) -> Self {
        Self {
            images,
            height,
            width,
            channels,
            data: vec![0.0; images * height * width * channels],
        }
    }

    /// A copy with zeros around every image.
    pub fn padded(&self, [above, left]: [usize; 2]) -> Self {
        let (height, width) = (self.height + 2 * above, self.width + 2 * left);
        let mut out = Self::zeros(self.images, [height, width], self.channels);
        let line = self.width * self.channels;
        for (place, from) in self.data.chunks_exact(line.max(1)).enumerate() {
            let (image, row) = (place / self.height, place % self.height);
            let to = ((image * height + above + row) * width + left) * self.channels;
            out.data[to..to + line].copy_from_slice(from);
        }
        out
    }

    /// The mean of every channel over the pixels, summed in `f64`: `[images, channels]`.
    pub fn means(&self) -> Vec<f32> {
        let pixels = self.height * self.width;
        let mut means = Vec::with_capacity(self.images * self.channels);
        for image in self.data.chunks_exact(pixels * self.channels) {
            let mut sums = vec![0.0_f64; self.channels];
            for pixel in image.chunks_exact(self.channels) {
                for (sum, x) in sums.iter_mut().zip(pixel) {
                    *sum += f64::from(*x);
                }
            }
            means.extend(sums.iter().map(|sum| (sum / pixels as f64) as f32));
        }
        means
    }

    /// The same values channel after channel: `[images, channels, height, width]`.
    pub fn planes(&self) -> Vec<f32> {
        let pixels = self.height * self.width;
        let mut planes = Vec::with_capacity(self.data.len());
        for image in self.data.chunks_exact(pixels * self.channels) {
            for channel in 0..self.channels {
                planes.extend(image[channel..].iter().step_by(self.channels));
            }
        }
        planes
    }
}
