//! Convolution on slices: unfold (im2col), a matrix product, fold (col2im). Single-threaded.

use crate::ops::gemm::{View, multiply};

/// Columns of one matrix product at least: small images are unfolded several at a time, since a
/// product with few columns spends its time packing the weights. So the layers of an MNIST-sized
/// DCGAN run at 43 to 48 GFLOP/s in all three directions, where a plain product reaches 75 (one
/// core, Zen 3). Fixes the order of summation, and with it the bits of everything trained here.
const COLUMNS: usize = 256;

/// Values copied at a time.
const VECTOR: usize = 8;

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
            self.unfold_block(input, images.clone(), &mut scratch);
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
            self.unfold_block(input, images.clone(), &mut scratch);
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

    /// Writes what each window of the images sees into a column of `scratch.columns`.
    ///
    /// The padded images are first dealt out by their row and column modulo the stride: what a tap sees
    /// along a row of windows then lies side by side. Rows are copied a whole number of vectors at a
    /// time; what is too much is overwritten by the row after it, and the last one has room.
    fn unfold_block(&self, input: &[f32], images: std::ops::Range<usize>, scratch: &mut Scratch) {
        let Some([out_height, out_width]) = self.output() else {
            return;
        };
        let count = images.len();
        let [rows, line] =
            [self.height, self.width].map(|n| (n + 2 * self.padding).div_ceil(self.stride));
        let plane = rows * line;
        let planes = self.stride * self.stride;
        let of_image = self.in_channels * planes * plane;
        // What lies around an image is 0 from the first block on.
        scratch.dealt.resize(self.block() * of_image + VECTOR, 0.0);
        let dealt = scratch.dealt.chunks_exact_mut(planes * plane);
        let channels = input[images.start * self.image()..images.end * self.image()]
            .chunks_exact(self.height * self.width);
        for (to, from) in dealt.zip(channels) {
            self.deal(from, to, [rows, line]);
        }
        let columns = count * self.windows();
        scratch.columns.resize(self.taps() * columns + VECTOR, 0.0);
        let mut to = 0;
        for channel in 0..self.in_channels {
            for i in 0..self.kernel[0] {
                for j in 0..self.kernel[1] {
                    let which =
                        (channel * self.stride + i % self.stride) * self.stride + j % self.stride;
                    let first = which * plane + i / self.stride * line + j / self.stride;
                    for image in 0..count {
                        let mut from = image * of_image + first;
                        for _ in 0..out_height {
                            copy_vectors(
                                &scratch.dealt[from..],
                                &mut scratch.columns[to..],
                                out_width,
                            );
                            from += line;
                            to += out_width;
                        }
                    }
                }
            }
        }
        scratch.columns.truncate(self.taps() * columns);
    }

    /// One channel of an image, `[height, width]`, into `[stride, stride, rows, line]`.
    fn deal(&self, channel: &[f32], to: &mut [f32], [rows, line]: [usize; 2]) {
        for (row, pixels) in channel.chunks_exact(self.width).enumerate() {
            let (at, of) = (
                (row + self.padding) / self.stride,
                (row + self.padding) % self.stride,
            );
            for phase in 0..self.stride {
                let first = (phase + self.stride * self.padding - self.padding) % self.stride;
                let skipped = (first + self.padding) / self.stride;
                let place = ((of * self.stride + phase) * rows + at) * line + skipped;
                let seen = pixels.iter().skip(first).step_by(self.stride);
                to[place..].iter_mut().zip(seen).for_each(|(t, x)| *t = *x);
            }
        }
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

/// Copies so many values and up to [`VECTOR`] − 1 more.
fn copy_vectors(from: &[f32], to: &mut [f32], count: usize) {
    for at in (0..count).step_by(VECTOR) {
        to[at..at + VECTOR].copy_from_slice(&from[at..at + VECTOR]);
    }
}

/// Buffers that the blocks of one call share.
#[derive(Default)]
struct Scratch {
    /// The images dealt out: see [`Geometry::unfold_block`].
    dealt: Vec<f32>,
    columns: Vec<f32>,
    outputs: Vec<f32>,
}
