//! A network's trainable weights: initialised from the run's streams, kept in order.

use candle_core::{Device, Result, Var};

use crate::ops::values::values;
use crate::rng::Source;

/// Named weights in the order of the layers.
pub struct Weights {
    init: Source,
    layers: u64,
    named: Vec<(String, Var)>,
}

impl Weights {
    /// No weights yet; initial values will come from `init`.
    pub fn new(init: Source) -> Self {
        Self {
            init,
            layers: 0,
            named: Vec::new(),
        }
    }

    /// A matrix `[outputs, inputs]` drawn from N(0, gain² / inputs). Each matrix has a stream of
    /// its own, so that the width of one layer does not change the values of the next.
    pub fn matrix(&mut self, name: &str, outputs: usize, inputs: usize, gain: f64) -> Result<Var> {
        let mut stream = self.init.at(self.layers, 0);
        self.layers += 1;
        let mut drawn = vec![0.0; outputs * inputs];
        stream.fill_normal(&mut drawn);
        let deviation = (gain / (inputs as f64).sqrt()) as f32;
        drawn.iter_mut().for_each(|w| *w *= deviation);
        self.register(name, Var::from_vec(drawn, (outputs, inputs), &Device::Cpu)?)
    }

    /// A vector that starts at a constant.
    pub fn constant(&mut self, name: &str, length: usize, value: f32) -> Result<Var> {
        self.register(
            name,
            Var::from_vec(vec![value; length], length, &Device::Cpu)?,
        )
    }

    fn register(&mut self, name: &str, var: Var) -> Result<Var> {
        self.named.push((name.to_owned(), var.clone()));
        Ok(var)
    }

    /// The variables in order.
    pub fn vars(&self) -> impl Iterator<Item = &Var> {
        self.named.iter().map(|(_, var)| var)
    }

    /// Feeds names, shapes and values to a hash.
    pub fn digest(&self, hasher: &mut blake3::Hasher) -> Result<()> {
        for (name, var) in &self.named {
            hasher.update(format!("{name} {:?}\n", var.dims()).as_bytes());
            for x in values(var)?.as_slice() {
                hasher.update(&x.to_le_bytes());
            }
        }
        Ok(())
    }

    /// Whether every weight is finite.
    pub fn are_finite(&self) -> Result<bool> {
        for var in self.vars() {
            if !values(var)?.as_slice().iter().all(|x| x.is_finite()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
