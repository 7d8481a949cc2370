//! Samples to positions and back: `[sample, position, channel]` ↔ `[position, sample, channel]`.

use super::{Along, Back, Backward, Forward, Layer};

/// Rearranges a batch between the layout of samples, which candle's tensors have, and the layout
/// of positions, which layers over positions work on.
#[derive(Clone, Copy, Debug)]
pub struct Arrange {
    positions: usize,
    channels: usize,
    to_positions: bool,
}

impl Arrange {
    /// `[sample, position, channel]` → `[position, sample, channel]`.
    pub fn by_position(positions: usize, channels: usize) -> Self {
        Self {
            positions,
            channels,
            to_positions: true,
        }
    }

    /// `[position, sample, channel]` → `[sample, position, channel]`.
    pub fn by_sample(positions: usize, channels: usize) -> Self {
        Self {
            to_positions: false,
            ..Self::by_position(positions, channels)
        }
    }

    fn swap(self, batch: usize, to_positions: bool, from: &[f32], to: &mut [f32]) {
        let [outer, inner] = if to_positions {
            [batch, self.positions]
        } else {
            [self.positions, batch]
        };
        for (i, block) in from.chunks_exact(inner * self.channels).enumerate() {
            for (j, channels) in block.chunks_exact(self.channels).enumerate() {
                let at = (j * outer + i) * self.channels;
                to[at..at + self.channels].copy_from_slice(channels);
            }
        }
    }
}

impl Layer for Arrange {
    fn inputs(&self) -> usize {
        self.positions * self.channels
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn forward(&self, pass: Forward<'_>) {
        self.swap(pass.batch, self.to_positions, pass.input, pass.output);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(of_input) = pass.of_input {
            self.swap(pass.batch, !self.to_positions, pass.gradient, of_input);
        }
    }

    fn is_weightless(&self) -> bool {
        true
    }

    fn along(&self, pass: Along<'_>) {
        if let Some(tangent) = pass.input_tangent {
            self.swap(pass.batch, self.to_positions, tangent, pass.output_tangent);
        }
    }

    fn back(&self, pass: Back<'_>) {
        let (batch, back) = (pass.batch, !self.to_positions);
        if let Some(of_input) = pass.of_input {
            self.swap(batch, back, pass.gradient, of_input);
        }
        if let Some(of_tangent) = pass.of_input_tangent {
            self.swap(batch, back, pass.tangent_gradient, of_tangent);
        }
    }

    #[cfg(test)]
    fn composed(
        &self,
        x: &candle_core::Tensor,
        _: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        super::composed::arrange(x, [self.positions, self.channels], self.to_positions)
    }
}
