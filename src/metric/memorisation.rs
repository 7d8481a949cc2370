//! Whether a generator copies its training samples.

use super::features::{Features, MetricError};
use super::neighbours::{kth_squared_distances, nearest};

/// Held-out samples of which so large a share lies closer to a training sample set the threshold.
const QUANTILE: f64 = 0.01;

/// A generator copies when so large a share of its samples lies below the threshold: five times as many
/// as of samples that nobody copied.
const COPYING_SHARE: f64 = 0.05;

/// And when that is so many standard errors more than the held-out share: few samples prove nothing.
const STANDARD_ERRORS: f64 = 3.0;

/// Distances to nearest training samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Memorisation {
    /// Place of the nearest training sample of every sample, and the Euclidean distance to it.
    pub nearest: Vec<(usize, f64)>,
    /// Distance of every held-out sample to its nearest training sample.
    pub held_out: Vec<f64>,
    /// Share of samples that are closer to a training sample, as measured by that sample's distance to
    /// its own nearest neighbour in training, than all but 1 % of held-out samples are.
    pub copied: f64,
    /// Whether the generator copies: see [`Memorisation::of`].
    pub copies: bool,
}

/// What held-out samples say of a training set.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// Squared distance of every training sample to its own nearest neighbour in training.
    scales: Vec<f64>,
    /// Of every held-out sample to its nearest training sample.
    distances: Vec<f64>,
    /// The quotient below which a sample counts as copied.
    threshold: f64,
    /// Share of held-out samples below it.
    below: f64,
}

impl HeldOut {
    /// Compares held-out samples with the training set: see [`Memorisation::of`].
    ///
    /// # Errors
    /// As [`Memorisation::of`].
    pub fn of(train: &Features, held_out: &Features) -> Result<Self, MetricError> {
        let found = nearest(held_out, train)?;
        let mut of = Self {
            scales: kth_squared_distances(train, 1)?,
            distances: found.iter().map(|(_, distance)| *distance).collect(),
            threshold: 0.0,
            below: 0.0,
        };
        let mut quotients: Vec<f64> = found.iter().map(|at| of.quotient(at)).collect();
        quotients.sort_by(f64::total_cmp);
        of.threshold = quotients[(QUANTILE * quotients.len() as f64) as usize];
        let below = quotients.partition_point(|q| *q < of.threshold);
        of.below = below as f64 / quotients.len() as f64;
        Ok(of)
    }

    /// The distance to the nearest training sample over that sample's own.
    fn quotient(&self, &(place, distance): &(usize, f64)) -> f64 {
        match distance {
            0.0 => 0.0,
            // Infinite where a training sample is there twice and this is no third.
            distance => distance / self.scales[place].sqrt(),
        }
    }
}

impl Memorisation {
    /// Compares samples with the training set and with held-out real samples.
    ///
    /// Every distance to a nearest training sample t is divided by the distance from t to its own
    /// nearest neighbour in training, so that a class whose members all look alike does not count as
    /// copied. The 1 % quantile of the held-out quotients is the threshold; the generator *copies* when
    /// at least 5 % of its samples are below it, and more than three standard errors above 1 %. The
    /// idea of comparing both distributions of distances is that of Meehan et al. 2020; the local scale
    /// is Gulrajani et al.'s reason to distrust raw distances, 2019.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] for one training sample; [`MetricError::Widths`];
    /// [`MetricError::Overflow`].
    pub fn of(
        samples: &Features,
        train: &Features,
        held_out: &Features,
    ) -> Result<Self, MetricError> {
        Self::with_held_out(samples, train, &HeldOut::of(train, held_out)?)
    }

