//! Update rules.

mod clip;
mod slot;

pub use clip::clip;

use candle_core::{Tensor, Var};

use crate::axis::axis;

axis! {
    /// The update rule of a network.
    pub enum Optimizer : UpdateRule {
        adam::Adam,
        sgd::Sgd,
    }
}

/// How gradients change parameters.
pub trait UpdateRule: Send + Sync {
    /// The state of this rule for the weights of one network, of which there are `count`.
    fn start(&self, lr: f64, count: usize) -> Box<dyn Descent>;
}

/// An optimiser at work on the weights of one network.
pub trait Descent {
    /// One update of every weight, in place, in one pass.
    fn step(&mut self, weights: &Var, gradient: &Tensor) -> candle_core::Result<()>;

    /// Whether its own state is finite. An infinite second moment of Adam stops a weight for ever,
    /// and the weight itself stays finite.
    fn is_finite(&self) -> bool;
}

/// Whether all of these values are finite.
fn are_finite(values: &[f32]) -> bool {
    values.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests;
