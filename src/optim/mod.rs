//! Update rules.

mod slot;

use candle_core::Var;
use candle_core::backprop::GradStore;

use crate::axis::axis;
use crate::model::Weights;

axis! {
    /// The update rule of a network.
    pub enum Optimizer : UpdateRule {
        adam::Adam,
        sgd::Sgd,
    }
}

/// How gradients change parameters.
pub trait UpdateRule: Send + Sync {
    /// The state of this rule for the weights of one network.
    fn start(&self, lr: f64, weights: &Weights) -> Box<dyn Descent>;
}

/// An optimiser at work on the weights of one network.
pub trait Descent {
    /// One update of every weight, in place. Weights without a gradient stay.
    fn step(&mut self, grads: &GradStore) -> candle_core::Result<()>;

    /// Whether its own state is finite. An infinite second moment of Adam stops a weight for ever,
    /// and the weight itself stays finite.
    fn is_finite(&self) -> bool;
}

/// The weights of a network with one state each.
fn with_state<S>(weights: &Weights, mut state: impl FnMut(usize) -> S) -> Vec<(Var, S)> {
    weights
        .vars()
        .map(|var| (var.clone(), state(var.elem_count())))
        .collect()
}

/// Whether all of these values are finite.
fn are_finite(values: &[f32]) -> bool {
    values.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests;
