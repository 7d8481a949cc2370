//! Penalties on the slope of D.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};

use super::{Network, Pass, Workspace, lock};
use crate::ops::values::{slice, values};

/// E (‖∇ₓ D(x)‖₂ − t)² over the samples x `[batch, inputs]`, as a scalar whose gradient reaches the
/// weights: t = 1 for WGAN-GP (Gulrajani et al. 2017), t = 0 for R1 and R2 (Mescheder et al. 2018).
///
/// Where D normalises over its batch, ∇ₓ is that of the sum of all logits, as automatic
/// differentiation has it. Samples are constants: their gradient is not computed.
///
/// # Errors
/// As [`Network::apply`]; if D has more than one output.
pub fn slope_penalty(
    network: &Arc<Network>,
    x: &Tensor,
    weights: &Tensor,
    target: f32,
) -> Result<Tensor> {
    let operation = Penalty {
        network: Arc::clone(network),
        target,
        work: Mutex::new((lock(&network.spare).pop().unwrap_or_default(), Vec::new())),
    };
    x.detach().contiguous()?.apply_op2(weights, operation)
}

struct Penalty {
    network: Arc<Network>,
    target: f32,
    /// The forward pass, and the slope at every sample.
    work: Mutex<(Workspace, Vec<f32>)>,
}

impl Drop for Penalty {
    fn drop(&mut self) {
        let (workspace, _) = std::mem::take(&mut *lock(&self.work));
        lock(&self.network.spare).push(workspace);
    }
}

/// ‖g‖₂ in f64.
fn norm(g: &[f32]) -> f64 {
    g.iter()
        .map(|&g| f64::from(g) * f64::from(g))
        .sum::<f64>()
        .sqrt()
}

impl CustomOp2 for Penalty {
    fn name(&self) -> &'static str {
        "slope-penalty"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = x_layout.shape().dims2()?;
        let (x, weights) = (slice(x, x_layout)?, slice(weights, weights_layout)?);
        let network = &self.network;
        network.check(inputs, weights.len())?;
        if network.outputs != 1 {
            bail!("a slope needs one output, not {}", network.outputs);
        }
        let (workspace, slopes) = &mut *lock(&self.work);
        *slopes = network.slope((batch, Pass::Frozen), x, weights, workspace);
        let squares = slopes
            .chunks_exact(inputs)
            .map(|g| (norm(g) - f64::from(self.target)).powi(2));
        let penalty = squares.sum::<f64>() / batch as f64;
        Ok((CpuStorage::F32(vec![penalty as f32]), Shape::from(())))
    }

    /// ∂P/∂θ = ∂/∂θ ⟨v, ∇ₓ Σ D⟩ with v = ∂P/∂(∇ₓ D) = 2/n · (1 − t/‖g‖) g held fixed.
    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        if !weights.track_op() {
            return Ok((None, None));
        }
        let (batch, inputs) = x.dims2()?;
        let scale = 2.0 * f64::from(gradient.to_scalar::<f32>()?) / batch as f64;
        let (xs, ws) = (values(x)?, values(weights)?);
        let (workspace, slopes) = &mut *lock(&self.work);
        let mut v = slopes.clone();
        for g in v.chunks_exact_mut(inputs) {
            // At a slope of zero the norm has no derivative; zero is in its subdifferential.
            let factor = match norm(g) {
                0.0 => 0.0,
                norm => (scale * (1.0 - f64::from(self.target) / norm)) as f32,
            };
            g.iter_mut().for_each(|g| *g *= factor);
        }
        let of_weights = self.network.slope_gradient(
            (batch, Pass::Frozen),
            xs.as_slice(),
            &v,
            ws.as_slice(),
            workspace,
        );
        let of_weights = Tensor::from_vec(of_weights, weights.shape(), &Device::Cpu)?;
        Ok((None, Some(of_weights)))
    }
}
