//! Penalties on the slope of D.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};

use super::{Network, Pass, Tape, lock};
use crate::ops::values::slice;

/// E (‖∇ₓ s(x)‖₂ − t)² over the samples x `[batch, inputs]`, as a scalar whose gradient reaches the
/// weights: t = 1 for WGAN-GP (Gulrajani et al. 2017), t = 0 for R1 and R2 (Mescheder et al. 2018).
/// What s and the slope are is in `taken`.
///
/// Where D normalises over its batch, ∇ₓ is that of the sum of all scores, as automatic
/// differentiation has it. Samples are constants: their gradient is not computed.
///
/// # Errors
/// As [`Network::apply`]; if shares or factors are not as many as outputs or inputs.
pub fn slope_penalty(
    network: &Arc<Network>,
    x: &Tensor,
    weights: &Tensor,
    taken: Taken,
    target: f32,
) -> Result<Tensor> {
    let operation = Penalty {
        network: Arc::clone(network),
        taken,
        target,
        work: Mutex::default(),
    };
    x.detach().contiguous()?.apply_op2(weights, operation)
}

/// Which slope.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The score s of a sample is the sum of D's outputs, each times its share, `[batch, outputs]`.
    pub shares: Vec<f32>,
    /// What D's inputs are of the values with which the slope is taken, `[inputs]`: a factor for
    /// scaled ones, 0 for what is no part of a sample, such as a label.
    pub factors: Vec<f32>,
}

impl Taken {
    /// The slope of the only output with the inputs.
    pub fn plain(batch: usize, inputs: usize) -> Self {
        Self {
            shares: vec![1.0; batch],
            factors: vec![1.0; inputs],
        }
    }
}

fn weigh(slopes: &mut [f32], factors: &[f32]) {
    for slope in slopes.chunks_exact_mut(factors.len()) {
        slope.iter_mut().zip(factors).for_each(|(s, f)| *s *= f);
    }
}

struct Penalty {
    network: Arc<Network>,
    taken: Taken,
    target: f32,
    /// The forward pass, and the slope at every sample.
    work: Mutex<Option<(Tape, Vec<f32>)>>,
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
        self.network.check(inputs, weights.len())?;
        let Taken { shares, factors } = &self.taken;
        if shares.len() != batch * self.network.outputs || factors.len() != inputs {
            bail!(
                "{} shares and {} factors for {batch} samples of {inputs} inputs and {} outputs",
                shares.len(),
                factors.len(),
                self.network.outputs
            );
        }
        let mut tape = Tape::record(&self.network, x.into(), weights.into(), Pass::Frozen);
        let mut slopes = vec![0.0; x.len()];
        tape.backward(shares, Some(&mut slopes), None);
        weigh(&mut slopes, factors);
        let squares = slopes
            .chunks_exact(inputs)
            .map(|g| (norm(g) - f64::from(self.target)).powi(2));
        let penalty = squares.sum::<f64>() / batch as f64;
        *lock(&self.work) = Some((tape, slopes));
        Ok((CpuStorage::F32(vec![penalty as f32]), Shape::from(())))
    }

    /// ∂P/∂θ = ∂/∂θ ⟨v, ∇ₓ Σ s⟩ with v = ∂P/∂(∇ₓ s) = 2/n · (1 − t/‖g‖) g held fixed.
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
        let Some((mut tape, mut v)) = lock(&self.work).take() else {
            bail!("a penalty goes back once");
        };
        for g in v.chunks_exact_mut(inputs) {
            // At a slope of zero the norm has no derivative; zero is in its subdifferential.
            let factor = match norm(g) {
                0.0 => 0.0,
                norm => (scale * (1.0 - f64::from(self.target) / norm)) as f32,
            };
            g.iter_mut().for_each(|g| *g *= factor);
        }
        let Taken { shares, factors } = &self.taken;
        weigh(&mut v, factors);
        tape.along(Some(&v), None);
        // ⟨v, ∇ₓ Σ s⟩ is the tangents' sum by shares: the values do not enter it.
        let still = vec![0.0; shares.len()];
        let mut of_weights = vec![0.0; weights.elem_count()];
        let gradients = [still.as_slice(), shares.as_slice()];
        tape.back([Some(&v), None], gradients, None, &mut of_weights);
        let of_weights = Tensor::from_vec(of_weights, weights.shape(), &Device::Cpu)?;
        Ok((None, Some(of_weights)))
    }
}
