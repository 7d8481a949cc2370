//! What of an evaluation's samples is kept to look at.

use crate::dataset::{Curve, Data, Mixture};
use crate::event::{Gaussian, Sample};
use crate::metric::CurveEvaluator;
use crate::metric::fid::quantised;

/// Points kept.
const POINTS_KEPT: usize = 1000;

/// Images kept: a square of eight by eight.
const IMAGES_KEPT: usize = 64;

/// How many of the first samples are kept.
pub fn kept(data: &Data) -> usize {
    match data {
        Data::Mixture(_) | Data::Curve(_) => POINTS_KEPT,
        Data::Images(_) | Data::Stacked(_) => IMAGES_KEPT,
    }
}

/// Pictures of a run before its last: so many at most, at evaluations that lie evenly.
const PICTURES_ON_THE_WAY: u64 = 10;

/// How many of the first samples are kept of an evaluation on the way: enough to see what changes.
pub(super) fn kept_on_the_way(data: &Data) -> usize {
    match data {
        Data::Mixture(_) | Data::Curve(_) => 400,
        Data::Images(_) | Data::Stacked(_) => 36,
    }
}

/// Whether samples of the evaluation at `step` are kept, of a run with `steps` and an evaluation every so many.
pub(super) fn is_pictured(step: u64, eval_every: u64, steps: u64) -> bool {
    let all = (steps / eval_every.max(1)).max(1);
    let before = |evaluations: u64| evaluations * PICTURES_ON_THE_WAY / all;
    let this = step / eval_every.max(1);
    all <= PICTURES_ON_THE_WAY || before(this) > before(this.saturating_sub(1))
}

/// Samples of a generator that is told classes as they are kept: rows with one of each class in order, the
/// first that were asked for, at most so many samples. None where nothing was asked for, or a class has no
/// sample or no room.
pub(super) fn class_by_class(
    samples: &[f32],
    asked: &[usize],
    size: usize,
    most: usize,
) -> Vec<f32> {
    let classes = asked.iter().max().map_or(0, |last| last + 1);
    let of_class =
        |class: usize| -> Vec<usize> { (0..asked.len()).filter(|&i| asked[i] == class).collect() };
    let places: Vec<Vec<usize>> = (0..classes).map(of_class).collect();
    let fewest = places.iter().map(Vec::len).min().unwrap_or(0);
    let rows = fewest.min(most / classes.max(1));
    (0..rows)
        .flat_map(|row| places.iter().map(move |of_class| of_class[row]))
        .flat_map(|i| &samples[i * size..][..size])
        .copied()
        .collect()
}

/// Those samples, row-major `[n, values]` in canonical coordinates, to look at.
pub fn shown(data: &Data, samples: &[f32]) -> Sample {
    match data {
        Data::Mixture(mixture) => of_mixture(mixture, samples),
        Data::Curve(curve) => of_curve(curve, samples),
        Data::Images(_) | Data::Stacked(_) => {
            let shape = data.shape();
            Sample::Images {
                count: samples.len() / shape.iter().product::<usize>(),
                shape,
                pixels: quantised(samples),
            }
        }
    }
}

fn of_mixture(mixture: &Mixture, samples: &[f32]) -> Sample {
    let dimensions = mixture.dimensions();
    let kept = samples.chunks_exact(dimensions);
    if dimensions == 1 {
        let equal = || vec![1.0 / mixture.components() as f64; mixture.components()];
        let weights = mixture.unequal_weights().unwrap_or_else(equal);
        let components = mixture.centres().zip(weights).zip(mixture.sigmas());
        return Sample::Line {
            generated: kept.map(|p| p[0]).collect(),
            components: components
                .map(|((centre, weight), &sigma)| Gaussian {
                    centre: centre[0],
                    weight,
                    sigma,
                })
                .collect(),
        };
    }
    let plane = Plane::of(mixture);
    Sample::Points {
        generated: kept
            .map(|p| plane.at(p.iter().map(|&x| f64::from(x))).map(|x| x as f32))
            .collect(),
        centres: mixture
            .centres()
            .map(|c| plane.at(c.iter().copied()))
            .collect(),
        // Mixtures of more than one dimension share one.
        sigma: mixture.common_sigma().unwrap_or_default(),
        dimensions,
    }
}

