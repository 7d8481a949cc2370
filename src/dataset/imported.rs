//! Data sets that a user imported.

use crate::param::Param;
use crate::spec::{DATA_RANGE_IMAGE, Known};

/// The parameters of every imported data set.
pub const IMPORTED_PARAMS: &[Param] = &[DATA_RANGE_IMAGE];

/// An imported image set.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its name in a grid: a local word, no part of a run's identity.
    pub name: String,
    /// Its identity, the shape of its images and its classes.
    pub known: Known,
}
