//! Layer normalisation (Ba et al. 2016).

use std::ops::Range;

use super::second::{self, Groups, Over};
use super::{Scale, inverse_root};
use crate::elementary::vectorised;
use crate::ops::Function;
use crate::ops::network::dots::{LANES, total};
use crate::ops::network::{Along, Back, Backward, Forward, Layer};

/// y = f(γ (x − μ) / √(σ² + ε) + β), with μ and σ² (biased) of every sample over its channels; the
/// same in training and at evaluation.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    scale: Scale,
}

impl LayerNorm {
    /// Over the channels of one position, with gain and shift at these places among the weights.
    ///
    /// # Panics
    /// If a range has another length than the channels.
    pub fn new(channels: usize, weights: [Range<usize>; 2], function: Option<Function>) -> Self {
        Self {
            scale: Scale::new([1, channels], weights, function),
        }
    }

    fn groups(&self, values: usize) -> Groups {
        let channels = self.scale.channels;
        let rows = values / channels;
        Groups {
            over: Over::Row,
            rows,
            samples: rows,
            channels,
        }
    }
}

/// Means and factors of the samples, which are kept in pairs.
fn statistics(kept: &[f32]) -> [Vec<f32>; 2] {
    let each = |i: usize| kept.chunks_exact(2).map(|pair| pair[i]).collect();
    [each(0), each(1)]
}

/// Σ f(x) over a row, in lanes.
#[inline(always)]
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += f(x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += f(x);
    }
    total(sums)
}

/// Σ ĝ and Σ ĝ x̂ of a row.
#[inline(always)]
fn sums(x: &[f32], g: &[f32], gains: &[f32], mean: f32, factor: f32) -> (f32, f32) {
    let (mut sums, mut dots) = ([0.0; LANES], [0.0; LANES]);
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (gs, g_rest) = g.as_chunks::<LANES>();
    let (ks, k_rest) = gains.as_chunks::<LANES>();
    for ((x, g), k) in xs.iter().zip(gs).zip(ks) {
        for lane in 0..LANES {
            let g = g[lane] * k[lane];
            sums[lane] += g;
            dots[lane] = g.mul_add((x[lane] - mean) * factor, dots[lane]);
        }
    }
    let rest = x_rest.iter().zip(g_rest).zip(k_rest);
    for (((x, g), k), (sum, dot)) in rest.zip(sums.iter_mut().zip(&mut dots)) {
        let g = g * k;
        *sum += g;
        *dot = g.mul_add((x - mean) * factor, *dot);
    }
    (total(sums), total(dots))
}

impl Layer for LayerNorm {
    fn inputs(&self) -> usize {
        self.scale.channels
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    /// Keeps μ and 1/√(σ² + ε) of every sample.
    fn forward(&self, pass: Forward<'_>) {
        let Forward {
            batch,
            input,
            weights,
            output,
            kept,
            ..
        } = pass;
        let Scale {
            channels,
            gamma,
            beta,
            function,
            ..
        } = &self.scale;
        let channels = *channels;
        let (gamma, beta) = (&weights[gamma.clone()], &weights[beta.clone()]);
        kept.resize(2 * batch, 0.0);
        vectorised(
            #[inline(always)]
            || {
                let rows = input.chunks_exact(channels);
                let rows = rows.zip(output.chunks_exact_mut(channels));
                for ((x, y), kept) in rows.zip(kept.chunks_exact_mut(2)) {
                    let n = channels as f32;
                    let mean = sum(x, |x| x) / n;
                    let factor = inverse_root(sum(x, |x| (x - mean) * (x - mean)) / n);
                    for ((y, x), (g, b)) in y.iter_mut().zip(x).zip(gamma.iter().zip(beta)) {
                        *y = ((x - mean) * factor).mul_add(*g, *b);
                    }
                    if let Some(function) = function {
                        function.apply(y);
                    }
                    kept.copy_from_slice(&[mean, factor]);
                }
            },
        );
    }

    /// With g = ∂L/∂y · f′, ĝ = γ g and means over the channels: ∂L/∂γ = Σ g x̂; ∂L/∂β = Σ g;
    /// ∂L/∂x = (ĝ − mean(ĝ) − x̂ · mean(ĝ x̂)) / √(σ² + ε).
    fn backward(&self, pass: Backward<'_>) {
        let Backward {
            input,
            weights,
            output,
            kept,
            gradient,
            of_input,
            of_weights,
            ..
        } = pass;
        let Scale {
            channels,
            gamma,
            beta,
            function,
            ..
        } = &self.scale;
        let channels = *channels;
        if let Some(function) = function {
            vectorised(
                #[inline(always)]
                || function.pull_back(gradient, output),
            );
        }
        let rows = || {
            let rows = input.chunks_exact(channels);
            rows.zip(gradient.chunks_exact(channels))
                .zip(kept.chunks_exact(2))
        };
        if let Some(of_weights) = of_weights {
            let mut sums = vec![0.0; 2 * channels];
            let (of_gamma, of_beta) = sums.split_at_mut(channels);
            vectorised(
                #[inline(always)]
                || {
                    for ((x, g), kept) in rows() {
                        let (mean, factor) = (kept[0], kept[1]);
                        let sums = of_gamma.iter_mut().zip(of_beta.iter_mut());
                        for ((x, g), (gamma, beta)) in x.iter().zip(g).zip(sums) {
                            *gamma = ((x - mean) * factor).mul_add(*g, *gamma);
                            *beta += g;
                        }
                    }
                },
            );
            of_weights[gamma.clone()].copy_from_slice(of_gamma);
            of_weights[beta.clone()].copy_from_slice(of_beta);
        }
        let Some(of_input) = of_input else { return };
        let gains = &weights[gamma.clone()];
        vectorised(
            #[inline(always)]
            || {
                for (out, ((x, g), kept)) in of_input.chunks_exact_mut(channels).zip(rows()) {
                    let (mean, factor) = (kept[0], kept[1]);
                    let (sum, dot) = sums(x, g, gains, mean, factor);
                    let (sum, dot) = (sum / channels as f32, dot / channels as f32);
                    for (((out, x), g), gain) in out.iter_mut().zip(x).zip(g).zip(gains) {
                        let hat = (x - mean) * factor;
                        *out = g.mul_add(*gain, -hat.mul_add(dot, sum)) * factor;
                    }
                }
            },
        );
    }

    fn along(&self, pass: Along<'_>) {
        let [mean, factor] = statistics(pass.kept);
        let groups = self.groups(pass.input.len());
        second::along(&self.scale, groups, [&mean, &factor], pass);
    }

    fn back(&self, pass: Back<'_>) {
        let [mean, factor] = statistics(pass.kept);
        let groups = self.groups(pass.input.len());
        second::back(&self.scale, groups, [&mean, &factor], pass);
    }

    #[cfg(test)]
    fn composed(
        &self,
        x: &candle_core::Tensor,
        weights: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        let Scale {
            positions,
            channels,
            gamma,
            beta,
            function,
        } = &self.scale;
        crate::ops::network::composed::normalise(
            x,
            weights,
            [*positions, *channels],
            [gamma, beta],
            *function,
            false,
        )
    }
}
