//! Data sets that a user imported.

use super::ContentDigest;
use crate::param::Param;
use crate::spec::DATA_RANGE_IMAGE;

/// The parameters of every imported data set.
pub const IMPORTED_PARAMS: &[Param] = &[DATA_RANGE_IMAGE];

/// An imported image set.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its name in a grid.
    pub name: String,
    /// Digest of its content.
    pub digest: ContentDigest,
}
