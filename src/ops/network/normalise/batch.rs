//! Batch normalisation (Ioffe and Szegedy 2015).

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::second::{self, Groups, Over};
use super::{Scale, inverse_root};
use crate::elementary::vectorised;
use crate::ops::Function;
use crate::ops::network::{Along, Back, Backward, Forward, Layer, Pass};

/// Weight of the newest batch in the running statistics: PyTorch's default.
const MOMENTUM: f32 = 0.1;

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

    fn groups(&self, values: usize) -> Groups {
        let channels = self.scale.channels;
        let rows = values / channels;
        Groups {
            over: Over::Channel,
            rows,
            samples: rows,
            channels,
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
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
                    let values = out.iter_mut().zip(row).zip(gradient);
                    let statistics = mean.iter().zip(factor).zip(&scale);
                    let sums = of_gamma.iter().zip(&*of_beta);
                    for ((((out, x), g), ((m, f), scale)), (dot, sum)) in
                        values.zip(statistics).zip(sums)
                    {
                        *out = (g - ((x - m) * f).mul_add(*dot, *sum)) * scale;
                    }
                }
            },
        );
    }

    fn along(&self, pass: Along<'_>) {
        let (mean, factor) = pass.kept.split_at(self.scale.channels);
        let groups = self.groups(pass.input.len());
        second::along(&self.scale, groups, [mean, factor], pass);
    }

    fn back(&self, pass: Back<'_>) {
        let (mean, factor) = pass.kept.split_at(self.scale.channels);
        let groups = self.groups(pass.input.len());
        second::back(&self.scale, groups, [mean, factor], pass);
    }

    fn buffers(&self) -> Vec<Vec<f32>> {
        let running = self.running();
        vec![running.mean.clone(), running.variance.clone()]
    }

    fn set_buffers(&self, buffers: &mut dyn Iterator<Item = &[f32]>) {
        let mut running = self.running();
        let Running { mean, variance } = &mut *running;
        for (running, stored) in [mean, variance].into_iter().zip(buffers) {
            running.copy_from_slice(stored);
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
        crate::ops::network::composed::normalise(
            x,
            weights,
            [*positions, *channels],
            [gamma, beta],
            *function,
            true,
        )
    }
}
