//! Normalisation of every sample over the positions of its image: instance normalisation (Ulyanov
//! et al. 2016), and layer normalisation (Ba et al. 2016) of images.

use std::ops::Range;

use super::second::{self, Groups, Over};
use super::{Scale, inverse_root};
use crate::elementary::vectorised;
use crate::ops::Function;
use crate::ops::network::{Along, Back, Backward, Forward, Layer};

/// y = f(γ (x − μ) / √(σ² + ε) + β), with μ and σ² (biased) of every sample over its positions, each
/// channel for itself (instance) or all channels together (layer). γ and β are those of a channel in
/// both. The same in training and at evaluation.
#[derive(Clone, Debug)]
pub struct SampleNorm {
    scale: Scale,
    over_channels: bool,
}

impl SampleNorm {
    /// Statistics of a sample and channel over `[positions, channels]`, with gain and shift at these
    /// places among the weights.
    ///
    /// # Panics
    /// If a range has another length than the channels.
    pub fn instance(
        sizes: [usize; 2],
        weights: [Range<usize>; 2],
        function: Option<Function>,
    ) -> Self {
        Self {
            scale: Scale::new(sizes, weights, function),
            over_channels: false,
        }
    }

    /// Statistics of a sample over positions and channels.
    ///
    /// # Panics
    /// As [`Self::instance`].
    pub fn layer(
        sizes: [usize; 2],
        weights: [Range<usize>; 2],
        function: Option<Function>,
    ) -> Self {
        Self {
            over_channels: true,
            ..Self::instance(sizes, weights, function)
        }
    }

    /// Sums over positions to means of the groups: `[sample, channel]`, equal for the channels that
    /// are taken together.
    #[inline(always)]
    fn to_means(&self, sums: &mut [f32]) {
        let Scale {
            positions,
            channels,
            ..
        } = self.scale;
        if self.over_channels {
            for sample in sums.chunks_exact_mut(channels) {
                let mean = sample.iter().sum::<f32>() / (positions * channels) as f32;
                sample.fill(mean);
            }
        } else {
            sums.iter_mut().for_each(|sum| *sum /= positions as f32);
        }
    }

    fn groups(&self, values: usize) -> Groups {
        let Scale {
            positions,
            channels,
            ..
        } = self.scale;
        let rows = values / channels;
        Groups {
            over: match self.over_channels {
                true => Over::Sample,
                false => Over::Instance,
            },
            rows,
            samples: rows / positions,
            channels,
        }
    }
}

/// Calls `work` on a row of `[position, sample]` and the values of its sample: the place of the row,
/// and that of the sample among `[sample, channel]`.
#[inline(always)]
fn rows(batch: usize, values: usize, channels: usize, mut work: impl FnMut(usize, usize)) {
    for row in 0..values / channels {
        work(row * channels, row % batch * channels);
    }
}

impl Layer for SampleNorm {
    fn inputs(&self) -> usize {
        self.scale.positions * self.scale.channels
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    /// Keeps μ and 1/√(σ² + ε), `[sample, channel]` each.
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
        let columns = batch * channels;
        let (gamma, beta) = (&weights[gamma.clone()], &weights[beta.clone()]);
        kept.resize(2 * columns, 0.0);
        let (mean, factor) = kept.split_at_mut(columns);
        vectorised(
            #[inline(always)]
            || {
                mean.fill(0.0);
                for x in input.chunks_exact(columns) {
                    mean.iter_mut().zip(x).for_each(|(m, x)| *m += x);
                }
                self.to_means(mean);
                factor.fill(0.0);
                for x in input.chunks_exact(columns) {
                    for ((v, x), m) in factor.iter_mut().zip(x).zip(&*mean) {
                        *v = (x - m).mul_add(x - m, *v);
                    }
                }
                self.to_means(factor);
                factor.iter_mut().for_each(|v| *v = inverse_root(*v));
                rows(batch, input.len(), channels, |at, sample| {
                    let (x, y) = (&input[at..][..channels], &mut output[at..][..channels]);
                    let statistics = mean[sample..].iter().zip(&factor[sample..]);
                    let scale = statistics.zip(gamma.iter().zip(beta));
                    for ((y, x), ((m, f), (g, b))) in y.iter_mut().zip(x).zip(scale) {
                        *y = ((x - m) * f).mul_add(*g, *b);
                    }
                });
                if let Some(function) = function {
                    function.apply(output);
                }
            },
        );
    }

