//! Stochastic gradient descent with momentum.

use candle_core::Var;
use candle_core::backprop::GradStore;

use super::slot::update;
use super::{Descent, UpdateRule, are_finite, with_state};
use crate::axis::Component;
use crate::model::Weights;
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
    fn start(&self, lr: f64, weights: &Weights) -> Box<dyn Descent> {
        Box::new(State {
            lr: lr as f32,
            momentum: self.momentum as f32,
            velocity: with_state(weights, |n| vec![0.0; n]),
        })
    }
}

struct State {
    lr: f32,
    momentum: f32,
    velocity: Vec<(Var, Vec<f32>)>,
}

impl Descent for State {
    /// v ← momentum · v + g; θ ← θ − lr · v, as in PyTorch (no dampening).
    fn step(&mut self, grads: &GradStore) -> candle_core::Result<()> {
        let (lr, momentum) = (self.lr, self.momentum);
        for (var, velocity) in &mut self.velocity {
            let Some(grad) = grads.get(var) else { continue };
            update(var, grad, |weight, grad| {
                for ((w, g), v) in weight.iter_mut().zip(grad).zip(velocity.iter_mut()) {
                    *v = momentum * *v + g;
                    *w -= lr * *v;
                }
            })?;
        }
        Ok(())
    }

    fn is_finite(&self) -> bool {
        self.velocity.iter().all(|(_, v)| are_finite(v))
    }
}
