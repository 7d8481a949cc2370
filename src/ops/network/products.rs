//! The three products of an affine layer over linked positions.
//!
//! Activations are `[position, sample, channel]`: at a position, the samples of a batch and their
//! channels are a matrix, and every link is a matrix product. So a dense layer, a convolution of
//! any stride and padding and its transpose are one kernel, and nothing is unfolded or copied.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::dots::Dots;
use super::links::Links;
use super::thin;
use crate::ops::Function;
use crate::ops::gemm::kernel::{Rows, Start};
use crate::ops::gemm::{Packed, View, sums};

/// Outputs with fewer channels are computed as dot products: a tile would be mostly padding.
pub(super) const THIN: usize = 6;

/// Rows of gradients packed together: panels of them stay in the nearest cache.
const DEPTH: usize = 256;

/// Multiplications from which on rows are shared by the threads of the pool: below, waking them
/// costs more.
const PARALLEL: usize = 1 << 22;

/// The sizes of an affine layer on a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub batch: usize,
    pub inputs: usize,
    pub outputs: usize,
}

/// What is added to a sum and what is made of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End<'a> {
    /// One value a channel.
    pub bias: Option<&'a [f32]>,
    /// Whether the output's old content is added, instead of a bias.
    pub keep: bool,
    pub function: Option<Function>,
}

impl End<'_> {
    /// The sum and what the output holds already.
    pub const KEEP: Self = End {
        bias: None,
        keep: true,
        function: None,
    };
}

/// Calls `work(first row, rows)` on the parts of `out`, rows of `width`, one part a thread.
fn shared(out: &mut [f32], width: usize, cost: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    let threads = if cost < PARALLEL {
        1
    } else {
        rayon::current_num_threads()
    };
    if threads == 1 || out.is_empty() {
        return work(0, out);
    }
    // Whole tiles, so that no thread works on padding.
    let rows = (out.len() / width).div_ceil(threads).next_multiple_of(12);
    out.par_chunks_mut(rows * width)
        .enumerate()
        .for_each(|(part, out)| work(part * rows, out));
}

/// `out[o] ← f(bias + Σ_(i, tap) input[i] · weights[tap])` over the links of every output
/// position, with weights `[tap, inputs, outputs]`.
pub(super) fn forward(
    links: &Links,
    sizes: Sizes,
    input: &[f32],
    weights: &[f32],
    end: End<'_>,
    packed: &mut Packed,
    out: &mut [f32],
) {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    let matrices = weights
        .chunks_exact(inputs * outputs)
        .map(|w| View::new(w, inputs, outputs));
    gather(links.by_output(), sizes, input, matrices, end, packed, out);
}

/// `out[i] ← Σ_(o, tap) gradient[o] · weights[tap]ᵀ` over the links of every input position, added
/// to what `out` holds where `keep` says so.
pub(super) fn input_gradient(
    links: &Links,
    sizes: Sizes,
    gradient: &[f32],
    weights: &[f32],
    keep: bool,
    packed: &mut Packed,
    out: &mut [f32],
) {
    let Sizes {
        batch,
        inputs,
        outputs,
    } = sizes;
    let matrices = weights
        .chunks_exact(inputs * outputs)
        .map(|w| View::new(w, inputs, outputs).t());
    let sizes = Sizes {
        batch,
        inputs: outputs,
        outputs: inputs,
    };
    gather(
        links.by_input(),
        sizes,
        gradient,
        matrices,
        if keep { End::KEEP } else { End::default() },
        packed,
        out,
    );
}

fn gather<'w>(
    sources: &[Vec<(usize, usize)>],
    sizes: Sizes,
    input: &[f32],
    matrices: impl ExactSizeIterator<Item = View<'w>>,
    end: End<'_>,
    packed: &mut Packed,
    out: &mut [f32],
) {
    let Sizes {
        batch,
        inputs,
        outputs,
    } = sizes;
    assert_eq!(
        out.len(),
        sources.len() * batch * outputs,
        "the output's size"
    );
    let links: usize = sources.iter().map(Vec::len).sum();
    let cost = links * batch * inputs * outputs;
    if outputs < THIN {
        let columns: Vec<f32> = matrices.flat_map(|matrix| matrix.t().to_vec()).collect();
        shared(out, outputs, cost, |first, out| {
            Arch::new().dispatch(Dots {
                sources,
                sizes,
                input,
                columns: &columns,
                end,
                first,
                out,
            });
        });
        return;
    }
    packed.fill_for_this_cpu([inputs, outputs], matrices);
    let packed = &*packed;
    shared(out, outputs, cost, |first, out| {
        Arch::new().dispatch(Gather {
            sources,
            sizes,
            input,
            packed,
            end,
            first,
            out,
        });
    });
}

struct Gather<'a> {
    sources: &'a [Vec<(usize, usize)>],
    sizes: Sizes,
    input: &'a [f32],
    packed: &'a Packed,
    end: End<'a>,
    /// The first row of `out` among all rows.
    first: usize,
    out: &'a mut [f32],
}

