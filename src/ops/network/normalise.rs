//! Batch and layer normalisation, with the activation that follows.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::dots::{LANES, total};
use super::{Backward, Forward, Layer, Pass};
use crate::elementary::vectorised;
use crate::ops::Function;

/// Added to the variance before the root, as in PyTorch, so that a constant has a finite norm.
pub const EPSILON: f32 = 1e-5;

/// Weight of the newest batch in the running statistics: PyTorch's default.
const MOMENTUM: f32 = 0.1;

/// What both normalisations share: gain and shift of every channel, and the activation.
#[derive(Clone, Debug)]
struct Scale {
    positions: usize,
    channels: usize,
    gamma: Range<usize>,
    beta: Range<usize>,
    function: Option<Function>,
}

impl Scale {
    fn new(
        [positions, channels]: [usize; 2],
        [gamma, beta]: [Range<usize>; 2],
        function: Option<Function>,
    ) -> Self {
        assert_eq!(
            [gamma.len(), beta.len()],
            [channels; 2],
            "a gain and a shift a channel"
        );
        Self {
            positions,
            channels,
            gamma,
            beta,
            function,
        }
    }
}

/// y = f(γ (x − μ) / √(σ² + ε) + β), with μ and σ² (biased) of every channel over samples and
/// positions (Ioffe and Szegedy 2015).
///
/// At evaluation, running averages stand for μ and σ² (unbiased), so that a sample does not depend
/// on the others; they move by 0.1 towards every batch of the network's own training steps.
#[derive(Debug)]
pub struct BatchNorm {
    scale: Scale,
    running: Mutex<Running>,
}

#[derive(Clone, Debug)]
struct Running {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl BatchNorm {
    /// Over `[positions, channels]`, with gain and shift at these places among the weights.
    ///
    /// # Panics
    /// If a range has another length than the channels.
    pub fn new(sizes: [usize; 2], weights: [Range<usize>; 2], function: Option<Function>) -> Self {
        let [_, channels] = sizes;
        Self {
            scale: Scale::new(sizes, weights, function),
            running: Mutex::new(Running {
                mean: vec![0.0; channels],
                variance: vec![1.0; channels],
            }),
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Mean and biased variance of every column of a row-major matrix, rows in order.
#[inline(always)]
fn moments(x: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let columns = mean.len();
    let rows = (x.len() / columns) as f32;
    mean.fill(0.0);
    for row in x.chunks_exact(columns) {
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
    }
    mean.iter_mut().for_each(|m| *m /= rows);
    variance.fill(0.0);
    for row in x.chunks_exact(columns) {
        for ((v, x), m) in variance.iter_mut().zip(row).zip(&*mean) {
            *v = (x - m).mul_add(x - m, *v);
        }
    }
    variance.iter_mut().for_each(|v| *v /= rows);
}

#[inline(always)]
fn inverse_root(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

impl Layer for BatchNorm {
    fn inputs(&self) -> usize {
        self.scale.positions * self.scale.channels
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    /// Keeps μ and 1/√(σ² + ε).
    fn forward(&self, pass: Forward<'_>) {
        let Forward {
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
        kept.resize(2 * channels, 0.0);
        let (mean, factor) = kept.split_at_mut(*channels);
        if pass.pass == Pass::Evaluate {
            let running = self.running();
            mean.copy_from_slice(&running.mean);
            factor.copy_from_slice(&running.variance);
        } else {
            vectorised(
                #[inline(always)]
                || moments(input, mean, factor),
            );
        }
        if pass.pass == Pass::Train {
            let rows = (input.len() / channels) as f32;
            // The unbiased variance, for the population that the batch was drawn from.
            let unbiased = rows / (rows - 1.0);
            let mut running = self.running();
            let running = &mut *running;
            for (running, new) in running.mean.iter_mut().zip(&*mean) {
                *running += MOMENTUM * (new - *running);
            }
            for (running, new) in running.variance.iter_mut().zip(&*factor) {
                *running += MOMENTUM * (new * unbiased - *running);
            }
        }
        factor.iter_mut().for_each(|v| *v = inverse_root(*v));
        let (gamma, beta) = (&weights[gamma.clone()], &weights[beta.clone()]);
        vectorised(
            #[inline(always)]
            || {
                for (row, out) in input
                    .chunks_exact(*channels)
                    .zip(output.chunks_exact_mut(*channels))
                {
                    let scale = mean.iter().zip(&*factor).zip(gamma.iter().zip(beta));
                    for ((y, x), ((m, f), (g, b))) in out.iter_mut().zip(row).zip(scale) {
                        *y = ((x - m) * f).mul_add(*g, *b);
                    }
                    if let Some(function) = function {
                        function.apply(out);
                    }
                }
            },
        );
    }

    /// With g = ∂L/∂y · f′, x̂ = (x − μ) / √(σ² + ε) and means over samples and positions:
    /// ∂L/∂γ = Σ g x̂; ∂L/∂β = Σ g; ∂L/∂x = γ (g − mean(g) − x̂ · mean(g x̂)) / √(σ² + ε).
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
        let (mean, factor) = kept.split_at(channels);
        let mut sums = vec![0.0; 2 * channels];
        let (of_gamma, of_beta) = sums.split_at_mut(channels);
        vectorised(
            #[inline(always)]
            || {
                let rows = input
                    .chunks_exact(channels)
                    .zip(output.chunks_exact(channels));
                for (gradient, (row, output)) in gradient.chunks_exact_mut(channels).zip(rows) {
                    if let Some(function) = function {
                        function.pull_back(gradient, output);
                    }
                    let sums = of_gamma.iter_mut().zip(of_beta.iter_mut());
                    let scale = mean.iter().zip(factor);
                    for (((g, x), (m, f)), (dot, sum)) in
                        gradient.iter().zip(row).zip(scale).zip(sums)
                    {
                        *dot = ((x - m) * f).mul_add(*g, *dot);
                        *sum += g;
                    }
                }
            },
        );
        if let Some(of_weights) = of_weights {
            of_weights[gamma.clone()].copy_from_slice(of_gamma);
            of_weights[beta.clone()].copy_from_slice(of_beta);
        }
        let Some(of_input) = of_input else { return };
        let gamma = &weights[gamma.clone()];
        // At evaluation the statistics are constants.
        let n = (input.len() / channels) as f32;
        let share = if pass.pass == Pass::Evaluate {
            0.0
        } else {
            1.0 / n
        };
        of_gamma
            .iter_mut()
            .chain(of_beta.iter_mut())
            .for_each(|sum| *sum *= share);
        let scale: Vec<f32> = factor.iter().zip(gamma).map(|(f, g)| f * g).collect();
        vectorised(
            #[inline(always)]
            || {
                let rows = input
                    .chunks_exact(channels)
                    .zip(gradient.chunks_exact(channels));
                for (out, (row, gradient)) in of_input.chunks_exact_mut(channels).zip(rows) {
                    for j in 0..channels {
                        let hat = (row[j] - mean[j]) * factor[j];
                        out[j] = (gradient[j] - hat.mul_add(of_gamma[j], of_beta[j])) * scale[j];
                    }
                }
            },
        );
    }

    fn buffers(&self) -> Vec<Vec<f32>> {
        let running = self.running();
        vec![running.mean.clone(), running.variance.clone()]
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
        super::composed::normalise(
            x,
            weights,
            [*positions, *channels],
            [gamma, beta],
            *function,
            true,
        )
    }
}

/// y = f(γ (x − μ) / √(σ² + ε) + β), with μ and σ² (biased) of every sample over its channels (Ba
/// et al. 2016); the same in training and at evaluation.
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
}

/// Σ f(i) over a row, in lanes.
#[inline(always)]
fn sum(columns: usize, f: impl Fn(usize) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let whole = columns - columns % LANES;
    for first in (0..whole).step_by(LANES) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += f(first + lane);
        }
    }
    for (i, sum) in (whole..columns).zip(&mut sums) {
        *sum += f(i);
    }
    total(sums)
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
                let rows = input
                    .chunks_exact(channels)
                    .zip(output.chunks_exact_mut(channels));
                for ((x, y), kept) in rows.zip(kept.chunks_exact_mut(2)) {
                    let n = channels as f32;
                    let mean = sum(channels, |j| x[j]) / n;
                    let factor = inverse_root(sum(channels, |j| (x[j] - mean) * (x[j] - mean)) / n);
                    for j in 0..channels {
                        y[j] = ((x[j] - mean) * factor).mul_add(gamma[j], beta[j]);
                    }
                    if let Some(function) = function {
                        function.apply(y);
                    }
                    kept.copy_from_slice(&[mean, factor]);
                }
            },
        );
    }

