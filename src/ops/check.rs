//! What the kernels' tests share: reproducible tensors and a comparison.

use candle_core::{Device, Result, Tensor};

use crate::rng::{Name, Streams};

/// A tensor of standard normal values.
pub fn draw(shape: &[usize], seed: u64) -> Result<Tensor> {
    let mut values = vec![0.0; shape.iter().product()];
    Streams::new(seed)
        .stream(Name::Reference, 0, 0)
        .fill_normal(&mut values);
    Tensor::from_vec(values, shape, &Device::Cpu)
}

/// Every element within `tolerance` of the other's, relative to the larger of 1 and its size.
pub fn assert_close(a: &Tensor, b: &Tensor, tolerance: f32) -> Result<()> {
    assert_eq!(a.dims(), b.dims());
    let (a, b) = (
        a.flatten_all()?.to_vec1::<f32>()?,
        b.flatten_all()?.to_vec1::<f32>()?,
    );
    for (i, (x, y)) in a.iter().zip(&b).enumerate() {
        let scale = x.abs().max(y.abs()).max(1.0);
        assert!(
            (x - y).abs() <= tolerance * scale,
            "element {i}: {x} and {y}"
        );
    }
    Ok(())
}