/// The rows of a part by position: (position, first sample, rows of the part).
pub(super) fn positions(
    first: usize,
    batch: usize,
    width: usize,
    mut out: &mut [f32],
) -> impl Iterator<Item = (usize, usize, &mut [f32])> {
    let mut row = first;
    std::iter::from_fn(move || {
        if out.is_empty() {
            return None;
        }
        let (position, sample) = (row / batch, row % batch);
        let rows = (batch - sample).min(out.len() / width);
        let (part, rest) = std::mem::take(&mut out).split_at_mut(rows * width);
        out = rest;
        row += rows;
        Some((position, sample, part))
    })
}

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        /// Rows finished together: they are still in the nearest cache when the function comes.
        const ROWS: usize = 24;
        let Sizes {
            batch,
            inputs,
            outputs,
        } = self.sizes;
        let rows = Rows {
            data: self.input,
            row_stride: inputs,
            step: 1,
        };
        let start = match self.end {
            End { keep: true, .. } => Start::Keep,
            End { bias, .. } => bias.map_or(Start::Zero, Start::Row),
        };
        let mut segments = Vec::new();
        for (position, sample, out) in positions(self.first, batch, outputs, self.out) {
            for (block, out) in out.chunks_mut(ROWS * outputs).enumerate() {
                let sample = sample + block * ROWS;
                segments.clear();
                let sources = self.sources[position].iter();
                segments.extend(sources.map(|&(i, tap)| ((i * batch + sample) * inputs, tap)));
                let count = out.len() / outputs;
                sums(
                    simd,
                    count,
                    rows,
                    self.packed,
                    &segments,
                    start,
                    out,
                    outputs,
                );
                if let Some(function) = self.end.function {
                    function.apply(out);
                }
            }
        }
    }
}

/// `out[tap] ← Σ_(i, o) input[i]ᵀ · gradient[o]` over the links of every tap: `[tap, inputs,
/// outputs]`, added to what `out` holds where `keep` says so. The second links are the transposed
/// ones.
pub(super) fn weight_gradient(
    [links, turned]: [&Links; 2],
    sizes: Sizes,
    input: &[f32],
    gradient: &[f32],
    keep: bool,
    packed: &mut Packed,
    out: &mut [f32],
) {
    let Sizes {
        batch,
        inputs,
        outputs,
    } = sizes;
    if inputs < THIN && links.outputs() == 1 && links.taps() == 1 {
        thin::weight_gradient([inputs, outputs], input, gradient, keep, out);
        return;
    }
    if outputs < THIN && inputs > outputs {
        // Its transpose is not thin.
        let mut swapped = vec![0.0; out.len()];
        let sizes = Sizes {
            batch,
            inputs: outputs,
            outputs: inputs,
        };
        weight_gradient(
            [turned, links],
            sizes,
            gradient,
            input,
            false,
            packed,
            &mut swapped,
        );
        for (to, from) in out
            .chunks_exact_mut(inputs * outputs)
            .zip(swapped.chunks_exact(inputs * outputs))
        {
            for (i, row) in to.chunks_exact_mut(outputs).enumerate() {
                for (o, w) in row.iter_mut().enumerate() {
                    let sum = from[o * inputs + i];
                    *w = if keep { *w + sum } else { sum };
                }
            }
        }
        return;
    }
    // Where all taps meet in the first group, its sums start the output; elsewhere zeros do.
    let linked = links.by_tap().iter().all(|pairs| !pairs.is_empty());
    let together = !keep && links.outputs() == 1 && batch > 0 && linked;
    if !together && !keep {
        out.fill(0.0);
    }
    let samples = batch.min(DEPTH);
    let group = (DEPTH / samples.max(1)).max(1);
    for first in (0..batch).step_by(samples.max(1)) {
        let depth = samples.min(batch - first);
        for position in (0..links.outputs()).step_by(group) {
            let positions = position..(position + group).min(links.outputs());
            let blocks = positions
                .clone()
                .map(|o| &gradient[(o * batch + first) * outputs..][..depth * outputs])
                .map(|rows| View::new(rows, depth, outputs));
            packed.fill_for_this_cpu([depth, outputs], blocks);
            let packed = &*packed;
            let cost = depth * links.count().min(positions.len() * links.taps()) * inputs * outputs;
            shared(out, outputs, cost, |row, out| {
                Arch::new().dispatch(Accumulate {
                    by_tap: links.by_tap(),
                    sizes,
                    input,
                    packed,
                    positions: positions.clone(),
                    sample: first,
                    start: if together && first == 0 {
                        Start::Zero
                    } else {
                        Start::Keep
                    },
                    first: row,
                    out,
                });
            });
        }
    }
}

struct Accumulate<'a> {
    by_tap: &'a [Vec<(usize, usize)>],
    sizes: Sizes,
    input: &'a [f32],
    packed: &'a Packed,
    positions: std::ops::Range<usize>,
    sample: usize,
    start: Start<'static>,
    /// The first row of `out` among all rows, (tap, input channel).
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sizes {
            batch,
            inputs,
            outputs,
        } = self.sizes;
        let rows = Rows {
            data: self.input,
            row_stride: 1,
            step: inputs,
        };
        let mut segments = Vec::new();
        for (tap, channel, out) in positions(self.first, inputs, outputs, self.out) {
            let pairs = &self.by_tap[tap];
            let first = pairs.partition_point(|&(_, o)| o < self.positions.start);
            let pairs = pairs[first..]
                .iter()
                .take_while(|&&(_, o)| o < self.positions.end);
            segments.clear();
            segments.extend(pairs.map(|&(i, o)| {
                let offset = (i * batch + self.sample) * inputs + channel;
                (offset, o - self.positions.start)
            }));
            if !segments.is_empty() {
                let count = out.len() / outputs;
                sums(
                    simd,
                    count,
                    rows,
                    self.packed,
                    &segments,
                    self.start,
                    out,
                    outputs,
                );
            }
        }
    }
}
