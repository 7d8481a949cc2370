//! Single-threaded f32 matrix products on slices: the one door to the `gemm` crate.
#![expect(
    unsafe_code,
    reason = "gemm's interface takes raw pointers; every call is bounds-checked here"
)]

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

    /// The sum of every column, added row by row from the first.
    pub fn column_sums(&self) -> Vec<f32> {
        let mut sums = vec![0.0; self.columns];
        for row in 0..self.rows {
            for (column, sum) in sums.iter_mut().enumerate() {
                *sum += self.data[row * self.row_stride + column * self.column_stride];
            }
        }
        sums
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

/// `out ← scale · out + a b`, with `out` row-major `[a.rows, b.columns]`.
///
/// With `scale` 0 the old content of `out` is not read (it may hold NaN). Blocking is gemm's own,
/// fixed by the machine's caches and instruction set: the same bits on one numeric class.
///
/// # Panics
/// If the shapes do not go together.
pub fn multiply(a: View<'_>, b: View<'_>, scale: f32, out: &mut [f32]) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(b.rows, k, "inner dimensions");
    assert_eq!(out.len(), m * n, "output shape [{m}, {n}]");
    assert!(
        a.reach() <= a.data.len() && b.reach() <= b.data.len(),
        "views lie in their slices"
    );
    if m == 0 || n == 0 {
        return;
    }
    // SAFETY: the assertions above bound every index of the three matrices by the length of its
    // slice: `a.reach()` and `b.reach()` are one past the largest offsets read, and `out` is
    // row-major of exactly m · n elements. `out` is borrowed mutably, so it overlaps neither input.
    // Strides fit in isize because slices do.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            scale != 0.0,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            scale,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{View, multiply};
    use proptest::prelude::*;

    /// The definition, in f64.
    fn naive(a: View<'_>, b: View<'_>, scale: f32, out: &[f32]) -> Vec<f64> {
        let at = |v: View<'_>, i: usize, j: usize| {
            f64::from(v.data[i * v.row_stride + j * v.column_stride])
        };
        (0..a.rows * b.columns)
            .map(|index| {
                let (i, j) = (index / b.columns, index % b.columns);
                let product: f64 = (0..a.columns).map(|k| at(a, i, k) * at(b, k, j)).sum();
                product + f64::from(scale) * f64::from(out[index])
            })
            .collect()
    }

    proptest! {
        #[test]
        fn products_of_any_shape_match_the_definition(
            m in 1..20_usize, k in 1..40_usize, n in 1..20_usize,
            transpose_a: bool, transpose_b: bool, accumulate: bool, seed: u64,
        ) {
            let mut stream = crate::rng::Streams::new(seed).stream(crate::rng::Name::Reference, 0, 0);
            let mut draw = |n: usize| { let mut v = vec![0.0; n]; stream.fill_normal(&mut v); v };
            let (a, b, mut out) = (draw(m * k), draw(k * n), draw(m * n));
            let a = if transpose_a { View::new(&a, k, m).t() } else { View::new(&a, m, k) };
            let b = if transpose_b { View::new(&b, n, k).t() } else { View::new(&b, k, n) };
            let scale = if accumulate { 1.0 } else { 0.0 };
            let expected = naive(a, b, scale, &out);
            multiply(a, b, scale, &mut out);
            for (x, y) in out.iter().zip(expected) {
                prop_assert!((f64::from(*x) - y).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn without_scale_the_old_content_is_not_read() {
        let mut out = [f32::NAN; 1];
        multiply(
            View::new(&[2.0], 1, 1),
            View::new(&[3.0], 1, 1),
            0.0,
            &mut out,
        );
        assert_eq!(out, [6.0]);
    }
}
