//! Second derivatives of a network: the gradient of a directional derivative.
//!
//! A penalty on D's gradient needs ∂/∂θ ⟨v, ∇ₓ Σ D(x; θ)⟩, and a step of D that G looks through
//! needs ∂/∂(x, θ) ⟨v, ∇_θ L(D(x; θ))⟩. Either is the gradient of a derivative along v, of x in the
//! one and of θ in the other, so that a pass forward with tangents and one pass back through values
//! and tangents give it (Pearlmutter 1994): no graph of a backward pass is kept or differentiated.

use super::{Backward, Layer, Network, Pass, Workspace};
use crate::ops::gemm::Packed;

/// What a layer reads and writes going forward along a direction.
pub struct Along<'a> {
    /// Samples.
    pub batch: usize,
    /// What the forward pass was for.
    pub pass: Pass,
    /// The layer's input.
    pub input: &'a [f32],
    /// Its tangent; `None` where the input is constant.
    pub input_tangent: Option<&'a [f32]>,
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// Their tangent; `None` where the weights are constant.
    pub weight_tangent: Option<&'a [f32]>,
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
    /// Its tangent; `None` where the input is constant.
    pub input_tangent: Option<&'a [f32]>,
    /// The weights of the whole network.
    pub weights: &'a [f32],
    /// Their tangent; `None` where the weights are constant.
    pub weight_tangent: Option<&'a [f32]>,
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
    /// To be overwritten with the gradient of the input, where it is wanted.
    pub of_input: Option<&'a mut [f32]>,
    /// To be overwritten with the gradient of the input's tangent, where it is wanted.
    pub of_input_tangent: Option<&'a mut [f32]>,
    /// The gradient of the network's weights: the layer overwrites its own.
    pub of_weights: &'a mut [f32],
    /// A buffer that layers share.
    pub packed: &'a mut Packed,
}

/// Where a second derivative is taken, and along what.
#[derive(Clone, Copy)]
pub(super) struct Direction<'a> {
    pub batch: usize,
    pub pass: Pass,
    pub x: &'a [f32],
    pub x_tangent: Option<&'a [f32]>,
    pub weights: &'a [f32],
    pub weight_tangent: Option<&'a [f32]>,
}

/// Whether a layer's output stands still: nothing that it depends on has a tangent.
fn is_still(layer: &dyn Layer, input_moves: bool) -> bool {
    !input_moves && layer.is_weightless()
}

impl Network {
    /// The tangent of the output of the forward pass in `work`, left at the end of its tangents.
    pub(super) fn along(&self, direction: Direction<'_>, output: &[f32], work: &mut Workspace) {
        let Direction {
            batch,
            pass,
            x,
            x_tangent,
            weights,
            weight_tangent,
        } = direction;
        let Workspace {
            outputs,
            kept,
            tangents,
            packed,
            divided,
            divided_tangent,
            factors,
            ..
        } = work;
        if let (Some(spectral), Some(tangent)) = (&self.spectral, weight_tangent) {
            spectral.divide_tangent(factors, divided, tangent, divided_tangent);
        }
        let (weights, weight_tangent) = match self.spectral {
            Some(_) => (
                divided.as_slice(),
                weight_tangent.map(|_| divided_tangent.as_slice()),
            ),
            None => (weights, weight_tangent),
        };
        tangents.resize_with(self.layers.len(), Tangent::default);
        for (i, layer) in self.layers.iter().enumerate() {
            let (before, after) = tangents.split_at_mut(i);
            let input_tangent = match before.last() {
                None => x_tangent,
                Some(tangent) => tangent.moving(),
            };
            let tangent = &mut after[0];
            tangent.moves = !is_still(layer.as_ref(), input_tangent.is_some());
            if !tangent.moves {
                continue;
            }
            tangent.output.resize(batch * layer.outputs(), 0.0);
            layer.along(Along {
                batch,
                pass,
                input: if i == 0 { x } else { &outputs[i - 1] },
                input_tangent,
                weights,
                weight_tangent,
                output: outputs.get(i).map_or(output, Vec::as_slice),
                kept: &kept[i],
                output_tangent: &mut tangent.output,
                kept_tangent: &mut tangent.kept,
                packed,
            });
        }
    }

