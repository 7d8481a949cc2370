//! Mode coverage and distance on mixtures of Gaussians.

use super::chi_squared;
use super::reference;
use super::sliced::Slices;
use crate::dataset::Mixture;
use crate::event::Quantity;

/// Samples of an evaluation: the published protocols' number (PacGAN, Lin et al. 2018).
pub const SAMPLES: usize = 2_500;

/// In the plane a sample within this many σ of a mode's centre is of high quality (strictly within).
const RADIUS_IN_SIGMAS: f64 = 3.0;

/// A mode is covered when it holds at least one in this many of all samples: 1 %. One sample
/// alone (`modes`) is nearly vacuous, since uniform noise reaches it.
const COVERED_ONE_IN: usize = 100;

/// The names of the metrics and of their reference figures, in the order of [`Scores::values`].
const NAMES: [Quantity; 5] = [
    "covered",
    "modes",
    "high_quality",
    "reverse_kl",
    "sliced_w1",
];
const PERFECT: [Quantity; 5] = [
    "covered.perfect",
    "modes.perfect",
    "high_quality.perfect",
    "reverse_kl.perfect",
    "sliced_w1.perfect",
];
const UNIFORM: [Quantity; 5] = [
    "covered.uniform",
    "modes.uniform",
    "high_quality.uniform",
    "reverse_kl.uniform",
    "sliced_w1.uniform",
];

/// Measures samples of one mixture.
#[derive(Clone, Debug)]
pub struct MixtureEvaluator {
    mixture: Mixture,
    /// The square of the radius of high quality, in σ.
    squared_radius: f64,
    /// 1/σᵢ² where the components differ in it.
    precisions: Option<Vec<f64>>,
    /// The weights where they are not equal.
    weights: Option<Vec<f64>>,
    slices: Slices,
}

struct Scores {
    covered: usize,
    modes: usize,
    high_quality: f64,
    reverse_kl: f64,
    sliced_w1: f64,
}

impl Scores {
    fn values(&self, names: [Quantity; 5]) -> Vec<(Quantity, f64)> {
        let values = [
            self.covered as f64,
            self.modes as f64,
            self.high_quality,
            self.reverse_kl,
            self.sliced_w1,
        ];
        names.into_iter().zip(values).collect()
    }
}

impl MixtureEvaluator {
    /// Draws the real samples that every run on this mixture is compared with.
    pub fn new(mixture: Mixture) -> Self {
        let mut real = vec![0.0; mixture.dimensions() * SAMPLES];
        mixture.fill(&mut reference::real(), &mut real);
        let precisions = match mixture.common_sigma() {
            Some(_) => None,
            None => Some(mixture.sigmas().iter().map(|s| 1.0 / (s * s)).collect()),
        };
        Self {
            squared_radius: squared_radius(mixture.dimensions()),
            precisions,
            weights: mixture.unequal_weights(),
            slices: Slices::new(&mixture.bounding_box(), real),
            mixture,
        }
    }

    /// The metrics of samples, row-major `[n, d]` in canonical coordinates, n = [`SAMPLES`].
    ///
    /// - `high_quality`: the share of samples within r·σᵢ of their [nearest](Self::nearest) centre
    ///   (Euclidean, strict), where a perfect sampler has 1 − e^(−9/2) = 0.98889: r = 3 in the
    ///   plane, and r² the quantile of χ²_d there in d dimensions (r = 36.26 in 1,200).
    /// - `modes`: centres with at least one such sample; `covered`: with at least 1 % of all n.
    /// - `reverse_kl`: KL(p ‖ w) = Σ pᵢ ln(pᵢ/wᵢ) of the histogram p of the high-quality samples
    ///   over the K modes from the weights w, in nats (ln K − entropy where they are equal); its
    ///   largest value, −ln min wᵢ, when there are none.
    /// - `sliced_w1`: the mean over directions of the Wasserstein-1 distance between the
    ///   projections of these and of n real samples (exact on a line, 64 directions otherwise), all
    ///   clamped to the evaluation box coordinate by coordinate (modes lie well inside it). Inside
    ///   the box the distance is largest for samples that all lie at a corner, being convex in them,
    ///   so that no run is worse than [`Self::worst`].
    pub fn evaluate(&self, samples: &[f32]) -> Vec<(Quantity, f64)> {
        self.scores(samples).values(NAMES)
    }

    /// The component that a sample, `[d]` in canonical coordinates, belongs to: the one whose centre
    /// is nearest in units of its own σ.
    pub fn nearest(&self, sample: &[f32]) -> usize {
        self.nearest_and_square(sample).0
    }

