use std::f64::consts::{FRAC_2_PI, LN_2, PI};

use super::{
    Density, DivergenceError, bits, estimate, jensen_shannon, kullback_leibler, wasserstein_1,
};
use crate::dataset::Mixture;
use crate::metric::features::fixture::close;
use crate::metric::features::{Features, MetricError};
use crate::rng::{Name, Streams};

type Result = std::result::Result<(), DivergenceError>;

/// ½ (d (r² − 1 − ln r²) + |Δ|²/σ_q²), r = σ_p/σ_q: of isotropic normal distributions.
fn kl_of_normals(dimensions: usize, apart: f64, [p, q]: [f64; 2]) -> f64 {
    let ratio = (p / q).powi(2);
    (dimensions as f64 * (ratio - 1.0 - ratio.ln()) + (apart / q).powi(2)) / 2.0
}

fn in_the_plane(centre: [f64; 2], sigma: f64) -> std::result::Result<Density, DivergenceError> {
    Density::mixture(&Mixture::equal(&[centre], sigma))
}

#[test]
fn normals_are_as_far_as_the_closed_form_says() -> Result {
    let of = |a: f64, s: f64, b: f64, t: f64| {
        kullback_leibler(&Density::normal(a, s)?, &Density::normal(b, t)?)
    };
    // The lecture's pair: half a nat either way.
    close(of(0.0, 1.0, 1.0, 1.0)?, 0.5, 1e-11);
    close(of(1.0, 1.0, 0.0, 1.0)?, 0.5, 1e-11);
    for (apart, p, q) in [
        (0.3, 1.0, 2.0),
        (5.0, 0.02, 1.0),
        (5.0, 1.0, 0.02),
        (1e3, 1.0, 1.0),
    ] {
        let expected = kl_of_normals(1, apart, [p, q]);
        close(of(-1.0, p, apart - 1.0, q)?, expected, 1e-11);
    }
    assert_eq!(of(3.0, 0.5, 3.0, 0.5)?, 0.0);
    Ok(())
}

#[test]
fn so_are_isotropic_ones_in_the_plane() -> Result {
    for (shift, p, q) in [([0.6, -0.8], 1.0, 1.0), ([2.0, 1.0], 0.05, 0.3)] {
        let found = kullback_leibler(&in_the_plane([1.0, 2.0], p)?, &{
            in_the_plane([1.0 + shift[0], 2.0 + shift[1]], q)?
        })?;
        let apart = f64::hypot(shift[0], shift[1]);
        close(found, kl_of_normals(2, apart, [p, q]), 1e-11);
    }
    Ok(())
}

#[test]
fn uniform_densities_are_by_hand() -> Result {
    let [outer, inner, half] = [
        Density::uniform(0.0, 1.0)?,
        Density::uniform(0.25, 0.75)?,
        Density::uniform(0.5, 1.5)?,
    ];
    close(kullback_leibler(&inner, &outer)?, LN_2, 1e-12);
    // Outside the inner one q is 0 where p is not.
    assert_eq!(kullback_leibler(&outer, &inner)?, f64::INFINITY);
    // Half of each is shared: on it p/m = 1, elsewhere 2.
    close(bits(jensen_shannon(&outer, &half)?), 0.5, 1e-12);
    close(wasserstein_1(&outer, &half)?, 0.5, 1e-12);
    // ∫ |F − G| of the inner one: two triangles on either side, 1/8 in all.
    close(wasserstein_1(&outer, &inner)?, 0.125, 1e-12);
    // Against N(0, 1): −ln 1 + ½ ln 2π + E x²/2 = ½ ln 2π + 1/6.
    let normal = Density::normal(0.0, 1.0)?;
    let expected = (2.0 * PI).ln() / 2.0 + 1.0 / 6.0;
    close(kullback_leibler(&outer, &normal)?, expected, 1e-12);
    assert_eq!(kullback_leibler(&normal, &outer)?, f64::INFINITY);
    Ok(())
}

