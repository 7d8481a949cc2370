//! Weight clipping.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var, bail};

/// Brings every weight into [−bound, bound], in place; NaN stays.
pub fn clip(weights: &Var, bound: f32) -> Result<()> {
    weights.inplace_op1(&Clip(bound))
}

struct Clip(f32);

impl InplaceOp1 for Clip {
    fn name(&self) -> &'static str {
        "clip"
    }

    fn cpu_fwd(&self, weights: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(weights), Some((start, end))) = (weights, layout.contiguous_offsets())
        else {
            bail!("clipping needs contiguous f32 weights")
        };
        for weight in &mut weights[start..end] {
            *weight = weight.clamp(-self.0, self.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Var};

    use super::clip;

    #[test]
    fn weights_beyond_the_bound_are_brought_back_and_nan_is_not_hidden() -> Result<()> {
        let weights = Var::from_vec(vec![-2.0, -0.1, 0.0, 0.3, f32::NAN], 5, &Device::Cpu)?;
        clip(&weights, 0.25)?;
        let clipped = weights.to_vec1::<f32>()?;
        assert_eq!(clipped[..4], [-0.25, -0.1, 0.0, 0.25]);
        assert!(clipped[4].is_nan());
        Ok(())
    }
}
