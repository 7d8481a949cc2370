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

    /// The average.
    pub fn values(&self) -> &[f32] {
        &self.weights
    }

    /// The average, to be set.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.weights
    }

    /// The average, as weights of the network.
    pub fn weights(&self) -> Result<Tensor> {
        Tensor::from_slice(&self.weights, self.weights.len(), &Device::Cpu)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor};

    use super::Average;
    use crate::model::Net;
    use crate::train::tests::spec;

    fn net() -> Result<Net> {
        let spec = spec(&[], 0);
        let start = crate::model::Start {
            init: spec.init.g.clone(),
            source: crate::rng::Streams::new(0).source(crate::rng::Name::InitGenerator),
        };
        spec.model.generator(spec.shapes([2, 1, 1]), None, start)
    }

    #[test]
    fn an_average_follows_by_its_decay() -> Result<()> {
        let net = net()?;
        let first = net.weights().to_vec1::<f32>()?;
        let mut average = Average::new(0.75, &net)?;
        let count = first.len();
        net.weights().set(&Tensor::from_vec(
            vec![1.0_f32; count],
            count,
            &Device::Cpu,
        )?)?;
        for _ in 0..2 {
            average.follow(&net)?;
        }
        // 0.75² of the first, the rest of 1.
        for (found, first) in average.weights()?.to_vec1::<f32>()?.iter().zip(first) {
            assert!((found - (0.5625 * first + 0.4375)).abs() < 1e-6);
        }
        Ok(())
    }
}
