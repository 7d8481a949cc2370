//! Training images nearest to what a generator makes: the metrics slide's "Поиск ближайших соседей".
//!
//! The lecture looks at them; here the distances are compared with those of real images that nobody
//! trained on. Two controls stand beside: such images themselves, whose ratio is 1 in expectation, and a
//! generator that copies, made of training images with invisible noise, which has to be flagged.

use super::feature_map::plain_pixels;
use super::{FeatureMap, LatentError};
use crate::dataset::{Data, Images};
use crate::metric::features::Features;
use crate::metric::fid::{check_finite, quantised};
use crate::metric::memorisation::{HeldOut, Memorisation};
use crate::metric::neighbours::k_nearest;
use crate::rng::{Name, Streams};

/// Samples compared, and as many of each control: in pixels a thousand take seconds.
pub const COMPARED: usize = 1000;

/// Standard deviation of the copying generator's noise on [0, 1]: five grey levels, which nobody sees.
pub const COPY_NOISE: f64 = 0.02;

/// In what images are near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Euclidean distance of all pixels on [0, 1].
    Pixels,
    /// Of the features of FID.
    Features,
}

impl Space {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Features, Self::Pixels];

    /// The word in tables and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Features => "features",
        }
    }
}

/// Which images are compared with the training set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The generator's.
    Generated,
    /// Real ones that neither the generator nor the held-out distances have seen.
    Held,
    /// Training images with [`COPY_NOISE`].
    Copies,
}

/// One set's distances to the training images.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Whose.
    pub subject: Subject,
    /// How many.
    pub count: usize,
    /// The distances, their ratio to those of held-out images, and whether the set is copied.
    pub found: Memorisation,
}

/// The training images of a data set in one space.
#[derive(Debug)]
pub struct Neighbourhood<'d> {
    images: &'d Images,
    map: FeatureMap,
    space: Space,
    train: Features,
}

impl<'d> Neighbourhood<'d> {
    /// That of the images a generator was trained on.
    ///
    /// # Errors
    /// [`LatentError::Points`]; [`LatentError::Drawn`].
    pub fn of(data: &'d Data, space: Space) -> Result<Self, LatentError> {
        let map = FeatureMap::of(data)?;
        let Data::Images(images) = data else {
            return Err(LatentError::Drawn);
        };
        let of = Self {
            train: represent(&map, space, &images.train)?,
            images,
            map,
            space,
        };
        Ok(of)
    }

    /// Training images.
    pub fn count(&self) -> usize {
        self.train.rows()
    }

    /// The k nearest training images of every generated one, row-major on [0, 1]: their places in
    /// [`Images::train`] and distances, nearest first.
    ///
    /// # Errors
    /// For a part of an image, and for a pixel that is not finite.
    pub fn nearest(
        &self,
        samples: &[f32],
        k: usize,
    ) -> Result<Vec<Vec<(usize, f64)>>, LatentError> {
        Ok(k_nearest(&self.of_generated(samples)?, &self.train, k)?)
    }

    /// Generated images, held-out real ones and copies, each against the training set and the distances
    /// of other held-out images: [`COMPARED`] of each, or as many as half of the reference images where
    /// those are fewer. The copies' noise is drawn under the seed.
    ///
    /// # Errors
    /// As [`Self::nearest`], and [`LatentError::Features`] where there is one training image.
    pub fn compare(&self, samples: &[f32], seed: u64) -> Result<[Compared; 3], LatentError> {
        let size = self.images.pixels();
        let half = (self.images.reference_count() / 2).min(COMPARED);
        let reference = &self.images.reference;
        let held_out = self.represent(&reference[..half * size])?;
        let others = self.represent(&reference[half * size..2 * half * size])?;
        let generated = samples.len().min(COMPARED * size);
        let sets = [
            (
                Subject::Generated,
                self.of_generated(&samples[..generated])?,
            ),
            (Subject::Held, others),
            (
                Subject::Copies,
                self.of_generated(&self.copies(half, seed))?,
            ),
        ];
        let distances = HeldOut::of(&self.train, &held_out)?;
        let compare = |(subject, set): &(Subject, Features)| {
            let found = Memorisation::with_held_out(set, &self.train, &distances)?;
            Ok::<_, LatentError>(Compared {
                subject: *subject,
                count: set.rows(),
                found,
            })
        };
        let [generated, held, copies] = &sets;
        Ok([compare(generated)?, compare(held)?, compare(copies)?])
    }

