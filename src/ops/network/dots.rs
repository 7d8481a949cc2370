//! Outputs of few channels, as dot products: tiles would be mostly padding.

use pulp::{Simd, WithSimd};

use super::products::{End, Sizes, positions};

/// Lanes of a sum, on every machine.
pub(super) const LANES: usize = 16;

/// `out[o] ← f(bias + Σ_(i, tap) input[i] · columns[tap])` for some rows of the output, with the
/// weights' columns `[tap, outputs, inputs]`.
pub(super) struct Dots<'a> {
    /// For every output position: (input position, tap).
    pub sources: &'a [Vec<(usize, usize)>],
    pub sizes: Sizes,
    pub input: &'a [f32],
    pub columns: &'a [f32],
    pub end: End<'a>,
    /// The first row of `out` among all rows.
    pub first: usize,
    pub out: &'a mut [f32],
}

impl WithSimd for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Sizes {
            batch,
            inputs,
            outputs,
        } = self.sizes;
        for (position, sample, out) in positions(self.first, batch, outputs, self.out) {
            let sources = &self.sources[position];
            let (groups, rest) = out.split_at_mut(out.len() / (ROWS * outputs) * ROWS * outputs);
            let done = groups.len() / outputs;
            for (group, out) in groups.chunks_exact_mut(ROWS * outputs).enumerate() {
                let row = sample + group * ROWS;
                rows::<ROWS>(
                    self.input,
                    self.columns,
                    sources,
                    [batch, inputs, outputs],
                    row,
                    self.end,
                    out,
                );
            }
            for (row, out) in rest.chunks_exact_mut(outputs).enumerate() {
                let row = sample + done + row;
                rows::<1>(
                    self.input,
                    self.columns,
                    sources,
                    [batch, inputs, outputs],
                    row,
                    self.end,
                    out,
                );
            }
            if let Some(function) = self.end.function {
                function.apply(groups);
                function.apply(rest);
            }
        }
    }
}

/// Rows computed together: their sums do not wait for each other.
const ROWS: usize = 4;

/// `N` rows of the output from `row` on.
#[inline(always)]
fn rows<const N: usize>(
    input: &[f32],
    columns: &[f32],
    sources: &[(usize, usize)],
    [batch, inputs, outputs]: [usize; 3],
    row: usize,
    end: End<'_>,
    out: &mut [f32],
) {
    for j in 0..outputs {
        let mut sums = [[0.0; LANES]; N];
        for &(i, tap) in sources {
            let x: [&[f32]; N] =
                std::array::from_fn(|n| &input[(i * batch + row + n) * inputs..][..inputs]);
            add_products(
                &mut sums,
                x,
                &columns[(tap * outputs + j) * inputs..][..inputs],
            );
        }
        for (n, sums) in sums.into_iter().enumerate() {
            let y = &mut out[n * outputs + j];
            let start = match end {
                End { keep: true, .. } => *y,
                End { bias, .. } => bias.map_or(0.0, |bias| bias[j]),
            };
            *y = total(sums) + start;
        }
    }
}

#[inline(always)]
fn add_products<const N: usize>(sums: &mut [[f32; LANES]; N], x: [&[f32]; N], w: &[f32]) {
    let (w, w_rest) = w.as_chunks::<LANES>();
    let chunks = x.map(|x| x.as_chunks::<LANES>());
    for (i, w) in w.iter().enumerate() {
        for (sums, (x, _)) in sums.iter_mut().zip(&chunks) {
            let x = &x[i];
            for lane in 0..LANES {
                sums[lane] = x[lane].mul_add(w[lane], sums[lane]);
            }
        }
    }
    for (sums, (_, x_rest)) in sums.iter_mut().zip(&chunks) {
        for ((sum, x), w) in sums.iter_mut().zip(*x_rest).zip(w_rest) {
            *sum = x.mul_add(*w, *sum);
        }
    }
}

/// The sum of all lanes, pairwise in a fixed order.
#[inline(always)]
pub(super) fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}
