//! What attributes do when a latent is moved along a normal.

use super::{Origin, Scale};
use crate::latent::LatentError;

/// Samples that are moved.
pub(super) struct Base<'a> {
    /// `[n, width]`.
    pub z: Vec<f32>,
    /// One a sample of a generator that is told classes.
    pub labels: Vec<usize>,
    pub origin: &'a Origin,
    pub scales: &'a [Scale],
}

/// How far an attribute changes along a direction: (s(z + n) − s(z − n)) / 2, in standard deviations of
/// the attribute a standard deviation of the latents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Its mean over the samples that could be measured on both sides; NaN where none could.
    pub mean: f64,
    /// Of the mean; NaN of fewer than two samples.
    pub standard_error: f64,
    /// How many.
    pub n: usize,
}

/// A move along one normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The attribute whose normal n₁ it is.
    pub along: usize,
    /// The attribute off whose normal n₂ it is projected: n₁ − (n₁ᵀn₂) n₂, InterFaceGAN's conditional
    /// manipulation.
    pub off: Option<usize>,
    /// The direction, of length 1.
    pub direction: Vec<f64>,
    /// Of every attribute.
    pub changes: Vec<Change>,
}

/// Scores of latents, as `Judge::score` gives them.
type Scored = Result<Vec<Option<Vec<f64>>>, LatentError>;

/// Along every normal, and along every one projected off every other with which it is not parallel.
pub(super) fn all(
    normals: &[&[f64]],
    base: &Base<'_>,
    score: impl Fn(&[f32], &[usize]) -> Scored,
) -> Result<Vec<Move>, LatentError> {
    let mut moves = Vec::new();
    for (along, normal) in normals.iter().enumerate() {
        let others = (0..normals.len()).filter(|&other| other != along);
        let projected = others.filter_map(|off| Some((Some(off), project(normal, normals[off])?)));
        let directions = std::iter::once((None, normal.to_vec())).chain(projected);
        for (off, direction) in directions {
            let changes = changes(&direction, base, &score)?;
            moves.push(Move {
                along,
                off,
                direction,
                changes,
            });
        }
    }
    Ok(moves)
}

/// Length of n₁ − (n₁ᵀn₂) n₂ below which nothing but rounding is left of it.
const LEAST_LEFT: f64 = 1e-6;

/// n₁ − (n₁ᵀn₂) n₂, of length 1.
fn project(first: &[f64], second: &[f64]) -> Option<Vec<f64>> {
    let cosine: f64 = first.iter().zip(second).map(|(a, b)| a * b).sum();
    let left: Vec<f64> = first
        .iter()
        .zip(second)
        .map(|(a, b)| a - cosine * b)
        .collect();
    let length = left.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > LEAST_LEFT).then(|| left.iter().map(|x| x / length).collect())
}

fn changes(
    direction: &[f64],
    base: &Base<'_>,
    score: impl Fn(&[f32], &[usize]) -> Scored,
) -> Result<Vec<Change>, LatentError> {
    let side = |by: f64| score(&base.origin.moved(&base.z, direction, by), &base.labels);
    let (ahead, behind) = (side(1.0)?, side(-1.0)?);
    let both: Vec<(Vec<f64>, Vec<f64>)> = ahead
        .into_iter()
        .zip(behind)
        .filter_map(|(a, b)| Some((a?, b?)))
        .collect();
    let of_attribute = |(i, scale): (usize, &Scale)| {
        let halves = both.iter().map(|(a, b)| (a[i] - b[i]) / (2.0 * scale.sd));
        change(&halves.collect::<Vec<f64>>())
    };
    Ok(base.scales.iter().enumerate().map(of_attribute).collect())
}

fn change(values: &[f64]) -> Change {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    Change {
        mean,
        standard_error: (squares / (n - 1.0) / n).sqrt(),
        n: values.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, Origin, Scale, all};
    use crate::latent::LatentError;

    #[test]
    fn of_a_linear_law_the_changes_are_products_of_its_normals() -> Result<(), LatentError> {
        // s₁ = 2 z₀ and s₂ = 3 (0.6 z₀ + 0.8 z₁) in units of 1 and of 3; the latents have a spread of ½.
        let normals: [&[f64]; 2] = [&[1.0, 0.0, 0.0], &[0.6, 0.8, 0.0]];
        let origin = Origin {
            mean: vec![0.0; 3],
            sd: 0.5,
        };
        let scales = [Scale { mean: 9.0, sd: 1.0 }, Scale { mean: 0.0, sd: 3.0 }];
        let base = Base {
            z: vec![0.3, -0.7, 1.1, 0.0, 0.2, -0.4],
            labels: Vec::new(),
            origin: &origin,
            scales: &scales,
        };
        let score = |z: &[f32], _: &[usize]| {
            let row = |z: &[f32]| {
                let z: Vec<f64> = z.iter().map(|&x| f64::from(x)).collect();
                Some(vec![9.0 + 2.0 * z[0], 3.0 * (0.6 * z[0] + 0.8 * z[1])])
            };
            Ok(z.chunks(3).map(row).collect())
        };
        let moves = all(&normals, &base, score)?;
        let found: Vec<_> = moves.iter().map(|m| (m.along, m.off)).collect();
        let expected = [(0, None), (0, Some(1)), (1, None), (1, Some(0))];
        assert_eq!(found, expected);
        // (1, 0) off (0.6, 0.8) is (0.8, −0.6); the other way round it is (0, 1).
        let changes = [[1.0, 0.3], [0.8, 0.0], [0.6, 0.5], [0.0, 0.4]];
        for (found, expected) in moves.iter().zip(changes) {
            for (change, expected) in found.changes.iter().zip(expected) {
                assert!((change.mean - expected).abs() < 1e-6, "{found:?}");
                assert!(change.standard_error < 1e-6);
                assert_eq!(change.n, 2);
            }
        }
        Ok(())
    }

    #[test]
    fn parallel_normals_leave_nothing_and_lost_samples_are_not_counted() -> Result<(), LatentError>
    {
        let normals: [&[f64]; 2] = [&[0.0, 1.0], &[0.0, -1.0]];
        let origin = Origin {
            mean: vec![0.0; 2],
            sd: 1.0,
        };
        let scales = [Scale { mean: 0.0, sd: 1.0 }; 2];
        let base = Base {
            z: vec![0.0, 0.0, 5.0, 0.0],
            labels: Vec::new(),
            origin: &origin,
            scales: &scales,
        };
        // Samples far to the right cannot be measured.
        let score = |z: &[f32], _: &[usize]| {
            let row = |z: &[f32]| (z[0] < 4.0).then(|| vec![f64::from(z[1]); 2]);
            Ok(z.chunks(2).map(row).collect())
        };
        let moves = all(&normals, &base, score)?;
        assert!(moves.iter().all(|m| m.off.is_none()));
        assert_eq!((moves[0].changes[0].mean, moves[0].changes[0].n), (1.0, 1));
        assert!(moves[0].changes[0].standard_error.is_nan());
        Ok(())
    }
}
