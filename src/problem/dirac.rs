//! The Dirac-GAN of Mescheder, Geiger and Nowozin (2018), definition 2.1: data at 0, G at θ, D(x) = ψx; the
//! smallest GAN that does not converge, and what cures it.

use super::{Analytic, Work, error, param, value};
use crate::axis::Component;
use crate::event::{Path, Sample};
use crate::metric::Info;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    error(
        "distance",
        "",
        "|(theta, psi)| over that at the start; 0 at the equilibrium",
    ),
    value("distance.max", "", "largest distance so far"),
];

const GAME: Param = param(
    "game",
    Kind::Words(&[
        ("minimax", "f(t) = -log(1 + exp(-t)) for both"),
        ("non_saturating", "G goes up f(D), D plays minimax"),
        ("wgan", "f(t) = t, without clipping"),
    ]),
    Birth::Text("minimax"),
    "what the players play for",
);
const CURE: Param = param(
    "cure",
    Kind::Words(&[
        ("none", "no regulariser"),
        ("r1", "gamma/2 |dD/dx|^2 at the data, in D's loss"),
        (
            "instance_noise",
            "noise of variance gamma on both sides (Sonderby et al. 2017)",
        ),
        (
            "consensus",
            "gamma/2 of the squared gradient in both losses (Mescheder et al. 2017)",
        ),
    ]),
    Birth::Text("none"),
    "regulariser",
);
const GAMMA: Param = param(
    "strength",
    Kind::Float(Range::closed(0.0, 100.0)),
    Birth::Float(1.0),
    "weight of the regulariser",
);
const STEP_SIZE: Param = param(
    "step_size",
    Kind::Float(Range::above(0.0, 10.0)),
    Birth::Float(0.2),
    "h, the step along the gradient",
);
const ORDER: Param = param(
    "order",
    Kind::Words(&[
        ("simultaneous", "both players step from the same point"),
        ("alternating", "D steps from where G has gone"),
    ]),
    Birth::Text("simultaneous"),
    "when D sees G's step",
);
const MOVES: Param = param(
    "moves",
    Kind::Int {
        min: 1,
        max: 1_000_000,
    },
    Birth::Int(500),
    "steps of both players",
);

/// What the players play for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Game {
    Minimax,
    NonSaturating,
    Wasserstein,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cure {
    None,
    R1,
    InstanceNoise,
    Consensus,
}

/// The Dirac-GAN from θ = ψ = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Dirac {
    game: Game,
    cure: Cure,
    gamma: f64,
    step: f64,
    alternating: bool,
    moves: u64,
}

impl Component for Dirac {
    const CHOICE: Choice = Choice {
        name: "dirac",
        version: 1,
        params: &[GAME, CURE, GAMMA, STEP_SIZE, ORDER, MOVES],
        summary: "the Dirac-GAN, the smallest that does not converge",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            game: match settings.text(GAME.name, None)? {
                "minimax" => Game::Minimax,
                "non_saturating" => Game::NonSaturating,
                _ => Game::Wasserstein,
            },
            cure: match settings.text(CURE.name, None)? {
                "r1" => Cure::R1,
                "instance_noise" => Cure::InstanceNoise,
                "consensus" => Cure::Consensus,
                _ => Cure::None,
            },
            gamma: settings.float(GAMMA.name, None)?,
            step: settings.float(STEP_SIZE.name, None)?,
            alternating: settings.text(ORDER.name, None)? == "alternating",
            moves: settings.uint(MOVES.name, None)?,
        })
    }
}

/// 1/(1 + e⁻ᵗ).
fn sigmoid(t: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-t))
}

impl Dirac {
    /// The direction in which θ and ψ go: (−f′(θψ) ψ, f′(θψ) θ) without a regulariser (Mescheder et al.
    /// 2018, lemma 2.2), f′(t) = σ(−t) or 1; non-saturating G has f′(−t) = σ(t).
    fn direction(&self, [theta, psi]: [f64; 2]) -> [f64; 2] {
        let t = theta * psi;
        let (slope_g, slope_d) = match self.game {
            // f(t) = −log(1 + e⁻ᵗ) at D(x_fake) = t taken with the sign of the minimax game: G minimises
            // log(1 − σ(t)), of which the slope is −σ(t).
            Game::Minimax => (sigmoid(t), sigmoid(t)),
            Game::NonSaturating => (sigmoid(-t), sigmoid(t)),
            Game::Wasserstein => (1.0, 1.0),
        };
        // G goes up D, D goes down on the generated sample; the real one, at 0, has no slope in psi.
        let plain = [slope_g * psi, -slope_d * theta];
        match self.cure {
            Cure::None => plain,
            Cure::R1 => [plain[0], plain[1] - self.gamma * psi],
            Cure::InstanceNoise => self.noisy([theta, psi]),
            Cure::Consensus => self.consensus([theta, psi], plain),
        }
    }

