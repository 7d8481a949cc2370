//! From a file's tensors to convolutions.

use super::convolution::Convolution;
use super::layout::{self, Layer};
use super::{FEATURES, Inception, InceptionError, LOGITS};
use crate::weights::{Tensor, Weights};

/// torchvision's `BasicConv2d`: what batch normalisation adds to a variance.
const EPSILON: f64 = 0.001;

/// What the digest is of; changes with its layout.
const CONTEXT: &str = "gan-sweep 2026-11 Inception weights";

/// Builds the network out of the tensors, checking each and digesting it on the way.
///
/// # Errors
/// [`InceptionError`] for the first number that is not finite; then for the first tensor, in the
/// network's order, that is missing, of another shape or holds a negative variance.
pub(super) fn build(weights: &Weights) -> Result<Inception, InceptionError> {
    weights.check_finite()?;
    let mut file = File {
        weights,
        hasher: blake3::Hasher::new_derive_key(CONTEXT),
    };
    let mut blocks = Vec::new();
    for block in layout::blocks() {
        blocks.push(block.try_map(|layer| file.convolution(layer))?);
    }
    let classes = file.tensor("fc.weight", &[LOGITS, FEATURES])?;
    let class_bias = file.tensor("fc.bias", &[LOGITS])?;
    Ok(Inception {
        blocks,
        classes: classes.to_vec(),
        class_bias: class_bias.to_vec(),
        digest: file.hasher.finalize().to_hex().to_string(),
    })
}

struct File<'a> {
    weights: &'a Weights,
    hasher: blake3::Hasher,
}

impl<'a> File<'a> {
    /// A tensor's values; they, its name and its shape go into the digest.
    fn tensor(&mut self, name: &str, expected: &[usize]) -> Result<&'a [f32], InceptionError> {
        let Some(Tensor { shape, values }) = self.weights.get(name) else {
            return Err(InceptionError::Missing {
                name: name.to_owned(),
                expected: expected.to_vec(),
            });
        };
        if shape != expected {
            return Err(InceptionError::Tensor {
                name: name.to_owned(),
                found: shape.clone(),
                expected: expected.to_vec(),
            });
        }
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.hasher.update(&(name.len() as u64).to_le_bytes());
        self.hasher.update(name.as_bytes());
        for size in shape {
            self.hasher.update(&(*size as u64).to_le_bytes());
        }
        self.hasher.update(&bytes);
        Ok(values)
    }

    /// A convolution with its batch normalisation folded in, in `f64`: γ (w ∗ x − μ) / √(σ² + ε) + β
    /// is w′ ∗ x + b with w′ = γ w / √(σ² + ε) and b = β − γ μ / √(σ² + ε).
    fn convolution(&mut self, layer: Layer) -> Result<Convolution, InceptionError> {
        let (name, outputs) = (&layer.name, layer.outputs);
        let [rows, columns] = layer.kernel;
        let shape = [outputs, layer.inputs, rows, columns];
        let weight = self.tensor(&format!("{name}.conv.weight"), &shape)?;
        let mut norm = |part: &str| self.tensor(&format!("{name}.bn.{part}"), &[outputs]);
        let (gamma, beta) = (norm("weight")?, norm("bias")?);
        let (mean, variance) = (norm("running_mean")?, norm("running_var")?);
        if let Some(place) = variance.iter().position(|x| *x < 0.0) {
            return Err(InceptionError::Variance {
                name: format!("{name}.bn.running_var"),
                place,
                value: variance[place],
            });
        }
        let mut folded = Vec::with_capacity(weight.len());
        let mut bias = Vec::with_capacity(outputs);
        for (output, kernel) in weight.chunks_exact(weight.len() / outputs).enumerate() {
            let deviation = (f64::from(variance[output]) + EPSILON).sqrt();
            let scale = f64::from(gamma[output]) / deviation;
            folded.extend(kernel.iter().map(|w| (f64::from(*w) * scale) as f32));
            let shift = f64::from(mean[output]) * scale;
            bias.push((f64::from(beta[output]) - shift) as f32);
        }
        Ok(Convolution::new(layer, &folded, bias))
    }
}
