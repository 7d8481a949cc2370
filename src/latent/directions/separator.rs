//! The hyperplane between the samples with the highest and those with the lowest scores.

use crate::metric::features::Features;
use crate::rng::Stream;

/// A hyperplane {z : nᵀz = 0} with samples on either side.
#[derive(Clone, Debug, PartialEq)]
pub struct Separator {
    /// n, of length 1, towards the higher scores.
    pub normal: Vec<f64>,
    /// Share of held-out samples on their own side, ½ by chance; higher is better.
    pub accuracy: f64,
    /// How many were held out.
    pub held_out: usize,
}

impl Separator {
    /// √(p (1 − p) / n) of the accuracy p.
    pub fn standard_error(&self) -> f64 {
        (self.accuracy * (1.0 - self.accuracy) / self.held_out as f64).sqrt()
    }
}

/// Parts the rows of `high` from those of `low`: a share of either fits the hyperplane, the others try
/// it. `None` where no direction parts them at all.
pub(super) fn fit(
    z: &Features,
    [high, low]: [&[usize]; 2],
    share: f64,
    stream: &mut Stream,
) -> Option<Separator> {
    let mut fitted = Vec::new();
    let mut tried = Vec::new();
    for (places, sign) in [(high, 1.0), (low, -1.0)] {
        let order = stream.permutation(places.len());
        let count = (share * places.len() as f64) as usize;
        for (i, place) in order.into_iter().enumerate() {
            let example = (z.row(places[place]), sign);
            match i < count {
                true => fitted.push(example),
                false => tried.push(example),
            }
        }
    }
    let (weights, _) = machine(&fitted);
    let length = dot(&weights, &weights).sqrt();
    if length == 0.0 {
        return None;
    }
    let normal: Vec<f64> = weights.iter().map(|w| w / length).collect();
    let right = tried
        .iter()
        .filter(|(row, sign)| sign * dot(&normal, row) > 0.0);
    Some(Separator {
        accuracy: right.count() as f64 / tried.len() as f64,
        held_out: tried.len(),
        normal,
    })
}

/// C: the weight of the margins beside ½‖w‖², InterFaceGAN's and every library's default.
const C: f64 = 1.0;

/// Difference of primal and dual value, over the primal, at which the solution is good enough.
const GAP: f64 = 1e-8;

/// Passes over all examples at most. Of a few hundred examples tens to hundreds suffice.
const MOST_PASSES: usize = 10_000;

