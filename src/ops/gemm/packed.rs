//! The right-hand side of products, rearranged for the tile kernel.

use pulp::{Arch, Simd, WithSimd};

use super::View;
use super::kernel::columns;

/// Matrices `[depth, columns]` of one shape, each cut into panels as wide as a tile and padded with
/// zeros: element (k, j) of a panel lies at `k · width + j`.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    data: Vec<f32>,
    depth: usize,
    columns: usize,
    width: usize,
}

impl Packed {
    /// Packs matrices of one shape, given by their number, depth and columns.
    #[inline(always)]
    pub(super) fn fill<'b, S: Simd>(
        &mut self,
        [depth, width]: [usize; 2],
        blocks: impl ExactSizeIterator<Item = View<'b>>,
    ) {
        self.depth = depth;
        self.columns = width;
        self.width = columns::<S>();
        let size = self.panels() * depth * self.width;
        self.data.resize(blocks.len() * size, 0.0);
        for (block, to) in blocks.zip(self.data.chunks_exact_mut(size.max(1))) {
            assert_eq!((block.rows, block.columns), (depth, width), "one shape");
            pack(block, self.width, to);
        }
    }

    /// Packs matrices of one shape, depth and columns, for the tiles of this CPU.
    ///
    /// # Panics
    /// If a matrix has another shape.
    pub fn fill_for_this_cpu<'b>(
        &mut self,
        shape: [usize; 2],
        blocks: impl ExactSizeIterator<Item = View<'b>>,
    ) {
        struct Fill<'p, B>(&'p mut Packed, [usize; 2], B);
        impl<'b, B: ExactSizeIterator<Item = View<'b>>> WithSimd for Fill<'_, B> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                self.0.fill::<S>(self.1, self.2);
            }
        }
        Arch::new().dispatch(Fill(self, shape, blocks));
    }

    /// Panels of a matrix.
    pub fn panels(&self) -> usize {
        self.columns.div_ceil(self.width.max(1))
    }

    /// Products that each element of a matrix' product sums.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Columns of a matrix.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Columns of a panel.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All panels.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Where a panel of a matrix begins.
    #[inline(always)]
    pub fn at(&self, block: usize, panel: usize) -> usize {
        (block * self.panels() + panel) * self.depth * self.width
    }
}

/// A whole row of a panel: in pieces of known size, because a call for each row would take longer than
/// what it copies.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let (to, rest) = to.as_chunks_mut::<4>();
    let (from, from_rest) = from.as_chunks::<4>();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    rest.copy_from_slice(from_rest);
}

#[inline(always)]
fn pack(matrix: View<'_>, width: usize, to: &mut [f32]) {
    let (depth, columns) = (matrix.rows, matrix.columns);
    for (panel, to) in to.chunks_exact_mut((depth * width).max(1)).enumerate() {
        let first = panel * width;
        let used = width.min(columns - first);
        if matrix.column_stride == 1 {
            for (k, row) in to.chunks_exact_mut(width).enumerate() {
                let from = &matrix.data[k * matrix.row_stride + first..][..used];
                if used == width {
                    copy(from, row);
                } else {
                    row[..used].copy_from_slice(from);
                    row[used..].fill(0.0);
                }
            }
        } else {
            if used < width {
                to.fill(0.0);
            }
            for j in 0..used {
                let column = &matrix.data[(first + j) * matrix.column_stride..];
                let column = column.iter().step_by(matrix.row_stride.max(1));
                for (row, x) in to.chunks_exact_mut(width).zip(column) {
                    row[j] = *x;
                }
            }
        }
    }
}
