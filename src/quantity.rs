//! Every quantity that a run can log, whatever it does.

use crate::metric::{self, Info};
use crate::problem;

/// Those of training and of metrics, then those of problems.
pub fn all() -> impl Iterator<Item = &'static Info> {
    metric::all().chain(problem::quantities())
}

/// The quantity of that name.
pub fn info(name: &str) -> Option<&'static Info> {
    all().find(|info| info.name == name)
}
