//! Update rules.

use crate::axis::axis;

axis! {
    /// The update rule of a network.
    pub enum Optimizer : UpdateRule {
        adam::Adam,
        sgd::Sgd,
    }
}

/// How a gradient changes a parameter.
pub trait UpdateRule: Send + Sync {}
