//! Activations of hidden layers.

use crate::axis::axis;
use crate::ops::Function;

axis! {
    /// The activation of hidden layers.
    pub enum Activation : Pointwise {
        relu::Relu,
        leaky_relu::LeakyRelu,
        tanh::Tanh,
    }
}

/// A function applied to every element.
pub trait Pointwise: Send + Sync {
    /// The function.
    fn function(&self) -> Function;

    /// The factor that keeps the variance of a signal through a layer: weights are drawn from
    /// N(0, gain² / inputs) (He et al. 2015, for ReLU and its relatives).
    fn gain(&self) -> f64;
}
