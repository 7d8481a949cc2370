//! Second derivatives of a network: the gradient of a directional derivative.
//!
//! A penalty on D's gradient, or a step of D that G looks through, needs ∂/∂θ ⟨v, ∇ₓ Σ D(x; θ)⟩.
//! Since ⟨v, ∇ₓ Σ D⟩ is the derivative of Σ D along v, a pass forward with a tangent and one pass
//! back through both give it (Pearlmutter 1994): no graph of a backward pass is kept or
//! differentiated.

use super::{Network, Pass, Workspace};
use crate::ops::gemm::Packed;

/// What a layer reads and writes going forward along a direction.
pub struct Along<'a> {
    /// Samples.
    pub batch: usize,
    /// What the forward pass was for.
    pub pass: Pass,
    /// The layer's input.
    pub input: &'a [f32],
    /// Its tangent.
    pub input_tangent: &'a [f32],
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// What the forward pass wrote.
    pub output: &'a [f32],
    /// What it kept.
    pub kept: &'a [f32],
    /// To be overwritten with the output's tangent.
    pub output_tangent: &'a mut [f32],
    /// To be overwritten with whatever going back will need besides.
    pub kept_tangent: &'a mut Vec<f32>,
    /// A buffer that layers share.
    pub packed: &'a mut Packed,
}

/// What a layer reads and writes going back through values and tangents.
pub struct Back<'a> {
    /// Samples.
    pub batch: usize,
    /// What the forward pass was for.
    pub pass: Pass,
    /// The layer's input.
    pub input: &'a [f32],
    /// Its tangent.
    pub input_tangent: &'a [f32],
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// What the forward pass wrote.
    pub output: &'a [f32],
    /// What it kept.
    pub kept: &'a [f32],
    /// What the pass along the direction kept.
    pub kept_tangent: &'a [f32],
    /// The gradient of the output; may be used as a buffer.
    pub gradient: &'a mut [f32],
    /// The gradient of the output's tangent; may be used as a buffer.
    pub tangent_gradient: &'a mut [f32],
    /// To be overwritten with the gradients of the input and of its tangent, where they are wanted.
    pub of_input: Option<[&'a mut [f32]; 2]>,
    /// The gradient of the network's weights: the layer overwrites its own.
    pub of_weights: &'a mut [f32],
    /// A buffer that layers share.
    pub packed: &'a mut Packed,
}

impl Network {
    /// ∇ₓ Σ D(x; θ), `[batch, inputs]`, leaving the forward pass in `work`.
    pub(super) fn slope(
        &self,
        (batch, pass): (usize, Pass),
        x: &[f32],
        weights: &[f32],
        work: &mut Workspace,
    ) -> Vec<f32> {
        let y = self.forward(batch, pass, x, weights, work);
        let mut slope = vec![0.0; x.len()];
        let ones = vec![1.0; y.len()];
        let arguments = (x, weights, y.as_slice());
        self.backward(
            (batch, pass),
            arguments,
            &ones,
            Some(&mut slope),
            None,
            work,
        );
        work.last = y;
        slope
    }

    /// ∂/∂θ ⟨v, ∇ₓ Σ D(x; θ)⟩ for the x and θ of the last [`Self::slope`].
    pub(super) fn slope_gradient(
        &self,
        (batch, pass): (usize, Pass),
        x: &[f32],
        v: &[f32],
        weights: &[f32],
        work: &mut Workspace,
    ) -> Vec<f32> {
        let Workspace {
            outputs,
            last,
            kept,
            tangents,
            packed,
            ..
        } = work;
        let count = self.layers.len();
        tangents.resize_with(count, Tangent::default);
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, after) = tangents.split_at_mut(i);
            let Tangent {
                output,
                kept: kept_tangent,
            } = &mut after[0];
            output.resize(batch * layer.outputs(), 0.0);
            layer.along(Along {
                batch,
                pass,
                input: if i == 0 { x } else { &outputs[i - 1] },
                input_tangent: before.last().map_or(v, |t| t.output.as_slice()),
                weights,
                output: outputs.get(i).unwrap_or(last),
                kept: &kept[i],
                output_tangent: output,
                kept_tangent,
                packed,
            });
        }
        let mut of_weights = vec![0.0; self.weights];
        // The derivative along v is the sum of the last tangents: the values do not enter it.
        let mut gradient = vec![0.0; last.len()];
        let mut tangent_gradient = vec![1.0; last.len()];
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let size = batch * layer.inputs();
            let (mut of_value, mut of_tangent) = (vec![0.0; size], vec![0.0; size]);
            layer.back(Back {
                batch,
                pass,
                input: if i == 0 { x } else { &outputs[i - 1] },
                input_tangent: if i == 0 { v } else { &tangents[i - 1].output },
                weights,
                output: outputs.get(i).unwrap_or(last),
                kept: &kept[i],
                kept_tangent: &tangents[i].kept,
                gradient: &mut gradient,
                tangent_gradient: &mut tangent_gradient,
                of_input: (i > 0).then_some([&mut of_value, &mut of_tangent]),
                of_weights: &mut of_weights,
                packed,
            });
            (gradient, tangent_gradient) = (of_value, of_tangent);
        }
        of_weights
    }
}

/// A layer's part of a pass along a direction.
#[derive(Default)]
pub(super) struct Tangent {
    output: Vec<f32>,
    kept: Vec<f32>,
}