    /// As [`Self::of`], with the held-out samples compared already with the same training set.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn with_held_out(
        samples: &Features,
        train: &Features,
        held_out: &HeldOut,
    ) -> Result<Self, MetricError> {
        let of_samples = nearest(samples, train)?;
        let below = of_samples
            .iter()
            .filter(|at| held_out.quotient(at) < held_out.threshold);
        let copied = below.count() as f64 / of_samples.len() as f64;
        let sizes = 1.0 / samples.rows() as f64 + 1.0 / held_out.distances.len() as f64;
        let error = (QUANTILE * (1.0 - QUANTILE) * sizes).sqrt();
        let above = copied - held_out.below > STANDARD_ERRORS * error;
        Ok(Self {
            copies: copied >= COPYING_SHARE && above,
            copied,
            nearest: of_samples,
            held_out: held_out.distances.clone(),
        })
    }

    /// Mean distance of samples to the training set over that of held-out samples: 1 for held-out
    /// samples themselves, 0 for copies, above 1 for samples that lie farther off than real ones. NaN
    /// where every held-out sample is a training sample.
    pub fn ratio(&self) -> f64 {
        let of_samples = self.nearest.iter().map(|(_, d)| d).sum::<f64>();
        let of_held_out = self.held_out.iter().sum::<f64>();
        of_samples / self.nearest.len() as f64 / (of_held_out / self.held_out.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{close, uniform};
    use super::{Features, Memorisation, MetricError};

    fn rows(seed: u32, count: usize) -> Features {
        Features::new(&uniform(seed, count * 4), 4).expect("rows")
    }

    #[test]
    fn held_out_samples_score_one_and_are_not_flagged() -> Result<(), MetricError> {
        let (train, held_out) = (rows(1, 1000), rows(2, 1000));
        let same = Memorisation::of(&held_out, &train, &held_out)?;
        assert_eq!(same.ratio(), 1.0);
        assert!(!same.copies && same.copied <= 0.01);
        // Other samples of the same distribution: near 1.
        let fresh = Memorisation::of(&rows(3, 1000), &train, &held_out)?;
        assert!((fresh.ratio() - 1.0).abs() < 0.05, "{}", fresh.ratio());
        assert!(!fresh.copies && fresh.copied < 0.03, "{}", fresh.copied);
        Ok(())
    }

    #[test]
    fn a_generator_that_copies_is_flagged_with_the_copied_samples() -> Result<(), MetricError> {
        let (train, held_out) = (rows(1, 1000), rows(2, 1000));
        let places: Vec<usize> = (0..1000).rev().collect();
        let copy = Memorisation::of(&train.take(&places), &train, &held_out)?;
        assert_eq!((copy.ratio(), copy.copied, copy.copies), (0.0, 1.0, true));
        let found: Vec<usize> = copy.nearest.iter().map(|n| n.0).collect();
        assert_eq!(found, places);
        // One in ten is copied, with a little noise.
        let mut mixed = rows(3, 1000).values().to_vec();
        for (i, x) in mixed.iter_mut().enumerate().take(400) {
            *x = train.values()[i] + 1e-4 * (i % 7) as f64;
        }
        let mixed = Memorisation::of(&Features::new(&mixed, 4)?, &train, &held_out)?;
        assert!(
            mixed.copies && (0.09..0.14).contains(&mixed.copied),
            "{}",
            mixed.copied
        );
        assert!(mixed.ratio() > 0.8);
        Ok(())
    }

    #[test]
    fn a_collapse_onto_a_dense_class_is_no_copying() -> Result<(), MetricError> {
        // A tenth of the data lies a hundred times closer together; the generator makes it alone.
        let squeeze = |set: Features, share: usize| {
            let mut values = set.values().to_vec();
            let dense = values.len() / share;
            values[..dense].iter_mut().for_each(|x| *x *= 0.01);
            Features::new(&values, 4).expect("rows")
        };
        let (train, held_out) = (squeeze(rows(1, 1000), 10), squeeze(rows(2, 1000), 10));
        let collapsed = Memorisation::of(&squeeze(rows(3, 100), 1), &train, &held_out)?;
        assert!(collapsed.ratio() < 0.1);
        assert!(!collapsed.copies, "{}", collapsed.copied);
        Ok(())
    }

    #[test]
    fn distances_are_euclidean_and_errors_are_told() -> Result<(), MetricError> {
        let line = |v: &[f64]| Features::new(v, 1).expect("rows");
        let found = Memorisation::of(&line(&[2.0, 11.0]), &line(&[0.0, 10.0]), &line(&[4.0]))?;
        assert_eq!(found.nearest, [(0, 2.0), (1, 1.0)]);
        assert_eq!(found.held_out, [4.0]);
        close(found.ratio(), 1.5 / 4.0, 1e-15);
        let one = Memorisation::of(&line(&[1.0]), &line(&[1.0]), &line(&[1.0]));
        insta::assert_snapshot!(one.expect_err("refused"), @"the k-th nearest neighbour needs at least 2 samples, got 1");
        Ok(())
    }
}