#[test]
fn disjoint_supports_are_infinitely_far_and_one_bit() -> Result {
    let [p, q] = [Density::uniform(0.0, 1.0)?, Density::uniform(4.0, 6.0)?];
    assert_eq!(kullback_leibler(&p, &q)?, f64::INFINITY);
    assert_eq!(kullback_leibler(&q, &p)?, f64::INFINITY);
    close(bits(jensen_shannon(&p, &q)?), 1.0, 1e-14);
    // The Wasserstein distance alone says how far.
    close(wasserstein_1(&p, &q)?, 4.5, 1e-12);
    Ok(())
}

#[test]
fn between_normals_jensen_shannon_is_scipys() -> Result {
    // scipy.integrate.quad, scipy 1.17.1, by benches/peers/metrics.py
    let [p, q, r] = [
        Density::normal(0.0, 1.0)?,
        Density::normal(1.0, 1.0)?,
        Density::normal(-1.0, 0.25)?,
    ];
    close(jensen_shannon(&p, &q)?, 0.111_421_482_184_736_19, 1e-12);
    close(jensen_shannon(&r, &p)?, 0.362_157_614_024_92, 1e-12);
    Ok(())
}

/// E |Δμ + Δσ Z|: the quantile functions of normal distributions differ by a normal variable.
fn w1_of_normals(shift: f64, widening: f64) -> f64 {
    if widening == 0.0 {
        return shift.abs();
    }
    let z = shift / widening.abs();
    widening.abs() * (FRAC_2_PI.sqrt() * (-z * z / 2.0).exp() + z * libm::erf(z / 2_f64.sqrt()))
}

#[test]
fn the_wasserstein_distance_of_normals_is_a_folded_mean() -> Result {
    for (shift, p, q) in [(2.0, 1.0, 1.0), (0.0, 1.0, 2.0), (0.7, 0.5, 3.0)] {
        let found = wasserstein_1(&Density::normal(0.0, p)?, &Density::normal(shift, q)?)?;
        close(found, w1_of_normals(shift, q - p), 1e-11);
    }
    // In the plane: over the same 64 directions, equally spaced from half a step on.
    let found = wasserstein_1(
        &in_the_plane([0.0, 0.0], 1.0)?,
        &in_the_plane([3.0, 0.0], 1.5)?,
    )?;
    let slices = (0..64).map(|i| {
        let turn = PI * (f64::from(i) + 0.5) / 64.0;
        w1_of_normals(3.0 * turn.cos(), 0.5)
    });
    close(found, slices.sum::<f64>() / 64.0, 1e-11);
    Ok(())
}

fn ring(count: u32, sigma: f64) -> Mixture {
    let centres: Vec<[f64; 2]> = (0..count)
        .map(|i| {
            let turn = 2.0 * PI * f64::from(i) / f64::from(count);
            [2.0 * turn.cos(), 2.0 * turn.sin()]
        })
        .collect();
    Mixture::equal(&centres, sigma)
}

/// Half of the modes of eight far ones: on them q is p/2, elsewhere 0 but for the tails.
#[test]
fn a_collapsed_mixture_has_lost_the_share_of_its_modes() -> Result {
    let all = ring(8, 0.02);
    let kept: Vec<[f64; 2]> = all.centres().take(4).map(|c| [c[0], c[1]]).collect();
    let [p, q] = [
        Density::mixture(&all)?,
        Density::mixture(&Mixture::equal(&kept, 0.02))?,
    ];
    // The reverse divergence does not see what is missing: q ln(q/p) = ln 2.
    close(kullback_leibler(&q, &p)?, LN_2, 1e-9);
    // m is ¾ of what is kept and ¼ of the rest, in shares of p.
    let expected = 0.5 * (0.5 * (2.0_f64 / 3.0).ln() + 0.5 * LN_2) + 0.5 * (4.0_f64 / 3.0).ln();
    close(jensen_shannon(&p, &q)?, expected, 1e-9);
    // The forward one pays for the distance: by far the nearest kept mode decides, side a apart,
    // E |x − c|²/2σ² = (|Δ|² + 2σ²)/2σ² of the missing modes against 1 of their own.
    let gap = |angle: f64| (2.0 * 2.0 * (angle / 2.0).sin()).powi(2) / (2.0 * 0.02 * 0.02);
    let missing = (gap(PI / 4.0) * 2.0 + gap(PI / 2.0) * 2.0) / 8.0;
    close(kullback_leibler(&p, &q)?, missing - LN_2, 1e-6);
    Ok(())
}

