//! Mode coverage and distance on mixtures of Gaussians in the plane.

use crate::dataset::Mixture;
use crate::event::Quantity;
use crate::rng::{Name, Stream, Streams};

/// Samples of an evaluation: the published protocols' number (PacGAN, Lin et al. 2018).
pub const SAMPLES: usize = 2_500;

/// A sample within this many σ of a mode's centre is of high quality (strictly within).
const RADIUS_IN_SIGMAS: f64 = 3.0;

/// A mode is covered when it holds at least one in this many of all samples: 1 %. One sample
/// alone (`modes`) is nearly vacuous, since uniform noise reaches it.
const COVERED_ONE_IN: usize = 100;

/// Directions of the sliced distance, equally spaced over half a turn: in the plane a fixed fan
/// integrates the slices better than random directions and needs no randomness.
const DIRECTIONS: usize = 64;

/// Every run is measured against the same references.
const REFERENCE_SEED: u64 = 0;

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
    /// Projections of real samples on every direction, sorted.
    real: Vec<Vec<f64>>,
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
        let mut real = draw(&mixture, &mut reference(0));
        clamp(&mixture, &mut real);
        Self {
            real: projections(&real),
            mixture,
        }
    }

    /// The metrics of samples, row-major `[n, 2]` in canonical coordinates, n = [`SAMPLES`].
    ///
    /// - `high_quality`: the share of samples within 3σ of their nearest centre (Euclidean,
    ///   strict). A perfect sampler has 1 − e^(−9/2) = 0.98889.
    /// - `modes`: centres with at least one such sample; `covered`: with at least 1 % of all n.
    /// - `reverse_kl`: ln K − entropy of the histogram of the high-quality samples over the K
    ///   modes, in nats; ln K when there are none.
    /// - `sliced_w1`: the mean over 64 directions of the Wasserstein-1 distance between the
    ///   projections of these and of n real samples, both clamped to the evaluation box coordinate
    ///   by coordinate (modes lie well inside it). Inside the box the distance is largest for
    ///   samples that all lie at a corner, being convex in them, so that no run is worse than
    ///   [`Self::worst`].
    pub fn evaluate(&self, samples: &[f32]) -> Vec<(Quantity, f64)> {
        self.scores(samples).values(NAMES)
    }

    /// The same figures for a perfect sampler and for uniform points in the evaluation box.
    pub fn references(&self) -> Vec<(Quantity, f64)> {
        let perfect = draw(&self.mixture, &mut reference(1));
        let [low, high] = self.mixture.bounding_box();
        let mut stream = reference(2);
        let uniform: Vec<f32> = (0..2 * SAMPLES)
            .map(|i| (low[i % 2] + (high[i % 2] - low[i % 2]) * f64::from(stream.unit())) as f32)
            .collect();
        let mut values = self.scores(&perfect).values(PERFECT);
        values.extend(self.scores(&uniform).values(UNIFORM));
        values
    }

    /// The worst values, with which a diverged run counts: shares and counts 0, reverse KL ln K,
    /// sliced W1 of all samples at the corner of the evaluation box that is farthest in that
    /// distance.
    pub fn worst(&self) -> Vec<(Quantity, f64)> {
        let [low, high] = self.mixture.bounding_box();
        let corners = [
            [low[0], low[1]],
            [low[0], high[1]],
            [high[0], low[1]],
            [high[0], high[1]],
        ];
        let farthest = corners
            .into_iter()
            .map(|c| self.sliced_w1(&c.map(|x| x as f32).repeat(SAMPLES)))
            .fold(0.0, f64::max);
        let scores = Scores {
            covered: 0,
            modes: 0,
            high_quality: 0.0,
            reverse_kl: libm::log(self.mixture.centres.len() as f64),
            sliced_w1: farthest,
        };
        scores.values(NAMES)
    }

    fn scores(&self, samples: &[f32]) -> Scores {
        let counts = self.high_quality_counts(samples);
        let n = samples.len() / 2;
        let good: usize = counts.iter().sum();
        let entropy: f64 = counts
            .iter()
            .filter(|&&count| count > 0)
            .map(|&count| {
                let p = count as f64 / good as f64;
                -p * libm::log(p)
            })
            .sum();
        Scores {
            covered: counts
                .iter()
                .filter(|&&c| c > 0 && c * COVERED_ONE_IN >= n)
                .count(),
            modes: counts.iter().filter(|&&c| c > 0).count(),
            high_quality: good as f64 / n as f64,
            reverse_kl: (libm::log(counts.len() as f64) - entropy).max(0.0),
            sliced_w1: self.sliced_w1(samples),
        }
    }

    /// How many samples lie within 3σ of each centre that is nearest to them.
    fn high_quality_counts(&self, samples: &[f32]) -> Vec<usize> {
        let centres = &self.mixture.centres;
        let limit = (RADIUS_IN_SIGMAS * self.mixture.sigma).powi(2);
        let mut counts = vec![0; centres.len()];
        for point in samples.chunks_exact(2) {
            let (x, y) = (f64::from(point[0]), f64::from(point[1]));
            let distances = centres
                .iter()
                .map(|c| (c[0] - x).powi(2) + (c[1] - y).powi(2));
            let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((mode, squared)) = nearest
                && squared < limit
            {
                counts[mode] += 1;
            }
        }
        counts
    }

    fn sliced_w1(&self, samples: &[f32]) -> f64 {
        let mut samples = samples.to_vec();
        clamp(&self.mixture, &mut samples);
        let ours = projections(&samples);
        let distances = ours.iter().zip(&self.real).map(|(a, b)| {
            a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum::<f64>() / a.len() as f64
        });
        distances.sum::<f64>() / DIRECTIONS as f64
    }
}

