//! Batch normalisation (Ioffe and Szegedy 2015).

use std::cell::RefCell;

use candle_core::{Device, Tensor, Var};

use super::{NormLayer, Normalisation};
use crate::axis::Component;
use crate::model::{Pass, Weights};
use crate::ops::normalise::{EPSILON, batch_moments};
use crate::ops::values::values;
use crate::ops::{Over, normalise};
use crate::param::{Choice, Network, Settings, Undeclared};

/// Weight of the newest batch in the running statistics: PyTorch's default.
const MOMENTUM: f32 = 0.1;

/// Mean and variance over the batch.
///
/// *In training* every forward pass uses the statistics of its own batch. D sees real and
/// generated samples in two batches, each normalised with its own statistics. *At evaluation*
/// running averages are used (momentum 0.1, unbiased variance), so that a sample does not depend on
/// the others; they are updated in a network's own training steps only, not when it merely serves
/// the other's.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm;

impl Component for BatchNorm {
    const CHOICE: Choice = Choice {
        name: "batch",
        version: 1,
        params: &[],
        summary: "batch normalisation; D sees real and fake in two batches; running averages at evaluation",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for BatchNorm {
    fn over_batch(&self) -> bool {
        true
    }

    fn layer(
        &self,
        name: &str,
        features: usize,
        weights: &mut Weights,
    ) -> candle_core::Result<Box<dyn NormLayer>> {
        Ok(Box::new(Layer {
            gamma: weights.constant(&format!("{name}.gamma"), features, 1.0)?,
            beta: weights.constant(&format!("{name}.beta"), features, 0.0)?,
            running: RefCell::new(Running {
                mean: vec![0.0; features],
                variance: vec![1.0; features],
            }),
        }))
    }
}

struct Layer {
    gamma: Var,
    beta: Var,
    running: RefCell<Running>,
}

struct Running {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl Running {
    fn update(&mut self, x: &Tensor) -> candle_core::Result<()> {
        let (batch, features) = x.dims2()?;
        let x = x.contiguous()?;
        let (mean, variance) = batch_moments(values(&x)?.as_slice(), features);
        // The unbiased variance, for the population that the batch was drawn from.
        let unbiased = batch as f32 / (batch as f32 - 1.0);
        for (running, new) in self.mean.iter_mut().zip(mean) {
            *running += MOMENTUM * (new - *running);
        }
        for (running, new) in self.variance.iter_mut().zip(variance) {
            *running += MOMENTUM * (new * unbiased - *running);
        }
        Ok(())
    }
}

impl Layer {
    /// γ · (x − running mean) / √(running variance + ε) + β.
    fn evaluate(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let running = self.running.borrow();
        let features = running.mean.len();
        let row = |v: Vec<f32>| Tensor::from_vec(v, features, &Device::Cpu);
        let factor = row(running
            .variance
            .iter()
            .map(|v| 1.0 / (v + EPSILON).sqrt())
            .collect())?;
        x.broadcast_sub(&row(running.mean.clone())?)?
            .broadcast_mul(&factor.mul(&self.gamma.detach())?)?
            .broadcast_add(&self.beta.detach())
    }
}

impl NormLayer for Layer {
    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor> {
        match pass {
            Pass::Evaluate => return self.evaluate(x),
            Pass::Train => self.running.borrow_mut().update(x)?,
            Pass::Frozen => {}
        }
        normalise(
            x,
            &pass.weight(&self.gamma),
            &pass.weight(&self.beta),
            Over::Batch,
        )
    }

    fn buffers(&self) -> Vec<Vec<f32>> {
        let running = self.running.borrow();
        vec![running.mean.clone(), running.variance.clone()]
    }
}
