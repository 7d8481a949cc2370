//! Paths between two latents.

/// How a path runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The lecture's line: (1 − t) z₁ + t z₂. Its middle is shorter than its ends: of two latents of
    /// N(0, I_d) about √(d/2) long, where hardly any latent of N(0, I_d) lies (White 2016, section 2.1).
    Straight,
    /// The great arc: [sin((1 − t)θ) z₁ + sin(tθ) z₂] / sin θ with θ the angle between z₁ and z₂
    /// (Shoemake 1985, "Animating rotation with quaternion curves"; White 2016, "Sampling Generative
    /// Networks"). Between ends of one length it keeps that length. Where no arc is singled out (ends of
    /// one or of opposite directions) it is the line.
    Spherical,
}

/// Below this sin θ the arc's formula divides rounding errors, and the arc differs from the line by less
/// than 10⁻¹² of its length, or is not singled out at all.
const LEAST_SINE: f64 = 1e-6;

impl Path {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Straight, Self::Spherical];

    /// The word in tables and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Spherical => "spherical",
        }
    }

    /// The point at t from 0 to 1, of two latents of one width. At 0 and at 1 it is the end itself.
    pub fn at(self, [from, to]: [&[f32]; 2], t: f64) -> Vec<f32> {
        let [a, b] = match self {
            Self::Straight => [1.0 - t, t],
            Self::Spherical => spherical(cosine(from, to), t),
        };
        let both = from.iter().zip(to);
        both.map(|(&x, &y)| (a * f64::from(x) + b * f64::from(y)) as f32)
            .collect()
    }

    /// `count` ≥ 2 points at equal distances of t, both ends among them, row-major `[count, width]`.
    pub fn points(self, ends: [&[f32]; 2], count: usize) -> Vec<f32> {
        let last = (count - 1) as f64;
        (0..count)
            .flat_map(|i| self.at(ends, i as f64 / last))
            .collect()
    }
}

/// Shares of the two ends.
fn spherical(cosine: f64, t: f64) -> [f64; 2] {
    let angle = libm::acos(cosine);
    let sine = libm::sin(angle);
    if sine < LEAST_SINE {
        return [1.0 - t, t];
    }
    [1.0 - t, t].map(|share| libm::sin(share * angle) / sine)
}

/// Of the angle between two vectors; 1 where one of them is zero.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let both = a.iter().zip(b);
        both.map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    match lengths > 0.0 {
        true => (dot(a, b) / lengths).clamp(-1.0, 1.0),
        false => 1.0,
    }
}

/// ‖z‖₂ of every row of latents of that width.
pub fn norms(z: &[f32], width: usize) -> Vec<f64> {
    let squared = |row: &[f32]| -> f64 { row.iter().map(|&x| f64::from(x).powi(2)).sum() };
    z.chunks_exact(width)
        .map(|row| squared(row).sqrt())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Path, norms};
    use crate::rng::{Name, Streams};

    fn close(found: &[f32], expected: &[f64]) {
        for (f, e) in found.iter().zip(expected) {
            assert!((f64::from(*f) - e).abs() < 1e-6, "{found:?}, {expected:?}");
        }
        assert_eq!(found.len(), expected.len());
    }

    #[test]
    fn a_quarter_circle_is_the_textbooks() {
        // From (1, 0) to (0, 1): the arc is (cos φ, sin φ), φ = tπ/2; the line is (1 − t, t).
        let ends: [&[f32]; 2] = [&[1.0, 0.0], &[0.0, 1.0]];
        let third = std::f64::consts::FRAC_PI_6;
        close(
            &Path::Spherical.at(ends, 1.0 / 3.0),
            &[third.cos(), third.sin()],
        );
        close(&Path::Straight.at(ends, 0.25), &[0.75, 0.25]);
    }

    #[test]
    fn both_ends_are_the_latents_themselves() {
        let mut z = vec![0.0; 200];
        Streams::new(1)
            .stream(Name::LatentLook, 0, 0)
            .fill_normal(&mut z);
        let ends = [&z[..100], &z[100..]];
        for path in Path::ALL {
            let points = path.points(ends, 7);
            assert_eq!(points.len(), 700);
            assert_eq!(points[..100], z[..100]);
            assert_eq!(points[600..], z[100..]);
        }
    }

    #[test]
    fn the_line_is_short_in_the_middle_and_the_arc_is_not() {
        // Two orthogonal latents of length √d: the middle of the line is √(d/2) long.
        let mut z = vec![0.0; 128];
        z[..32].fill(std::f32::consts::SQRT_2);
        z[64 + 32..].fill(std::f32::consts::SQRT_2);
        let ends = [&z[..64], &z[64..]];
        let lengths = |path: Path| norms(&path.points(ends, 3), 64);
        let [straight, spherical] = Path::ALL.map(lengths);
        for (found, expected) in straight.iter().zip([8.0, 32_f64.sqrt(), 8.0]) {
            assert!((found - expected).abs() < 1e-6);
        }
        assert!(spherical.iter().all(|l| (l - 8.0).abs() < 1e-6));
    }

    #[test]
    fn where_no_arc_is_singled_out_it_is_the_line() {
        for to in [[2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]] {
            let ends: [&[f32]; 2] = [&[1.0, 2.0], &to];
            let line = Path::Straight.at(ends, 0.3);
            assert_eq!(Path::Spherical.at(ends, 0.3), line);
        }
        // On a line there are only these two directions.
        let ends: [&[f32]; 2] = [&[1.0], &[-1.0]];
        assert_eq!(Path::Spherical.at(ends, 0.5), [0.0]);
    }

    #[test]
    fn near_the_line_the_arc_is_continuous() {
        // Just above and just below the angle at which the formula changes.
        for angle in [0.9e-6_f64, 1.1e-6] {
            let to = [angle.cos() as f32, angle.sin() as f32];
            let middle = Path::Spherical.at([&[1.0, 0.0], &to], 0.5);
            close(&middle, &[1.0, angle / 2.0]);
        }
    }
}
