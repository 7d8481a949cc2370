//! One application of a network on plain slices, from which first and second derivatives are taken.

use std::sync::Arc;

use super::dual::Direction;
use super::{Network, Pass, Workspace, lock};

/// A forward pass that is kept: x `[batch, inputs]`, the weights and every layer's output.
///
/// Its buffers go back to the network when it is dropped.
pub struct Tape {
    network: Arc<Network>,
    batch: usize,
    pass: Pass,
    x: Arc<[f32]>,
    weights: Arc<[f32]>,
    output: Vec<f32>,
    work: Workspace,
}

impl Tape {
    /// Applies a network.
    ///
    /// # Panics
    /// If x is no whole number of the network's inputs, or the weights are not as many as it has.
    pub fn record(network: &Arc<Network>, x: Arc<[f32]>, weights: Arc<[f32]>, pass: Pass) -> Self {
        assert!(x.len().is_multiple_of(network.inputs), "whole samples");
        assert_eq!(weights.len(), network.weights, "all weights");
        let batch = x.len() / network.inputs;
        let mut work = network.workspace(batch);
        let output = network.forward(batch, pass, &x, &weights, &mut work);
        Self {
            network: Arc::clone(network),
            batch,
            pass,
            x,
            weights,
            output,
            work,
        }
    }

    /// `[batch, outputs]`.
    pub fn output(&self) -> &[f32] {
        &self.output
    }

    /// The gradients of what has this gradient with the output: of x and of the weights, each
    /// overwritten where it is wanted.
    pub fn backward(
        &mut self,
        gradient: &[f32],
        of_x: Option<&mut [f32]>,
        of_weights: Option<&mut [f32]>,
    ) {
        self.network.backward(
            (self.batch, self.pass),
            (&self.x, &self.weights, &self.output),
            gradient,
            of_x,
            of_weights,
            &mut self.work,
        );
    }

    /// The output's tangent as x moves, or the weights, or both.
    pub fn along(&mut self, x_tangent: Option<&[f32]>, weight_tangent: Option<&[f32]>) -> &[f32] {
        let direction = Direction {
            batch: self.batch,
            pass: self.pass,
            x: &self.x,
            x_tangent,
            weights: &self.weights,
            weight_tangent,
        };
        self.network.along(direction, &self.output, &mut self.work);
        self.work
            .tangents
            .last()
            .map_or(&[], |tangent| tangent.output.as_slice())
    }

    /// The gradients of what has these gradients with the output and with its tangent, for the
    /// tangents given to the last [`Self::along`]: of x where it is wanted, and of the weights.
    pub fn back(
        &mut self,
        [x_tangent, weight_tangent]: [Option<&[f32]>; 2],
        gradients: [&[f32]; 2],
        of_x: Option<&mut [f32]>,
        of_weights: &mut [f32],
    ) {
        let direction = Direction {
            batch: self.batch,
            pass: self.pass,
            x: &self.x,
            x_tangent,
            weights: &self.weights,
            weight_tangent,
        };
        self.network.back(
            direction,
            &self.output,
            gradients,
            of_x,
            of_weights,
            &mut self.work,
        );
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let work = std::mem::take(&mut self.work);
        lock(&self.network.spare).push((self.batch, work));
    }
}
