//! Fused CPU kernels, as candle custom operations with their own backward pass.
//!
//! Every kernel is f32 and sums in an order that depends on shapes alone, so that its bits depend
//! on its inputs only: not on threads, tiles or vector instructions. Transcendental functions come
//! from [`crate::elementary`].

#[cfg(test)]
pub(crate) mod check;
mod classify;
pub mod conv;
pub mod function;
pub mod gemm;
mod mean;
pub mod network;
mod softplus;
pub mod threads;
pub mod values;

pub use classify::class_cross_entropy;
pub use function::Function;
pub use mean::mean;
pub use softplus::softplus;
