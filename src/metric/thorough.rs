//! What the final evaluation of images measures besides FID, on the same features.

use super::features::{Features, MetricError};
use super::kid;
use super::memorisation::Memorisation;
use super::prdc::{Convention, Prdc};
use crate::event::Quantity;

/// KID of all N against all N; precision, recall, density and coverage at k = 5; memorisation.
pub(super) const NAMES: [Quantity; 7] = [
    "kid",
    "precision",
    "recall",
    "density",
    "coverage",
    "memorisation",
    "copied",
];

/// What stands beside them: the same figures of N training images.
pub(super) const OF_REAL: [Quantity; 5] = [
    "kid.floor",
    "precision.perfect",
    "recall.perfect",
    "density.perfect",
    "coverage.perfect",
];

/// Values of [`NAMES`].
pub(super) fn values(
    samples: &Features,
    train: &Features,
    reference: &Features,
) -> Result<[f64; 7], MetricError> {
    let [kid, precision, recall, density, coverage] = of_sets(samples, reference)?;
    let memorisation = Memorisation::of(samples, train, reference)?;
    Ok([
        kid,
        precision,
        recall,
        density,
        coverage,
        memorisation.ratio(),
        memorisation.copied,
    ])
}

/// Values of the first five.
pub(super) fn of_sets(samples: &Features, reference: &Features) -> Result<[f64; 5], MetricError> {
    let convention = Convention::Open;
    let prdc = Prdc::of(reference, samples, convention.k(), convention)?;
    Ok([
        kid::unbiased(reference, samples)?,
        prdc.precision(),
        prdc.recall(),
        prdc.density(),
        prdc.coverage(),
    ])
}
