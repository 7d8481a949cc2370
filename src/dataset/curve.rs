//! Curves in the plane with Gaussian noise around them: distributions without modes.

use std::fmt::Debug;

use super::mixture::widened;
use crate::param::{Birth, Kind, Param, Range};
use crate::rng::Stream;

/// `sigma` of a curve.
pub(super) const fn noise(birth: f64, summary: &'static str) -> Param {
    Param {
        name: "sigma",
        per_network: false,
        kind: Kind::Float(Range::above(0.0, 1e3)),
        birth: Birth::Float(birth),
        summary,
    }
}

/// The curve itself, in one or more branches.
pub trait Branches: Debug + Send + Sync {
    /// How many branches it has. Each is drawn with the same probability.
    fn count(&self) -> usize;

    /// The point of a branch at u in [0, 1).
    fn point(&self, branch: usize, u: f64) -> [f64; 2];

    /// The Euclidean distance of a point from a branch.
    fn distance(&self, branch: usize, point: [f64; 2]) -> f64;

    /// Two corners of the curve's bounding box, low and high.
    fn bounds(&self) -> [[f64; 2]; 2];

    /// The mean of a point at uniform u on a random branch, and the mean of the variances of its two
    /// coordinates.
    fn moments(&self) -> ([f64; 2], f64);
}

/// A point of a curve at uniform u on a random branch, plus N(0, σ²I).
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    branches: &'static dyn Branches,
    sigma: f64,
}

impl Curve {
    pub(super) fn new(branches: &'static dyn Branches, sigma: f64) -> Self {
        Self { branches, sigma }
    }

    /// The standard deviation σ of the noise.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// How many branches it has.
    pub fn branches(&self) -> usize {
        self.branches.count()
    }

    /// Branches as often as they are drawn.
    pub fn draw_branches(&self, stream: &mut Stream, count: usize) -> Vec<usize> {
        (0..count)
            .map(|_| stream.index(self.branches.count()))
            .collect()
    }

    /// Fills `out`, a row-major `[n, 2]`, with independent draws; returns the branch of each.
    pub fn fill(&self, stream: &mut Stream, out: &mut [f32]) -> Vec<usize> {
        let branches = self.draw_branches(stream, out.len() / 2);
        let places: Vec<f64> = branches.iter().map(|_| f64::from(stream.unit())).collect();
        stream.fill_normal(out);
        let points = out.chunks_exact_mut(2).zip(&branches).zip(places);
        for ((point, &branch), u) in points {
            for (x, c) in point.iter_mut().zip(self.branches.point(branch, u)) {
                *x = (c + self.sigma * f64::from(*x)) as f32;
            }
        }
        branches
    }

    /// The branch that is nearest to a point, and its distance.
    pub fn nearest(&self, point: [f64; 2]) -> (usize, f64) {
        let distances = (0..self.branches.count()).map(|b| (b, self.branches.distance(b, point)));
        distances
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0, f64::INFINITY))
    }

    /// The evaluation box: the curve's bounding box, widened on every side by half its longer side
    /// and by 3σ. Two corners, low and high.
    pub fn bounding_box(&self) -> [Vec<f64>; 2] {
        widened(self.branches.bounds().map(|c| c.to_vec()), self.sigma)
    }

    /// The mean and the root mean square of a coordinate's distance from it.
    pub fn mean_and_spread(&self) -> (Vec<f64>, f64) {
        let (mean, variance) = self.branches.moments();
        (mean.to_vec(), (variance + self.sigma * self.sigma).sqrt())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Branches, Curve};
    use crate::rng::{Name, Streams};

    /// What a curve says of itself in closed form, against the curve.
    pub fn check(branches: &'static dyn Branches) {
        const N: usize = 20_000;
        let at = |i: usize| (i as f64 + 0.5) / N as f64;
        let all: Vec<[f64; 2]> = (0..branches.count())
            .flat_map(|b| (0..N).map(move |i| branches.point(b, at(i))))
            .collect();
        let n = all.len() as f64;
        let mean = [0, 1].map(|axis| all.iter().map(|p| p[axis]).sum::<f64>() / n);
        let variance = [0, 1].map(|axis| {
            all.iter()
                .map(|p| (p[axis] - mean[axis]).powi(2))
                .sum::<f64>()
                / n
        });
        let (stated, stated_variance) = branches.moments();
        for axis in 0..2 {
            assert!((stated[axis] - mean[axis]).abs() < 1e-6, "{mean:?}");
        }
        let variance = (variance[0] + variance[1]) / 2.0;
        assert!((stated_variance - variance).abs() < 1e-6, "{variance}");
        let [low, high] = branches.bounds();
        for axis in 0..2 {
            let range = |f: fn(f64, f64) -> f64, from| all.iter().map(|p| p[axis]).fold(from, f);
            assert!((range(f64::min, f64::INFINITY) - low[axis]).abs() < 1e-3);
            assert!((range(f64::max, f64::NEG_INFINITY) - high[axis]).abs() < 1e-3);
        }
        // The nearest of many points of a branch is farther than the branch by at most half the
        // points' spacing.
        let mut stream = Streams::new(1).stream(Name::Reference, 0, 0);
        for _ in 0..200 {
            let point = [0, 1].map(|axis| {
                let width = high[axis] - low[axis];
                low[axis] - 0.5 * width + 2.0 * width * f64::from(stream.unit())
            });
            for branch in 0..branches.count() {
                let own = &all[branch * N..(branch + 1) * N];
                let to = |p: &[f64; 2]| (p[0] - point[0]).hypot(p[1] - point[1]);
                let brute = own.iter().map(to).fold(f64::INFINITY, f64::min);
                let spacing = own
                    .windows(2)
                    .map(|w| (w[0][0] - w[1][0]).hypot(w[0][1] - w[1][1]));
                let slack = spacing.fold(0.0, f64::max);
                let found = branches.distance(branch, point);
                assert!(
                    found <= brute + 1e-12 && brute <= found + slack,
                    "{point:?} lies {found} from branch {branch}, not {brute}"
                );
            }
        }
    }

    #[test]
    fn noise_has_the_sigma_asked_for() {
        #[derive(Debug)]
        struct Point;
        impl Branches for Point {
            fn count(&self) -> usize {
                1
            }
            fn point(&self, _: usize, _: f64) -> [f64; 2] {
                [3.0, -1.0]
            }
            fn distance(&self, _: usize, [x, y]: [f64; 2]) -> f64 {
                (x - 3.0).hypot(y + 1.0)
            }
            fn bounds(&self) -> [[f64; 2]; 2] {
                [[3.0, -1.0]; 2]
            }
            fn moments(&self) -> ([f64; 2], f64) {
                ([3.0, -1.0], 0.0)
            }
        }
        let curve = Curve::new(&Point, 0.2);
        let mut out = vec![0.0; 20_000];
        curve.fill(&mut Streams::new(1).stream(Name::Data, 0, 0), &mut out);
        let squares = out
            .chunks_exact(2)
            .map(|p| f64::from(p[0] - 3.0).powi(2) + f64::from(p[1] + 1.0).powi(2));
        // E r² = 2σ² with a standard error of 2σ²/√n; five of them.
        let mean = squares.sum::<f64>() / 1e4;
        assert!((mean / 0.08 - 1.0).abs() < 5.0 / 100.0, "{mean}");
    }
}
