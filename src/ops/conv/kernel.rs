//! Convolution on slices: unfold (im2col), a matrix product, fold (col2im). Single-threaded.

use crate::ops::gemm::{View, multiply};

/// Columns of one matrix product at least: small images are unfolded several at a time, since a
/// product with few columns spends its time packing the weights. So the layers of an MNIST-sized
/// DCGAN run at 43 to 48 GFLOP/s in all three directions, where a plain product reaches 75 (one
/// core, Zen 3). Fixes the order of summation, and with it the bits of everything trained here.
const COLUMNS: usize = 256;

/// The sizes of a two-dimensional convolution (cross-correlation, as everywhere in deep learning)
/// over images `[batch, in_channels, height, width]`, row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Images.
    pub batch: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Step between windows, at least 1.
    pub stride: usize,
    /// Zeros around the input on every side.
    pub padding: usize,
}

impl Geometry {
    /// Rows and columns of the output: ⌊(size + 2 padding − kernel) / stride⌋ + 1; `None` where
    /// the kernel is empty or larger than the padded input, or the stride is zero.
    pub fn output(&self) -> Option<[usize; 2]> {
        let along = |size: usize, kernel: usize| {
            let room = (size + 2 * self.padding).checked_sub(kernel)?;
            (kernel > 0).then_some(room.checked_div(self.stride)? + 1)
        };
        Some([
            along(self.height, self.kernel[0])?,
            along(self.width, self.kernel[1])?,
        ])
    }

    /// Windows an image: rows times columns of the output.
    fn windows(&self) -> usize {
        self.output().map_or(0, |[h, w]| h * w)
    }

    /// Weights an output channel.
    fn taps(&self) -> usize {
        self.in_channels * self.kernel[0] * self.kernel[1]
    }

    /// Values an input image.
    fn image(&self) -> usize {
        self.in_channels * self.height * self.width
    }

    /// Values of the input.
    pub fn input_len(&self) -> usize {
        self.batch * self.image()
    }

