//! f32 matrix products, each element one chain of fused multiply-adds.
//!
//! Every element of a product is a single chain `fma(a(i, k), b(k, j), sum)` over k in order, from
//! its start value. How rows and columns are cut into tiles, which vector instructions the CPU has
//! and how many threads share the rows change no bit: a product is the same on every machine.
//! (Where the CPU has no fused multiply-add, it is emulated: the same bits, slowly.)

pub mod kernel;
mod packed;

pub use packed::Packed;

use pulp::{Arch, Simd, WithSimd};

use kernel::{MOST_COLUMNS, MOST_ROWS, Rows, Segment, Start, tile};

/// Products summed before the next block of B is packed: a panel stays in the nearest cache.
const DEPTH: usize = 512;

/// A matrix in a slice: element (i, j) is `data[i · row_stride + j · column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// A row-major `[rows, columns]` matrix.
    ///
    /// # Panics
    /// If the slice has another length.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a [{rows}, {columns}] matrix");
        Self {
            data,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose, without moving data.
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Its elements, row-major.
    pub fn to_vec(self) -> Vec<f32> {
        let at = |i: usize, j: usize| self.data[i * self.row_stride + j * self.column_stride];
        (0..self.rows)
            .flat_map(|i| (0..self.columns).map(move |j| at(i, j)))
            .collect()
    }

    /// Some rows.
    fn rows(self, first: usize, count: usize) -> Self {
        Self {
            data: &self.data[(first * self.row_stride).min(self.data.len())..],
            rows: count,
            ..self
        }
    }

    /// One past the largest index that the matrix reaches; 0 when it is empty.
    fn reach(&self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            0
        } else {
            (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride + 1
        }
    }
}

/// `out ← a b`, or `out ← out + a b` where the old content is kept, with `out` row-major
/// `[a.rows, b.columns]`. Content that is not kept is not read (it may hold NaN).
///
/// # Panics
/// If the shapes do not go together.
pub fn multiply(a: View<'_>, b: View<'_>, keep: bool, out: &mut [f32]) {
    assert_eq!(b.rows, a.columns, "inner dimensions");
    assert_eq!(
        out.len(),
        a.rows * b.columns,
        "output [{}, {}]",
        a.rows,
        b.columns
    );
    assert!(
        a.reach() <= a.data.len() && b.reach() <= b.data.len(),
        "views lie in their slices"
    );
    if out.is_empty() {
        return;
    }
    if a.columns == 0 {
        if !keep {
            out.fill(0.0);
        }
        return;
    }
    Arch::new().dispatch(Multiply { a, b, keep, out });
}

struct Multiply<'a> {
    a: View<'a>,
    b: View<'a>,
    keep: bool,
    out: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, b, keep, out } = self;
        let mut packed = Packed::default();
        let rows = Rows {
            data: a.data,
            row_stride: a.row_stride,
            step: a.column_stride,
        };
        for first in (0..a.columns).step_by(DEPTH) {
            let depth = DEPTH.min(a.columns - first);
            packed.fill::<S>([depth, b.columns], [b.rows(first, depth)].into_iter());
            let start = if keep || first > 0 {
                Start::Keep
            } else {
                Start::Zero
            };
            let segments = [(first * a.column_stride, 0)];
            sums(
                simd, a.rows, rows, &packed, &segments, start, out, b.columns,
            );
        }
    }
}

/// `out[i] ← start + Σ_(a, block) Σ_k A(i, k from a) · packed(block)(k, ·)` for `count` rows, each
/// `stride` after the one before; `segments` are offsets into A with the block that each meets.
///
/// # Panics
/// If something reaches outside its slice.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "a product has that many edges")]
pub(super) fn sums<S: Simd>(
    simd: S,
    count: usize,
    a: Rows<'_>,
    packed: &Packed,
    segments: &[(usize, usize)],
    start: Start<'_>,
    out: &mut [f32],
    stride: usize,
) {
    /// Segments of a tile call: longer lists go in several, each going on from the last.
    const LIST: usize = 64;
    let (depth, columns, width) = (packed.depth(), packed.columns(), packed.width());
    let mut list = [Segment { a: 0, b: 0 }; LIST];
    let mut edge = [0.0; MOST_ROWS * MOST_COLUMNS];
    let edge = &mut edge[..MOST_ROWS * width];
    // Tiles of even height: a low last one would stream B for little work.
    let height = count
        .div_ceil(count.div_ceil(kernel::rows::<S>()).max(1))
        .max(1);
    for first in (0..count).step_by(height) {
        let rows = height.min(count - first);
        for panel in 0..packed.panels() {
            let column = panel * width;
            let used = width.min(columns - column);
            let out = &mut out[first * stride + column..];
            let mut start = match start {
                Start::Row(row) => Start::Row(&row[column..]),
                other => other,
            };
            if used < width {
                lay_out(start, rows, out, stride, used, edge, width);
                start = Start::Keep;
            }
            for part in segments.chunks(LIST) {
                for (place, &(offset, block)) in list.iter_mut().zip(part) {
                    *place = Segment {
                        a: offset + first * a.row_stride,
                        b: packed.at(block, panel),
                    };
                }
                let list = &list[..part.len()];
                if used < width {
                    tile(
                        simd,
                        rows,
                        depth,
                        a,
                        packed.data(),
                        list,
                        start,
                        edge,
                        width,
                    );
                } else {
                    tile(
                        simd,
                        rows,
                        depth,
                        a,
                        packed.data(),
                        list,
                        start,
                        out,
                        stride,
                    );
                }
                start = Start::Keep;
            }
            if segments.is_empty() && used == width {
                tile(simd, rows, 0, a, packed.data(), &[], start, out, stride);
            }
            if used < width {
                for (to, from) in out
                    .chunks_mut(stride)
                    .zip(edge.chunks_exact(width))
                    .take(rows)
                {
                    to[..used].copy_from_slice(&from[..used]);
                }
            }
        }
    }
}

/// The start of a tile that is narrower than a panel, widened with zeros.
#[inline(always)]
fn lay_out(
    start: Start<'_>,
    rows: usize,
    out: &[f32],
    stride: usize,
    used: usize,
    edge: &mut [f32],
    width: usize,
) {
    edge.fill(0.0);
    for (i, row) in edge.chunks_exact_mut(width).enumerate().take(rows) {
        match start {
            Start::Zero => {}
            Start::Row(values) => row[..used].copy_from_slice(&values[..used]),
            Start::Keep => row[..used].copy_from_slice(&out[i * stride..][..used]),
        }
    }
}

#[cfg(test)]
mod tests;
