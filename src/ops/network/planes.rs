//! Images to positions and back: `[sample, channel, position]` ↔ `[position, sample, channel]`.

use super::{Along, Back, Backward, Forward, Layer};

/// Rearranges a batch between images whose channels are planes, as data sets, metrics and pictures
/// have them, and the layout of positions, which layers over positions work on.
#[derive(Clone, Copy, Debug)]
pub struct Planes {
    positions: usize,
    channels: usize,
    to_positions: bool,
}

impl Planes {
    /// `[sample, channel, position]` → `[position, sample, channel]`.
    pub fn to_positions(positions: usize, channels: usize) -> Self {
        Self {
            positions,
            channels,
            to_positions: true,
        }
    }

    /// `[position, sample, channel]` → `[sample, channel, position]`.
    pub fn from_positions(positions: usize, channels: usize) -> Self {
        Self {
            to_positions: false,
            ..Self::to_positions(positions, channels)
        }
    }

    fn swap(self, to_positions: bool, from: &[f32], to: &mut [f32]) {
        let Self {
            positions,
            channels,
            ..
        } = self;
        let batch = from.len() / (positions * channels);
        for sample in 0..batch {
            for channel in 0..channels {
                for position in 0..positions {
                    let plane = (sample * channels + channel) * positions + position;
                    let place = (position * batch + sample) * channels + channel;
                    match to_positions {
                        true => to[place] = from[plane],
                        false => to[plane] = from[place],
                    }
                }
            }
        }
    }
}

impl Layer for Planes {
    fn inputs(&self) -> usize {
        self.positions * self.channels
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn forward(&self, pass: Forward<'_>) {
        self.swap(self.to_positions, pass.input, pass.output);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(of_input) = pass.of_input {
            self.swap(!self.to_positions, pass.gradient, of_input);
        }
    }

    fn is_weightless(&self) -> bool {
        true
    }

    fn along(&self, pass: Along<'_>) {
        if let Some(tangent) = pass.input_tangent {
            self.swap(self.to_positions, tangent, pass.output_tangent);
        }
    }

    fn back(&self, pass: Back<'_>) {
        if let Some(of_input) = pass.of_input {
            self.swap(!self.to_positions, pass.gradient, of_input);
        }
        if let Some(of_tangent) = pass.of_input_tangent {
            self.swap(!self.to_positions, pass.tangent_gradient, of_tangent);
        }
    }

    #[cfg(test)]
    fn composed(
        &self,
        x: &candle_core::Tensor,
        _: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        super::composed::planes(x, [self.positions, self.channels], self.to_positions)
    }
}
