//! An objective of candle tensors, as one operation.

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};

use super::Objective;
use crate::ops::values::{slice, values};

impl Objective {
    /// Its value at D's logits on real and on generated samples, `[batch]` each, as a scalar.
    ///
    /// # Errors
    /// If a tensor is not `f32` on the CPU, or there are more of one kind than of the other.
    pub fn apply(self, real: &Tensor, fake: &Tensor) -> Result<Tensor> {
        real.contiguous()?
            .apply_op2(&fake.contiguous()?, Applied(self))
    }
}

struct Applied(Objective);

impl CustomOp2 for Applied {
    fn name(&self) -> &'static str {
        "objective"
    }

    fn cpu_fwd(
        &self,
        real: &CpuStorage,
        real_layout: &Layout,
        fake: &CpuStorage,
        fake_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let outputs = [slice(real, real_layout)?, slice(fake, fake_layout)?];
        if outputs[0].len() != outputs[1].len() {
            bail!(
                "an objective of {} real and {} generated samples",
                outputs[0].len(),
                outputs[1].len()
            );
        }
        let value = self.0.value(outputs, fake_layout.shape().elem_count());
        Ok((CpuStorage::F32(vec![value as f32]), Shape::from(())))
    }

    fn bwd(
        &self,
        real: &Tensor,
        fake: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (reals, fakes) = (values(real)?, values(fake)?);
        let outputs = [reals.as_slice(), fakes.as_slice()];
        let slopes = self.0.slopes(
            outputs,
            fakes.as_slice().len(),
            gradient.to_scalar::<f32>()?,
        );
        let [of_real, of_fake] = slopes;
        let tensor = |slopes: Vec<f32>, outputs: &Tensor| {
            outputs
                .track_op()
                .then(|| Tensor::from_vec(slopes, outputs.shape(), &Device::Cpu))
                .transpose()
        };
        Ok((tensor(of_real, real)?, tensor(of_fake, fake)?))
    }
}
