//! Means of the binary cross-entropy over a sample against their expectations; the lecture's slide on the
//! discriminator as a binary classifier ("Функции ошибки генератора и дискриминатора").

use super::{Analytic, Work, error, param, value};
use crate::axis::Component;
use crate::event::{Path, Sample};
use crate::metric::Info;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Name;
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "bce.one",
        "nats",
        "BCE(Y, 1), the mean of -log y over m draws",
    ),
    value(
        "bce.zero",
        "nats",
        "BCE(Y, 0), the mean of -log(1 - y) over m draws",
    ),
    value("bce.one.bias", "nats", "BCE(Y, 1) minus its expectation"),
    value("bce.zero.bias", "nats", "BCE(Y, 0) minus its expectation"),
    error(
        "bce.error",
        "nats",
        "|BCE(Y, 1) - E(-log y)| + |BCE(Y, 0) - E(-log(1 - y))|",
    ),
    error(
        "game.error",
        "nats",
        "|L(D, G) + BCE(Y, 1) + BCE(Y', 0)|, L(D, G) by the minimax formula, BCE by its definition",
    ),
];

const SHAPE: Param = param(
    "shape",
    Kind::Int { min: 1, max: 20 },
    Birth::Int(2),
    "y has the density a y^(a-1) on [0, 1] with this a: Beta(a, 1)",
);
const DRAWS: Param = param(
    "draws",
    Kind::Float(Range::closed(10.0, 1e8)),
    Birth::Float(1e5),
    "the largest m, reached from 10 by tens",
);

/// y ~ Beta(a, 1): E(−log y) = 1/a and E(−log(1 − y)) = 1 + 1/2 + … + 1/a.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEntropy {
    shape: u32,
    draws: f64,
}

impl Component for CrossEntropy {
    const CHOICE: Choice = Choice {
        name: "cross_entropy",
        version: 1,
        params: &[SHAPE, DRAWS],
        summary: "means of the binary cross-entropy over samples against their expectations",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            shape: settings.uint(SHAPE.name, None)? as u32,
            draws: settings.float(DRAWS.name, None)?,
        })
    }
}

/// BCE(y, t) = −t log y − (1 − t) log(1 − y).
fn cross_entropy(y: f64, t: f64) -> f64 {
    let of = |weight: f64, x: f64| {
        if weight == 0.0 {
            0.0
        } else {
            -weight * libm::log(x)
        }
    };
    of(t, y) + of(1.0 - t, 1.0 - y)
}

impl Analytic for CrossEntropy {
    fn flops_per_step(&self) -> f64 {
        200.0 * self.draws
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let a = f64::from(self.shape);
        let one = 1.0 / a;
        let zero: f64 = (1..=self.shape).map(|i| 1.0 / f64::from(i)).sum();
        let mut stream = work.streams.stream(Name::Data, 1, 0);
        let (mut drawn, mut sums, mut game) = (0_u64, [0.0; 2], [0.0; 2]);
        let mut size = 10.0;
        while size <= self.draws {
            while (drawn as f64) < size {
                // Never 0 or 1, of which the logarithm is infinite.
                let u = (f64::from(stream.bits()) + 0.5) / 4_294_967_296.0;
                let y = libm::pow(u, 1.0 / a);
                sums[0] += cross_entropy(y, 1.0);
                sums[1] += cross_entropy(y, 0.0);
                game[0] += libm::log(y);
                game[1] += libm::log(1.0 - y);
                drawn += 1;
            }
            let m = drawn as f64;
            let [found_one, found_zero] = sums.map(|s| s / m);
            let value = game[0] / m + game[1] / m;
            work.log(
                drawn,
                &[
                    ("bce.one", found_one),
                    ("bce.zero", found_zero),
                    ("bce.one.bias", found_one - one),
                    ("bce.zero.bias", found_zero - zero),
                    (
                        "bce.error",
                        (found_one - one).abs() + (found_zero - zero).abs(),
                    ),
                    ("game.error", (value + found_one + found_zero).abs()),
                ],
            );
            size *= 10.0;
            if !work.goes_on(drawn) {
                return Ok(());
            }
        }
        let curve = |name: &str, t: f64| Path {
            name: name.to_owned(),
            points: (1..200)
                .map(|i| f64::from(i) / 200.0)
                .map(|y| [y as f32, cross_entropy(y, t) as f32])
                .collect(),
        };
        work.show(
            drawn,
            Sample::Paths(vec![curve("BCE(y, 1)", 1.0), curve("BCE(y, 0)", 0.0)]),
        );
        Ok(())
    }
}
