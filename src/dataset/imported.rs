//! Data sets that a user imported.

use super::ContentDigest;
use crate::param::Param;
use crate::spec::DATA_RANGE_IMAGE;

/// The parameters of every imported data set.
pub const IMPORTED_PARAMS: &[Param] = &[DATA_RANGE_IMAGE];

/// An imported image set.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its name in a grid: a local word, no part of a run's identity.
    pub name: String,
    /// [`Manifest::identity`](super::Manifest::identity).
    pub identity: ContentDigest,
}
