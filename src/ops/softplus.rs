//! ln(1 + eˣ), of which the losses on logits are made.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use super::values::{slice, values};
use crate::elementary::{self, sigmoid, vectorised};

/// ln(1 + eˣ) of every element of a tensor of any shape, right to rounding at any x; its derivative
/// is σ(x) = 1 / (1 + e⁻ˣ).
pub fn softplus(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Softplus)
}

struct Softplus;

impl CustomOp1 for Softplus {
    fn name(&self) -> &'static str {
        "softplus"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = slice(x, layout)?.to_vec();
        vectorised(
            #[inline(always)]
            || y.iter_mut().for_each(|x| *x = elementary::softplus(*x)),
        );
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let mut out = values(&gradient)?.as_slice().to_vec();
        let xs = values(x)?;
        let xs = xs.as_slice();
        vectorised(
            #[inline(always)]
            || out.iter_mut().zip(xs).for_each(|(g, &x)| *g *= sigmoid(x)),
        );
        Ok(Some(Tensor::from_vec(out, x.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::softplus;

    #[test]
    fn slopes_keep_their_digits_where_they_vanish() -> Result<()> {
        // σ(x) in f64; at −30 it is 9.4e-14, far below the last digit of 1.
        let points = [-30.0_f32, -10.0, -1.0, 0.0, 2.0, 30.0];
        let x = Var::from_tensor(&Tensor::new(&points, &Device::Cpu)?)?;
        let gradients = softplus(&x)?.sum_all()?.backward()?;
        let slopes = gradients.get(&x).expect("tracked").to_vec1::<f32>()?;
        for (x, slope) in points.into_iter().zip(slopes) {
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!(
                (f64::from(slope) / exact - 1.0).abs() < 1e-6,
                "at {x}: {slope}"
            );
        }
        Ok(())
    }
}
