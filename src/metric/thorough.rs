//! What the final evaluation of images measures besides FID, on the same features.

use super::features::{Features, MetricError};
use super::kid;
use super::memorisation::{HeldOut, Memorisation};
use super::prdc::{Balls, Convention, Prdc};
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

const CONVENTION: Convention = Convention::Open;

/// Reference images with what does not depend on the samples: half of the work.
#[derive(Debug)]
pub(super) struct Reference {
    pub rows: Features,
    balls: Balls,
    own_kernel: f64,
}

impl Reference {
    pub fn new(rows: Features) -> Result<Self, MetricError> {
        Ok(Self {
            balls: Balls::around(&rows, CONVENTION.k())?,
            own_kernel: kid::own(&rows)?,
            rows,
        })
    }

    /// Values of the first five of [`NAMES`].
    pub fn compare(&self, samples: &Features) -> Result<[f64; 5], MetricError> {
        let prdc = Prdc::with_balls([&self.rows, samples], &self.balls, CONVENTION)?;
        Ok([
            kid::with_own(&self.rows, self.own_kernel, samples)?,
            prdc.precision(),
            prdc.recall(),
            prdc.density(),
            prdc.coverage(),
        ])
    }
}

/// Training images, likewise.
#[derive(Debug)]
pub(super) struct Train {
    rows: Features,
    held_out: HeldOut,
}

impl Train {
    pub fn new(rows: Features, reference: &Features) -> Result<Self, MetricError> {
        let held_out = HeldOut::of(&rows, reference)?;
        Ok(Self { rows, held_out })
    }

    /// Values of the last two of [`NAMES`].
    pub fn compare(&self, samples: &Features) -> Result<[f64; 2], MetricError> {
        let found = Memorisation::with_held_out(samples, &self.rows, &self.held_out)?;
        Ok([found.ratio(), found.copied])
    }
}