    /// The same figures for a perfect sampler and for uniform points in the evaluation box.
    pub fn references(&self) -> Vec<(Quantity, f64)> {
        let mut perfect = vec![0.0; self.mixture.dimensions() * SAMPLES];
        self.mixture.fill(&mut reference::perfect(), &mut perfect);
        let uniform = reference::uniform(&self.mixture.bounding_box(), SAMPLES);
        let mut values = self.scores(&perfect).values(PERFECT);
        values.extend(self.scores(&uniform).values(UNIFORM));
        values
    }

    /// The mode to which most samples are nearest, the first on a tie; by its number from 0.
    pub fn dominant(&self, samples: &[f32]) -> usize {
        let mut counts = vec![0_usize; self.mixture.components()];
        for sample in samples.chunks_exact(self.mixture.dimensions()) {
            counts[self.nearest(sample)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        counts.iter().position(|&c| c == most).unwrap_or(0)
    }

    /// The worst values, with which a diverged run counts: shares and counts 0, reverse KL
    /// −ln min wᵢ (ln K), sliced W1 of all samples at the corner of the evaluation box that is
    /// farthest in that distance.
    pub fn worst(&self) -> Vec<(Quantity, f64)> {
        let scores = Scores {
            covered: 0,
            modes: 0,
            high_quality: 0.0,
            reverse_kl: self.largest_kl(),
            sliced_w1: self.slices.worst(),
        };
        scores.values(NAMES)
    }

    fn scores(&self, samples: &[f32]) -> Scores {
        let counts = self.high_quality_counts(samples);
        let n = samples.len() / self.mixture.dimensions();
        let good: usize = counts.iter().sum();
        Scores {
            covered: counts
                .iter()
                .filter(|&&c| c > 0 && c * COVERED_ONE_IN >= n)
                .count(),
            modes: counts.iter().filter(|&&c| c > 0).count(),
            high_quality: good as f64 / n as f64,
            reverse_kl: self.reverse_kl(&counts, good),
            sliced_w1: self.slices.distance(samples),
        }
    }

    fn reverse_kl(&self, counts: &[usize], good: usize) -> f64 {
        if good == 0 {
            return self.largest_kl();
        }
        let shares = || {
            let all = counts.iter().enumerate();
            all.filter(|(_, count)| **count > 0)
                .map(|(i, &count)| (i, count as f64 / good as f64))
        };
        let divergence = match &self.weights {
            None => {
                let entropy: f64 = shares().map(|(_, p)| -p * libm::log(p)).sum();
                libm::log(counts.len() as f64) - entropy
            }
            Some(weights) => shares().map(|(i, p)| p * libm::log(p / weights[i])).sum(),
        };
        divergence.max(0.0)
    }

    fn largest_kl(&self) -> f64 {
        match &self.weights {
            None => libm::log(self.mixture.components() as f64),
            Some(weights) => -libm::log(weights.iter().copied().fold(1.0, f64::min)),
        }
    }

    /// How many samples of high quality each component has.
    fn high_quality_counts(&self, samples: &[f32]) -> Vec<usize> {
        let limit = match self.mixture.common_sigma() {
            // The square of 3σ, not 9σ²: they may differ in the last digit.
            Some(sigma) => (self.squared_radius.sqrt() * sigma).powi(2),
            None => self.squared_radius,
        };
        let mut counts = vec![0; self.mixture.components()];
        for sample in samples.chunks_exact(self.mixture.dimensions()) {
            let (mode, squared) = self.nearest_and_square(sample);
            if squared < limit {
                counts[mode] += 1;
            }
        }
        counts
    }

    /// The nearest component and the square of the distance to its centre, in units of σᵢ where the
    /// components differ in it.
    fn nearest_and_square(&self, sample: &[f32]) -> (usize, f64) {
        // The same sum without an inner loop: most data are points in the plane.
        if let (Some(plane), &[x, y]) = (self.mixture.plane(), sample) {
            let (x, y) = (f64::from(x), f64::from(y));
            return self.least(plane.iter().map(|[a, b]| (a - x).powi(2) + (b - y).powi(2)));
        }
        self.least(self.mixture.centres().map(|centre| {
            let pairs = centre.iter().zip(sample);
            pairs.map(|(c, &x)| (c - f64::from(x)).powi(2)).sum()
        }))
    }

    /// The first of the smallest squares, in units of σᵢ² where the components differ in it.
    fn least(&self, squares: impl Iterator<Item = f64>) -> (usize, f64) {
        let mut least = (0, f64::INFINITY);
        match &self.precisions {
            None => {
                for (i, square) in squares.enumerate() {
                    if square < least.1 {
                        least = (i, square);
                    }
                }
            }
            Some(precisions) => {
                for (i, (square, precision)) in squares.zip(precisions).enumerate() {
                    if square * precision < least.1 {
                        least = (i, square * precision);
                    }
                }
            }
        }
        least
    }
}

/// r² such that a sample of N(0, I) in d dimensions lies within r with probability 1 − e^(−9/2).
fn squared_radius(dimensions: usize) -> f64 {
    let square = RADIUS_IN_SIGMAS * RADIUS_IN_SIGMAS;
    match dimensions {
        2 => square,
        d => chi_squared::quantile(1.0 - libm::exp(-square / 2.0), d),
    }
}

#[cfg(test)]
mod tests {
    use super::{MixtureEvaluator, SAMPLES};
    use crate::dataset::Mixture;

    fn ring(sigma: f64) -> MixtureEvaluator {
        let centres: Vec<[f64; 2]> = (0..8)
            .map(|i| {
                let angle = std::f64::consts::TAU * f64::from(i) / 8.0;
                [angle.cos(), angle.sin()]
            })
            .collect();
        MixtureEvaluator::new(Mixture::equal(&centres, sigma))
    }

    fn value(values: &[(&'static str, f64)], name: &str) -> f64 {
        values
            .iter()
            .find(|v| v.0 == name)
            .expect("a known metric")
            .1
    }

    #[test]
    fn a_perfect_sampler_covers_all_modes_at_its_expected_quality() {
        let values = ring(0.05).references();
        assert_eq!(value(&values, "covered.perfect"), 8.0);
        // 1 − e^(−9/2) with a standard error of √(p(1−p)/2500) = 0.0021; four of them.
        let quality = value(&values, "high_quality.perfect");
        assert!(
            (quality - (1.0 - (-4.5_f64).exp())).abs() < 4.0 * 0.0021,
            "{quality}"
        );
        // Expected (K − 1)/2N = 0.0014.
        assert!(value(&values, "reverse_kl.perfect") < 0.006);
        assert!(value(&values, "sliced_w1.perfect") < 0.05);
    }

    #[test]
    fn uniform_noise_reaches_every_mode_and_covers_none() {
        let values = ring(0.05).references();
        assert_eq!(value(&values, "modes.uniform"), 8.0);
        assert_eq!(value(&values, "covered.uniform"), 0.0);
        assert!(value(&values, "high_quality.uniform") < 0.07);
    }

    #[test]
    fn one_mode_is_one_mode() {
        let samples = [1.0_f32, 0.0].repeat(SAMPLES);
        let values = ring(0.02).evaluate(&samples);
        assert_eq!(value(&values, "covered"), 1.0);
        assert_eq!(value(&values, "modes"), 1.0);
        assert_eq!(value(&values, "high_quality"), 1.0);
        assert!((value(&values, "reverse_kl") - 8.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn one_sample_in_a_hundred_covers_and_one_fewer_does_not() {
        let with = |second: usize| {
            let mut samples = [1.0_f32, 0.0].repeat(SAMPLES - second);
            samples.extend([-1.0_f32, 0.0].repeat(second));
            value(&ring(0.02).evaluate(&samples), "covered")
        };
        assert_eq!(with(25), 2.0);
        assert_eq!(with(24), 1.0);
    }

    #[test]
    fn the_radius_of_high_quality_is_strict() {
        let evaluator = MixtureEvaluator::new(Mixture::equal(&[[0.0, 0.0]], 0.25));
        let quality = |x: f32| {
            value(
                &evaluator.evaluate(&[x, 0.0].repeat(SAMPLES)),
                "high_quality",
            )
        };
        assert_eq!(quality(0.75), 0.0);
        assert_eq!(quality(0.749_999), 1.0);
    }

    #[test]
    fn shifted_samples_lie_at_the_mean_projection_of_the_shift() {
        // W1 of a shift by s along a direction at angle a is |s cos a|; its mean over all angles
        // is 2/π · |s|.
        let evaluator = ring(0.02);
        let mut samples = vec![0.0; 2 * SAMPLES];
        let mut real = super::reference::real();
        evaluator.mixture.fill(&mut real, &mut samples);
        // The ring reaches to 1 + 3σ, the box a radius further: nothing is clamped.
        samples.iter_mut().step_by(2).for_each(|x| *x += 0.5);
        let distance = value(&evaluator.evaluate(&samples), "sliced_w1");
        assert!(
            (distance - 1.0 / std::f64::consts::PI).abs() < 1e-3,
            "{distance}"
        );
    }

    #[test]
    fn nothing_is_worse_than_the_declared_worst() {
        let evaluator = ring(0.02);
        let worst = evaluator.worst();
        let uniform = evaluator.references();
        assert!(value(&worst, "sliced_w1") > value(&uniform, "sliced_w1.uniform"));
        assert!((value(&worst, "reverse_kl") - 8.0_f64.ln()).abs() < 1e-12);
        assert_eq!(value(&worst, "covered"), 0.0);
    }

    #[test]
    fn samples_far_away_count_as_samples_on_the_edge_of_the_box() {
        let evaluator = ring(0.02);
        let worst = value(&evaluator.worst(), "sliced_w1");
        for [x, y] in [[1e6, 0.0], [-1e30, 1e30], [f32::MAX, f32::MIN], [9.0, 9.0]] {
            let distance = value(&evaluator.evaluate(&[x, y].repeat(SAMPLES)), "sliced_w1");
            assert!(distance <= worst, "({x}, {y}): {distance} > {worst}");
        }
        // A thousand times as far is not worse; the box ends at 1 + 1 + 3σ.
        let at = |x: f32| value(&evaluator.evaluate(&[x, 0.0].repeat(SAMPLES)), "sliced_w1");
        assert_eq!(at(2.06), at(2060.0));
        assert!(at(2.0) < at(2.06));
    }

    #[test]
    fn a_perfect_sampler_has_the_same_quality_in_every_dimension() {
        fn quality<const D: usize>() -> f64 {
            let mut centres = vec![[0.0; D]; 2];
            centres[1][0] = 400.0;
            let evaluator = MixtureEvaluator::new(Mixture::equal(&centres, 1.0));
            let values = evaluator.references();
            assert_eq!(value(&values, "covered.perfect"), 2.0);
            value(&values, "high_quality.perfect")
        }
        // As in the plane; at a radius of 3σ it would be 0.9973 on a line and 0 in 100 dimensions.
        let expected = 1.0 - (-4.5_f64).exp();
        for found in [quality::<1>(), quality::<3>(), quality::<100>()] {
            assert!((found - expected).abs() < 4.0 * 0.0021, "{found}");
        }
    }

    #[test]
    fn reverse_kl_is_from_the_weights() {
        let weights = vec![1.0, 3.0];
        let mixture = Mixture::new(&[[-2.0], [2.0]], weights, vec![0.1; 2]);
        let evaluator = MixtureEvaluator::new(mixture);
        let with = |first: usize| {
            let mut samples = [-2.0_f32].repeat(first);
            samples.resize(SAMPLES, 2.0);
            value(&evaluator.evaluate(&samples), "reverse_kl")
        };
        assert_eq!(with(SAMPLES / 4), 0.0);
        // ½ ln(½/¼) + ½ ln(½/¾)
        let half = 0.5 * 2.0_f64.ln() + 0.5 * (2.0_f64 / 3.0).ln();
        assert!((with(SAMPLES / 2) - half).abs() < 1e-15);
        // All in the rare mode is the worst there is.
        assert_eq!(with(SAMPLES), value(&evaluator.worst(), "reverse_kl"));
        assert!((with(SAMPLES) - 4.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn a_sample_belongs_to_the_centre_that_is_nearest_in_its_own_sigma() {
        let mixture = Mixture::new(&[[0.0], [1.0]], vec![1.0; 2], vec![0.01, 0.5]);
        let evaluator = MixtureEvaluator::new(mixture);
        // 0.4 is 40σ from the narrow component and 1.2σ from the wide one.
        assert_eq!(evaluator.nearest(&[0.4]), 1);
        assert_eq!(evaluator.nearest(&[0.02]), 1);
        assert_eq!(evaluator.nearest(&[0.015]), 0);
        let values = evaluator.evaluate(&[0.4].repeat(SAMPLES));
        assert_eq!(value(&values, "high_quality"), 1.0);
        assert_eq!(value(&values, "modes"), 1.0);
    }

    #[test]
    fn drawn_samples_are_read_as_the_component_they_came_from() {
        let centres = [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 1.0]];
        let mixture = Mixture::equal(&centres, 0.2);
        let mut samples = vec![0.0; 3 * 1000];
        let components = mixture.fill(&mut super::reference::real(), &mut samples);
        let evaluator = MixtureEvaluator::new(mixture);
        let read = samples.chunks_exact(3).map(|s| evaluator.nearest(s));
        // Halfway between two centres is 7.5σ away.
        assert!(read.eq(components));
    }
}
