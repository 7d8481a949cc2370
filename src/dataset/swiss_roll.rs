//! A spiral: `make_swiss_roll` of scikit-learn (Pedregosa et al. 2011) seen from its end, as in the
//! toy experiments of Gulrajani et al. (2017), "Improved Training of Wasserstein GANs".

use std::f64::consts::PI;

use super::curve::{Branches, Curve, noise};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

/// What that experiment divides the roll by, its noise included.
const DIVISOR: f64 = 7.5;

/// The angle at the inner and at the outer end.
const INNER: f64 = 1.5 * PI;
const OUTER: f64 = 4.5 * PI;

/// A spiral of one and a half turns, without modes or labels.
#[derive(Clone, Debug, PartialEq)]
pub struct SwissRoll {
    /// Before the division.
    sigma: f64,
}

impl Component for SwissRoll {
    const CHOICE: Choice = Choice {
        name: "swiss_roll",
        version: 1,
        params: &[
            noise(
                0.25,
                "swiss_roll: standard deviation of the noise, before all is divided by 7.5",
            ),
            DATA_RANGE_MIXTURE,
        ],
        summary: "a spiral with noise, in the plane",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            sigma: settings.float("sigma", None)?,
        })
    }
}

impl Source for SwissRoll {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Curve(Curve::new(&Roll, self.sigma / DIVISOR)))
    }

    fn shape(&self) -> SampleShape {
        [2, 1, 1]
    }
}

/// (t cos t, t sin t)/7.5 at t = 1.5π(1 + 2u).
#[derive(Debug)]
struct Roll;

impl Branches for Roll {
    fn count(&self) -> usize {
        1
    }

    fn point(&self, _: usize, u: f64) -> [f64; 2] {
        let t = INNER * (1.0 + 2.0 * u);
        let (sin, cos) = libm::sincos(t);
        [t * cos / DIVISOR, t * sin / DIVISOR]
    }

    /// In polar coordinates the square of the distance of (r, θ) from the spiral at t is
    /// t² + r² − 2rt cos(t − θ). Its minima lie at the ends and close to the angles θ + 2πn, from
    /// which Newton's method finds them.
    fn distance(&self, _: usize, [x, y]: [f64; 2]) -> f64 {
        let (x, y) = (x * DIVISOR, y * DIVISOR);
        let (r, theta) = ((x * x + y * y).sqrt(), libm::atan2(y, x));
        let squared = |t: f64| {
            let (sin, cos) = libm::sincos(t);
            (t * cos - x).powi(2) + (t * sin - y).powi(2)
        };
        let mut least = squared(INNER).min(squared(OUTER));
        // θ lies in [−π, π]: turns 0 to 3 reach from −π to 7π.
        for turn in 0..4 {
            let from = theta + 2.0 * PI * f64::from(turn);
            // Beyond a quarter of a turn from both ends there is no minimum inside.
            if from > INNER - PI / 2.0 && from < OUTER + PI / 2.0 {
                least = least.min(squared(nearest_angle(from, r)));
            }
        }
        least.sqrt() / DIVISOR
    }

    fn bounds(&self) -> [[f64; 2]; 2] {
        // The extremes of t cos t and of t sin t lie where tan t = 1/t and tan t = −t.
        [
            [-9.477_294_259_479_795, -11.040_708_015_93],
            [12.605_931_297_892_676, OUTER],
        ]
        .map(|corner| corner.map(|x| x / DIVISOR))
    }

    /// With E t cos t = 2, E t sin t = 2/(3π) and E t² = 9.75π².
    fn moments(&self) -> ([f64; 2], f64) {
        let mean = [2.0, 2.0 / (3.0 * PI)];
        let squares = 9.75 * PI * PI - mean[0] * mean[0] - mean[1] * mean[1];
        (
            mean.map(|x| x / DIVISOR),
            squares / (2.0 * DIVISOR * DIVISOR),
        )
    }
}

/// The angle on the spiral, within a quarter of a turn of `from` and between the ends, at which a
/// point at radius `r` and angle `from` is nearest: the root of t(1 + r sin s) = r cos s with
/// s = t − from.
fn nearest_angle(from: f64, r: f64) -> f64 {
    /// It starts within a fifth of a radian of the root and doubles its digits each time.
    const STEPS: usize = 8;
    let mut t = from.clamp(INNER, OUTER);
    for _ in 0..STEPS {
        let (sin, cos) = libm::sincos(t - from);
        let value = t * (1.0 + r * sin) - r * cos;
        let slope = 1.0 + 2.0 * r * sin + r * t * cos;
        let next = (t - value / slope).clamp(from - PI / 2.0, from + PI / 2.0);
        t = next.clamp(INNER, OUTER);
    }
    t
}

#[cfg(test)]
mod tests {
    use super::super::curve::{Branches, tests::check};
    use super::Roll;

    #[test]
    fn distances_box_and_moments_are_those_of_the_spiral() {
        check(&Roll);
    }

    #[test]
    fn points_are_those_of_scikit_learn() {
        // X, t = make_swiss_roll(3, random_state=0) of scikit-learn 1.9.1: (t / (1.5 * pi) - 1) / 2
        // and X[:, [0, 2]] / 7.5.
        let drawn = [
            (
                0.5488135039273248,
                [-1.1809443831492525, -0.5851804511269042],
            ),
            (0.7151893663724196, [0.674256386117168, -1.3701336137483013]),
            (
                0.602763376071644,
                [-0.7850656629420506, -1.1419455426943297],
            ),
        ];
        for (u, expected) in drawn {
            let found = Roll.point(0, u);
            assert!((found[0] - expected[0]).abs() < 1e-14, "{found:?}");
            assert!((found[1] - expected[1]).abs() < 1e-14, "{found:?}");
        }
    }
}
