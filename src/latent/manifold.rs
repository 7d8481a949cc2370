//! Where real images lie, in features.

use super::{FeatureMap, LatentError};
use crate::dataset::Data;
use crate::metric::features::Features;
use crate::metric::fid::quantised;
use crate::metric::prdc::{Balls, Convention};
use crate::metric::reference_points;

/// Real samples at most. With more of them, balls are smaller: a precision belongs to its number of real
/// samples. That of image sets with N of an evaluation is the precision of their runs.
const MOST: usize = 10_000;

/// As of `precision` in a run's final evaluation: k = 5, and a ball does not hold its border.
const CONVENTION: Convention = Convention::Open;

/// The balls around real samples that reach to their k-th nearest neighbours (Kynkäänniemi et al. 2019).
#[derive(Debug)]
pub struct Manifold {
    map: FeatureMap,
    real: Features,
    balls: Balls,
}

impl Manifold {
    /// That of the reference images of a data set, which no generator has seen: as many as an evaluation
    /// takes.
    ///
    /// # Errors
    /// [`LatentError::Points`]; [`LatentError::Features`] for a set of five images and fewer.
    pub fn of(data: &Data) -> Result<Self, LatentError> {
        let map = FeatureMap::of(data)?;
        let count = data.evaluation_size().min(MOST);
        let real = match data {
            Data::Images(images) => map.of_bytes(&images.reference[..count * map.pixels()])?,
            drawn => map.of_bytes(&quantised(&reference_points(drawn, count)))?,
        };
        Ok(Self {
            balls: Balls::around(&real, CONVENTION.k())?,
            real,
            map,
        })
    }

    /// φ.
    pub fn map(&self) -> &FeatureMap {
        &self.map
    }

    /// Real samples.
    pub fn count(&self) -> usize {
        self.real.rows()
    }

    /// For every row of features how real it looks.
    ///
    /// # Errors
    /// For features of another width.
    pub fn holds(&self, features: &Features) -> Result<Vec<Realism>, LatentError> {
        let balls = self.balls.hold(&self.real, features, CONVENTION)?;
        Ok(balls.into_iter().map(Realism).collect())
    }

    /// Real samples that are none of the manifold's own: what a perfect generator scores. Of images those
    /// of the training set.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn perfect(&self, data: &Data) -> Result<Vec<Realism>, LatentError> {
        let count = self.count();
        let others = match data {
            Data::Images(images) => images.train[..count * self.map.pixels()].to_vec(),
            // Those that would follow the manifold's.
            drawn => {
                let twice = reference_points(drawn, 2 * count);
                quantised(&twice[count * self.map.pixels()..])
            }
        };
        self.holds(&self.map.of_bytes(&others)?)
    }
}

/// How many balls of a manifold hold a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Realism(pub usize);

impl Realism {
    /// Whether the sample lies within the manifold: its term of precision.
    pub fn is_inside(self) -> bool {
        self.0 > 0
    }

    /// Its term of density (Naeem et al. 2020, equation 4), balls over k: 0 outside, 1 in the mean of
    /// real samples. One real sample that lies apart has a large ball, which precision takes at its
    /// word; density does not.
    pub fn density(self) -> f64 {
        self.0 as f64 / CONVENTION.k() as f64
    }

    /// Precision (0 to 1) and density (from 0) of samples: the means of their terms; higher is better.
    pub fn means(samples: impl IntoIterator<Item = Self>) -> [f64; 2] {
        let (mut n, mut inside, mut density) = (0.0, 0.0, 0.0);
        for sample in samples {
            n += 1.0;
            inside += f64::from(u8::from(sample.is_inside()));
            density += sample.density();
        }
        [inside / n, density / n]
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifold, Realism};
    use crate::dataset::{Data, Mixture, Mnist, Source, StackedMnist};
    use crate::latent::LatentError;
    use crate::metric::ImageEvaluator;

    #[test]
    fn precision_and_density_of_real_digits_are_those_of_the_evaluation() -> Result<(), LatentError>
    {
        let data = Mnist.open().expect("embedded");
        let Data::Images(images) = &data else {
            panic!("images");
        };
        let found = Manifold::of(&data)?.perfect(&data)?;
        assert_eq!(found.len(), 5000);
        let floor = ImageEvaluator::new(images.clone())?.floor()?;
        let logged = ["precision.perfect", "density.perfect"].map(|name| {
            let figure = floor.iter().find(|v| v.0 == name);
            figure.expect("a figure").1
        });
        assert_eq!(Realism::means(found), logged);
        Ok(())
    }

    #[test]
    fn stacked_digits_have_a_manifold_and_points_have_none() -> Result<(), LatentError> {
        let data = StackedMnist { samples: 300 }.open().expect("embedded");
        let manifold = Manifold::of(&data)?;
        let found = manifold.perfect(&data)?;
        assert_eq!((found.len(), manifold.map().pixels()), (300, 3 * 784));
        let [precision, _] = Realism::means(found);
        assert!((0.5..1.0).contains(&precision), "{precision}");
        let noise = vec![0.5; 3 * 784];
        let features = manifold.map().of_generated(&noise)?;
        assert_eq!(manifold.holds(&features)?, [Realism(0)]);
        let points = Data::Mixture(Mixture::equal(&[[0.0, 0.0]], 1.0));
        assert!(matches!(Manifold::of(&points), Err(LatentError::Points)));
        Ok(())
    }
}
