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
            for (row, out) in out.chunks_exact_mut(outputs).enumerate() {
                for (j, y) in out.iter_mut().enumerate() {
                    let mut sums = [0.0; LANES];
                    for &(i, tap) in &self.sources[position] {
                        let x = &self.input[(i * batch + sample + row) * inputs..][..inputs];
                        let w = &self.columns[(tap * outputs + j) * inputs..][..inputs];
                        add_products(&mut sums, x, w);
                    }
                    let start = match self.end {
                        End { keep: true, .. } => *y,
                        End { bias, .. } => bias.map_or(0.0, |bias| bias[j]),
                    };
                    *y = total(sums) + start;
                }
            }
            if let Some(function) = self.end.function {
                function.apply(out);
            }
        }
    }
}

#[inline(always)]
fn add_products(sums: &mut [f32; LANES], x: &[f32], w: &[f32]) {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (w, w_rest) = w.as_chunks::<LANES>();
    for (x, w) in x.iter().zip(w) {
        for lane in 0..LANES {
            sums[lane] = x[lane].mul_add(w[lane], sums[lane]);
        }
    }
    for ((sum, x), w) in sums.iter_mut().zip(x_rest).zip(w_rest) {
        *sum = x.mul_add(*w, *sum);
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
