//! The weight gradient of a dense layer with few inputs: rearranging the gradient for tiles would take
//! longer than the product.

use super::products::THIN;
use crate::elementary::vectorised;

/// Columns whose sums are in registers together.
const COLUMNS: usize = 64;

/// `out ← Σ_s input[s]ᵀ · gradient[s]`, `[inputs, outputs]`, added to what `out` holds where `keep` says
/// so. Every element is one chain of fused multiply-adds over the samples in order, as in
/// [`crate::ops::gemm`].
///
/// # Panics
/// If there are [`THIN`] inputs or more.
pub(super) fn weight_gradient(
    [inputs, outputs]: [usize; 2],
    input: &[f32],
    gradient: &[f32],
    keep: bool,
    out: &mut [f32],
) {
    if !keep {
        out.fill(0.0);
    }
    let sizes = outputs;
    match inputs {
        1 => rows::<1>(sizes, input, gradient, out),
        2 => rows::<2>(sizes, input, gradient, out),
        3 => rows::<3>(sizes, input, gradient, out),
        4 => rows::<4>(sizes, input, gradient, out),
        5 => rows::<5>(sizes, input, gradient, out),
        _ => panic!("fewer than {THIN} inputs"),
    }
}

fn rows<const N: usize>(outputs: usize, input: &[f32], gradient: &[f32], out: &mut [f32]) {
    let whole = outputs / COLUMNS * COLUMNS;
    vectorised(
        #[inline(always)]
        || {
            for first in (0..whole).step_by(COLUMNS) {
                let mut sums = [[0.0; COLUMNS]; N];
                for (i, sums) in sums.iter_mut().enumerate() {
                    sums.copy_from_slice(&out[i * outputs + first..][..COLUMNS]);
                }
                for (x, g) in input
                    .as_chunks::<N>()
                    .0
                    .iter()
                    .zip(gradient.chunks_exact(outputs))
                {
                    let Some(g) = g[first..].first_chunk::<COLUMNS>() else {
                        return;
                    };
                    for (sums, &x) in sums.iter_mut().zip(x) {
                        for (sum, &g) in sums.iter_mut().zip(g) {
                            *sum = x.mul_add(g, *sum);
                        }
                    }
                }
                for (i, sums) in sums.iter().enumerate() {
                    out[i * outputs + first..][..COLUMNS].copy_from_slice(sums);
                }
            }
            for (x, g) in input
                .as_chunks::<N>()
                .0
                .iter()
                .zip(gradient.chunks_exact(outputs))
            {
                for (i, &x) in x.iter().enumerate() {
                    let row = &mut out[i * outputs + whole..(i + 1) * outputs];
                    for (sum, &g) in row.iter_mut().zip(&g[whole..]) {
                        *sum = x.mul_add(g, *sum);
                    }
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::weight_gradient;
    use crate::rng::{Name, Streams};

    #[test]
    fn every_element_is_one_chain_over_the_samples() {
        let samples = 7;
        for inputs in 1..=5 {
            for outputs in [1, 63, 64, 200] {
                let mut stream = Streams::new(9).stream(Name::Reference, 0, 0);
                let mut draw = |n: usize| {
                    let mut values = vec![0.0; n];
                    stream.fill_normal(&mut values);
                    values
                };
                let (x, g) = (draw(samples * inputs), draw(samples * outputs));
                let old = draw(inputs * outputs);
                for keep in [false, true] {
                    let mut found = old.clone();
                    weight_gradient([inputs, outputs], &x, &g, keep, &mut found);
                    for i in 0..inputs {
                        for o in 0..outputs {
                            let at = i * outputs + o;
                            let start = if keep { old[at] } else { 0.0 };
                            let chain = (0..samples).fold(start, |sum, s| {
                                x[s * inputs + i].mul_add(g[s * outputs + o], sum)
                            });
                            assert_eq!(found[at].to_bits(), chain.to_bits());
                        }
                    }
                }
            }
        }
    }
}
