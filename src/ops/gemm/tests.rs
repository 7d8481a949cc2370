//! Products against their definition, and their bits against a plain chain.

use proptest::prelude::*;

use pulp::{Scalar, WithSimd};

use super::{Multiply, View, multiply};

fn at(v: View<'_>, i: usize, j: usize) -> f32 {
    v.data[i * v.row_stride + j * v.column_stride]
}

/// The promise itself: one chain of fused multiply-adds an element, in order of k.
fn chain(a: View<'_>, b: View<'_>, keep: bool, out: &[f32]) -> Vec<f32> {
    (0..a.rows * b.columns)
        .map(|index| {
            let (i, j) = (index / b.columns, index % b.columns);
            let start = if keep { out[index] } else { 0.0 };
            (0..a.columns).fold(start, |sum, k| at(a, i, k).mul_add(at(b, k, j), sum))
        })
        .collect()
}

fn drawn(n: usize, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; n];
    crate::rng::Streams::new(seed)
        .stream(crate::rng::Name::Reference, 0, 0)
        .fill_normal(&mut values);
    values
}

fn check([m, k, n]: [usize; 3], transposed: [bool; 2], accumulate: bool, seed: u64) {
    let (a, b) = (drawn(m * k, seed), drawn(k * n, seed + 1));
    let mut out = drawn(m * n, seed + 2);
    let view = |data, rows, columns, transposed| {
        if transposed {
            View::new(data, columns, rows).t()
        } else {
            View::new(data, rows, columns)
        }
    };
    let (a, b) = (view(&a, m, k, transposed[0]), view(&b, k, n, transposed[1]));
    let expected = chain(a, b, accumulate, &out);
    let mut alone = out.clone();
    multiply(a, b, accumulate, &mut out);
    // The narrowest vectors there are: one lane, other tiles.
    let out_alone = &mut alone;
    Multiply {
        a,
        b,
        keep: accumulate,
        out: out_alone,
    }
    .with_simd(Scalar);
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&out), bits(&expected), "{m} x {k} x {n}");
    assert_eq!(bits(&alone), bits(&expected), "{m} x {k} x {n}, one lane");
}

proptest! {
    #[test]
    fn products_of_any_shape_are_chains_of_fused_multiply_adds(
        m in 1..40_usize, k in 1..40_usize, n in 1..80_usize,
        transposed: [bool; 2], accumulate: bool, seed in 0..1000_u64,
    ) {
        check([m, k, n], transposed, accumulate, seed);
    }
}

#[test]
fn long_sums_go_on_across_blocks() {
    for transposed in [[false, false], [true, false], [false, true]] {
        for accumulate in [false, true] {
            check([5, 1200, 34], transposed, accumulate, 7);
        }
    }
}

#[test]
fn unless_it_is_kept_the_old_content_is_not_read() {
    let mut out = [f32::NAN; 1];
    multiply(
        View::new(&[2.0], 1, 1),
        View::new(&[3.0], 1, 1),
        false,
        &mut out,
    );
    assert_eq!(out, [6.0]);
}
