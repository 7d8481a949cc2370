//! Update rules.

mod clip;
mod slot;

pub use adam::BETAS;
pub use clip::clip;

use candle_core::{Tensor, Var};

use crate::axis::axis;
use slot::update;

axis! {
    /// The update rule of a network.
    pub enum Optimizer : UpdateRule {
        adam::Adam,
        sgd::Sgd,
        rmsprop::RmsProp,
    }
}

/// How gradients change parameters.
pub trait UpdateRule: Send + Sync {
    /// The state of this rule for so many weights.
    fn start(&self, count: usize) -> Box<dyn Descent>;
}

/// An optimiser at work on the weights of one network.
pub trait Descent: Send {
    /// One update of every weight, in place, in one pass, at a learning rate.
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]);

    /// Whether its own state is finite. An infinite second moment of Adam stops a weight for ever,
    /// and the weight itself stays finite.
    fn is_finite(&self) -> bool;

    /// What it carries from step to step, to be read or set.
    fn kept(&mut self) -> Kept<'_>;

    /// A copy of it that takes steps which can be differentiated.
    fn look_ahead(&self) -> Box<dyn LookAhead>;
}

/// What an optimiser carries from step to step.
#[derive(Debug)]
pub struct Kept<'a> {
    /// Single numbers.
    pub scalars: &'a mut [f64],
    /// Numbers of every weight.
    pub values: Vec<&'a mut [f32]>,
}

/// An optimiser whose steps are looked through: a generator that is trained against what D will be
/// differentiates D's updates (Metz et al. 2017, equation 4).
pub trait LookAhead: Send {
    /// As [`Descent::step`], and keeps what going back needs.
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]);

    /// Goes back through the newest step not yet gone through: from the gradient of the weights
    /// after it to that of its own gradient, which is overwritten. The gradient of the weights before
    /// it is that of the weights after it. What reaches the optimiser's state is kept for the steps
    /// before.
    fn back(&mut self, of_weights: &[f32], of_gradient: &mut [f32]);
}

/// One update of all weights of a network.
///
/// # Errors
/// If the gradient is not as long as the weights, or either is not contiguous `f32` on the CPU.
pub fn descend(
    descent: &mut dyn Descent,
    lr: f64,
    weights: &Var,
    gradient: &Tensor,
) -> candle_core::Result<()> {
    update(weights, gradient, |weights, gradient| {
        descent.step(lr, weights, gradient);
    })
}

/// Whether all of these values are finite.
fn are_finite(values: &[f32]) -> bool {
    values.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests;
