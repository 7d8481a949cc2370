//! Densities that can be written down.

use std::f64::consts::{PI, SQRT_2};

use super::DivergenceError;
use crate::dataset::Mixture;
use crate::rng::Stream;

/// Where a normal component is taken to end, in standard deviations: 1e-19 of it lies beyond.
const REACH: f64 = 9.0;

/// Where a normal component's integrand is cut into first pieces, in standard deviations.
const CUTS: [f64; 7] = [-REACH, -5.0, -2.5, 0.0, 2.5, 5.0, REACH];

/// A mixture of normal and uniform components on the line, or of isotropic normal ones in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    dimensions: usize,
    components: Vec<Component>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Component {
    /// They sum to 1.
    pub weight: f64,
    shape: Shape,
}

/// Points of the line have 0 for their second coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Normal { centre: [f64; 2], sigma: f64 },
    Interval { low: f64, high: f64 },
}

impl Density {
    /// N(mean, σ²) on the line.
    ///
    /// # Errors
    /// [`DivergenceError::Parameters`] unless the mean is finite and σ finite and positive.
    pub fn normal(mean: f64, sigma: f64) -> Result<Self, DivergenceError> {
        if !(mean.is_finite() && sigma.is_finite() && sigma > 0.0) {
            return Err(DivergenceError::Parameters {
                expected: "normal(mean, sd) needs a finite mean and a positive standard deviation",
            });
        }
        let centre = [mean, 0.0];
        Ok(Self::one(Shape::Normal { centre, sigma }))
    }

    /// The uniform distribution between two numbers.
    ///
    /// # Errors
    /// [`DivergenceError::Parameters`] unless both are finite and the first is the lesser.
    pub fn uniform(low: f64, high: f64) -> Result<Self, DivergenceError> {
        if !((high - low).is_finite() && low < high) {
            return Err(DivergenceError::Parameters {
                expected: "uniform(low, high) needs two finite numbers, the lesser first",
            });
        }
        Ok(Self::one(Shape::Interval { low, high }))
    }

    fn one(shape: Shape) -> Self {
        Self {
            dimensions: 1,
            components: vec![Component { weight: 1.0, shape }],
        }
    }

    /// That of a mixture of Gaussians on the line or in the plane.
    ///
    /// # Errors
    /// [`DivergenceError::Dimensions`] for a mixture of more dimensions.
    pub fn mixture(mixture: &Mixture) -> Result<Self, DivergenceError> {
        let dimensions = mixture.dimensions();
        if !(1..=2).contains(&dimensions) {
            return Err(DivergenceError::Dimensions { dimensions });
        }
        let equal = || vec![1.0 / mixture.components() as f64; mixture.components()];
        let weights = mixture.unequal_weights().unwrap_or_else(equal);
        let of_component = |((centre, &sigma), weight): ((&[f64], &f64), f64)| {
            let centre = [centre[0], centre.get(1).copied().unwrap_or(0.0)];
            Component {
                weight,
                shape: Shape::Normal { centre, sigma },
            }
        };
        Ok(Self {
            dimensions,
            components: mixture
                .centres()
                .zip(mixture.sigmas())
                .zip(weights)
                .map(of_component)
                .collect(),
        })
    }

    /// So many independent draws, row-major `[count, d]`.
    pub fn draw(&self, stream: &mut Stream, count: usize) -> Vec<f64> {
        let mut values = Vec::with_capacity(count * self.dimensions);
        for _ in 0..count {
            let mut at = f64::from(stream.unit());
            let component = self.components.iter().find(|c| {
                at -= c.weight;
                at < 0.0
            });
            let component = component.unwrap_or(&self.components[self.components.len() - 1]);
            match component.shape {
                Shape::Normal { centre, sigma } => {
                    let mut normal = [0.0; 2];
                    stream.fill_normal(&mut normal[..self.dimensions]);
                    let coordinates = centre.iter().zip(normal).take(self.dimensions);
                    values.extend(coordinates.map(|(c, z)| c + sigma * f64::from(z)));
                }
                Shape::Interval { low, high } => {
                    values.push(low + (high - low) * f64::from(stream.unit()));
                }
            }
        }
        values
    }

    /// 1 on the line, 2 in the plane.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn components(&self) -> &[Component] {
        &self.components
    }

    /// ½(p + q).
    pub fn halves(p: &Self, q: &Self) -> Self {
        let both = p.components.iter().chain(&q.components);
        Self {
            dimensions: p.dimensions,
            components: both
                .map(|c| Component {
                    weight: c.weight / 2.0,
                    shape: c.shape,
                })
                .collect(),
        }
    }

    /// ln p(x), −∞ where p is 0. Far from every component it does not underflow.
    pub fn log_density(&self, x: [f64; 2]) -> f64 {
        let of = |c: &Component| libm::log(c.weight) + c.log_density(self.dimensions, x);
        let most = self
            .components
            .iter()
            .map(of)
            .fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            return most;
        }
        let sum: f64 = self
            .components
            .iter()
            .map(|c| libm::exp(of(c) - most))
            .sum();
        most + libm::log(sum)
    }

    /// F(x) on the line.
    pub fn cumulative(&self, x: f64) -> f64 {
        let terms = self.components.iter().map(|c| {
            c.weight
                * match c.shape {
                    Shape::Normal { centre, sigma } => {
                        libm::erfc((centre[0] - x) / (sigma * SQRT_2)) / 2.0
                    }
                    Shape::Interval { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
                }
        });
        terms.sum()
    }

    /// The distribution of ⟨x, u⟩ for a unit vector u of the plane.
    pub(super) fn along(&self, u: &[f64]) -> Self {
        let components = self.components.iter().map(|c| Component {
            weight: c.weight,
            shape: match c.shape {
                Shape::Normal { centre, sigma } => Shape::Normal {
                    centre: [centre[0] * u[0] + centre[1] * u[1], 0.0],
                    sigma,
                },
                interval @ Shape::Interval { .. } => interval,
            },
        });
        Self {
            dimensions: 1,
            components: components.collect(),
        }
    }

    /// Where on an axis its components begin, end and bend.
    pub(super) fn landmarks(&self, axis: usize) -> impl Iterator<Item = f64> + '_ {
        self.components.iter().flat_map(move |c| c.landmarks(axis))
    }
}

impl Component {
    pub(super) fn log_density(&self, dimensions: usize, x: [f64; 2]) -> f64 {
        match self.shape {
            Shape::Normal { centre, sigma } => {
                let [a, b] = [(x[0] - centre[0]) / sigma, (x[1] - centre[1]) / sigma];
                let scale = libm::log(sigma) + libm::log(2.0 * PI) / 2.0;
                -(a * a + b * b) / 2.0 - dimensions as f64 * scale
            }
            Shape::Interval { low, high } if (low..=high).contains(&x[0]) => -libm::log(high - low),
            Shape::Interval { .. } => f64::NEG_INFINITY,
        }
    }

    /// In rising order; the first and the last are its ends.
    pub(super) fn landmarks(&self, axis: usize) -> Vec<f64> {
        match self.shape {
            Shape::Normal { centre, sigma } => {
                CUTS.iter().map(|cut| centre[axis] + cut * sigma).collect()
            }
            Shape::Interval { low, high } => vec![low, high],
        }
    }
}