fn of_curve(curve: &Curve, samples: &[f32]) -> Sample {
    let [low, high] = curve.bounding_box();
    let points = |values: &[f32]| values.as_chunks::<2>().0.to_vec();
    Sample::Cloud {
        generated: points(samples),
        real: points(&CurveEvaluator::real(curve, POINTS_KEPT)),
        frame: [[low[0], low[1]], [high[0], high[1]]],
    }
}

/// A plane through the mean of a mixture's centres: the coordinates themselves in two dimensions.
enum Plane {
    Itself,
    /// Two orthonormal vectors, and where the mean lies along them.
    Across([Vec<f64>; 2], [f64; 2]),
}

impl Plane {
    /// In more than two dimensions the plane spanned by Σ cos(2πi/K) cᵢ and Σ sin(2πi/K) cᵢ. Centres
    /// that are far apart in all directions alike, as random ones in many dimensions are, lie in it
    /// near the corners of a regular K-gon, where their projections cannot hide each other.
    fn of(mixture: &Mixture) -> Self {
        let d = mixture.dimensions();
        if d == 2 {
            return Self::Itself;
        }
        let k = mixture.components() as f64;
        let mut mean = vec![0.0; d];
        let mut axes = [vec![0.0; d], vec![0.0; d]];
        for (i, centre) in mixture.centres().enumerate() {
            let (sin, cos) = libm::sincos(std::f64::consts::TAU * i as f64 / k);
            for (j, &x) in centre.iter().enumerate() {
                mean[j] += x / k;
                axes[0][j] += cos * x;
                axes[1][j] += sin * x;
            }
        }
        let [first, second] = &mut axes;
        normalise(first);
        let along = dot(first, second);
        for (y, x) in second.iter_mut().zip(&*first) {
            *y -= along * x;
        }
        normalise(second);
        let middle = [dot(&axes[0], &mean), dot(&axes[1], &mean)];
        Self::Across(axes, middle)
    }

    fn at(&self, mut point: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
        match self {
            Self::Itself => [point.next(), point.next()].map(Option::unwrap_or_default),
            Self::Across(axes, middle) => [0, 1].map(|i| {
                let products = point.clone().zip(&axes[i]).map(|(x, u)| x * u);
                products.sum::<f64>() - middle[i]
            }),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// To length 1; a vector of zeros, as of a single centre's sines, stays.
fn normalise(x: &mut [f64]) {
    let length = dot(x, x).sqrt();
    if length > 0.0 {
        x.iter_mut().for_each(|x| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::{is_pictured, shown};
    use crate::dataset::{Data, Mixture};
    use crate::event::Sample;

    #[test]
    fn ten_evaluations_at_most_are_pictured_and_they_lie_evenly() {
        let pictured = |every: u64, steps: u64| -> Vec<u64> {
            let all = (1..=steps).filter(|step| step % every == 0);
            all.filter(|&step| is_pictured(step, every, steps))
                .collect()
        };
        assert_eq!(pictured(100, 400), [100, 200, 300, 400]);
        let many = pictured(10, 1000);
        assert_eq!(many, [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
        assert_eq!(pictured(7, 1000).len(), 10);
        // Fewer steps than an evaluation takes: the final one alone, which is always kept.
        assert_eq!(pictured(100, 50), Vec::<u64>::new());
    }

    #[test]
    fn a_projection_keeps_right_angles_and_enlarges_nothing() {
        // Four centres on four axes: in the plane they are a square of the radius √(2/4).
        let mut centres = [[0.0; 5]; 4];
        for (i, centre) in centres.iter_mut().enumerate() {
            centre[i] = 1.0;
        }
        let mixture = Mixture::equal(&centres, 0.1);
        let samples: Vec<f32> = centres[2].iter().map(|&x| x as f32).collect();
        let Sample::Points {
            generated,
            centres,
            dimensions,
            ..
        } = shown(&Data::Mixture(mixture), &samples)
        else {
            panic!("points")
        };
        assert_eq!(dimensions, 5);
        let half = f64::sqrt(0.5);
        for (found, expected) in
            centres
                .iter()
                .zip([[half, 0.0], [0.0, half], [-half, 0.0], [0.0, -half]])
        {
            for axis in 0..2 {
                assert!((found[axis] - expected[axis]).abs() < 1e-12, "{centres:?}");
            }
        }
        assert!((f64::from(generated[0][0]) + half).abs() < 1e-6);
    }
}
