//! Twenty-five Gaussians on a square grid.
//!
//! Published variants:
//! - PacGAN (Lin et al. 2018): the defaults, {−4, −2, 0, 2, 4}² and σ 0.05.
//! - The toy experiment of WGAN-GP (Gulrajani et al. 2017), all divided by 2.828:
//!   `radius: 1.4144271570014144, sigma: 0.017680339462517682`.

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
        let centres = match settings.points(CENTRES.name)? {
            Some(centres) => centres,
            None => grid(settings.float("radius", None)?),
        };
        let sigma = settings.float("sigma", None)?;
        Ok(Self(Mixture::equal(&centres, sigma)))
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

    fn classes(&self) -> Option<usize> {
        Some(self.0.components())
    }
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn the_grid_of_wgan_gp_is_a_grid_of_another_size() {
        // gan_toy.py of igul222/improved_wgan_training: for x and y in −2, …, 2 the centre
        // (2x, 2y), noise of 0.05, all divided by 2.828.
        let line = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let published = line.iter().flat_map(|x| line.map(|y| [2.0 * x, 2.0 * y]));
        for (ours, theirs) in grid(1.4144271570014144).iter().zip(published) {
            for axis in 0..2 {
                assert!((ours[axis] - theirs[axis] / 2.828).abs() < 1e-15);
            }
        }
        assert_eq!(0.017680339462517682, 0.05 / 2.828);
    }
}
