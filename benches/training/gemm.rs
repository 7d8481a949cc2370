//! The ceiling: how fast one core multiplies f32 matrices, with candle and with this crate's kernel.

use std::hint::black_box;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use gan_sweep::ops::gemm::{View, multiply};

/// `[m, k] · [k, n]`: the ring's hidden layer on real and generated samples, and a large square.
pub const SHAPES: [[usize; 3]; 2] = [[512, 128, 128], [1024, 1024, 1024]];

/// Each shape is multiplied for so long…
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// …in batches of so long, the best of which counts: an interruption spoils one batch.
const BATCH: Duration = Duration::from_millis(50);

/// GFLOP/s of candle's product of this shape, best of several batches.
pub fn candle([m, k, n]: [usize; 3]) -> candle_core::Result<f64> {
    let (a, b) = (matrix(m, k), matrix(k, n));
    let a = Tensor::from_vec(a, (m, k), &Device::Cpu)?;
    let b = Tensor::from_vec(b, (k, n), &Device::Cpu)?;
    rate([m, k, n], || {
        black_box(black_box(&a).matmul(black_box(&b))?);
        Ok(())
    })
}

/// GFLOP/s of this crate's product of this shape, best of several batches.
pub fn own([m, k, n]: [usize; 3]) -> candle_core::Result<f64> {
    let (a, b, mut out) = (matrix(m, k), matrix(k, n), vec![0.0; m * n]);
    rate([m, k, n], || {
        let (a, b) = (View::new(&a, m, k), View::new(&b, k, n));
        multiply(black_box(a), black_box(b), false, &mut out);
        black_box(&out);
        Ok(())
    })
}

fn rate(
    [m, k, n]: [usize; 3],
    mut multiply: impl FnMut() -> candle_core::Result<()>,
) -> candle_core::Result<f64> {
    let flops = (2 * m * k * n) as f64;
    let begin = Instant::now();
    let mut best = 0.0_f64;
    let mut products = 1_u32;
    while begin.elapsed() < LONG_ENOUGH {
        let start = Instant::now();
        for _ in 0..products {
            multiply()?;
        }
        let elapsed = start.elapsed();
        best = best.max(flops * f64::from(products) / elapsed.as_secs_f64() / 1e9);
        if elapsed < BATCH {
            products *= 2;
        }
    }
    Ok(best)
}

/// Values in [−1, 1): zeros or denormals might be multiplied at another rate.
fn matrix(rows: usize, columns: usize) -> Vec<f32> {
    let values = (0..rows * columns).map(|i| (i * 7919 % 2000) as f32 / 1000.0 - 1.0);
    values.collect()
}
