//! The mean of all elements, summed in one order on every machine.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::values::slice;

/// The mean of all elements of a tensor, as a scalar. The sum is taken in f64, element after
/// element: candle's own picks its order by the CPU's vector instructions.
pub fn mean(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Mean)
}

struct Mean;

impl CustomOp1 for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, layout)?;
        let sum: f64 = x.iter().map(|&x| f64::from(x)).sum();
        let mean = (sum / x.len() as f64) as f32;
        Ok((CpuStorage::F32(vec![mean]), Shape::from(())))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let each = gradient.affine(1.0 / x.elem_count() as f64, 0.0)?;
        Ok(Some(each.broadcast_as(x.shape())?.contiguous()?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::mean;

    #[test]
    fn it_is_the_mean_and_every_element_has_its_share() -> Result<()> {
        let x = Var::from_tensor(&Tensor::new(&[[1.0_f32, 2.0], [4.0, 9.0]], &Device::Cpu)?)?;
        let m = mean(&x.as_tensor().t()?)?;
        assert_eq!(m.to_scalar::<f32>()?, 4.0);
        let gradients = m.affine(8.0, 0.0)?.backward()?;
        let shares = gradients.get(&x).expect("tracked").to_vec2::<f32>()?;
        assert_eq!(shares, [[2.0, 2.0], [2.0, 2.0]]);
        Ok(())
    }
}
