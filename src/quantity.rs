//! Every quantity that a run can log, whatever it does.

use crate::latent::look;
use crate::metric::{self, Info};
use crate::problem;

/// Those of training and of metrics, of looks into a generator, and of problems.
pub fn all() -> impl Iterator<Item = &'static Info> {
    metric::all()
        .chain(look::quantities())
        .chain(problem::quantities())
}

/// The quantity of that name.
pub fn info(name: &str) -> Option<&'static Info> {
    all().find(|info| info.name == name)
}
