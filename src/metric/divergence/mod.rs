//! Divergences between densities that are known, and what samples say of them.

mod density;
mod estimate;
mod quadrature;

pub use density::Density;
pub use estimate::{JensenShannon, estimate};

use rayon::prelude::*;

use self::density::Component;
use self::quadrature::integrate;
use super::features::MetricError;
use super::sliced::Directions;

/// Why there is no divergence.
#[derive(Debug, thiserror::Error)]
pub enum DivergenceError {
    /// More dimensions than are integrated over.
    #[error(
        "a density of {dimensions} dimensions: divergences are integrated on the line and in the plane alone; \
         'js' estimates one from samples of any width"
    )]
    Dimensions {
        /// Of the density.
        dimensions: usize,
    },
    /// One density on the line, the other in the plane.
    #[error("a density on the line cannot be compared with one in the plane")]
    Unlike,
    /// No density has such parameters.
    #[error("{expected}")]
    Parameters {
        /// What they must be.
        expected: &'static str,
    },
    /// An integrand that varies too fast.
    #[error(
        "the integral is not settled: its error is still about {error:.1e}; components of very unlike widths \
         do that"
    )]
    NotResolved {
        /// What is left of the error.
        error: f64,
    },
    /// Samples that no discriminator can be trained on.
    #[error(transparent)]
    Samples(#[from] MetricError),
    /// From the tensor library.
    #[error("the discriminator cannot be trained")]
    Training(#[from] candle_core::Error),
}

/// Nats in bits.
pub fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// KL(p‖q) = ∫ p ln(p/q), in nats, ≥ 0; ∞ where q is 0 on a set that p is not. KL(q‖p) is the reverse.
///
/// Integrated component by component to an estimated error of 1e-12, or that relative to a value above 1.
///
/// # Errors
/// [`DivergenceError::Unlike`], [`DivergenceError::NotResolved`].
pub fn kullback_leibler(p: &Density, q: &Density) -> Result<f64, DivergenceError> {
    same_dimensions(p, q)?;
    let dimensions = p.dimensions();
    let terms = p
        .components()
        .par_iter()
        .map(|component| {
            let cuts: Vec<_> = (0..dimensions)
                .map(|axis| cuts(component, [p, q], axis))
                .collect();
            let f = |x| {
                let log = component.log_density(dimensions, x);
                let density = libm::exp(log);
                density * (p.log_density(x) - q.log_density(x))
            };
            Ok(component.weight * integrate(&cuts, f)?)
        })
        .collect::<Result<Vec<f64>, DivergenceError>>()?;
    // Equal densities leave rounding errors of either sign.
    Ok(terms.iter().sum::<f64>().max(0.0))
}

/// JS(p, q) = ½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q), in nats, from 0 to ln 2 (one bit: disjoint
/// supports). The lecture's GAN plays for −2 ln 2 + 2 JS (Goodfellow et al. 2014, theorem 1).
///
/// # Errors
/// As of [`kullback_leibler`].
pub fn jensen_shannon(p: &Density, q: &Density) -> Result<f64, DivergenceError> {
    same_dimensions(p, q)?;
    let m = Density::halves(p, q);
    Ok((kullback_leibler(p, &m)? + kullback_leibler(q, &m)?) / 2.0)
}

/// W₁(p, q): on the line ∫ |F − G| dx, in the plane the mean of that over the 64 fixed directions of
/// `sliced_w1` (Rabin et al. 2012). In the units of the densities' coordinates.
///
/// # Errors
/// As of [`kullback_leibler`].
pub fn wasserstein_1(p: &Density, q: &Density) -> Result<f64, DivergenceError> {
    same_dimensions(p, q)?;
    if p.dimensions() == 1 {
        return on_a_line(p, q);
    }
    let directions = Directions::new(p.dimensions()).vectors(p.dimensions());
    let distances = directions
        .par_iter()
        .map(|u| on_a_line(&p.along(u), &q.along(u)))
        .collect::<Result<Vec<f64>, _>>()?;
    Ok(distances.iter().sum::<f64>() / distances.len() as f64)
}

fn on_a_line(p: &Density, q: &Density) -> Result<f64, DivergenceError> {
    let cuts = rising(p.landmarks(0).chain(q.landmarks(0)).collect());
    integrate(&[cuts], |[x, _]| (p.cumulative(x) - q.cumulative(x)).abs())
}

/// E_p f(x) = ∫ p f over the line or the plane, `with` naming the densities at whose landmarks f bends. A
/// place where p is 0 counts nothing, whatever f is there.
///
/// # Errors
/// As of [`kullback_leibler`].
pub fn expectation(
    p: &Density,
    with: [&Density; 2],
    f: impl Fn([f64; 2]) -> f64 + Sync,
) -> Result<f64, DivergenceError> {
    same_dimensions(with[0], with[1])?;
    same_dimensions(p, with[0])?;
    let dimensions = p.dimensions();
    let mut sum = 0.0;
    for component in p.components() {
        let cuts: Vec<_> = (0..dimensions)
            .map(|axis| cuts(component, with, axis))
            .collect();
        let weighted = |x| match libm::exp(component.log_density(dimensions, x)) {
            0.0 => 0.0,
            density => density * f(x),
        };
        sum += component.weight * integrate(&cuts, weighted)?;
    }
    Ok(sum)
}

fn same_dimensions(p: &Density, q: &Density) -> Result<(), DivergenceError> {
    match p.dimensions() == q.dimensions() {
        true => Ok(()),
        false => Err(DivergenceError::Unlike),
    }
}

/// Where a component's integral is cut: at its own landmarks, and at those of all others inside.
fn cuts(component: &Component, densities: [&Density; 2], axis: usize) -> Vec<f64> {
    let own = component.landmarks(axis);
    let inside = own[0]..own[own.len() - 1];
    let others = densities.into_iter().flat_map(|d| d.landmarks(axis));
    let within = others.filter(|x| inside.contains(x));
    rising(own.iter().copied().chain(within).collect())
}

/// In rising order, each once: places that rounding alone holds apart are one.
fn rising(mut places: Vec<f64>) -> Vec<f64> {
    places.sort_by(f64::total_cmp);
    let ends = [places[0], places[places.len() - 1]];
    let apart = 1e-12 * (ends[1] - ends[0]);
    places.dedup_by(|later, earlier| *later - *earlier <= apart);
    places
}

#[cfg(test)]
mod tests;