    /// The gradients of what has these gradients with the output and with its tangent, for the last
    /// [`Self::along`]: of the input, where it is wanted, and of the weights, which are overwritten.
    pub(super) fn back(
        &self,
        direction: Direction<'_>,
        output: &[f32],
        gradients: [&[f32]; 2],
        of_input: Option<&mut [f32]>,
        of_weights: &mut [f32],
        work: &mut Workspace,
    ) {
        self.back_through_layers(direction, output, gradients, of_input, of_weights, work);
        let Some(spectral) = &self.spectral else {
            return;
        };
        let Direction {
            batch,
            pass,
            x,
            weights,
            weight_tangent,
            ..
        } = direction;
        if weight_tangent.is_none() {
            spectral.pull_back(&work.factors, &work.divided, of_weights);
            return;
        }
        // The output's tangent is linear in that of the divided weights, with the Jacobian of the
        // output: what it passes back to it is a first derivative.
        let mut of_tangent = vec![0.0; of_weights.len()];
        let arguments = (x, weights, output);
        let [_, gradient] = gradients;
        let to = Some(of_tangent.as_mut_slice());
        self.backward_through_layers((batch, pass), arguments, gradient, None, to, work);
        let divided = [work.divided.as_slice(), &work.divided_tangent];
        spectral.pull_back_twice(&work.factors, divided, of_weights, &of_tangent);
    }

    /// The same, with the gradient of the weights as the layers see them.
    fn back_through_layers(
        &self,
        direction: Direction<'_>,
        output: &[f32],
        [gradient, tangent_gradient]: [&[f32]; 2],
        mut of_input: Option<&mut [f32]>,
        of_weights: &mut [f32],
        work: &mut Workspace,
    ) {
        let Direction {
            batch,
            pass,
            x,
            x_tangent,
            weights,
            weight_tangent,
        } = direction;
        let Workspace {
            outputs,
            kept,
            tangents,
            gradients: [ours, next],
            tangent_gradients: [ours_along, next_along],
            packed,
            divided,
            divided_tangent,
            ..
        } = work;
        let (weights, weight_tangent) = match self.spectral {
            Some(_) => (
                divided.as_slice(),
                weight_tangent.map(|_| divided_tangent.as_slice()),
            ),
            None => (weights, weight_tangent),
        };
        ours.clear();
        ours.extend_from_slice(gradient);
        ours_along.clear();
        ours_along.extend_from_slice(tangent_gradient);
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let input = if i == 0 { x } else { &outputs[i - 1] };
            let input_tangent = match i {
                0 => x_tangent,
                i => tangents[i - 1].moving(),
            };
            let size = batch * layer.inputs();
            next.resize(size, 0.0);
            next_along.resize(size, 0.0);
            let of_input = if i == 0 {
                of_input.take()
            } else {
                Some(next.as_mut_slice())
            };
            let output = outputs.get(i).map_or(output, Vec::as_slice);
            if tangents[i].moves {
                layer.back(Back {
                    batch,
                    pass,
                    input,
                    input_tangent,
                    weights,
                    weight_tangent,
                    output,
                    kept: &kept[i],
                    kept_tangent: &tangents[i].kept,
                    gradient: ours,
                    tangent_gradient: ours_along,
                    of_input,
                    of_input_tangent: (i > 0 && input_tangent.is_some()).then_some(next_along),
                    of_weights,
                    packed,
                });
            } else {
                layer.backward(Backward {
                    batch,
                    pass,
                    input,
                    weights,
                    output,
                    kept: &kept[i],
                    gradient: ours,
                    of_input,
                    of_weights: None,
                    packed,
                });
            }
            std::mem::swap(ours, next);
            std::mem::swap(ours_along, next_along);
        }
    }
}

/// A layer's part of a pass along a direction.
#[derive(Default)]
pub(super) struct Tangent {
    pub output: Vec<f32>,
    kept: Vec<f32>,
    moves: bool,
}

impl Tangent {
    fn moving(&self) -> Option<&[f32]> {
        self.moves.then_some(self.output.as_slice())
    }
}
