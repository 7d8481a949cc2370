//! The cross-entropy of class logits.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};

use super::values::{slice, values};
use crate::elementary::{exp, ln};

/// −1/n Σ log softmax(outputs[1..])[label], as a scalar: the mean over samples of the cross-entropy
/// in nats of the class logits, which follow the first of D's outputs `[n, 1 + classes]`.
///
/// # Errors
/// If there is not one label a sample, each below the number of classes.
pub fn class_cross_entropy(outputs: &Tensor, labels: &[usize]) -> Result<Tensor> {
    let (rows, columns) = outputs.dims2()?;
    if labels.len() != rows || labels.iter().any(|&label| label + 1 >= columns) {
        bail!(
            "{} labels for {rows} samples of {} classes",
            labels.len(),
            columns - 1
        );
    }
    outputs.contiguous()?.apply_op1(Classify {
        labels: labels.to_vec(),
        columns,
    })
}

struct Classify {
    labels: Vec<usize>,
    columns: usize,
}

impl Classify {
    /// exp(logit − largest) of every class, and their sum.
    fn exponentials(row: &[f32]) -> (f32, Vec<f32>, f32) {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = row.iter().map(|&x| exp(x - most)).collect();
        let sum = exponentials.iter().sum();
        (most, exponentials, sum)
    }
}

impl CustomOp1 for Classify {
    fn name(&self) -> &'static str {
        "class-cross-entropy"
    }

    fn cpu_fwd(&self, outputs: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let rows = slice(outputs, layout)?.chunks_exact(self.columns);
        let losses = rows.zip(&self.labels).map(|(row, &label)| {
            let (most, _, sum) = Self::exponentials(&row[1..]);
            f64::from(ln(sum)) + f64::from(most) - f64::from(row[1 + label])
        });
        let mean = losses.sum::<f64>() / self.labels.len() as f64;
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    /// (softmax − one-hot) / n.
    fn bwd(&self, outputs: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let each = gradient.to_scalar::<f32>()? / self.labels.len() as f32;
        let xs = values(outputs)?;
        let mut out = Vec::with_capacity(outputs.elem_count());
        for (row, &label) in xs.as_slice().chunks_exact(self.columns).zip(&self.labels) {
            let (_, exponentials, sum) = Self::exponentials(&row[1..]);
            out.push(0.0);
            out.extend(exponentials.iter().enumerate().map(|(class, e)| {
                let right = f32::from(u8::from(class == label));
                each * (e / sum - right)
            }));
        }
        Ok(Some(Tensor::from_vec(out, outputs.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::class_cross_entropy;

    /// The definition in f64.
    fn exact(rows: &[[f64; 4]], labels: &[usize]) -> f64 {
        let of = |(row, &label): (&[f64; 4], &usize)| {
            let sum: f64 = row[1..].iter().map(|x| x.exp()).sum();
            sum.ln() - row[1 + label]
        };
        rows.iter().zip(labels).map(of).sum::<f64>() / rows.len() as f64
    }

    #[test]
    fn it_is_the_definition_and_its_slopes_are_differences() -> Result<()> {
        const H: f64 = 1e-5;
        let rows = [[7.0, 0.5, -1.0, 2.0], [-3.0, 4.0, 4.5, -20.0]];
        let labels = [2, 1];
        let x = rows.map(|row| row.map(|x| x as f32));
        let x = Var::from_tensor(&Tensor::new(&x, &Device::Cpu)?)?;
        let loss = class_cross_entropy(x.as_tensor(), &labels)?;
        let error = f64::from(loss.to_scalar::<f32>()?) - exact(&rows, &labels);
        assert!(error.abs() < 1e-6);
        let gradients = loss.backward()?;
        let slopes = gradients.get(&x).expect("tracked").to_vec2::<f32>()?;
        for i in 0..2 {
            for j in 0..4 {
                let at = |h: f64| {
                    let mut moved = rows;
                    moved[i][j] += h;
                    exact(&moved, &labels)
                };
                let slope = (at(H) - at(-H)) / (2.0 * H);
                assert!((f64::from(slopes[i][j]) - slope).abs() < 1e-6);
            }
        }
        Ok(())
    }
}
