//! Spectral normalisation (Miyato et al. 2018): every weight matrix divided by its largest singular
//! value.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use super::dots::{LANES, total};
use super::{Matrix, Pass, lock};
use crate::elementary::vectorised;

/// Power iterations before the first step, so that the first σ is one already: as in PyTorch's
/// `parametrizations.spectral_norm`.
const FIRST_ITERATIONS: usize = 15;

/// The least length that is divided by, as in the authors' and PyTorch's code: a matrix of zeros has
/// no direction.
const LEAST: f64 = 1e-12;

/// Ŵ = W / σ(W) for all weight matrices of a network, with σ = vᵀ W u.
///
/// u and v approach the singular vectors by v ← W u / ‖W u‖, u ← Wᵀ v / ‖Wᵀ v‖, once for each of
/// the network's own training passes (Miyato et al. 2018, algorithm 1; the paper's W is the transpose
/// of this one). Derivatives go through σ with u and v constant (section 2.1, equation 11: the
/// derivative of the largest singular value is v uᵀ).
pub struct Spectral {
    matrices: Vec<(Matrix, Range<usize>)>,
    directions: Mutex<Vec<Direction>>,
}

/// Approximate singular vectors of a matrix.
#[derive(Clone, Debug)]
struct Direction {
    /// `[columns]`.
    u: Vec<f32>,
    /// `[rows]`.
    v: Vec<f32>,
}

/// What a forward pass divided a matrix by.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    direction: Direction,
    sigma: f32,
    /// σ̇ / σ along the tangent of the weights.
    rate: f64,
}

/// Divides by the Euclidean length.
fn normalise(vector: &mut [f32]) {
    let squares = vector.iter().map(|&x| f64::from(x) * f64::from(x));
    let length = squares.sum::<f64>().sqrt().max(LEAST);
    for x in vector {
        *x = (f64::from(*x) / length) as f32;
    }
}

/// Σ aᵢ bᵢ, in lanes.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum = a.mul_add(*b, *sum);
    }
    total(sums)
}

/// Σ aᵢ bᵢ of whole matrices, the runs' sums added in `f64`.
fn product(matrix: Matrix, a: &[f32], b: &[f32]) -> f64 {
    let length = matrix.run();
    let mut sum = 0.0;
    vectorised(
        #[inline(always)]
        || {
            for (a, b) in a.chunks_exact(length).zip(b.chunks_exact(length)) {
                sum += f64::from(dot(a, b));
            }
        },
    );
    sum
}

impl Direction {
    /// One power iteration.
    fn iterate(&mut self, matrix: Matrix, weights: &[f32]) {
        let Self { u, v } = self;
        let length = matrix.run();
        v.fill(0.0);
        vectorised(
            #[inline(always)]
            || {
                for ((row, column), w) in matrix.runs().zip(weights.chunks_exact(length)) {
                    v[row] += dot(w, &u[column..column + length]);
                }
            },
        );
        normalise(v);
        u.fill(0.0);
        vectorised(
            #[inline(always)]
            || {
                for ((row, column), w) in matrix.runs().zip(weights.chunks_exact(length)) {
                    let to = u[column..column + length].iter_mut();
                    to.zip(w).for_each(|(u, w)| *u = w.mul_add(v[row], *u));
                }
            },
        );
        normalise(u);
    }

    /// vᵀ W u.
    fn value(&self, matrix: Matrix, weights: &[f32]) -> f64 {
        let length = matrix.run();
        let mut sum = 0.0;
        vectorised(
            #[inline(always)]
            || {
                for ((row, column), w) in matrix.runs().zip(weights.chunks_exact(length)) {
                    let u = &self.u[column..column + length];
                    sum += f64::from(self.v[row]) * f64::from(dot(w, u));
                }
            },
        );
        sum
    }

    /// W ← a W + b v uᵀ.
    fn mix(&self, matrix: Matrix, weights: &mut [f32], [a, b]: [f64; 2]) {
        let length = matrix.run();
        let (a, b) = (a as f32, b as f32);
        vectorised(
            #[inline(always)]
            || {
                for ((row, column), w) in matrix.runs().zip(weights.chunks_exact_mut(length)) {
                    let share = b * self.v[row];
                    for (w, u) in w.iter_mut().zip(&self.u[column..column + length]) {
                        *w = a.mul_add(*w, share * u);
                    }
                }
            },
        );
    }
}

impl Spectral {
    /// Of matrices at these places among the weights, each with a random u, approached from the
    /// initial weights.
    ///
    /// # Panics
    /// If a vector has another length than its matrix has columns.
    pub fn new(matrices: Vec<(Matrix, Range<usize>, Vec<f32>)>, weights: &[f32]) -> Self {
        let mut directions = Vec::new();
        for (matrix, range, u) in &matrices {
            let [rows, columns] = matrix.shape();
            assert_eq!(u.len(), columns, "a direction a column");
            let mut direction = Direction {
                u: u.clone(),
                v: vec![0.0; rows],
            };
            normalise(&mut direction.u);
            for _ in 0..FIRST_ITERATIONS {
                direction.iterate(*matrix, &weights[range.clone()]);
            }
            directions.push(direction);
        }
        Self {
            matrices: matrices
                .into_iter()
                .map(|(m, range, _)| (m, range))
                .collect(),
            directions: Mutex::new(directions),
        }
    }