    /// With ĝ = γ · ∂L/∂y · f′ and means over the channels:
    /// ∂L/∂x = (ĝ − mean(ĝ) − x̂ · mean(ĝ x̂)) / √(σ² + ε).
    fn backward(&self, pass: Backward<'_>) {
        let Backward {
            input,
            weights,
            output,
            kept,
            gradient,
            mut of_input,
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
        let mut sums = vec![0.0; 2 * channels];
        let (of_gamma, of_beta) = sums.split_at_mut(channels);
        let gains = &weights[gamma.clone()];
        vectorised(
            #[inline(always)]
            || {
                let rows = input
                    .chunks_exact(channels)
                    .zip(output.chunks_exact(channels));
                let rows = rows
                    .zip(gradient.chunks_exact_mut(channels))
                    .zip(kept.chunks_exact(2));
                for (i, (((x, y), g), kept)) in rows.enumerate() {
                    let (mean, factor) = (kept[0], kept[1]);
                    if let Some(function) = function {
                        function.pull_back(g, y);
                    }
                    for j in 0..channels {
                        of_gamma[j] = ((x[j] - mean) * factor).mul_add(g[j], of_gamma[j]);
                        of_beta[j] += g[j];
                    }
                    let Some(of_input) = &mut of_input else {
                        continue;
                    };
                    let n = channels as f32;
                    let average = sum(channels, |j| g[j] * gains[j]) / n;
                    let dot = sum(channels, |j| g[j] * gains[j] * ((x[j] - mean) * factor)) / n;
                    let out = &mut of_input[i * channels..][..channels];
                    for j in 0..channels {
                        let hat = (x[j] - mean) * factor;
                        out[j] = (g[j].mul_add(gains[j], -hat.mul_add(dot, average))) * factor;
                    }
                }
            },
        );
        if let Some(of_weights) = of_weights {
            of_weights[gamma.clone()].copy_from_slice(of_gamma);
            of_weights[beta.clone()].copy_from_slice(of_beta);
        }
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
        super::composed::normalise(
            x,
            weights,
            [*positions, *channels],
            [gamma, beta],
            *function,
            false,
        )
    }
}
