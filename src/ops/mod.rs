//! Fused CPU kernels, as candle custom operations with their own backward pass.
//!
//! Every kernel is f32, single-threaded and sums in a fixed order, so that its bits depend on its
//! inputs and the numeric class alone. Transcendental functions come from `libm`.

#[cfg(test)]
mod check;
pub mod conv;
pub mod gemm;
pub mod linear;
pub mod normalise;
pub mod pointwise;
pub mod threads;
pub mod values;

pub use linear::linear;
pub use normalise::{Over, normalise};
pub use pointwise::{Function, pointwise};
