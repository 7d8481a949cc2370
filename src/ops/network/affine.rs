//! y = f(x W + b) over linked positions: dense layers, convolutions and transposed convolutions.

use std::ops::Range;

use super::links::Links;
use super::products::{self, End, Sizes};
use super::{Along, Back, Backward, Forward, Layer};
use crate::elementary::vectorised;
use crate::ops::Function;

/// Output position o of a sample is f(b + Σ x[i] W[tap]) over its links (i, tap): x `[inputs
/// positions, batch, inputs]`, W `[taps, inputs, outputs]`, b `[outputs]`, y `[output positions,
/// batch, outputs]`.
#[derive(Clone, Debug)]
pub struct Affine {
    pub(super) links: Links,
    turned: Links,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) weight: Range<usize>,
    pub(super) bias: Option<Range<usize>>,
    pub(super) function: Option<Function>,
}

impl Affine {
    /// Between so many channels a position, with its weights at `weight` and `bias` among those of
    /// the network.
    ///
    /// # Panics
    /// If a range has another length than the sizes say.
    pub fn new(
        links: Links,
        [inputs, outputs]: [usize; 2],
        weight: Range<usize>,
        bias: Option<Range<usize>>,
        function: Option<Function>,
    ) -> Self {
        assert_eq!(weight.len(), links.taps() * inputs * outputs, "weights");
        assert!(
            bias.as_ref().is_none_or(|b| b.len() == outputs),
            "a bias a channel"
        );
        Self {
            turned: links.clone().transposed(),
            links,
            inputs,
            outputs,
            weight,
            bias,
            function,
        }
    }

    fn sizes(&self, batch: usize) -> Sizes {
        Sizes {
            batch,
            inputs: self.inputs,
            outputs: self.outputs,
        }
    }

    fn bias<'w>(&self, weights: &'w [f32]) -> Option<&'w [f32]> {
        self.bias.clone().map(|range| &weights[range])
    }
}

impl Layer for Affine {
    fn inputs(&self) -> usize {
        self.links.inputs() * self.inputs
    }

    fn outputs(&self) -> usize {
        self.links.outputs() * self.outputs
    }

    fn forward(&self, pass: Forward<'_>) {
        let Forward {
            batch,
            input,
            weights,
            output,
            packed,
            ..
        } = pass;
        products::forward(
            &self.links,
            self.sizes(batch),
            input,
            &weights[self.weight.clone()],
            End {
                bias: self.bias(weights),
                keep: false,
                function: self.function,
            },
            packed,
            output,
        );
    }

    /// With g = ∂L/∂y · f′: ∂L/∂b = Σ g, ∂L/∂W = Σ xᵀ g, ∂L/∂x = g Wᵀ.
    fn backward(&self, pass: Backward<'_>) {
        let Backward {
            batch,
            input,
            weights,
            output,
            gradient,
            of_input,
            of_weights,
            packed,
            ..
        } = pass;
        if let Some(function) = self.function {
            vectorised(
                #[inline(always)]
                || function.pull_back(gradient, output),
            );
        }
        if let Some(of_weights) = of_weights {
            if let Some(bias) = self.bias.clone() {
                vectorised(
                    #[inline(always)]
                    || column_sums(gradient, &mut of_weights[bias]),
                );
            }
            products::weight_gradient(
                [&self.links, &self.turned],
                self.sizes(batch),
                input,
                gradient,
                false,
                packed,
                &mut of_weights[self.weight.clone()],
            );
        }
        if let Some(of_input) = of_input {
            products::input_gradient(
                &self.links,
                self.sizes(batch),
                gradient,
                &weights[self.weight.clone()],
                false,
                packed,
                of_input,
            );
        }
    }

    /// ẏ = f′ · (ẋ W + x Ẇ + ḃ). Keeps what f′ is multiplied with, if f is curved.
    fn along(&self, pass: Along<'_>) {
        let Along {
            batch,
            input,
            input_tangent,
            weights,
            weight_tangent,
            output,
            output_tangent,
            kept_tangent,
            packed,
            ..
        } = pass;
        let sizes = self.sizes(batch);
        let mut product = |x: &[f32], weights: &[f32], end| {
            let weights = &weights[self.weight.clone()];
            products::forward(&self.links, sizes, x, weights, end, packed, output_tangent);
        };
        if let Some(moved) = weight_tangent {
            let end = End {
                bias: self.bias(moved),
                ..End::default()
            };
            product(input, moved, end);
        }
        if let Some(tangent) = input_tangent {
            let end = End {
                keep: weight_tangent.is_some(),
                ..End::default()
            };
            product(tangent, weights, end);
        }
        kept_tangent.clear();
        if let Some(function) = self.function {
            if function.is_curved() {
                kept_tangent.extend_from_slice(output_tangent);
            }
            vectorised(
                #[inline(always)]
                || function.pull_back(output_tangent, output),
            );
        }
    }

    /// With g and ġ the gradients of x W + b and of ẋ W + x Ẇ + ḃ: ∂/∂b = Σ g,
    /// ∂/∂W = Σ xᵀ g + Σ ẋᵀ ġ, ∂/∂x = g Wᵀ + ġ Ẇᵀ, ∂/∂ẋ = ġ Wᵀ.
    fn back(&self, pass: Back<'_>) {
        let Back {
            batch,
            input,
            input_tangent,
            weights,
            weight_tangent,
            output,
            kept_tangent,
            gradient,
            tangent_gradient,
            of_input,
            of_input_tangent,
            of_weights,
            packed,
            ..
        } = pass;
        if let Some(function) = self.function {
            vectorised(
                #[inline(always)]
                || function.pull_back_twice(gradient, tangent_gradient, output, kept_tangent),
            );
        }
        let sizes = self.sizes(batch);
        if let Some(bias) = self.bias.clone() {
            vectorised(
                #[inline(always)]
                || column_sums(gradient, &mut of_weights[bias]),
            );
        }
        let links = [&self.links, &self.turned];
        let to = &mut of_weights[self.weight.clone()];
        products::weight_gradient(links, sizes, input, gradient, false, packed, to);
        if let Some(tangent) = input_tangent {
            products::weight_gradient(links, sizes, tangent, tangent_gradient, true, packed, to);
        }
        let mut product = |gradient: &[f32], weights: &[f32], keep, to: &mut [f32]| {
            let weight = &weights[self.weight.clone()];
            products::input_gradient(&self.links, sizes, gradient, weight, keep, packed, to);
        };
        if let Some(of_input) = of_input {
            product(gradient, weights, false, of_input);
            if let Some(moved) = weight_tangent {
                product(tangent_gradient, moved, true, of_input);
            }
        }
        if let Some(of_tangent) = of_input_tangent {
            product(tangent_gradient, weights, false, of_tangent);
        }
    }

    #[cfg(test)]
    fn composed(
        &self,
        x: &candle_core::Tensor,
        weights: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        super::composed::affine(self, x, weights)
    }
}

/// The sum of every column of a row-major matrix, row after row.
#[inline(always)]
fn column_sums(matrix: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for row in matrix.chunks_exact(sums.len().max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}
