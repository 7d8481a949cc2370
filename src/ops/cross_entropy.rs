//! Cross-entropy of a softmax, as one operation.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};

use super::values::{slice, values};

/// −(1/n) Σᵢ ln softmax(logitsᵢ)[labelᵢ] with logits `[n, classes]`; a scalar, in nats.
pub fn softmax_cross_entropy(logits: &Tensor, labels: &[u8]) -> Result<Tensor> {
    logits
        .contiguous()?
        .apply_op1(SoftmaxCrossEntropy(labels.into()))
}

/// The softmax of a row, in f64: subtracting the largest logit keeps it from overflowing.
pub fn softmax(logits: &[f32]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits
        .iter()
        .map(|&x| libm::exp(f64::from(x) - f64::from(largest)))
        .collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}

struct SoftmaxCrossEntropy(Arc<[u8]>);

impl CustomOp1 for SoftmaxCrossEntropy {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, classes) = layout.shape().dims2()?;
        if self.0.len() != n || self.0.iter().any(|&label| usize::from(label) >= classes) {
            bail!(
                "{} labels do not fit logits {:?}",
                self.0.len(),
                layout.shape()
            );
        }
        let rows = slice(logits, layout)?.chunks_exact(classes);
        let sum: f64 = rows
            .zip(self.0.iter())
            .map(|(row, &label)| {
                -libm::log(softmax(row)[usize::from(label)].max(f64::MIN_POSITIVE))
            })
            .sum();
        Ok((
            CpuStorage::F32(vec![(sum / n as f64) as f32]),
            Shape::from(()),
        ))
    }

    fn bwd(&self, logits: &Tensor, _loss: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (n, classes) = logits.dims2()?;
        let scale = f64::from(grad.to_scalar::<f32>()?) / n as f64;
        let logits_values = values(logits)?;
        let mut out = Vec::with_capacity(n * classes);
        for (row, &label) in logits_values
            .as_slice()
            .chunks_exact(classes)
            .zip(self.0.iter())
        {
            let mut slope = softmax(row);
            slope[usize::from(label)] -= 1.0;
            out.extend(slope.into_iter().map(|s| (s * scale) as f32));
        }
        Ok(Some(Tensor::from_vec(out, (n, classes), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Result, Tensor, Var};

    use super::softmax_cross_entropy;
    use crate::ops::check::{assert_close, draw};

    #[test]
    fn value_and_gradient_match_candles_log_softmax() -> Result<()> {
        let logits = Var::from_tensor(&draw(&[5, 4], 3)?)?;
        let labels = [0_u8, 3, 1, 1, 2];
        let index = Tensor::from_vec(labels.map(u32::from).to_vec(), 5, logits.device())?;
        let plain = candle_nn::loss::cross_entropy(&logits, &index)?;
        let fused = softmax_cross_entropy(&logits, &labels)?;
        assert_close(&fused, &plain, 1e-6)?;
        let (fused, plain) = (fused.backward()?, plain.backward()?);
        let (a, b) = (
            fused.get(&logits).expect("tracked"),
            plain.get(&logits).expect("tracked"),
        );
        assert_close(a, b, 1e-6)
    }
}