    /// The first training images with noise.
    fn copies(&self, count: usize, seed: u64) -> Vec<f32> {
        let count = count.min(self.count());
        let mut noise = vec![0.0; count * self.images.pixels()];
        let mut stream = Streams::new(seed).stream(Name::Look, 0, 0);
        stream.fill_normal(&mut noise);
        let pixels = noise.iter().zip(&self.images.train);
        pixels
            .map(|(n, &p)| f32::from(p) / 255.0 + COPY_NOISE as f32 * n)
            .collect()
    }

    fn of_generated(&self, samples: &[f32]) -> Result<Features, LatentError> {
        check_finite(samples, self.images.pixels(), 0)?;
        self.represent(&quantised(samples))
    }

    fn represent(&self, images: &[u8]) -> Result<Features, LatentError> {
        represent(&self.map, self.space, images)
    }
}

fn represent(map: &FeatureMap, space: Space, images: &[u8]) -> Result<Features, LatentError> {
    match space {
        Space::Features => map.of_bytes(images),
        Space::Pixels => plain_pixels(images, map.pixels()),
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPARED, Neighbourhood, Space, Subject};
    use crate::dataset::{Data, Mixture, Source, StackedMnist};
    use crate::latent::LatentError;
    use crate::latent::testing::digits;

    fn unit(pixels: &[u8]) -> Vec<f32> {
        pixels.iter().map(|&p| f32::from(p) / 255.0).collect()
    }

    #[test]
    fn held_out_digits_score_one_and_copies_are_flagged() -> Result<(), LatentError> {
        let data = digits();
        let Data::Images(images) = &data else {
            panic!("images");
        };
        // What is compared as generated are held-out digits that are in no control.
        let samples = unit(&images.reference[2 * COMPARED * 784..3 * COMPARED * 784]);
        for space in Space::ALL {
            let near = Neighbourhood::of(&data, space)?;
            let [generated, held, copies] = near.compare(&samples, 0)?;
            assert_eq!(generated.subject, Subject::Generated);
            for real in [&generated, &held] {
                // Two means of a thousand distances with a coefficient of variation below 0.5: a
                // standard error of 0.022; five of them.
                let ratio = real.found.ratio();
                assert!((ratio - 1.0).abs() < 0.11, "{space:?}: {ratio}");
                assert!(!real.found.copies, "{space:?}: {}", real.found.copied);
                assert_eq!(real.count, COMPARED);
            }
            assert!(copies.found.copies, "{space:?}: {}", copies.found.copied);
            assert!(copies.found.ratio() < 0.5, "{space:?}");
            // Nearly every copy is nearest to its own original.
            let own = copies.found.nearest.iter().enumerate();
            let own = own.filter(|(i, (place, _))| i == place).count();
            assert!(own > COMPARED * 9 / 10, "{space:?}: {own}");
        }
        Ok(())
    }

    #[test]
    fn neighbours_in_pixels_are_the_nearest_by_hand() -> Result<(), LatentError> {
        let data = digits();
        let Data::Images(images) = &data else {
            panic!("images");
        };
        let near = Neighbourhood::of(&data, Space::Pixels)?;
        assert_eq!(near.count(), 5000);
        let sample = &images.reference[..784];
        let found = &near.nearest(&unit(sample), 3)?[0];
        let squared = |i: usize| -> i64 {
            let both = images.train_image(i).iter().zip(sample);
            both.map(|(&a, &b)| (i64::from(a) - i64::from(b)).pow(2))
                .sum()
        };
        let mut all: Vec<(i64, usize)> = (0..5000).map(|i| (squared(i), i)).collect();
        all.sort_unstable();
        for ((place, distance), (squared, expected)) in found.iter().zip(all) {
            assert_eq!(*place, expected);
            assert!((distance - (squared as f64).sqrt() / 255.0).abs() < 1e-5);
        }
        Ok(())
    }

    #[test]
    fn what_has_no_training_images_is_told() {
        let of = |data: &Data| Neighbourhood::of(data, Space::Features).err();
        let stacked = StackedMnist { samples: 300 }.open().expect("embedded");
        insta::assert_snapshot!(of(&stacked).expect("refused"), @"its training samples are drawn and not stored: there are none to be near to");
        let points = Data::Mixture(Mixture::equal(&[[0.0, 0.0]], 1.0));
        insta::assert_snapshot!(of(&points).expect("refused"), @"its samples are points, not images");
    }
}
