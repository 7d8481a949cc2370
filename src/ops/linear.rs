//! y = x Wᵀ + b as one operation.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use super::gemm::{View, multiply};
use super::values::{slice, values};

/// y = x Wᵀ + b with x `[batch, inputs]`, W `[outputs, inputs]`, b `[outputs]`; y `[batch,
/// outputs]`.
///
/// The gradient of an argument is computed only where that argument is tracked.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op3(weight, bias, Linear)
}

struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = x_layout.shape().dims2()?;
        let (outputs, weight_inputs) = weight_layout.shape().dims2()?;
        if inputs != weight_inputs || bias_layout.shape().dims1()? != outputs {
            bail!("linear: {x_layout:?}, {weight_layout:?}, {bias_layout:?} do not go together");
        }
        let (x, weight) = (slice(x, x_layout)?, slice(weight, weight_layout)?);
        let bias = slice(bias, bias_layout)?;
        let mut y = Vec::with_capacity(batch * outputs);
        for _ in 0..batch {
            y.extend_from_slice(bias);
        }
        let (x, weight) = (
            View::new(x, batch, inputs),
            View::new(weight, outputs, inputs),
        );
        multiply(x, weight.t(), 1.0, &mut y);
        Ok((CpuStorage::F32(y), (batch, outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (batch, inputs) = x.dims2()?;
        let outputs = bias.dims1()?;
        let grad = grad.contiguous()?;
        let grad = values(&grad)?;
        let grad = View::new(grad.as_slice(), batch, outputs);
        let x_grad = if x.track_op() {
            let weight = values(weight)?;
            let mut out = vec![0.0; batch * inputs];
            multiply(
                grad,
                View::new(weight.as_slice(), outputs, inputs),
                0.0,
                &mut out,
            );
            Some(Tensor::from_vec(out, (batch, inputs), &Device::Cpu)?)
        } else {
            None
        };
        let weight_grad = if weight.track_op() {
            let x = values(x)?;
            let mut out = vec![0.0; outputs * inputs];
            multiply(
                grad.t(),
                View::new(x.as_slice(), batch, inputs),
                0.0,
                &mut out,
            );
            Some(Tensor::from_vec(out, (outputs, inputs), &Device::Cpu)?)
        } else {
            None
        };
        let bias_grad = if bias.track_op() {
            Some(Tensor::from_vec(grad.column_sums(), outputs, &Device::Cpu)?)
        } else {
            None
        };
        Ok((x_grad, weight_grad, bias_grad))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};
    use proptest::prelude::*;

    use super::linear;
    use crate::ops::check::{assert_close, draw};

    /// The same in candle's own operations, whose gradients are candle's.
    fn plain(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
        x.matmul(&weight.t()?)?.broadcast_add(bias)
    }

    fn check(
        batch: usize,
        inputs: usize,
        outputs: usize,
        seed: u64,
        transposed: bool,
    ) -> Result<()> {
        let x = if transposed {
            draw(&[inputs, batch], seed)?.t()?
        } else {
            draw(&[batch, inputs], seed)?
        };
        let x = Var::from_tensor(&x)?;
        let weight = Var::from_tensor(&draw(&[outputs, inputs], seed + 1)?)?;
        let bias = Var::from_tensor(&draw(&[outputs], seed + 2)?)?;
        let cotangent = draw(&[batch, outputs], seed + 3)?;
        let fused = linear(&x, &weight, &bias)?;
        let composed = plain(&x, &weight, &bias)?;
        assert_close(&fused, &composed, 1e-5)?;
        let fused = fused.mul(&cotangent)?.sum_all()?.backward()?;
        let composed = composed.mul(&cotangent)?.sum_all()?.backward()?;
        for var in [&x, &weight, &bias] {
            let (a, b) = (
                fused.get(var).expect("tracked"),
                composed.get(var).expect("tracked"),
            );
            assert_close(a, b, 1e-4)?;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn values_and_gradients_match_the_plain_composition(
            batch in 1..9_usize, inputs in 1..9_usize, outputs in 1..9_usize,
            seed in 0..1000_u64, transposed: bool,
        ) {
            check(batch, inputs, outputs, seed, transposed).expect("shapes go together");
        }
    }

    #[test]
    fn a_detached_weight_gets_no_gradient() -> Result<()> {
        let x = Var::from_tensor(&draw(&[3, 2], 0)?)?;
        let weight = Var::from_tensor(&draw(&[4, 2], 1)?)?;
        let bias = Tensor::zeros(4, candle_core::DType::F32, &Device::Cpu)?;
        let grads = linear(&x, &weight.detach(), &bias)?.sum_all()?.backward()?;
        assert!(grads.get(&x).is_some());
        assert!(grads.get(&weight).is_none());
        Ok(())
    }
}
