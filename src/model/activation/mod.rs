//! Activations of hidden layers.

use crate::axis::axis;

axis! {
    /// The activation of hidden layers.
    pub enum Activation : Pointwise {
        relu::Relu,
        leaky_relu::LeakyRelu,
        tanh::Tanh,
    }
}

/// A function applied to every element.
pub trait Pointwise: Send + Sync {}
