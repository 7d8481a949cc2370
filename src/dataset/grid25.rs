//! Twenty-five Gaussians on a square grid, as in PacGAN (Lin et al. 2018).

use super::mixture::{CENTRES, Mixture, radius, sigma};
use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

/// 25 modes at {−r, −r/2, 0, r/2, r}².
#[derive(Clone, Debug, PartialEq)]
pub struct Grid25(Mixture);

impl Component for Grid25 {
    const CHOICE: Choice = Choice {
        name: "grid25",
        version: 1,
        params: &[
            radius(4.0, "grid25: half the side of the square of 5 x 5 centres"),
            sigma(0.05),
            CENTRES,
            DATA_RANGE_MIXTURE,
        ],
        summary: "mixture of 25 Gaussians on a square grid",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Mixture::read(settings, grid).map(Self)
    }
}

fn grid(half_side: f64) -> Vec<[f64; 2]> {
    let line = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|t| t * half_side);
    line.iter()
        .flat_map(|&x| line.iter().map(move |&y| [x, y]))
        .collect()
}

impl Source for Grid25 {
    fn open(&self) -> Result<Data, DataError> {
        Ok(Data::Mixture(self.0.clone()))
    }

    fn shape(&self) -> SampleShape {
        [2, 1, 1]
    }
}
