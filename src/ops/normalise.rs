//! Batch and layer normalisation as one operation.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use super::values::{slice, values};

/// Over what mean and variance are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Over the batch, for every feature (batch normalisation).
    Batch,
    /// Over the features, for every sample (layer normalisation).
    Features,
}

/// Added to the variance before the root, as in PyTorch, so that a constant has a finite norm.
pub const EPSILON: f32 = 1e-5;

/// y = γ · (x − μ) / √(σ² + ε) + β with x `[batch, features]`, γ and β `[features]`; μ and σ²
/// (biased) over the batch (Ioffe and Szegedy 2015) or over the features (Ba et al. 2016).
pub fn normalise(x: &Tensor, gamma: &Tensor, beta: &Tensor, over: Over) -> Result<Tensor> {
    x.contiguous()?.apply_op3(gamma, beta, Normalise(over))
}

/// Mean and biased variance of every feature over the batch, of a row-major `[batch, features]`.
pub fn batch_moments(x: &[f32], features: usize) -> (Vec<f32>, Vec<f32>) {
    let batch = (x.len() / features) as f32;
    let mut mean = vec![0.0; features];
    for row in x.chunks_exact(features) {
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
    }
    mean.iter_mut().for_each(|m| *m /= batch);
    let mut variance = vec![0.0; features];
    for row in x.chunks_exact(features) {
        for ((v, x), m) in variance.iter_mut().zip(row).zip(&mean) {
            *v += (x - m) * (x - m);
        }
    }
    variance.iter_mut().for_each(|v| *v /= batch);
    (mean, variance)
}

fn row_moments(row: &[f32]) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = row.iter().sum::<f32>() / n;
    (
        mean,
        row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n,
    )
}

