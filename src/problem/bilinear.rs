//! Gradient steps of two players on f(x, y) = xy; the lecture's example of the Nash equilibrium ("Задача
//! обучения дискриминатора и генератора … точки равновесия двух игроков").

use super::{Analytic, Work, error, param, value};
use crate::axis::Component;
use crate::event::{Path, Sample};
use crate::metric::Info;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "radius",
        "",
        "distance from the equilibrium over that at the start",
    ),
    error(
        "growth.error",
        "",
        "largest |radius(t) / (radius(t - 1) sqrt(1 + eta^2)) - 1| of a step so far",
    ),
    value("radius.max", "", "largest radius so far"),
    value("radius.min", "", "smallest radius so far"),
];

const STEP_SIZE: Param = param(
    "step_size",
    Kind::Float(Range::above(0.0, 10.0)),
    Birth::Float(0.1),
    "eta, the step along the gradient",
);
const ORDER: Param = param(
    "order",
    Kind::Words(&[
        ("simultaneous", "both players step from the same point"),
        (
            "alternating",
            "the second player steps from where the first has gone",
        ),
    ]),
    Birth::Text("simultaneous"),
    "when the second player sees the first one's step",
);
const MOVES: Param = param(
    "moves",
    Kind::Int {
        min: 1,
        max: 1_000_000,
    },
    Birth::Int(1000),
    "steps of both players",
);

/// x ← x − ηy, y ← y + ηx, from (1, 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Bilinear {
    eta: f64,
    alternating: bool,
    moves: u64,
}

impl Component for Bilinear {
    const CHOICE: Choice = Choice {
        name: "bilinear",
        version: 1,
        params: &[STEP_SIZE, ORDER, MOVES],
        summary: "gradient steps of two players on f(x, y) = xy",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            eta: settings.float(STEP_SIZE.name, None)?,
            alternating: settings.text(ORDER.name, None)? == "alternating",
            moves: settings.uint(MOVES.name, None)?,
        })
    }
}

impl Bilinear {
    fn step(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let next = x - self.eta * y;
        let seen = if self.alternating { next } else { x };
        [next, y + self.eta * seen]
    }
}

impl Analytic for Bilinear {
    fn steps(&self) -> u64 {
        self.moves
    }

    fn flops_per_step(&self) -> f64 {
        20.0
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        /// Points of the drawn path.
        const DRAWN: u64 = 2000;
        let start = [1.0, 1.0];
        let norm = |[x, y]: [f64; 2]| libm::hypot(x, y);
        let growth = (1.0 + self.eta * self.eta).sqrt();
        let (mut at, mut most, mut least, mut worst) = (start, 1.0_f64, 1.0_f64, 0.0_f64);
        let mut path = vec![at.map(|x| x as f32)];
        let log_every = (self.moves / 200).max(1);
        work.log(
            0,
            &[
                ("radius", 1.0),
                ("growth.error", 0.0),
                ("radius.max", 1.0),
                ("radius.min", 1.0),
            ],
        );
        for step in 1..=self.moves {
            let next = self.step(at);
            worst = worst.max((norm(next) / (norm(at) * growth) - 1.0).abs());
            at = next;
            let radius = norm(at) / norm(start);
            most = most.max(radius);
            least = least.min(radius);
            if step <= DRAWN {
                path.push(at.map(|x| x as f32));
            }
            if step.is_multiple_of(log_every) || step == self.moves {
                work.log(
                    step,
                    &[
                        ("radius", radius),
                        ("growth.error", worst),
                        ("radius.max", most),
                        ("radius.min", least),
                    ],
                );
            }
            if !work.goes_on(step) {
                return Ok(());
            }
        }
        let name = "(x, y)".to_owned();
        work.show(self.moves, Sample::Paths(vec![Path { name, points: path }]));
        Ok(())
    }
}
