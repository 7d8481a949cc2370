//! Fused CPU kernels, as candle custom operations with their own backward pass.

pub mod conv;
pub mod gemm;