    /// Noise of variance γ on both samples, averaged by Gauss–Hermite quadrature.
    fn noisy(&self, [theta, psi]: [f64; 2]) -> [f64; 2] {
        /// Abscissae and weights of the rule of order 5 for exp(−x²) (Abramowitz and Stegun, table 25.10).
        const RULE: [(f64, f64); 5] = [
            (-2.020_182_870_456_085_6, 0.019_953_242_059_045_913),
            (-0.958_572_464_613_818_5, 0.393_619_323_152_241_2),
            (0.0, 0.945_308_720_482_941_9),
            (0.958_572_464_613_818_5, 0.393_619_323_152_241_2),
            (2.020_182_870_456_085_6, 0.019_953_242_059_045_913),
        ];
        let spread = (2.0 * self.gamma).sqrt();
        let mut sum = [0.0; 2];
        for (x, w) in RULE {
            let weight = w / std::f64::consts::PI.sqrt();
            let (fake, real) = (theta + spread * x, spread * x);
            let (slope_g, slope_fake, slope_real) = match self.game {
                Game::Minimax => (
                    sigmoid(fake * psi),
                    sigmoid(fake * psi),
                    sigmoid(-real * psi),
                ),
                Game::NonSaturating => (
                    sigmoid(-fake * psi),
                    sigmoid(fake * psi),
                    sigmoid(-real * psi),
                ),
                Game::Wasserstein => (1.0, 1.0, 1.0),
            };
            sum[0] += weight * slope_g * psi;
            sum[1] += weight * (slope_real * real - slope_fake * fake);
        }
        sum
    }

    /// v − γ Jᵀ v: both players also go down the squared length of the plain direction v, J its Jacobian by
    /// central differences.
    fn consensus(&self, at: [f64; 2], plain: [f64; 2]) -> [f64; 2] {
        /// Of the differences.
        const H: f64 = 1e-5;
        let bare = Self {
            cure: Cure::None,
            ..self.clone()
        };
        let slope = |axis: usize| {
            let moved = |sign: f64| {
                let mut to = at;
                to[axis] += sign * H;
                bare.direction(to)
            };
            let (after, before) = (moved(1.0), moved(-1.0));
            [0, 1].map(|i| (after[i] - before[i]) / (2.0 * H))
        };
        [0, 1].map(|axis| {
            let column = slope(axis);
            plain[axis] - self.gamma * (column[0] * plain[0] + column[1] * plain[1])
        })
    }
}

impl Analytic for Dirac {
    fn steps(&self) -> u64 {
        self.moves
    }

    fn flops_per_step(&self) -> f64 {
        500.0
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let norm = |[x, y]: [f64; 2]| libm::hypot(x, y);
        let start = [1.0, 1.0];
        let (mut at, mut most) = (start, 1.0_f64);
        let mut path = vec![at.map(|x| x as f32)];
        work.log(0, &[("distance", 1.0), ("distance.max", 1.0)]);
        for step in 1..=self.moves {
            let v = self.direction(at);
            let theta = at[0] + self.step * v[0];
            let v = match self.alternating {
                true => self.direction([theta, at[1]]),
                false => v,
            };
            at = [theta, at[1] + self.step * v[1]];
            let distance = norm(at) / norm(start);
            most = most.max(distance);
            path.push(at.map(|x| x as f32));
            if step.is_multiple_of((self.moves / 100).max(1)) || step == self.moves {
                work.log(step, &[("distance", distance), ("distance.max", most)]);
            }
            if !work.goes_on(step) {
                return Ok(());
            }
        }
        let name = "(theta, psi)".to_owned();
        work.show(self.moves, Sample::Paths(vec![Path { name, points: path }]));
        Ok(())
    }
}
