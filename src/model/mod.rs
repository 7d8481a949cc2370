//! Architectures of G and D.

pub mod activation;
pub mod norm;

use crate::axis::axis;
use crate::param::Network;

axis! {
    /// The architectures of G and D.
    pub enum Model : Architecture {
        mlp::Mlp,
    }
}

/// Builds the two networks.
pub trait Architecture: Send + Sync {
    /// Whether a network uses statistics of its batch, which then needs two samples.
    fn normalises_over_batch(&self, network: Network) -> bool;
}
