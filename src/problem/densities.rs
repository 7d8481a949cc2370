//! The pair of densities of a problem: p, the data's, and q, the generator's.

use super::param;
use crate::metric::divergence::{Density, DivergenceError};
use crate::param::{Birth, Kind, Param, Range, Settings, Undeclared};

const PLACES: Range = Range::closed(-100.0, 100.0);

/// `p`.
pub(super) const P: Param = param(
    "p",
    Kind::Pair(PLACES),
    Birth::Floats(&[0.0, 1.0]),
    "density of the data: mean and standard deviation, or the ends of an interval",
);

/// `q`.
pub(super) const Q: Param = param(
    "q",
    Kind::Pair(PLACES),
    Birth::Floats(&[1.0, 1.0]),
    "density of the generator: mean and standard deviation, or the ends of an interval",
);

/// `family`.
pub(super) const FAMILY: Param = param(
    "family",
    Kind::Words(&[
        ("normal", "p and q are normal: [mean, standard deviation]"),
        ("interval", "p and q are uniform: [low, high]"),
    ]),
    Birth::Text("normal"),
    "what p and q are",
);

/// Two densities on the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    p: [f64; 2],
    q: [f64; 2],
    normal: bool,
}

impl Pair {
    pub(super) fn read(settings: &Settings) -> Result<Self, Undeclared> {
        Ok(Self {
            p: settings.pair(P.name, None)?,
            q: settings.pair(Q.name, None)?,
            normal: settings.text(FAMILY.name, None)? == "normal",
        })
    }

    /// Why they are no densities.
    pub(super) fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        match (self.density(self.p), self.density(self.q)) {
            (Err(error), _) => Some((&["p"], error.to_string())),
            (_, Err(error)) => Some((&["q"], error.to_string())),
            _ => None,
        }
    }

    fn density(&self, [a, b]: [f64; 2]) -> Result<Density, DivergenceError> {
        match self.normal {
            true => Density::normal(a, b),
            false => Density::uniform(a, b),
        }
    }

    /// p and q.
    pub(super) fn densities(&self) -> Result<[Density; 2], DivergenceError> {
        Ok([self.density(self.p)?, self.density(self.q)?])
    }

    /// KL(p‖q) of normal densities in nats: ln(σ_q/σ_p) + (σ_p² + (μ_p − μ_q)²)/(2σ_q²) − ½ (Kullback
    /// 1959, chapter 9); `None` of intervals.
    pub(super) fn closed_form(&self) -> Option<f64> {
        let ([m, s], [n, t]) = (self.p, self.q);
        self.normal
            .then(|| libm::log(t / s) + (s * s + (m - n) * (m - n)) / (2.0 * t * t) - 0.5)
    }

    /// Places of the line at which to draw functions of both: where either has all but little of its mass.
    pub(super) fn places(&self) -> impl Iterator<Item = f64> + use<> {
        /// Points of a curve.
        const POINTS: u32 = 241;
        /// Standard deviations to either side.
        const REACH: f64 = 4.0;
        let ends = [self.p, self.q].map(|[a, b]| match self.normal {
            true => [a - REACH * b, a + REACH * b],
            false => [a - 0.5 * (b - a), b + 0.5 * (b - a)],
        });
        let low = ends[0][0].min(ends[1][0]);
        let high = ends[0][1].max(ends[1][1]);
        (0..POINTS).map(move |i| low + (high - low) * f64::from(i) / f64::from(POINTS - 1))
    }

    /// d/dx (ln p − ln q), the slope of D*'s logit; 0 between the steps of intervals.
    pub(super) fn slope(&self, x: f64) -> f64 {
        let of = |[mean, sd]: [f64; 2]| -(x - mean) / (sd * sd);
        match self.normal {
            true => of(self.p) - of(self.q),
            false => 0.0,
        }
    }
}
