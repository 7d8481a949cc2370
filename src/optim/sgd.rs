//! Stochastic gradient descent with momentum.

use super::{Descent, Kept, LookAhead, UpdateRule, are_finite};
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
    fn start(&self, count: usize) -> Box<dyn Descent> {
        Box::new(State {
            momentum: self.momentum as f32,
            velocity: vec![0.0; count],
        })
    }
}

#[derive(Clone)]
struct State {
    momentum: f32,
    velocity: Vec<f32>,
}

impl Descent for State {
    /// v ← momentum · v + g; θ ← θ − lr · v, as in PyTorch (no dampening).
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        let (lr, momentum) = (lr as f32, self.momentum);
        let velocity = &mut self.velocity;
        vectorised(
            #[inline(always)]
            || {
                for ((w, g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
                    *v = momentum * *v + g;
                    *w -= lr * *v;
                }
            },
        );
    }

    fn is_finite(&self) -> bool {
        are_finite(&self.velocity)
    }

    fn kept(&mut self) -> Kept<'_> {
        Kept {
            scalars: &mut [],
            values: vec![&mut self.velocity],
        }
    }

    fn look_ahead(&self) -> Box<dyn LookAhead> {
        Box::new(Ahead {
            state: self.clone(),
            rates: Vec::new(),
            of_velocity: vec![0.0; self.velocity.len()],
        })
    }
}

/// Gradient descent, with the learning rates of the steps taken and the gradient of its velocity on
/// the way back.
struct Ahead {
    state: State,
    rates: Vec<f64>,
    of_velocity: Vec<f32>,
}

impl LookAhead for Ahead {
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        self.state.step(lr, weights, gradient);
        self.rates.push(lr);
    }

    /// v̄ −= lr · θ̄; ḡ = v̄; v̄ ← momentum · v̄.
    fn back(&mut self, of_weights: &[f32], of_gradient: &mut [f32]) {
        let (lr, momentum) = (self.rates.pop().unwrap_or(0.0) as f32, self.state.momentum);
        let velocity = self.of_velocity.iter_mut();
        for ((out, w), v) in of_gradient.iter_mut().zip(of_weights).zip(velocity) {
            *v -= lr * w;
            *out = *v;
            *v *= momentum;
        }
    }
}