    /// With g = ∂L/∂y · f′, ĝ = γ g and means over the group: ∂L/∂γ = Σ g x̂; ∂L/∂β = Σ g;
    /// ∂L/∂x = (ĝ − mean(ĝ) − x̂ · mean(ĝ x̂)) / √(σ² + ε).
    fn backward(&self, pass: Backward<'_>) {
        let Backward {
            batch,
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
        let columns = batch * channels;
        let (mean, factor) = kept.split_at(columns);
        let gains = &weights[gamma.clone()];
        // Σ g and Σ g x̂ of every sample and channel.
        let (mut sums, mut dots) = (vec![0.0; columns], vec![0.0; columns]);
        vectorised(
            #[inline(always)]
            || {
                if let Some(function) = function {
                    function.pull_back(gradient, output);
                }
                let positions = input.chunks_exact(columns);
                for (x, g) in positions.zip(gradient.chunks_exact(columns)) {
                    let statistics = mean.iter().zip(factor);
                    let to = sums.iter_mut().zip(&mut dots);
                    for (((x, g), (m, f)), (sum, dot)) in x.iter().zip(g).zip(statistics).zip(to) {
                        *sum += g;
                        *dot = ((x - m) * f).mul_add(*g, *dot);
                    }
                }
            },
        );
        if let Some(of_weights) = of_weights {
            for (range, sums) in [(gamma, &dots), (beta, &sums)] {
                let to = &mut of_weights[range.clone()];
                to.fill(0.0);
                for sample in sums.chunks_exact(channels) {
                    to.iter_mut().zip(sample).for_each(|(to, sum)| *to += sum);
                }
            }
        }
        let Some(of_input) = of_input else { return };
        vectorised(
            #[inline(always)]
            || {
                for sums in [&mut sums, &mut dots] {
                    for sample in sums.chunks_exact_mut(channels) {
                        sample.iter_mut().zip(gains).for_each(|(s, k)| *s *= k);
                    }
                    self.to_means(sums);
                }
                rows(batch, input.len(), channels, |at, sample| {
                    let values = input[at..].iter().zip(&gradient[at..]).zip(gains);
                    let statistics = mean[sample..].iter().zip(&factor[sample..]);
                    let sums = sums[sample..].iter().zip(&dots[sample..]);
                    let of_input = of_input[at..][..channels].iter_mut();
                    for (((out, ((x, g), gain)), (m, f)), (sum, dot)) in
                        of_input.zip(values).zip(statistics).zip(sums)
                    {
                        let hat = (x - m) * f;
                        *out = g.mul_add(*gain, -hat.mul_add(*dot, *sum)) * f;
                    }
                });
            },
        );
    }

    fn along(&self, pass: Along<'_>) {
        let [mean, factor] = self.statistics(pass.kept);
        let groups = self.groups(pass.input.len());
        second::along(&self.scale, groups, [&mean, &factor], pass);
    }

    fn back(&self, pass: Back<'_>) {
        let [mean, factor] = self.statistics(pass.kept);
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
        crate::ops::network::composed::normalise_samples(
            x,
            weights,
            [*positions, *channels],
            [gamma, beta],
            *function,
            self.over_channels,
        )
    }
}

impl SampleNorm {
    /// μ and 1/√(σ² + ε), one a group.
    fn statistics(&self, kept: &[f32]) -> [Vec<f32>; 2] {
        let step = match self.over_channels {
            true => self.scale.channels,
            false => 1,
        };
        let (mean, factor) = kept.split_at(kept.len() / 2);
        [mean, factor].map(|all| all.iter().copied().step_by(step).collect())
    }
}
