//! A convolution with its batch normalisation folded in, and ReLU.

use pulp::{Arch, Simd, WithSimd};

use super::layout::Layer;
use super::maps::Maps;
use crate::ops::gemm::kernel::{self, MOST_COLUMNS, MOST_ROWS, Rows, Segment, Start};
use crate::ops::gemm::{Packed, View};

/// Most rows of a kernel: one segment of a sum each.
const MOST_SEGMENTS: usize = 7;

/// `max(0, input ∗ weights + bias)` on [`Maps`].
///
/// Every output is one chain of fused multiply-adds from its bias on, over the kernel's rows, its
/// columns and the channels, in that order: the same bits whatever the tiles, the vector
/// instructions and the images beside it.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    layer: Layer,
    /// A matrix `[columns · inputs, outputs]` for each row of the kernel.
    weights: Packed,
    bias: Vec<f32>,
}

impl Convolution {
    /// From weights `[outputs, inputs, rows, columns]` and one bias an output.
    ///
    /// # Panics
    /// If a slice has another length, or the kernel more than seven rows.
    pub fn new(layer: Layer, weights: &[f32], bias: Vec<f32>) -> Self {
        let Layer {
            inputs,
            outputs,
            kernel: [rows, columns],
            ..
        } = layer;
        assert!(rows <= MOST_SEGMENTS, "rows of a kernel");
        assert_eq!(bias.len(), outputs, "a bias for every output");
        assert_eq!(weights.len(), outputs * inputs * rows * columns, "weights");
        let mut arranged = vec![0.0; weights.len()];
        let mut taps = arranged.chunks_exact_mut(outputs);
        for row in 0..rows {
            for column in 0..columns {
                for input in 0..inputs {
                    let at = |output| ((output * inputs + input) * rows + row) * columns + column;
                    if let Some(tap) = taps.next() {
                        let from = (0..outputs).map(|output| weights[at(output)]);
                        tap.iter_mut().zip(from).for_each(|(to, x)| *to = x);
                    }
                }
            }
        }
        let depth = columns * inputs;
        let blocks = arranged.chunks_exact(depth * outputs);
        let blocks = blocks.map(|block| View::new(block, depth, outputs));
        let mut packed = Packed::default();
        packed.fill_for_this_cpu([depth, outputs], blocks);
        // Widened, so that a panel may start from its part of the bias.
        let mut bias = bias;
        bias.resize(packed.panels() * packed.width(), 0.0);
        Self {
            layer,
            weights: packed,
            bias,
        }
    }

    /// Rows and columns of the output for an input of so many; the kernel must fit.
    pub fn sides(&self, sides: [usize; 2]) -> [usize; 2] {
        let Layer {
            kernel,
            stride,
            padding,
            ..
        } = self.layer;
        [0, 1].map(|side| (sides[side] + 2 * padding[side] - kernel[side]) / stride + 1)
    }

    /// Channels of the output.
    pub fn outputs(&self) -> usize {
        self.layer.outputs
    }

    /// Writes the outputs into channels `first..` of `out`.
    ///
    /// # Panics
    /// If the input has other channels, or `out` other images, sides or too few channels.
    pub fn write(&self, input: &Maps, out: &mut Maps, first: usize) {
        assert_eq!(input.channels, self.layer.inputs, "channels of the input");
        assert_eq!(out.images, input.images, "images");
        let sides = self.sides([input.height, input.width]);
        assert_eq!([out.height, out.width], sides, "sides of the output");
        assert!(
            first + self.outputs() <= out.channels,
            "channels of the output"
        );
        let padded;
        let input = if self.layer.padding == [0, 0] {
            input
        } else {
            padded = input.padded(self.layer.padding);
            &padded
        };
        Arch::new().dispatch(Write {
            convolution: self,
            input,
            out,
            first,
        });
    }
}

struct Write<'a> {
    convolution: &'a Convolution,
    /// With its padding.
    input: &'a Maps,
    out: &'a mut Maps,
    /// The first channel to write.
    first: usize,
}

impl WithSimd for Write<'_> {
    type Output = ();

    /// Panel by panel, so that its weights stay in the nearer caches while the pixels pass.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let layer = &self.convolution.layer;
        let (input, out) = (self.input, &self.out);
        // Windows of one pixel, one beside another, are one long line.
        let whole = layer.kernel == [1, 1] && layer.stride == 1;
        let (lines, line) = if whole {
            (1, out.images * out.height * out.width)
        } else {
            (out.images * out.height, out.width)
        };
        let height = out.height;
        for panel in 0..self.convolution.weights.panels() {
            for number in 0..lines {
                let (image, y) = (number / height, number % height);
                let row = image * input.height + y * layer.stride;
                let from = row * input.width * input.channels;
                self.line(simd, panel, from, number * line, line);
            }
        }
    }
}

impl Write<'_> {
    /// One panel of `count` pixels from pixel `to` of the output on, whose windows begin at `from`.
    #[inline(always)]
    fn line<S: Simd>(&mut self, simd: S, panel: usize, from: usize, to: usize, count: usize) {
        let Convolution {
            layer,
            weights,
            bias,
        } = self.convolution;
        let input = self.input;
        let rows = Rows {
            data: &input.data,
            row_stride: layer.stride * input.channels,
            step: 1,
        };
        let below = input.width * input.channels;
        let (width, stride) = (weights.width(), self.out.channels);
        let column = panel * width;
        let used = width.min(layer.outputs - column);
        let start = Start::Row(&bias[column..column + width]);
        let mut edge = [0.0; MOST_ROWS * MOST_COLUMNS];
        // Tiles of even height: a low last one would stream the weights for little work.
        let tiles = count.div_ceil(kernel::rows::<S>());
        for tile in 0..tiles {
            let begin = count * tile / tiles;
            let height = count * (tile + 1) / tiles - begin;
            let mut segments = [Segment { a: 0, b: 0 }; MOST_SEGMENTS];
            let segments = &mut segments[..layer.kernel[0]];
            for (row, segment) in segments.iter_mut().enumerate() {
                *segment = Segment {
                    a: from + begin * rows.row_stride + row * below,
                    b: weights.at(row, panel),
                };
            }
            let (depth, data, segments) = (weights.depth(), weights.data(), &*segments);
            let out = &mut self.out.data[(to + begin) * stride + self.first + column..];
            let whole = used == width;
            // One call, not a closure: that would be compiled without the vector instructions.
            let (sums, apart): (&mut [f32], _) = if whole {
                (&mut *out, stride)
            } else {
                (&mut edge[..height * width], width)
            };
            kernel::tile(
                simd, height, depth, rows, data, segments, start, sums, apart,
            );
            if whole {
                for row in out.chunks_mut(stride).take(height) {
                    row[..width].iter_mut().for_each(|x| *x = relu(*x));
                }
            } else {
                for (to, from) in out
                    .chunks_mut(stride)
                    .zip(edge.chunks_exact(width))
                    .take(height)
                {
                    let to = to[..used].iter_mut();
                    to.zip(from).for_each(|(to, x)| *to = relu(*x));
                }
            }
        }
    }
}

/// max(0, x); NaN stays NaN, as in torch.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}
