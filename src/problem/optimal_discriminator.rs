//! D* = p/(p + q), the value of the game against it, and the gradient that it leaves to G: the lecture's
//! "Оценка оптимального значения дискриминатора" and "Проблема насыщения функции потерь генератора".

use std::f64::consts::LN_2;

use super::densities::{FAMILY, P, Pair, Q};
use super::{Analytic, Work, error, value};
use crate::axis::Component;
use crate::event::{Path, Sample};
use crate::metric::Info;
use crate::metric::divergence::{Density, expectation, jensen_shannon, kullback_leibler};
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::train::TrainError;

/// A sample's gradient of log(1 − D) below this share of its gradient of −log D is saturated.
pub(crate) const SATURATED: f64 = 0.01;

/// How near ½ D counts as ½.
const NEAR_HALF: f64 = 0.01;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "value",
        "nats",
        "L(D*, G) = E_p log D* + E_q log(1 - D*), by quadrature",
    ),
    value(
        "value.js",
        "nats",
        "-2 log 2 + 2 JS(p, q), JS by quadrature of its own",
    ),
    error("value.error", "nats", "|L(D*, G) - (-2 log 2 + 2 JS)|"),
    value(
        "d.half",
        "",
        "share of the mass of (p + q)/2 on which |D* - 1/2| is at most 0.01",
    ),
    value(
        "saturated",
        "",
        "share of samples of q whose gradient of log(1 - D) is below 1 % of that of -log D",
    ),
    error(
        "heuristic.error",
        "nats",
        "|E_q(-log D*) - (KL(q || p) - KL(q || m) + log 2)|, m = (p + q)/2",
    ),
    value("gradient.minimax", "", "E_q |d/dx log(1 - D*)|"),
    value("gradient.non_saturating", "", "E_q |d/dx log D*|"),
];

/// The best discriminator of p and q.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimalDiscriminator(Pair);

impl Component for OptimalDiscriminator {
    const CHOICE: Choice = Choice {
        name: "optimal_discriminator",
        version: 1,
        params: &[P, Q, FAMILY],
        summary: "D* = p/(p + q): the game's value against it and the gradient that it leaves",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self(Pair::read(settings)?))
    }
}

/// log D* and log(1 − D*) at a place; each −∞ where its density is 0.
fn logs(p: &Density, q: &Density, x: [f64; 2]) -> [f64; 2] {
    let [a, b] = [p.log_density(x), q.log_density(x)];
    let most = a.max(b);
    let sum = most + libm::log(libm::exp(a - most) + libm::exp(b - most));
    [a - sum, b - sum]
}

impl Analytic for OptimalDiscriminator {
    fn flops_per_step(&self) -> f64 {
        1e6
    }

    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        self.0.refuses()
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let [p, q] = &self.0.densities()?;
        let with = [p, q];
        let value = expectation(p, with, |x| logs(p, q, x)[0])?
            + expectation(q, with, |x| logs(p, q, x)[1])?;
        let js = 2.0 * jensen_shannon(p, q)? - 2.0 * LN_2;
        let share = |of: &Density, holds: &(dyn Fn(f64) -> bool + Sync)| {
            self.mass(of, |x| holds(libm::exp(logs(p, q, [x, 0.0])[0])))
        };
        let near = |d: f64| (d - 0.5).abs() <= NEAR_HALF;
        let weak = |d: f64| d < SATURATED * (1.0 - d);
        let gradient = |side: usize| {
            let size = |x: [f64; 2]| libm::exp(logs(p, q, x)[side]) * self.0.slope(x[0]).abs();
            expectation(q, with, size)
        };
        // −log D* = log (p + q)/p = log q/p − log q/m + log 2.
        let heuristic = expectation(q, with, |x| -logs(p, q, x)[0])?;
        let expected =
            kullback_leibler(q, p)? - kullback_leibler(q, &Density::halves(p, q))? + LN_2;
        let difference = match heuristic == expected {
            // Both infinite, where q is and p is not.
            true => 0.0,
            false => (heuristic - expected).abs(),
        };
        work.log(
            1,
            &[
                ("heuristic.error", difference),
                ("value", value),
                ("value.js", js),
                ("value.error", (value - js).abs()),
                ("d.half", (share(p, &near) + share(q, &near)) / 2.0),
                ("saturated", share(q, &weak)),
                ("gradient.minimax", gradient(0)?),
                ("gradient.non_saturating", gradient(1)?),
            ],
        );
        work.show(1, self.curves(p, q));
        Ok(())
    }
}

impl OptimalDiscriminator {
    /// The mass of a density on the places where a condition holds: the sum of its pieces between a fine
    /// net of places, each counted by its middle. Right to the width of a piece.
    fn mass(&self, of: &Density, holds: impl Fn(f64) -> bool) -> f64 {
        const PIECES: u32 = 200_000;
        let places: Vec<f64> = self.0.places().collect();
        let (low, high) = (places[0] - 10.0, places[places.len() - 1] + 10.0);
        let at = |i: u32| low + (high - low) * f64::from(i) / f64::from(PIECES);
        let pieces = (0..PIECES).filter(|&i| holds((at(i) + at(i + 1)) / 2.0));
        pieces
            .map(|i| of.cumulative(at(i + 1)) - of.cumulative(at(i)))
            .sum()
    }

    /// p, q, D* and both gradients with respect to the sample.
    fn curves(&self, p: &Density, q: &Density) -> Sample {
        let of = |name: &str, f: &dyn Fn(f64) -> f64| Path {
            name: name.to_owned(),
            points: self.0.places().map(|x| [x as f32, f(x) as f32]).collect(),
        };
        let d = |x: f64| logs(p, q, [x, 0.0]).map(libm::exp);
        Sample::Paths(vec![
            of("p", &|x| libm::exp(p.log_density([x, 0.0]))),
            of("q", &|x| libm::exp(q.log_density([x, 0.0]))),
            of("D*", &|x| d(x)[0]),
            of("|d log(1-D*)/dx|", &|x| d(x)[0] * self.0.slope(x).abs()),
            of("|d log D*/dx|", &|x| d(x)[1] * self.0.slope(x).abs()),
        ])
    }
}
