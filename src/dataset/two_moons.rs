//! Two interleaving half circles: `make_moons` of scikit-learn (Pedregosa et al. 2011).

use super::curve::{Branches, Curve, noise};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

/// Half a circle above and half a circle below, of radius 1 each; the moon is the label.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoMoons {
    sigma: f64,
}

impl Component for TwoMoons {
    const CHOICE: Choice = Choice {
        name: "two_moons",
        version: 1,
        params: &[
            // As in scikit-learn's comparison of clusterings.
            noise(
                0.05,
                "two_moons: standard deviation of the noise around the half circles",
            ),
            DATA_RANGE_MIXTURE,
        ],
        summary: "two interleaving half circles with noise, in the plane",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            sigma: settings.float("sigma", None)?,
        })
    }
}

impl Source for TwoMoons {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Curve(Curve::new(&Moons, self.sigma)))
    }

    fn shape(&self) -> SampleShape {
        [2, 1, 1]
    }

    fn classes(&self) -> Option<usize> {
        Some(Moons.count())
    }
}

/// (cos t, sin t) and (1 − cos t, ½ − sin t) at t = πu. scikit-learn spaces t evenly and shuffles;
/// here it is uniform.
#[derive(Debug)]
struct Moons;

impl Branches for Moons {
    fn count(&self) -> usize {
        2
    }

    fn point(&self, branch: usize, u: f64) -> [f64; 2] {
        let (sin, cos) = libm::sincos(std::f64::consts::PI * u);
        match branch {
            0 => [cos, sin],
            _ => [1.0 - cos, 0.5 - sin],
        }
    }

    /// From a half circle: along the radius above its diameter, from the nearer end below.
    fn distance(&self, branch: usize, [x, y]: [f64; 2]) -> f64 {
        let (x, y) = match branch {
            0 => (x, y),
            _ => (1.0 - x, 0.5 - y),
        };
        if y >= 0.0 {
            ((x * x + y * y).sqrt() - 1.0).abs()
        } else {
            let beside = x.abs() - 1.0;
            (beside * beside + y * y).sqrt()
        }
    }

    fn bounds(&self) -> [[f64; 2]; 2] {
        [[-1.0, -0.5], [2.0, 1.0]]
    }

    /// With E cos t = 0, E sin t = 2/π and E cos² t = E sin² t = ½.
    fn moments(&self) -> ([f64; 2], f64) {
        let x = 0.75;
        let y = 0.5625 - std::f64::consts::FRAC_1_PI;
        ([0.5, 0.25], (x + y) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::curve::{Branches, Curve, tests::check};
    use super::Moons;

    #[test]
    fn distances_box_and_moments_are_those_of_the_half_circles() {
        check(&Moons);
    }

    #[test]
    fn points_are_those_of_scikit_learn() {
        // sklearn.datasets.make_moons(6, shuffle=False)[0] in scikit-learn 1.9.1, to 1e-15.
        let expected = [
            [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]],
            [[0.0, 0.5], [1.0, -0.5], [2.0, 0.5]],
        ];
        for (branch, points) in expected.into_iter().enumerate() {
            for (u, point) in [0.0, 0.5, 1.0].into_iter().zip(points) {
                let found = Moons.point(branch, u);
                assert!((found[0] - point[0]).abs() < 1e-15);
                assert!((found[1] - point[1]).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn the_nearest_moon_is_the_one_whose_middle_a_point_is() {
        let curve = Curve::new(&Moons, 0.1);
        assert_eq!(curve.nearest([0.0, 0.9]).0, 0);
        assert_eq!(curve.nearest([1.0, -0.4]).0, 1);
    }
}
