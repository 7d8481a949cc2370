//! Distance to a noisy curve in the plane.

use super::MIXTURE_SAMPLES as SAMPLES;
use super::reference;
use super::sliced::Slices;
use crate::dataset::Curve;
use crate::event::Quantity;

/// A sample within this many σ of the curve without noise lies on the manifold (strictly within).
const RADIUS_IN_SIGMAS: f64 = 3.0;

/// The names of the metrics and of their reference figures.
const NAMES: [Quantity; 2] = ["on_manifold", "sliced_w1"];
const PERFECT: [Quantity; 2] = ["on_manifold.perfect", "sliced_w1.perfect"];
const UNIFORM: [Quantity; 2] = ["on_manifold.uniform", "sliced_w1.uniform"];

/// Measures samples of one curve.
#[derive(Clone, Debug)]
pub struct CurveEvaluator {
    curve: Curve,
    slices: Slices,
}

impl CurveEvaluator {
    /// Draws the real samples that every run on this curve is compared with.
    pub fn new(curve: Curve) -> Self {
        Self {
            slices: Slices::new(&curve.bounding_box(), Self::real(&curve, SAMPLES)),
            curve,
        }
    }

    /// `count` real samples, row-major `[count, 2]`, the same for every run.
    pub fn real(curve: &Curve, count: usize) -> Vec<f32> {
        let mut real = vec![0.0; 2 * count];
        curve.fill(&mut reference::real(), &mut real);
        real
    }

    /// The metrics of samples, row-major `[n, 2]` in canonical coordinates, n = [`SAMPLES`].
    ///
    /// - `on_manifold`: the share of samples within 3σ of the curve without noise (Euclidean,
    ///   strict). A perfect sampler has more than 1 − e^(−9/2) = 0.98889, since the curve comes
    ///   closer to a sample than the point from which it was drawn. It says nothing about which
    ///   parts of the curve are reached.
    /// - `sliced_w1`: as [`super::MixtureEvaluator::evaluate`] has it.
    pub fn evaluate(&self, samples: &[f32]) -> Vec<(Quantity, f64)> {
        self.values(samples, NAMES)
    }

    /// The branch that is nearest to a sample, `[2]` in canonical coordinates.
    pub fn nearest(&self, sample: &[f32]) -> usize {
        match sample {
            &[x, y] => self.curve.nearest([x, y].map(f64::from)).0,
            _ => 0,
        }
    }

    /// The same figures for a perfect sampler and for uniform points in the evaluation box.
    pub fn references(&self) -> Vec<(Quantity, f64)> {
        let mut perfect = vec![0.0; 2 * SAMPLES];
        self.curve.fill(&mut reference::perfect(), &mut perfect);
        let uniform = reference::uniform(&self.curve.bounding_box(), SAMPLES);
        let mut values = self.values(&perfect, PERFECT);
        values.extend(self.values(&uniform, UNIFORM));
        values
    }

    /// The worst values, with which a diverged run counts: no sample on the manifold, sliced W1 of
    /// all samples at the farthest corner of the evaluation box.
    pub fn worst(&self) -> Vec<(Quantity, f64)> {
        NAMES.into_iter().zip([0.0, self.slices.worst()]).collect()
    }

    fn values(&self, samples: &[f32], names: [Quantity; 2]) -> Vec<(Quantity, f64)> {
        let limit = RADIUS_IN_SIGMAS * self.curve.sigma();
        let points = samples.as_chunks::<2>().0;
        let near = points
            .iter()
            .filter(|p| self.curve.nearest(p.map(f64::from)).1 < limit);
        let share = near.count() as f64 / points.len() as f64;
        let values = [share, self.slices.distance(samples)];
        names.into_iter().zip(values).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{CurveEvaluator, SAMPLES};
    use crate::dataset::{BuiltIn, Data};
    use crate::param::{Key, Settings, Value};

    fn evaluator(name: &str, sigma: f64) -> CurveEvaluator {
        let key = Key {
            name: "sigma",
            network: None,
        };
        let settings = Settings([(key, Value::Float(sigma))].into());
        let set = BuiltIn::read(name, &settings, None).expect("declared");
        match set.expect("a data set").open() {
            Ok(Data::Curve(curve)) => CurveEvaluator::new(curve),
            other => panic!("{other:?} is no curve"),
        }
    }

    fn value(values: &[(&'static str, f64)], name: &str) -> f64 {
        values
            .iter()
            .find(|v| v.0 == name)
            .expect("a known metric")
            .1
    }

    #[test]
    fn a_perfect_sampler_stays_near_and_uniform_noise_does_not() {
        for (name, sigma) in [("two_moons", 0.05), ("swiss_roll", 0.25)] {
            let evaluator = evaluator(name, sigma);
            let values = evaluator.references();
            // Along a straight line 3σ hold P(|N(0, 1)| < 3) = 0.9973 of the samples; at the ends and
            // where the curve bends a little more or less. Four standard errors.
            let near = value(&values, "on_manifold.perfect");
            assert!((near - 0.9973).abs() < 4.0 * 0.00104, "{name}: {near}");
            assert!(value(&values, "on_manifold.uniform") < 0.5);
            let distance = value(&values, "sliced_w1.perfect");
            let uniform = value(&values, "sliced_w1.uniform");
            assert!(5.0 * distance < uniform, "{name}: {distance}, {uniform}");
            assert!(uniform < value(&evaluator.worst(), "sliced_w1"));
        }
    }

    #[test]
    fn the_radius_is_strict_and_across_the_curve() {
        let evaluator = evaluator("two_moons", 0.125);
        let near = |x: f32, y: f32| {
            let samples = [x, y].repeat(SAMPLES);
            value(&evaluator.evaluate(&samples), "on_manifold")
        };
        // Above the top of the upper moon, which is at (0, 1).
        assert_eq!(near(0.0, 1.375), 0.0);
        assert_eq!(near(0.0, 1.374_999), 1.0);
        // One point of the curve is enough: the rest of it is not asked for.
        let stuck = [0.0_f32, 1.0].repeat(SAMPLES);
        let distance = value(&evaluator.evaluate(&stuck), "sliced_w1");
        assert!(distance > 0.5, "{distance}");
    }
}
