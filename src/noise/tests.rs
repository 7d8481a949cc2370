//! Draws against the closed forms of their distributions.

use super::{
    Bernoulli, GaussianMixture, Latent, Normal, Spherical, TruncatedNormal, Uniform, UniformMatched,
};
use crate::rng::{Name, Streams};

const DIM: usize = 5;
const ROWS: usize = 40_000;

fn draw(noise: &dyn Latent, dim: usize, rows: usize) -> Vec<f64> {
    let mut z = vec![f32::NAN; rows * dim];
    let mut stream = Streams::new(11).stream(Name::LatentGenerator, 1, 0);
    noise.fill(&mut stream, dim, &mut z);
    z.into_iter().map(f64::from).collect()
}

/// The mean of these values lies within five of its standard errors of what is expected.
fn check_mean(what: &str, values: impl Iterator<Item = f64>, expected: f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    // A constant, such as the square of ±1, has no standard error.
    assert!(
        (mean - expected).abs() <= 5.0 * error + 1e-12,
        "{what}: {mean} ± {error} instead of {expected}"
    );
}

/// The first four moments of a coordinate, and the product of two neighbours.
fn check(noise: &dyn Latent, moments: [f64; 4], product: f64) {
    let z = draw(noise, DIM, ROWS);
    for (p, expected) in (1..).zip(moments) {
        let powers = z.iter().map(|x| x.powi(p));
        check_mean(&format!("moment {p}"), powers, expected);
    }
    let rows = z.chunks_exact(DIM);
    check_mean("product", rows.map(|row| row[0] * row[1]), product);
}

#[test]
fn normal_noise_has_the_moments_of_a_normal_distribution() {
    check(&Normal, [0.0, 1.0, 0.0, 3.0], 0.0);
}

#[test]
fn uniform_noise_has_the_moments_of_a_uniform_distribution() {
    // ∫ xᵖ dx / (b − a) on [−1, 3].
    let uniform = Uniform {
        low: -1.0,
        high: 3.0,
    };
    check(&uniform, [1.0, 28.0 / 12.0, 5.0, 244.0 / 20.0], 1.0);
}

#[test]
fn matched_uniform_noise_has_the_variance_of_normal_noise() {
    // The fourth moment of U(−a, a) is a⁴/5.
    check(&UniformMatched, [0.0, 1.0, 0.0, 9.0 / 5.0], 0.0);
}

