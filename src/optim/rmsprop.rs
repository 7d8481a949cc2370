//! RMSProp (Tieleman and Hinton 2012).

use super::{Descent, Kept, LookAhead, UpdateRule, are_finite};
use crate::axis::Component;
use crate::elementary::vectorised;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const ALPHA: Param = Param {
    name: "alpha",
    per_network: true,
    kind: Kind::Float(Range::below(0.0, 1.0)),
    birth: Birth::Float(0.99),
    summary: "decay rate of RMSProp's mean of squares (TensorFlow's default: 0.9)",
};

/// v ← αv + (1−α)g²; θ ← θ − lr · g / (√v + ε): without momentum, not centred, v = 0 at the start
/// (Tieleman and Hinton 2012, "Lecture 6.5 - rmsprop"), as in PyTorch, whose default α this is.
/// TensorFlow 1 differs: v starts at 1, α is 0.9, and ε = 10⁻¹⁰ stands below the root.
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp {
    /// The decay rate α.
    pub alpha: f64,
}

impl Component for RmsProp {
    const CHOICE: Choice = Choice {
        name: "rmsprop",
        version: 1,
        params: &[ALPHA],
        summary: "RMSProp without momentum (Tieleman and Hinton 2012)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            alpha: settings.float(ALPHA.name, network)?,
        })
    }
}

impl UpdateRule for RmsProp {
    fn start(&self, count: usize) -> Box<dyn Descent> {
        Box::new(State {
            alpha: self.alpha,
            squares: vec![0.0; count],
        })
    }
}

/// Keeps the denominator away from zero; PyTorch's value.
const EPSILON: f32 = 1e-8;

#[derive(Clone)]
struct State {
    alpha: f64,
    squares: Vec<f32>,
}

impl State {
    /// α, 1 − α.
    fn rates(&self) -> [f32; 2] {
        [self.alpha, 1.0 - self.alpha].map(|x| x as f32)
    }
}

impl Descent for State {
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        let lr = lr as f32;
        let [alpha, rest] = self.rates();
        let squares = &mut self.squares;
        vectorised(
            #[inline(always)]
            || {
                for ((w, g), v) in weights.iter_mut().zip(gradient).zip(squares) {
                    *v = alpha * *v + rest * g * g;
                    *w -= lr * g / (v.sqrt() + EPSILON);
                }
            },
        );
    }

    fn is_finite(&self) -> bool {
        are_finite(&self.squares)
    }

    fn kept(&mut self) -> Kept<'_> {
        Kept {
            scalars: &mut [],
            values: vec![&mut self.squares],
        }
    }

    fn look_ahead(&self) -> Box<dyn LookAhead> {
        Box::new(Ahead {
            state: self.clone(),
            taken: Vec::new(),
            of_squares: vec![0.0; self.squares.len()],
        })
    }
}

/// RMSProp, with the steps taken and the gradient of its mean of squares on the way back.
struct Ahead {
    state: State,
    taken: Vec<Taken>,
    of_squares: Vec<f32>,
}

/// A step: its gradient, the mean of squares after it, and its learning rate.
struct Taken {
    gradient: Vec<f32>,
    squares: Vec<f32>,
    lr: f32,
}

impl LookAhead for Ahead {
    fn step(&mut self, lr: f64, weights: &mut [f32], gradient: &[f32]) {
        self.state.step(lr, weights, gradient);
        self.taken.push(Taken {
            gradient: gradient.to_vec(),
            squares: self.state.squares.clone(),
            lr: lr as f32,
        });
    }

    /// With r = √v and a = −lr · θ̄/(r + ε): v̄ −= a g / (2 r (r + ε)), ḡ = a + 2 (1−α) g v̄. Where
    /// v = 0, and with it every gradient so far, v̄ has no limit and is left out.
    fn back(&mut self, of_weights: &[f32], of_gradient: &mut [f32]) {
        let Some(taken) = self.taken.pop() else {
            of_gradient.fill(0.0);
            return;
        };
        let [alpha, rest] = self.state.rates();
        let of_squares = &mut self.of_squares;
        vectorised(
            #[inline(always)]
            || {
                let state = taken.squares.iter().zip(of_squares);
                let weights = of_gradient.iter_mut().zip(of_weights).zip(&taken.gradient);
                for (((out, w), g), (v, of_v)) in weights.zip(state) {
                    let root = v.sqrt();
                    let a = -taken.lr * w / (root + EPSILON);
                    let down = a * g / (2.0 * root * (root + EPSILON));
                    *of_v -= if root > 0.0 { down } else { 0.0 };
                    *out = a + 2.0 * rest * g * *of_v;
                    *of_v *= alpha;
                }
            },
        );
    }
}
