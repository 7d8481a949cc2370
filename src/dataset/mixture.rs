//! A mixture of isotropic Gaussians in the plane, all of equal weight.

use crate::param::{Birth, Kind, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

/// Coordinates beyond this are a slip of the finger.
const COORDINATES: Range = Range::closed(-1e4, 1e4);

/// `sigma`: the standard deviation of every component.
pub(super) const fn sigma(birth: f64) -> Param {
    Param {
        name: "sigma",
        per_network: false,
        kind: Kind::Float(Range::above(0.0, 1e3)),
        birth: Birth::Float(birth),
        summary: "standard deviation of every component of the mixture",
    }
}

/// `radius`: the size of a regular arrangement of centres.
pub(super) const fn radius(birth: f64, summary: &'static str) -> Param {
    Param {
        name: "radius",
        per_network: false,
        kind: Kind::Float(Range::above(0.0, 1e4)),
        birth: Birth::Float(birth),
        summary,
    }
}

/// `centres`: an arrangement of one's own.
pub(super) const CENTRES: Param = Param {
    name: "centres",
    per_network: false,
    kind: Kind::Points {
        range: COORDINATES,
        most: 1000,
    },
    birth: Birth::Absent,
    summary: "the component means, each [x, y], instead of the regular arrangement",
};

/// A mixture of K Gaussians N(cᵢ, σ²I) in two dimensions, each of weight 1/K.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The component means.
    pub centres: Vec<[f64; 2]>,
    /// The standard deviation σ of every component.
    pub sigma: f64,
}

impl Mixture {
    /// Reads σ and, where they are set, centres; `regular` gives them otherwise.
    pub(super) fn read(
        settings: &Settings,
        regular: impl FnOnce(f64) -> Vec<[f64; 2]>,
    ) -> Result<Self, Undeclared> {
        let centres = match settings.points(CENTRES.name)? {
            Some(centres) => centres,
            None => regular(settings.float("radius", None)?),
        };
        Ok(Self {
            centres,
            sigma: settings.float("sigma", None)?,
        })
    }

    /// Components as often as their weights say.
    pub fn draw_components(&self, stream: &mut Stream, count: usize) -> Vec<usize> {
        (0..count)
            .map(|_| stream.index(self.centres.len()))
            .collect()
    }

    /// Fills `out`, a row-major `[n, 2]`, with independent draws; returns their components.
    pub fn fill(&self, stream: &mut Stream, out: &mut [f32]) -> Vec<usize> {
        let components = self.draw_components(stream, out.len() / 2);
        stream.fill_normal(out);
        for (point, &component) in out.chunks_exact_mut(2).zip(&components) {
            for (x, c) in point.iter_mut().zip(self.centres[component]) {
                *x = (c + self.sigma * f64::from(*x)) as f32;
            }
        }
        components
    }

    /// The evaluation box: the bounding box of the centres, widened by half its longer side and by
    /// 3σ on every side. Two corners, low and high.
    pub fn bounding_box(&self) -> [[f64; 2]; 2] {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for centre in &self.centres {
            for axis in 0..2 {
                low[axis] = low[axis].min(centre[axis]);
                high[axis] = high[axis].max(centre[axis]);
            }
        }
        let side = (high[0] - low[0]).max(high[1] - low[1]);
        let margin = 0.5 * side + 3.0 * self.sigma;
        [low.map(|x| x - margin), high.map(|x| x + margin)]
    }

    /// The mean of the mixture and the root mean square of a coordinate's distance from it.
    pub fn mean_and_spread(&self) -> ([f64; 2], f64) {
        let k = self.centres.len() as f64;
        let mean = [0, 1].map(|axis| self.centres.iter().map(|c| c[axis]).sum::<f64>() / k);
        let between = self
            .centres
            .iter()
            .map(|c| (c[0] - mean[0]).powi(2) + (c[1] - mean[1]).powi(2))
            .sum::<f64>()
            / (2.0 * k);
        (mean, (between + self.sigma * self.sigma).sqrt())
    }
}