#[test]
fn truncated_noise_has_the_moments_of_a_truncated_normal_distribution() {
    // By parts, with Z = P(|z| ≤ t) and φ the normal density: E z² = 1 − 2tφ(t)/Z and
    // E z⁴ = 3 E z² − 2t³φ(t)/Z.
    for t in [0.1, 1.0, 2.0, 5.0_f64] {
        let density = (-t * t / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let edge = 2.0 * t * density / libm::erf(t / std::f64::consts::SQRT_2);
        let square = 1.0 - edge;
        let fourth = 3.0 * square - t * t * edge;
        let noise = TruncatedNormal { truncation: t };
        check(&noise, [0.0, square, 0.0, fourth], 0.0);
        let beyond = draw(&noise, DIM, ROWS).into_iter().filter(|z| z.abs() > t);
        // The bound counts in single precision.
        assert!(beyond.into_iter().all(|z| z.abs() <= f64::from(t as f32)));
    }
}

#[test]
fn coordinates_within_the_bound_are_those_of_normal_noise() {
    let normal = draw(&Normal, DIM, 100);
    let truncated = draw(&TruncatedNormal { truncation: 1.0 }, DIM, 100);
    let redrawn = normal.iter().zip(&truncated).filter(|(a, b)| a != b);
    assert!(redrawn.clone().all(|(a, _)| a.abs() > 1.0));
    assert_eq!(
        redrawn.count(),
        normal.iter().filter(|z| z.abs() > 1.0).count()
    );
}

#[test]
fn spherical_noise_lies_on_the_sphere_evenly() {
    // On the sphere of radius √d: E x⁴ = 3d/(d + 2), E x²y² = d/(d + 2).
    let d = DIM as f64;
    check(&Spherical, [0.0, 1.0, 0.0, 3.0 * d / (d + 2.0)], 0.0);
    let z = draw(&Spherical, DIM, ROWS);
    let rows = z.chunks_exact(DIM);
    let squares = rows.clone().map(|row| row[1].powi(2) * row[4].powi(2));
    check_mean("product of squares", squares, d / (d + 2.0));
    for row in rows {
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((length - d.sqrt()).abs() < 1e-6, "length {length}");
    }
}

#[test]
fn a_sphere_of_one_dimension_is_two_points() {
    let z = draw(&Spherical, 1, 1000);
    assert!(z.iter().all(|&x| x == 1.0 || x == -1.0));
    check_mean("sign", z.into_iter(), 0.0);
}

#[test]
fn bernoulli_noise_takes_two_values_with_its_probability() {
    for p in [0.5, 0.2] {
        let mean = 2.0 * p - 1.0;
        check(&Bernoulli { p }, [mean, 1.0, mean, 1.0], mean * mean);
    }
}

#[test]
fn a_mixture_of_one_component_is_normal_around_its_centre() {
    let sigma = 0.3;
    let z = draw(&GaussianMixture { modes: 1, sigma }, DIM, ROWS);
    let still = draw(
        &GaussianMixture {
            modes: 1,
            sigma: 1e-4,
        },
        DIM,
        ROWS,
    );
    for axis in 0..DIM {
        let along = |z: &[f64]| -> Vec<f64> { z.iter().skip(axis).step_by(DIM).copied().collect() };
        let centre = along(&still).iter().sum::<f64>() / ROWS as f64;
        assert!((-1.0..1.0).contains(&centre), "centre {centre}");
        let away: Vec<f64> = along(&z).iter().map(|x| (x - centre) / sigma).collect();
        for (p, expected) in (1..).zip([0.0, 1.0, 0.0, 3.0]) {
            let powers = away.iter().map(|x: &f64| x.powi(p));
            check_mean(&format!("moment {p}"), powers, expected);
        }
    }
}

#[test]
fn components_of_a_mixture_are_apart_and_of_equal_weight() {
    let modes = 7;
    let z = draw(&GaussianMixture { modes, sigma: 1e-4 }, DIM, ROWS);
    let distance = |a: &[f64], b: &[f64]| -> f64 {
        let squares = a.iter().zip(b).map(|(x, y)| (x - y).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let mut centres: Vec<(&[f64], usize)> = Vec::new();
    for row in z.chunks_exact(DIM) {
        match centres.iter_mut().find(|(c, _)| distance(c, row) < 0.01) {
            Some((_, count)) => *count += 1,
            None => centres.push((row, 1)),
        }
    }
    assert_eq!(centres.len(), modes);
    for (_, count) in centres {
        let ones = (0..ROWS).map(|i| if i < count { 1.0 } else { 0.0 });
        check_mean("share", ones, 1.0 / modes as f64);
    }
}

#[test]
fn centres_uniform_on_the_cube_have_its_variance() {
    // Every centre once, as found among the draws. The variance of U(−1, 1) is 1/3, its fourth moment 1/5.
    let centres = Streams::new(0).source(Name::LatentCentres);
    let mut all = Vec::new();
    let noise = GaussianMixture {
        modes: 1000,
        sigma: 1e-4,
    };
    let z = draw(&noise, 16, 4000);
    for component in 0..1000 {
        let mut centre = [0.0_f32; 16];
        centres
            .at(component, 0)
            .fill_uniform(-1.0, 1.0, &mut centre);
        let near = |row: &&[f64]| {
            let mut pairs = row.iter().zip(centre);
            pairs.all(|(x, c)| (x - f64::from(c)).abs() < 1e-3)
        };
        if let Some(row) = z.chunks_exact(16).find(near) {
            all.extend_from_slice(row);
        }
    }
    // All but e⁻⁴ of them are drawn in 4000 rows.
    assert!(all.len() > 950 * 16, "{}", all.len() / 16);
    for (p, expected) in [(1, 0.0), (2, 1.0 / 3.0), (4, 1.0 / 5.0)] {
        check_mean(
            &format!("moment {p}"),
            all.iter().map(|x: &f64| x.powi(p)),
            expected,
        );
    }
}

#[test]
fn draws_are_the_same_bits_on_every_machine() {
    // Golden values of version 1 of each choice: they change with the choice's version only.
    let golden: [(&dyn Latent, [u32; 4]); 6] = [
        (
            &UniformMatched,
            [3_212_778_788, 3_213_584_916, 1_068_116_437, 1_049_583_052],
        ),
        (
            &TruncatedNormal { truncation: 0.5 },
            [1_056_843_626, 1_038_305_667, 3_203_136_435, 3_198_127_215],
        ),
        (
            &Spherical,
            [1_064_633_552, 3_213_181_883, 3_214_276_100, 3_209_348_886],
        ),
        (
            &Bernoulli { p: 0.3 },
            [1_065_353_216, 1_065_353_216, 3_212_836_864, 3_212_836_864],
        ),
        (
            &GaussianMixture {
                modes: 3,
                sigma: 0.2,
            },
            [1_064_070_806, 3_189_055_947, 3_202_672_729, 1_022_350_384],
        ),
        (
            &Normal,
            [1_057_211_038, 3_205_452_761, 3_203_136_435, 3_198_127_215],
        ),
    ];
    let drawn = golden.map(|(noise, _)| {
        let mut z = [0.0; 4];
        noise.fill(
            &mut Streams::new(1).stream(Name::LatentGenerator, 2, 0),
            2,
            &mut z,
        );
        z.map(f32::to_bits)
    });
    assert_eq!(drawn, golden.map(|(_, bits)| bits));
}
