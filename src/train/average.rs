//! The exponential moving average of G's weights.

use candle_core::{Device, Result, Tensor};

use crate::model::Net;
use crate::ops::values::values;

/// ā ← decay · ā + (1 − decay) · θ after every step of G, from ā = θ₀ on (Yazıcı et al. 2019,
/// equation 2). Running statistics are those of the weights themselves.
pub(super) struct Average {
    decay: f32,
    weights: Vec<f32>,
}

impl Average {
    /// Of a network that has not been trained yet.
    pub fn new(decay: f64, net: &Net) -> Result<Self> {
        Ok(Self {
            decay: decay as f32,
            weights: values(net.weights())?.as_slice().to_vec(),
        })
    }

    /// After a step of the network.
    pub fn follow(&mut self, net: &Net) -> Result<()> {
        let rest = 1.0 - self.decay;
        let now = values(net.weights())?;
        for (average, weight) in self.weights.iter_mut().zip(now.as_slice()) {
            *average = self.decay.mul_add(*average, rest * weight);
        }
        Ok(())
    }

    /// Feeds the average to a hash.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        let bytes: Vec<u8> = self.weights.iter().flat_map(|x| x.to_le_bytes()).collect();
        hasher.update(&bytes);
    }

    /// The average, as weights of the network.
    pub fn weights(&self) -> Result<Tensor> {
        Tensor::from_slice(&self.weights, self.weights.len(), &Device::Cpu)
    }
}
