//! Adam (Kingma and Ba 2015).

use super::{Descent, Kept, LookAhead, UpdateRule, are_finite};
use crate::axis::Component;
use crate::elementary::vectorised;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

/// `betas`.
pub const BETAS: Param = Param {
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
    fn start(&self, count: usize) -> Box<dyn Descent> {
        Box::new(State {
            betas: self.betas,
            powers: [1.0; 2],
            first: vec![0.0; count],
            second: vec![0.0; count],
        })
    }
}

/// Keeps the denominator away from zero; the paper's value.
const EPSILON: f32 = 1e-8;

#[derive(Clone)]
struct State {
    betas: [f64; 2],
    /// β₁ᵗ and β₂ᵗ, as products: `powi` does not promise its bits.
    powers: [f64; 2],
    first: Vec<f32>,
    second: Vec<f32>,
}

impl State {
    /// β₁, 1 − β₁, β₂, 1 − β₂.
    fn rates(&self) -> [f32; 4] {
        let [b1, b2] = self.betas;
        [b1, 1.0 - b1, b2, 1.0 - b2].map(|x| x as f32)
    }

    /// Counts a step: lr / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ).
    fn count(&mut self, lr: f64) -> [f32; 2] {
        for (power, beta) in self.powers.iter_mut().zip(self.betas) {
            *power *= beta;
        }
        let [p1, p2] = self.powers;
        [lr / (1.0 - p1), 1.0 / (1.0 - p2)].map(|x| x as f32)
    }
}

impl Descent for State {
    /// Algorithm 1 of the paper: m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
    /// θ ← θ − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε).
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        let [size, correction] = self.count(lr);
        let [b1, rest1, b2, rest2] = self.rates();
        let (first, second) = (&mut self.first, &mut self.second);
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
    }

    fn is_finite(&self) -> bool {
        are_finite(&self.first) && are_finite(&self.second)
    }

    fn kept(&mut self) -> Kept<'_> {
        Kept {
            scalars: &mut self.powers,
            values: vec![&mut self.first, &mut self.second],
        }
    }

    fn look_ahead(&self) -> Box<dyn LookAhead> {
        let count = self.first.len();
        Box::new(Ahead {
            state: self.clone(),
            taken: Vec::new(),
            of_first: vec![0.0; count],
            of_second: vec![0.0; count],
        })
    }
}

/// Adam, with the steps taken and the gradients of its moments on the way back.
struct Ahead {
    state: State,
    taken: Vec<Taken>,
    of_first: Vec<f32>,
    of_second: Vec<f32>,
}

/// A step: its gradient, the moments after it, and [`State::count`].
struct Taken {
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    size: f32,
    correction: f32,
}

impl LookAhead for Ahead {
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        self.state.step(lr, weights, gradient);
        let [p1, p2] = self.state.powers;
        let [size, correction] = [lr / (1.0 - p1), 1.0 / (1.0 - p2)].map(|x| x as f32);
        self.taken.push(Taken {
            gradient: gradient.to_vec(),
            first: self.state.first.clone(),
            second: self.state.second.clone(),
            size,
            correction,
        });
    }

    /// With r = √(v/(1−β₂ᵗ)) and a = −lr/(1−β₁ᵗ) · θ̄/(r + ε): m̄ += a,
    /// v̄ −= a m / (2 r (r + ε) (1−β₂ᵗ)), ḡ = (1−β₁) m̄ + 2 (1−β₂) g v̄. A weight that has never had a
    /// gradient (a unit that is off for every sample) has m = v = 0, where the second has no limit:
    /// it is left out there.
    fn back(&mut self, of_weights: &[f32], of_gradient: &mut [f32]) {
        let Some(taken) = self.taken.pop() else {
            of_gradient.fill(0.0);
            return;
        };
        let [b1, rest1, b2, rest2] = self.state.rates();
        let (size, correction) = (taken.size, taken.correction);
        let (of_first, of_second) = (&mut self.of_first, &mut self.of_second);
        vectorised(
            #[inline(always)]
            || {
                let moments = taken.first.iter().zip(&taken.second);
                let state = of_first.iter_mut().zip(of_second.iter_mut());
                let weights = of_gradient.iter_mut().zip(of_weights).zip(&taken.gradient);
                for (((out, w), g), ((m, v), (of_m, of_v))) in weights.zip(moments.zip(state)) {
                    let root = (v * correction).sqrt();
                    let a = -size * w / (root + EPSILON);
                    let down = a * m * correction / (2.0 * root * (root + EPSILON));
                    *of_m += a;
                    *of_v -= if root > 0.0 { down } else { 0.0 };
                    *out = rest1 * *of_m + 2.0 * rest2 * g * *of_v;
                    *of_m *= b1;
                    *of_v *= b2;
                }
            },
        );
    }
}