/// The w that minimises ½‖w‖² + C Σ max(0, 1 − yᵢ wᵀxᵢ), by coordinate descent in the dual (Hsieh et al.
/// 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM", algorithm 1, without shrinking,
/// the examples in their order); and the gap between primal and dual value: the objective is at most so
/// much above its least value.
fn machine(examples: &[(&[f64], f64)]) -> (Vec<f64>, f64) {
    let width = examples.first().map_or(0, |(row, _)| row.len());
    let mut weights = vec![0.0; width];
    let mut alpha = vec![0.0; examples.len()];
    let squares: Vec<f64> = examples.iter().map(|(row, _)| dot(row, row)).collect();
    let mut gap = f64::INFINITY;
    for _ in 0..MOST_PASSES {
        for (i, (row, sign)) in examples.iter().enumerate() {
            if squares[i] == 0.0 {
                continue;
            }
            let slope = sign * dot(&weights, row) - 1.0;
            let before = alpha[i];
            alpha[i] = (before - slope / squares[i]).clamp(0.0, C);
            let step = (alpha[i] - before) * sign;
            weights
                .iter_mut()
                .zip(*row)
                .for_each(|(w, x)| *w += step * x);
        }
        let half = 0.5 * dot(&weights, &weights);
        let losses = examples
            .iter()
            .map(|(row, sign)| (1.0 - sign * dot(&weights, row)).max(0.0));
        let primal = half + C * losses.sum::<f64>();
        gap = primal - (alpha.iter().sum::<f64>() - half);
        if gap <= GAP * primal {
            break;
        }
    }
    (weights, gap)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::{GAP, dot, fit, machine};
    use crate::metric::features::Features;
    use crate::rng::{Name, Streams};

    /// x ← (1664525 x + 1013904223) mod 2³², 2 (x + 0.5) / 2³² − 1.
    fn uniform(seed: u32, count: usize) -> Vec<f64> {
        let mut x = seed;
        (0..count)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                2.0 * (f64::from(x) + 0.5) / 4_294_967_296.0 - 1.0
            })
            .collect()
    }

    #[test]
    fn the_weights_are_those_of_liblinear() {
        // LinearSVC(loss='hinge', fit_intercept=False, C=1, tol=1e-12).fit(X, y).coef_ of scikit-learn
        // 1.9 on the same 60 x 4 values, y = sign(x · (1, −½, ¼, 0) + 0.6 u), which no plane parts.
        let (x, noise) = (uniform(3, 240), uniform(4, 60));
        let rows: Vec<&[f64]> = x.chunks_exact(4).collect();
        let sign = |(row, noise): (&&[f64], &f64)| {
            let score = dot(row, &[1.0, -0.5, 0.25, 0.0]) + 0.6 * noise;
            if score > 0.0 { 1.0 } else { -1.0 }
        };
        let examples: Vec<(&[f64], f64)> = rows
            .iter()
            .zip(&noise)
            .map(|both| (*both.0, sign(both)))
            .collect();
        let (weights, gap) = machine(&examples);
        let expected = [2.443_461, -0.841_142, 0.578_317, -0.112_574];
        for (found, expected) in weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{weights:?}");
        }
        // Its objective there is 25.22341; weak duality: no weights do better than by the gap.
        assert!((0.0..=GAP * 25.3).contains(&gap), "{gap}");
    }

    #[test]
    fn two_points_are_parted_in_the_middle() {
        // ½w² + max(0, 1 − 2w) twice: w = ½, where both margins are met.
        let (weights, _) = machine(&[(&[2.0, 0.0], 1.0), (&[-2.0, 0.0], -1.0)]);
        assert!((weights[0] - 0.5).abs() < 1e-6 && weights[1] == 0.0);
        // With a sum of margins that is never met: w = C (x₁ − x₂).
        let (near, _) = machine(&[(&[0.1, 0.0], 1.0), (&[-0.1, 0.0], -1.0)]);
        assert!((near[0] - 0.2).abs() < 1e-12);
    }

    #[test]
    fn a_direction_is_found_from_the_extremes_and_chance_is_a_half() {
        let mut stream = Streams::new(3).stream(Name::Reference, 0, 0);
        let mut z = vec![0.0; 10_000 * 6];
        stream.fill_normal(&mut z);
        let rows = Features::new(&z, 6).expect("rows");
        let by = |score: &dyn Fn(&[f64]) -> f64| {
            let mut order: Vec<usize> = (0..rows.rows()).collect();
            order.sort_by(|a, b| score(rows.row(*a)).total_cmp(&score(rows.row(*b))));
            let mut stream = Streams::new(0).stream(Name::Look, 1, 0);
            let extremes = [&order[9_800..], &order[..200]];
            fit(&rows, extremes, 0.7, &mut stream).expect("a direction")
        };
        let along = by(&|z| 0.6 * z[1] - 0.8 * z[4]);
        assert_eq!((along.accuracy, along.held_out), (1.0, 120));
        assert!((dot(&along.normal, &along.normal) - 1.0).abs() < 1e-12);
        let cosine = 0.6 * along.normal[1] - 0.8 * along.normal[4];
        assert!(cosine > 0.97, "{cosine}");
        // An even score is high on both sides: no hyperplane through the origin parts it from the low.
        let even = by(&|z| z[0] * z[0]);
        // Four standard errors of a half of 120.
        assert!((even.accuracy - 0.5).abs() < 0.18, "{}", even.accuracy);
        assert!((even.standard_error() - 0.0456).abs() < 0.003);
    }
}
