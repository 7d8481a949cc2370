//! Second derivatives of a normalisation, over groups of any shape.
//!
//! A group is what shares a mean and a variance: a channel of the batch, or a sample, or a channel of
//! a sample. With n values
//! a group, s = 1/√(σ² + ε) and x̂ = s (x − μ), the Jacobian ∂x̂/∂x is the symmetric operator
//! J u = s (u − mean(u) − x̂ · mean(x̂ u)). Along ẋ, x̂ moves by J ẋ.

use std::ops::Range;

use super::Scale;
use crate::elementary::vectorised;
use crate::ops::network::{Along, Back};

/// What shares a mean and a variance.
#[derive(Clone, Copy)]
pub(super) enum Over {
    /// A channel, of all rows.
    Channel,
    /// A row.
    Row,
    /// A sample, of all its positions and channels.
    Sample,
    /// A channel of a sample, of all its positions.
    Instance,
}

/// Groups of the values of `rows` by `channels`; a row is a position and one of the `samples`.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    pub over: Over,
    pub rows: usize,
    pub samples: usize,
    pub channels: usize,
}

impl Groups {
    fn count(self) -> usize {
        match self.over {
            Over::Channel => self.channels,
            Over::Row => self.rows,
            Over::Sample => self.samples,
            Over::Instance => self.samples * self.channels,
        }
    }

    fn size(self) -> f32 {
        (self.rows * self.channels / self.count()) as f32
    }

    /// Calls `work(place, channel, group)` for every value.
    #[inline(always)]
    fn each(self, mut work: impl FnMut(usize, usize, usize)) {
        for row in 0..self.rows {
            let sample = row % self.samples;
            for channel in 0..self.channels {
                let group = match self.over {
                    Over::Channel => channel,
                    Over::Row => row,
                    Over::Sample => sample,
                    Over::Instance => sample * self.channels + channel,
                };
                work(row * self.channels + channel, channel, group);
            }
        }
    }

    /// The means over every group of several quantities.
    #[inline(always)]
    fn means<const N: usize>(self, of: impl Fn(usize, usize, usize) -> [f32; N]) -> Vec<[f32; N]> {
        let mut sums = vec![[0.0; N]; self.count()];
        self.each(|place, channel, group| {
            let values = of(place, channel, group);
            for (sum, value) in sums[group].iter_mut().zip(values) {
                *sum += value;
            }
        });
        for sum in sums.iter_mut().flatten() {
            *sum /= self.size();
        }
        sums
    }
}

/// ẏ = f′ · (γ J ẋ + γ̇ x̂ + β̇). Keeps the tangent before the activation; `mean` and `factor` are the
/// groups' μ and s.
pub(super) fn along(scale: &Scale, groups: Groups, [mean, factor]: [&[f32]; 2], pass: Along<'_>) {
    let Along {
        input,
        input_tangent,
        weights,
        weight_tangent,
        output,
        output_tangent,
        kept_tangent,
        ..
    } = pass;
    let gamma = &weights[scale.gamma.clone()];
    let moved_scale = weight_tangent.map(|moved| scale.of(moved));
    let tangent = |at: usize| input_tangent.map_or(0.0, |tangent| tangent[at]);
    vectorised(
        #[inline(always)]
        || {
            let hat = |at: usize, g: usize| (input[at] - mean[g]) * factor[g];
            let means = groups.means(|at, _, g| {
                let x = tangent(at);
                [x, x * hat(at, g)]
            });
            groups.each(|at, channel, g| {
                let [m, dot] = means[g];
                let moved = factor[g] * (tangent(at) - m - hat(at, g) * dot);
                output_tangent[at] = gamma[channel] * moved;
            });
            if let Some([gain, shift]) = moved_scale {
                groups.each(|at, channel, g| {
                    output_tangent[at] += gain[channel].mul_add(hat(at, g), shift[channel]);
                });
            }
            kept_tangent.clear();
            kept_tangent.extend_from_slice(output_tangent);
            if let Some(function) = scale.function {
                function.pull_back(output_tangent, output);
            }
        },
    );
}

/// With p and q the gradients of x̂ and of J ẋ (with g and ġ those of the output and of its tangent,
/// p = γ g + γ̇ ġ and q = γ ġ), a = mean(x̂ q), b = mean(x̂ ẋ) and
/// A = Σ q ẋ − n · mean(q) mean(ẋ) − n a b: the gradient of ẋ is J q, that of x is
/// J (p − s (a ẋ + b q)) − s² A/n · x̂.
pub(super) fn back(scale: &Scale, groups: Groups, [mean, factor]: [&[f32]; 2], pass: Back<'_>) {
    let Back {
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
        ..
    } = pass;
    let gamma = &weights[scale.gamma.clone()];
    let moved_gain = weight_tangent.map(|moved| scale.of(moved)[0]);
    let tangent = |at: usize| input_tangent.map_or(0.0, |tangent| tangent[at]);
    let part = |range: &Range<usize>| range.clone();
    vectorised(
        #[inline(always)]
        || {
            if let Some(function) = scale.function {
                function.pull_back_twice(gradient, tangent_gradient, output, kept_tangent);
            }
            let (gradient, tangent_gradient) = (&*gradient, &*tangent_gradient);
            let hat = |at: usize, g: usize| (input[at] - mean[g]) * factor[g];
            let p = |at: usize, channel: usize| {
                let of_gain = moved_gain.map_or(0.0, |gain| gain[channel] * tangent_gradient[at]);
                gamma[channel].mul_add(gradient[at], of_gain)
            };
            let q = |at: usize, channel: usize| gamma[channel] * tangent_gradient[at];
            let tangents = groups.means(|at, _, g| {
                let x = tangent(at);
                [x, x * hat(at, g)]
            });
            let mut sums = vec![[0.0; 2]; groups.channels];
            groups.each(|at, channel, g| {
                let [m, b] = tangents[g];
                let hat = hat(at, g);
                let moved = factor[g] * (tangent(at) - m - hat * b);
                sums[channel][0] += gradient[at] * hat + tangent_gradient[at] * moved;
                sums[channel][1] += gradient[at];
            });
            for (range, which) in [(&scale.gamma, 0), (&scale.beta, 1)] {
                let to = of_weights[part(range)].iter_mut();
                to.zip(&sums).for_each(|(to, sum)| *to = sum[which]);
            }
            let Some(of_input) = of_input else {
                return;
            };
            let mut nobody = Vec::new();
            let of_tangent = match of_input_tangent {
                Some(of_tangent) => of_tangent,
                None => {
                    nobody.resize(of_input.len(), 0.0);
                    &mut nobody
                }
            };
            let means = groups.means(|at, channel, g| {
                let (p, q, hat) = (p(at, channel), q(at, channel), hat(at, g));
                [p, p * hat, q, q * hat, q * tangent(at)]
            });
            groups.each(|at, channel, g| {
                let s = factor[g];
                let ([m, b], [mean_p, dot_p, mean_q, a, qx]) = (tangents[g], means[g]);
                let (hat, q) = (hat(at, g), q(at, channel));
                of_tangent[at] = s * (q - mean_q - hat * a);
                let u = p(at, channel) - s * (a * tangent(at) + b * q);
                let mean_u = mean_p - s * (a * m + b * mean_q);
                let dot_u = dot_p - 2.0 * s * a * b;
                let curved = s * s * (qx - mean_q * m - a * b) * hat;
                of_input[at] = s * (u - mean_u - hat * dot_u) - curved;
            });
        },
    );
}