#[test]
fn rotation_and_order_change_nothing() -> Result {
    let turned = |by: f64| -> std::result::Result<[Density; 2], DivergenceError> {
        let turn = |c: &[f64]| {
            [
                by.cos() * c[0] - by.sin() * c[1],
                by.sin() * c[0] + by.cos() * c[1],
            ]
        };
        let of = |m: Mixture, shift: f64| {
            let centres: Vec<_> = m.centres().map(|c| turn(&[c[0] + shift, c[1]])).collect();
            Density::mixture(&Mixture::equal(&centres, m.sigmas()[0]))
        };
        Ok([of(ring(5, 0.6), 0.0)?, of(ring(3, 0.9), 0.4)?])
    };
    let [[p, q], [r, s]] = [turned(0.0)?, turned(0.7)?];
    let one = kullback_leibler(&p, &q)?;
    close(kullback_leibler(&r, &s)?, one, 1e-10);
    close(jensen_shannon(&p, &q)?, jensen_shannon(&q, &p)?, 1e-10);
    assert!(one > 0.01, "{one}");
    Ok(())
}

#[test]
fn what_cannot_be_integrated_is_refused_with_a_word() -> Result {
    let line = Density::normal(0.0, 1.0)?;
    let plane = in_the_plane([0.0, 0.0], 1.0)?;
    assert!(matches!(
        kullback_leibler(&line, &plane),
        Err(DivergenceError::Unlike)
    ));
    let space = Mixture::equal(&[[0.0; 3]], 1.0);
    assert!(matches!(
        Density::mixture(&space),
        Err(DivergenceError::Dimensions { dimensions: 3 })
    ));
    for wrong in [
        Density::normal(0.0, 0.0),
        Density::normal(f64::NAN, 1.0),
        Density::uniform(1.0, 1.0),
        Density::uniform(f64::NEG_INFINITY, 1.0),
    ] {
        assert!(matches!(wrong, Err(DivergenceError::Parameters { .. })));
    }
    Ok(())
}

fn normals(step: u64, count: usize, shift: f32) -> std::result::Result<Features, MetricError> {
    let mut x = vec![0.0_f32; count];
    let mut stream = Streams::new(5).stream(Name::Reference, step, 0);
    stream.fill_normal(&mut x);
    x.iter_mut().for_each(|x| *x += shift);
    Features::new(&x, 1)
}

#[test]
fn a_trained_discriminator_finds_the_divergence() -> Result {
    let found = estimate(&normals(1, 30_000, 0.0)?, &normals(2, 30_000, 1.0)?, 0)?;
    let exact = jensen_shannon(&Density::normal(0.0, 1.0)?, &Density::normal(1.0, 1.0)?)?;
    assert_eq!(found.samples, [10_000; 2]);
    let away = (found.lower_bound - exact).abs();
    assert!(found.standard_error < 0.005, "{found:?}");
    assert!(away < 4.0 * found.standard_error, "{found:?} of {exact}");
    Ok(())
}

#[test]
fn it_finds_nothing_where_there_is_nothing_and_a_bit_where_all_differs() -> Result {
    let same = estimate(&normals(1, 6_000, 0.0)?, &normals(2, 6_000, 0.0)?, 0)?;
    assert!(
        same.lower_bound.abs() < 4.0 * same.standard_error + 0.01,
        "{same:?}"
    );
    let apart = estimate(&normals(1, 600, 0.0)?, &normals(2, 900, 50.0)?, 0)?;
    assert_eq!(apart.samples, [200, 300]);
    close(apart.lower_bound, LN_2, 1e-3);
    assert!(matches!(
        estimate(&normals(1, 29, 0.0)?, &normals(2, 30, 0.0)?, 0),
        Err(DivergenceError::Samples(MetricError::TooFew { .. }))
    ));
    Ok(())
}
