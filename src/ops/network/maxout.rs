//! The maximum over pieces (Goodfellow et al. 2013).

use super::{Along, Back, Backward, Forward, Layer};

/// y[u] = max over k of x[u · pieces + k], in every row. Of equal pieces the first counts; a NaN is
/// a maximum, so that it is not hidden.
#[derive(Clone, Copy, Debug)]
pub struct Maxout {
    units: usize,
    pieces: usize,
}

impl Maxout {
    /// So many units a sample, each the maximum of so many values.
    ///
    /// # Panics
    /// If a unit has no piece.
    pub fn new(units: usize, pieces: usize) -> Self {
        assert!(pieces > 0, "a maximum of something");
        Self { units, pieces }
    }

    /// The values of the pieces that were the largest.
    fn gather(self, from: &[f32], kept: &[f32], to: &mut [f32]) {
        let units = from.chunks_exact(self.pieces).zip(kept);
        for (to, (pieces, &most)) in to.iter_mut().zip(units) {
            *to = pieces[most as usize];
        }
    }

    /// Gradients to the pieces that were the largest, and 0 to the others.
    fn scatter(self, gradient: &[f32], kept: &[f32], to: &mut [f32]) {
        let units = gradient.iter().zip(kept);
        for (pieces, (&gradient, &most)) in to.chunks_exact_mut(self.pieces).zip(units) {
            pieces.fill(0.0);
            pieces[most as usize] = gradient;
        }
    }
}

impl Layer for Maxout {
    fn inputs(&self) -> usize {
        self.units * self.pieces
    }

    fn outputs(&self) -> usize {
        self.units
    }

    /// Keeps which piece of every unit is the largest.
    fn forward(&self, pass: Forward<'_>) {
        pass.kept.resize(pass.output.len(), 0.0);
        let units = pass.output.iter_mut().zip(pass.kept);
        for (pieces, (y, kept)) in pass.input.chunks_exact(self.pieces).zip(units) {
            let mut most = 0;
            for (k, x) in pieces.iter().enumerate().skip(1) {
                if *x > pieces[most] || x.is_nan() {
                    most = k;
                }
            }
            *y = pieces[most];
            *kept = most as f32;
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(of_input) = pass.of_input {
            self.scatter(pass.gradient, pass.kept, of_input);
        }
    }

    fn is_weightless(&self) -> bool {
        true
    }

    fn along(&self, pass: Along<'_>) {
        if let Some(tangent) = pass.input_tangent {
            self.gather(tangent, pass.kept, pass.output_tangent);
        }
    }

    fn back(&self, pass: Back<'_>) {
        if let Some(of_input) = pass.of_input {
            self.scatter(pass.gradient, pass.kept, of_input);
        }
        if let Some(of_tangent) = pass.of_input_tangent {
            self.scatter(pass.tangent_gradient, pass.kept, of_tangent);
        }
    }

    #[cfg(test)]
    fn composed(
        &self,
        x: &candle_core::Tensor,
        _: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        x.reshape(((), self.pieces))?.max(1)
    }
}
