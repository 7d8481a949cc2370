//! Activations of hidden layers.

use crate::axis::axis;
use crate::ops::Function;

axis! {
    /// The activation of hidden layers.
    pub enum Activation : Nonlinearity {
        relu::Relu,
        leaky_relu::LeakyRelu,
        tanh::Tanh,
        maxout::Maxout,
    }
}

/// What makes a layer's units of the values of its affine map.
pub trait Nonlinearity: Send + Sync {
    /// The function applied to every value; `None` where the only one is the maximum over pieces.
    fn function(&self) -> Option<Function>;

    /// Values that the affine map gives for a unit, which is their maximum.
    fn pieces(&self) -> usize {
        1
    }

    /// The factor that keeps the variance of a signal through a layer: weights are drawn from
    /// N(0, gain² / inputs) (He et al. 2015, for ReLU and its relatives).
    fn gain(&self) -> f64;
}