    /// Values of the weights `[out_channels, in_channels, kernel]`.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.taps()
    }

    /// Values of the output `[batch, out_channels, output]`.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.windows()
    }

    /// The images unfolded together.
    fn block(&self) -> usize {
        COLUMNS
            .div_ceil(self.windows().max(1))
            .min(self.batch.max(1))
    }

    /// `out ← input ∗ weight (+ bias)`.
    ///
    /// # Panics
    /// If a slice has another length than the sizes say.
    pub fn forward(&self, input: &[f32], weight: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
        self.assert_lengths(input.len(), weight.len(), out.len());
        let (taps, channels) = (self.taps(), self.out_channels);
        let weight = View::new(weight, channels, taps);
        let mut scratch = Scratch::default();
        self.blocks(|images, columns| {
            self.unfold_block(input, images.clone(), &mut scratch.columns);
            let unfolded = View::new(&scratch.columns, taps, columns);
            let out = self.outputs_mut(out, images.clone());
            if images.len() == 1 {
                multiply(weight, unfolded, false, out);
            } else {
                scratch.outputs.resize(channels * columns, 0.0);
                multiply(weight, unfolded, false, &mut scratch.outputs);
                self.by_image(&scratch.outputs, out);
            }
        });
        if let Some(bias) = bias {
            assert_eq!(bias.len(), channels, "one bias a channel");
            for (plane, b) in out
                .chunks_exact_mut(self.windows().max(1))
                .zip(bias.iter().cycle())
            {
                plane.iter_mut().for_each(|x| *x += b);
            }
        }
    }

    /// The vector-Jacobian product with the input, which is also the transposed convolution of
    /// `gradient` `[batch, out_channels, output]`: `out ← gradient ∗ᵀ weight`, shaped as the input.
    ///
    /// # Panics
    /// If a slice has another length than the sizes say.
    pub fn input_gradient(&self, gradient: &[f32], weight: &[f32], out: &mut [f32]) {
        self.assert_lengths(out.len(), weight.len(), gradient.len());
        let taps = self.taps();
        let weight = View::new(weight, self.out_channels, taps).t();
        let mut scratch = Scratch::default();
        out.fill(0.0);
        self.blocks(|images, columns| {
            scratch.columns.resize(taps * columns, 0.0);
            let gradient = self.gathered(gradient, images.clone(), &mut scratch.outputs);
            multiply(weight, gradient, false, &mut scratch.columns);
            for (place, image) in images.enumerate() {
                let image = &mut out[image * self.image()..][..self.image()];
                self.fold(&scratch.columns, columns, place * self.windows(), image);
            }
        });
    }

    /// The vector-Jacobian product with the weights: `out ← Σ gradient · unfold(input)ᵀ` over the
    /// images, shaped as the weights.
    ///
    /// # Panics
    /// If a slice has another length than the sizes say.
    pub fn weight_gradient(&self, input: &[f32], gradient: &[f32], out: &mut [f32]) {
        self.assert_lengths(input.len(), out.len(), gradient.len());
        let taps = self.taps();
        let mut scratch = Scratch::default();
        out.fill(0.0);
        self.blocks(|images, columns| {
            self.unfold_block(input, images.clone(), &mut scratch.columns);
            let unfolded = View::new(&scratch.columns, taps, columns).t();
            let gradient = self.gathered(gradient, images, &mut scratch.outputs);
            multiply(gradient, unfolded, true, out);
        });
    }

    fn assert_lengths(&self, input: usize, weight: usize, output: usize) {
        assert_eq!(input, self.input_len(), "input of {self:?}");
        assert_eq!(weight, self.weight_len(), "weights of {self:?}");
        assert_eq!(output, self.output_len(), "output of {self:?}");
    }

    /// Calls `work` with the images of each block and their number of columns.
    fn blocks(&self, mut work: impl FnMut(std::ops::Range<usize>, usize)) {
        for first in (0..self.batch).step_by(self.block()) {
            let images = first..(first + self.block()).min(self.batch);
            let columns = images.len() * self.windows();
            work(images, columns);
        }
    }

    fn outputs_mut<'a>(&self, out: &'a mut [f32], images: std::ops::Range<usize>) -> &'a mut [f32] {
        let size = self.out_channels * self.windows();
        &mut out[images.start * size..images.end * size]
    }

    /// `[channels, images · windows]` → `[images, channels, windows]`.
    fn by_image(&self, outputs: &[f32], images: &mut [f32]) {
        let windows = self.windows();
        let columns = outputs.len() / self.out_channels;
        for (place, plane) in images.chunks_exact_mut(windows).enumerate() {
            let (image, channel) = (place / self.out_channels, place % self.out_channels);
            let from = channel * columns + image * windows;
            plane.copy_from_slice(&outputs[from..from + windows]);
        }
    }

    /// The images' part of `[batch, channels, windows]` as a `[channels, images · windows]` matrix.
    fn gathered<'a>(
        &self,
        outputs: &'a [f32],
        images: std::ops::Range<usize>,
        scratch: &'a mut Vec<f32>,
    ) -> View<'a> {
        let (windows, channels) = (self.windows(), self.out_channels);
        let columns = images.len() * windows;
        let part = &outputs[images.start * channels * windows..images.end * channels * windows];
        if images.len() == 1 {
            return View::new(part, channels, columns);
        }
        scratch.resize(channels * columns, 0.0);
        for (place, plane) in part.chunks_exact(windows).enumerate() {
            let (image, channel) = (place / channels, place % channels);
            scratch[channel * columns + image * windows..][..windows].copy_from_slice(plane);
        }
        View::new(scratch, channels, columns)
    }

    fn unfold_block(&self, input: &[f32], images: std::ops::Range<usize>, out: &mut Vec<f32>) {
        let columns = images.len() * self.windows();
        out.resize(self.taps() * columns, 0.0);
        for (place, image) in images.enumerate() {
            let image = &input[image * self.image()..][..self.image()];
            self.unfold(image, out, columns, place * self.windows());
        }
    }

    /// Writes what each window of an image sees into a column of `out`, from `column` on.
    fn unfold(&self, image: &[f32], out: &mut [f32], columns: usize, column: usize) {
        self.rows(|tap, row, line, [low, high], source, first| {
            let out = &mut out[tap * columns + column + row..][..line];
            let Some(source) = source else {
                out.fill(0.0);
                return;
            };
            out[..low].fill(0.0);
            out[high..].fill(0.0);
            let pixels = &image[source + first..];
            if self.stride == 1 {
                out[low..high].copy_from_slice(&pixels[..high - low]);
            } else {
                let pixels = pixels.iter().step_by(self.stride);
                out[low..high]
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(o, x)| *o = *x);
            }
        });
    }

    /// Adds each window's column to the pixels it sees: the transpose of [`Self::unfold`].
    fn fold(&self, unfolded: &[f32], columns: usize, column: usize, image: &mut [f32]) {
        self.rows(|tap, row, line, [low, high], source, first| {
            let Some(source) = source else { return };
            let from = &unfolded[tap * columns + column + row..][..line][low..high];
            let pixels = &mut image[source + first..];
            if self.stride == 1 {
                let pixels = &mut pixels[..from.len()];
                pixels.iter_mut().zip(from).for_each(|(x, g)| *x += *g);
            } else {
                let pixels = pixels.iter_mut().step_by(self.stride);
                pixels.zip(from).for_each(|(x, g)| *x += *g);
            }
        });
    }

    /// Calls `work(tap, row, line, [low, high], source, first)` for every tap of the kernel and
    /// every row of the output: `row` is where that row begins among the windows and `line` its
    /// length; its windows `low..high` see pixels `first`, `first + stride`, … after `source`,
    /// the others padding (all of them where `source` is `None`).
    fn rows(&self, mut work: impl FnMut(usize, usize, usize, [usize; 2], Option<usize>, usize)) {
        let Some([out_height, out_width]) = self.output() else {
            return;
        };
        let mut tap = 0;
        for channel in 0..self.in_channels {
            for i in 0..self.kernel[0] {
                for j in 0..self.kernel[1] {
                    let [low, high] = self.inside(j, out_width);
                    for y in 0..out_height {
                        let source = (y * self.stride + i)
                            .checked_sub(self.padding)
                            .filter(|&row| row < self.height && low < high)
                            .map(|row| (channel * self.height + row) * self.width);
                        let first = (low * self.stride + j).saturating_sub(self.padding);
                        work(tap, y * out_width, out_width, [low, high], source, first);
                    }
                    tap += 1;
                }
            }
        }
    }

    /// The windows of a row whose tap in kernel column `j` lies inside the image.
    fn inside(&self, j: usize, windows: usize) -> [usize; 2] {
        let low = self.padding.saturating_sub(j).div_ceil(self.stride);
        let high = (self.width + self.padding)
            .saturating_sub(j)
            .div_ceil(self.stride)
            .min(windows);
        [low.min(high), high]
    }
}

/// Buffers that the blocks of one call share.
#[derive(Default)]
struct Scratch {
    columns: Vec<f32>,
    outputs: Vec<f32>,
}
