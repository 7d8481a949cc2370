//! Moments of the draws, and the orthonormality of the matrices.

use super::{Draw, He, Initialisation, Normal, Orthogonal, Xavier};
use crate::ops::network::{Links, Matrix};
use crate::rng::{Name, Streams};

fn drawn(init: &dyn Initialisation, matrix: Matrix) -> Vec<f32> {
    let mut weights = vec![f32::NAN; matrix.shape().iter().product()];
    let stream = Streams::new(4).stream(Name::InitGenerator, 0, 0);
    let draw = Draw {
        matrix,
        fan_in: 100.0,
        fan_out: 300.0,
        gain: 1.5,
    };
    init.fill(draw, stream, &mut weights);
    weights
}

fn dense(shape: [usize; 2]) -> Matrix {
    Matrix::new(&Links::dense(), shape)
}

#[test]
fn variances_are_those_of_the_papers() {
    let shape = [400, 250];
    for (init, expected) in [
        // 1.5² / 100.
        (&He as &dyn Initialisation, 0.0225),
        (&Normal { std: 0.02 }, 0.0004),
        // 2 / (100 + 300).
        (&Xavier, 0.005),
    ] {
        let weights = drawn(init, dense(shape));
        let n = weights.len() as f64;
        let square = weights.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / n;
        // The standard error of a normal variance is √(2/n) of it; five of them.
        let error = (square / expected - 1.0).abs();
        assert!(error < 5.0 * (2.0 / n).sqrt(), "{square} is not {expected}");
    }
}

fn check_orthonormal(matrix: Matrix) {
    let w = drawn(&Orthogonal { gain: 0.8 }, matrix);
    let [rows, columns] = matrix.shape();
    let at = |i: usize, j: usize| f64::from(w[matrix.place(i, j)]);
    let (count, length) = (rows.min(columns), rows.max(columns));
    for a in 0..count {
        for b in 0..count {
            let product = |i| match columns > rows {
                true => at(a, i) * at(b, i),
                false => at(i, a) * at(i, b),
            };
            let found: f64 = (0..length).map(product).sum();
            let expected = if a == b { 0.64 } else { 0.0 };
            assert!((found - expected).abs() < 1e-6, "{found} at {a}, {b}");
        }
    }
}

#[test]
fn the_shorter_side_of_an_orthogonal_matrix_is_orthonormal() {
    for shape in [
        [1, 1],
        [7, 7],
        [30, 11],
        [11, 30],
        [1, 5],
        [5, 1],
        [128, 96],
    ] {
        check_orthonormal(dense(shape));
    }
    // A convolution's cells and inputs are rows; a vector that becomes an image has all its outputs
    // as columns.
    let convolution = Links::convolution([6, 6], 3, 1, 1).expect("it fits");
    let matrix = Matrix::new(&convolution, [2, 7]);
    assert_eq!(matrix.shape(), [18, 7]);
    check_orthonormal(matrix);
    let matrix = Matrix::new(&Links::all_to_one(9).transposed(), [4, 2]);
    assert_eq!(matrix.shape(), [4, 18]);
    check_orthonormal(matrix);
}

/// Gram and Schmidt keep the direction of the first vector: so the sign is that of the draw.
#[test]
fn the_first_vector_keeps_the_direction_of_its_draw() {
    for shape in [[6, 3], [3, 6]] {
        let plain = drawn(&Normal { std: 1.0 }, dense(shape));
        let ortho = drawn(&Orthogonal { gain: 1.0 }, dense(shape));
        let first = |w: &[f32]| -> Vec<f64> {
            let step = if shape[1] > shape[0] { 1 } else { shape[1] };
            (0..6).map(|i| f64::from(w[i * step])).collect()
        };
        let (plain, ortho) = (first(&plain), first(&ortho));
        let norm = plain.iter().map(|x| x * x).sum::<f64>().sqrt();
        for (p, o) in plain.iter().zip(ortho) {
            assert!((p / norm - o).abs() < 1e-6);
        }
    }
}