fn inverse_root(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

struct Normalise(Over);

impl Normalise {
    /// x̂ = (x − μ) / √(σ² + ε), and the factor 1/√(σ² + ε) of every feature or of every sample.
    fn standardise(&self, x: &[f32], features: usize) -> (Vec<f32>, Vec<f32>) {
        match self.0 {
            Over::Batch => {
                let (mean, variance) = batch_moments(x, features);
                let factors: Vec<f32> = variance.into_iter().map(inverse_root).collect();
                let mut out = Vec::with_capacity(x.len());
                for row in x.chunks_exact(features) {
                    out.extend(
                        row.iter()
                            .zip(&mean)
                            .zip(&factors)
                            .map(|((x, m), f)| (x - m) * f),
                    );
                }
                (out, factors)
            }
            Over::Features => {
                let mut out = Vec::with_capacity(x.len());
                let mut factors = Vec::with_capacity(x.len() / features);
                for row in x.chunks_exact(features) {
                    let (mean, variance) = row_moments(row);
                    let factor = inverse_root(variance);
                    out.extend(row.iter().map(|x| (x - mean) * factor));
                    factors.push(factor);
                }
                (out, factors)
            }
        }
    }
}

impl CustomOp3 for Normalise {
    fn name(&self) -> &'static str {
        "normalise"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, features) = x_layout.shape().dims2()?;
        let (gamma, beta) = (slice(gamma, gamma_layout)?, slice(beta, beta_layout)?);
        if gamma.len() != features || beta.len() != features {
            bail!(
                "normalise: {features} features, {} gains, {} shifts",
                gamma.len(),
                beta.len()
            );
        }
        let (mut y, _) = self.standardise(slice(x, x_layout)?, features);
        for row in y.chunks_exact_mut(features) {
            for ((y, g), b) in row.iter_mut().zip(gamma).zip(beta) {
                *y = *y * g + b;
            }
        }
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    /// With ĝ = γ · ∂L/∂y and means over the normalised axis:
    /// ∂L/∂x = (ĝ − mean(ĝ) − x̂ · mean(ĝ · x̂)) / √(σ² + ε); ∂L/∂γ = Σ ∂L/∂y · x̂; ∂L/∂β = Σ ∂L/∂y.
    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        beta: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (batch, features) = x.dims2()?;
        let grad = grad.contiguous()?;
        let (xs, gammas, grads) = (values(x)?, values(gamma)?, values(&grad)?);
        let (gammas, grads) = (gammas.as_slice(), grads.as_slice());
        let (hat, factors) = self.standardise(xs.as_slice(), features);
        let mut gamma_grad = vec![0.0; features];
        let mut beta_grad = vec![0.0; features];
        for (g_row, hat_row) in grads.chunks_exact(features).zip(hat.chunks_exact(features)) {
            for (j, (g, h)) in g_row.iter().zip(hat_row).enumerate() {
                gamma_grad[j] += g * h;
                beta_grad[j] += g;
            }
        }
        let x_grad = x.track_op().then(|| match self.0 {
            Over::Batch => {
                let n = batch as f32;
                let mut out = Vec::with_capacity(grads.len());
                for (g_row, hat_row) in grads.chunks_exact(features).zip(hat.chunks_exact(features))
                {
                    out.extend((0..features).map(|j| {
                        let centred = g_row[j] - (beta_grad[j] + hat_row[j] * gamma_grad[j]) / n;
                        centred * gammas[j] * factors[j]
                    }));
                }
                out
            }
            Over::Features => {
                let n = features as f32;
                let mut out = Vec::with_capacity(grads.len());
                let rows = grads.chunks_exact(features).zip(hat.chunks_exact(features));
                for ((g_row, hat_row), factor) in rows.zip(&factors) {
                    let (mut sum, mut dot) = (0.0, 0.0);
                    for ((g, h), gamma) in g_row.iter().zip(hat_row).zip(gammas) {
                        sum += g * gamma;
                        dot += g * gamma * h;
                    }
                    out.extend(
                        g_row
                            .iter()
                            .zip(hat_row)
                            .zip(gammas)
                            .map(|((g, h), gamma)| (g * gamma - (sum + h * dot) / n) * factor),
                    );
                }
                out
            }
        });
        let tensor =
            |values: Vec<f32>, shape: &[usize]| Tensor::from_vec(values, shape, &Device::Cpu);
        Ok((
            x_grad.map(|x| tensor(x, &[batch, features])).transpose()?,
            gamma
                .track_op()
                .then(|| tensor(gamma_grad, &[features]))
                .transpose()?,
            beta.track_op()
                .then(|| tensor(beta_grad, &[features]))
                .transpose()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Result, Tensor, Var};
    use proptest::prelude::*;

    use super::{EPSILON, Over, normalise};
    use crate::ops::check::{assert_close, draw};

    /// The same in candle's own operations, whose gradients are candle's.
    fn plain(x: &Tensor, gamma: &Tensor, beta: &Tensor, over: Over) -> Result<Tensor> {
        let axis = match over {
            Over::Batch => 0,
            Over::Features => 1,
        };
        let centred = x.broadcast_sub(&x.mean_keepdim(axis)?)?;
        let variance = centred.sqr()?.mean_keepdim(axis)?;
        centred
            .broadcast_div(&variance.affine(1.0, f64::from(EPSILON))?.sqrt()?)?
            .broadcast_mul(gamma)?
            .broadcast_add(beta)
    }

    fn check(batch: usize, features: usize, seed: u64, over: Over) -> Result<()> {
        let x = Var::from_tensor(&draw(&[batch, features], seed)?)?;
        let gamma = Var::from_tensor(&draw(&[features], seed + 1)?)?;
        let beta = Var::from_tensor(&draw(&[features], seed + 2)?)?;
        let cotangent = draw(&[batch, features], seed + 3)?;
        let fused = normalise(&x, &gamma, &beta, over)?;
        let composed = plain(&x, &gamma, &beta, over)?;
        assert_close(&fused, &composed, 1e-4)?;
        let fused = fused.mul(&cotangent)?.sum_all()?.backward()?;
        let composed = composed.mul(&cotangent)?.sum_all()?.backward()?;
        for var in [&x, &gamma, &beta] {
            let (a, b) = (
                fused.get(var).expect("tracked"),
                composed.get(var).expect("tracked"),
            );
            assert_close(a, b, 2e-3)?;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn values_and_gradients_match_the_plain_composition(
            batch in 3..9_usize, features in 3..9_usize, seed in 0..1000_u64, over_batch: bool,
        ) {
            let over = if over_batch { Over::Batch } else { Over::Features };
            check(batch, features, seed, over).expect("shapes go together");
        }
    }
}
