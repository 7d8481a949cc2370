//! Adam (Kingma and Ba 2015).

use candle_core::{Tensor, Var};

use super::slot::update;
use super::{Descent, UpdateRule, are_finite};
use crate::axis::Component;
use crate::elementary::vectorised;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const BETAS: Param = Param {
    name: "betas",
    per_network: true,
    kind: Kind::Pair(Range::below(0.0, 1.0)),
    birth: Birth::Floats(&[0.5, 0.999]),
    summary: "decay rates of Adam's first and second moment",
};

/// Adam with bias correction; no weight decay.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Decay rates (β₁, β₂).
    pub betas: [f64; 2],
}

impl Component for Adam {
    const CHOICE: Choice = Choice {
        name: "adam",
        version: 1,
        params: &[BETAS],
        summary: "Adam (Kingma and Ba 2015)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            betas: settings.pair(BETAS.name, network)?,
        })
    }
}

impl UpdateRule for Adam {
    fn start(&self, lr: f64, count: usize) -> Box<dyn Descent> {
        Box::new(State {
            lr,
            betas: self.betas,
            powers: [1.0; 2],
            first: vec![0.0; count],
            second: vec![0.0; count],
        })
    }
}

/// Keeps the denominator away from zero; the paper's value.
const EPSILON: f32 = 1e-8;

struct State {
    lr: f64,
    betas: [f64; 2],
    /// β₁ᵗ and β₂ᵗ, as products: `powi` does not promise its bits.
    powers: [f64; 2],
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Descent for State {
    /// Algorithm 1 of the paper: m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
    /// θ ← θ − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε).
    fn step(&mut self, weights: &Var, gradient: &Tensor) -> candle_core::Result<()> {
        for (power, beta) in self.powers.iter_mut().zip(self.betas) {
            *power *= beta;
        }
        let [b1, b2] = self.betas.map(|b| b as f32);
        let [rest1, rest2] = self.betas.map(|b| (1.0 - b) as f32);
        let size = (self.lr / (1.0 - self.powers[0])) as f32;
        let correction = (1.0 / (1.0 - self.powers[1])) as f32;
        let (first, second) = (&mut self.first, &mut self.second);
        update(weights, gradient, |weights, gradient| {
            vectorised(
                #[inline(always)]
                || {
                    let state = first.iter_mut().zip(second);
                    for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(state) {
                        *m = b1 * *m + rest1 * g;
                        *v = b2 * *v + rest2 * g * g;
                        *w -= size * *m / ((*v * correction).sqrt() + EPSILON);
                    }
                },
            );
        })
    }

    fn is_finite(&self) -> bool {
        are_finite(&self.first) && are_finite(&self.second)
    }
}