    fn directions(&self) -> MutexGuard<'_, Vec<Direction>> {
        lock(&self.directions)
    }

    /// The weights with every matrix divided, and what each was divided by.
    pub(super) fn divide(
        &self,
        pass: Pass,
        weights: &[f32],
        divided: &mut Vec<f32>,
    ) -> Vec<Factor> {
        divided.clear();
        divided.extend_from_slice(weights);
        let mut directions = self.directions();
        let matrices = self.matrices.iter().zip(directions.iter_mut());
        let factors = matrices.map(|((matrix, range), direction)| {
            let part = &mut divided[range.clone()];
            if pass == Pass::Train {
                direction.iterate(*matrix, part);
            }
            let sigma = direction.value(*matrix, part) as f32;
            part.iter_mut().for_each(|w| *w /= sigma);
            Factor {
                direction: direction.clone(),
                sigma,
                rate: 0.0,
            }
        });
        factors.collect()
    }

    /// The gradient of Ŵ to that of W, in place: (∂/∂Ŵ − ⟨∂/∂Ŵ, Ŵ⟩ v uᵀ) / σ.
    pub(super) fn pull_back(&self, factors: &[Factor], divided: &[f32], gradient: &mut [f32]) {
        for ((matrix, range), factor) in self.matrices.iter().zip(factors) {
            let gradient = &mut gradient[range.clone()];
            let share = product(*matrix, gradient, &divided[range.clone()]);
            let sigma = f64::from(factor.sigma);
            let shares = [1.0 / sigma, -share / sigma];
            factor.direction.mix(*matrix, gradient, shares);
        }
    }

    /// The tangent of Ŵ, (Ẇ − σ̇ Ŵ) / σ with σ̇ = vᵀ Ẇ u.
    pub(super) fn divide_tangent(
        &self,
        factors: &mut [Factor],
        divided: &[f32],
        tangent: &[f32],
        divided_tangent: &mut Vec<f32>,
    ) {
        divided_tangent.clear();
        divided_tangent.extend_from_slice(tangent);
        for ((matrix, range), factor) in self.matrices.iter().zip(factors) {
            let tangent = &mut divided_tangent[range.clone()];
            let sigma = factor.sigma;
            factor.rate = factor.direction.value(*matrix, tangent) / f64::from(sigma);
            let rate = factor.rate as f32;
            for (tangent, w) in tangent.iter_mut().zip(&divided[range.clone()]) {
                *tangent = *tangent / sigma - rate * w;
            }
        }
    }

    /// The gradients of Ŵ (a, in place) and of its tangent (b) to that of W: with c = a − (σ̇/σ) b,
    /// (c − (⟨c, Ŵ⟩ + ⟨b, ∂Ŵ⟩) v uᵀ) / σ, where ∂Ŵ is the tangent.
    pub(super) fn pull_back_twice(
        &self,
        factors: &[Factor],
        [divided, divided_tangent]: [&[f32]; 2],
        gradient: &mut [f32],
        tangent_gradient: &[f32],
    ) {
        for ((matrix, range), factor) in self.matrices.iter().zip(factors) {
            let part = || range.clone();
            let (gradient, of_tangent) = (&mut gradient[part()], &tangent_gradient[part()]);
            let rate = factor.rate as f32;
            for (a, b) in gradient.iter_mut().zip(of_tangent) {
                *a -= rate * b;
            }
            let share = product(*matrix, gradient, &divided[part()])
                + product(*matrix, of_tangent, &divided_tangent[part()]);
            let sigma = f64::from(factor.sigma);
            let shares = [1.0 / sigma, -share / sigma];
            factor.direction.mix(*matrix, gradient, shares);
        }
    }

    /// u and v of every matrix.
    pub(super) fn buffers(&self) -> Vec<Vec<f32>> {
        let directions = self.directions();
        let vectors = directions.iter().map(|d| [d.u.clone(), d.v.clone()]);
        vectors.flatten().collect()
    }

    /// Sets u and v of every matrix.
    pub(super) fn set_buffers(&self, buffers: &mut dyn Iterator<Item = &[f32]>) {
        let mut directions = self.directions();
        let vectors = directions.iter_mut().flat_map(|d| [&mut d.u, &mut d.v]);
        for (vector, stored) in vectors.zip(buffers) {
            vector.copy_from_slice(stored);
        }
    }

    /// The divided weights in candle's operations, with u and v as they are now.
    #[cfg(test)]
    pub(super) fn composed(
        &self,
        weights: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        let mut parts = Vec::new();
        let mut end = 0;
        for ((matrix, range), direction) in self.matrices.iter().zip(self.directions().iter()) {
            parts.push(weights.narrow(0, end, range.start - end)?);
            end = range.end;
            let mut outer = vec![0.0; range.len()];
            let [rows, columns] = matrix.shape();
            for row in 0..rows {
                for column in 0..columns {
                    let [v, u] = [direction.v[row], direction.u[column]].map(f64::from);
                    outer[matrix.place(row, column)] = v * u;
                }
            }
            let outer = candle_core::Tensor::from_vec(outer, range.len(), weights.device())?;
            let part = weights.narrow(0, range.start, range.len())?;
            let sigma = (&part * outer.to_dtype(weights.dtype())?)?.sum_keepdim(0)?;
            parts.push(part.broadcast_div(&sigma)?);
        }
        parts.push(weights.narrow(0, end, weights.elem_count() - end)?);
        candle_core::Tensor::cat(&parts, 0)
    }
}
