//! y = f(x W + b) over linked positions: dense layers, convolutions and transposed convolutions.

use std::ops::Range;

use super::links::Links;
use super::products::{self, End, Sizes};
use super::{Backward, Forward, Layer};
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
                packed,
                of_input,
            );
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
