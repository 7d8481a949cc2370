//! Stochastic gradient descent with momentum.

use candle_core::{Tensor, Var};

use super::slot::update;
use super::{Descent, UpdateRule, are_finite};
use crate::axis::Component;
use crate::elementary::vectorised;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const MOMENTUM: Param = Param {
    name: "momentum",
    per_network: true,
    kind: Kind::Float(Range::below(0.0, 1.0)),
    birth: Birth::Float(0.0),
    summary: "momentum of stochastic gradient descent",
};

/// v ← momentum · v + g; θ ← θ − lr · v.
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd {
    /// The momentum.
    pub momentum: f64,
}

impl Component for Sgd {
    const CHOICE: Choice = Choice {
        name: "sgd",
        version: 1,
        params: &[MOMENTUM],
        summary: "stochastic gradient descent with momentum",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            momentum: settings.float(MOMENTUM.name, network)?,
        })
    }
}

impl UpdateRule for Sgd {
    fn start(&self, lr: f64, count: usize) -> Box<dyn Descent> {
        Box::new(State {
            lr: lr as f32,
            momentum: self.momentum as f32,
            velocity: vec![0.0; count],
        })
    }
}

struct State {
    lr: f32,
    momentum: f32,
    velocity: Vec<f32>,
}

impl Descent for State {
    /// v ← momentum · v + g; θ ← θ − lr · v, as in PyTorch (no dampening).
    fn step(&mut self, weights: &Var, gradient: &Tensor) -> candle_core::Result<()> {
        let (lr, momentum) = (self.lr, self.momentum);
        let velocity = &mut self.velocity;
        update(weights, gradient, |weights, gradient| {
            vectorised(
                #[inline(always)]
                || {
                    for ((w, g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
                        *v = momentum * *v + g;
                        *w -= lr * *v;
                    }
                },
            );
        })
    }

    fn is_finite(&self) -> bool {
        are_finite(&self.velocity)
    }
}