fn reference(step: u64) -> Stream {
    Streams::new(REFERENCE_SEED).stream(Name::Reference, step, 0)
}

fn draw(mixture: &Mixture, stream: &mut Stream) -> Vec<f32> {
    let mut samples = vec![0.0; 2 * SAMPLES];
    mixture.fill(stream, &mut samples);
    samples
}

/// Brings points, row-major `[n, 2]`, into the evaluation box.
fn clamp(mixture: &Mixture, points: &mut [f32]) {
    let [low, high] = mixture.bounding_box().map(|c| c.map(|x| x as f32));
    for point in points.chunks_exact_mut(2) {
        for (x, (low, high)) in point.iter_mut().zip(low.into_iter().zip(high)) {
            *x = x.clamp(low, high);
        }
    }
}

/// Sorted projections on every direction.
fn projections(samples: &[f32]) -> Vec<Vec<f64>> {
    (0..DIRECTIONS)
        .map(|i| {
            let angle = std::f64::consts::PI * (i as f64 + 0.5) / DIRECTIONS as f64;
            let (sin, cos) = libm::sincos(angle);
            let mut line: Vec<f64> = samples
                .chunks_exact(2)
                .map(|p| f64::from(p[0]) * cos + f64::from(p[1]) * sin)
                .collect();
            // By radix: sorting is most of what an evaluation does.
            radsort::sort(&mut line);
            line
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{MixtureEvaluator, SAMPLES};
    use crate::dataset::Mixture;

    fn ring(sigma: f64) -> MixtureEvaluator {
        let centres = (0..8)
            .map(|i| {
                let angle = std::f64::consts::TAU * f64::from(i) / 8.0;
                [angle.cos(), angle.sin()]
            })
            .collect();
        MixtureEvaluator::new(Mixture { centres, sigma })
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
        let evaluator = MixtureEvaluator::new(Mixture {
            centres: vec![[0.0, 0.0]],
            sigma: 0.25,
        });
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
        let mut samples = super::draw(&evaluator.mixture, &mut super::reference(0));
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
}
