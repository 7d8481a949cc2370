//! Precision, recall, density and coverage on any features.

use super::features::{Features, MetricError};
use super::neighbours::{held, kth_squared_distances};

/// Whose definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// A ball does not hold its border (`<`), as Naeem et al.'s own program `prdc`; k = 5.
    Open,
    /// A ball holds its border (`≤`), as torch-fidelity's precision and recall; k = 3.
    Closed,
}

impl Convention {
    /// The k of that program.
    pub fn k(self) -> usize {
        match self {
            Self::Open => 5,
            Self::Closed => 3,
        }
    }
}

/// The four figures. Precision and recall: Kynkäänniemi et al. 2019; density and coverage: Naeem et al.
/// 2020, equations 4 and 5. A ball reaches from a sample to its k-th nearest neighbour in its own set,
/// itself left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Prdc {
    /// For every generated sample whether a ball around a real one holds it.
    precision: Vec<bool>,
    /// For every real sample whether a ball around a generated one holds it.
    recall: Vec<bool>,
    /// For every generated sample how many balls around real ones hold it.
    density: Vec<usize>,
    /// For every real sample whether its ball holds a generated one.
    coverage: Vec<bool>,
    k: usize,
}

/// Balls around the rows of one set.
#[derive(Clone, Debug, PartialEq)]
pub struct Balls {
    /// Squared, one a row.
    radii: Vec<f64>,
    k: usize,
}

impl Balls {
    /// From every row to its k-th nearest neighbour.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] unless there are more than k rows; [`MetricError::Overflow`].
    pub fn around(set: &Features, k: usize) -> Result<Self, MetricError> {
        let radii = kth_squared_distances(set, k)?;
        Ok(Self { radii, k })
    }

    /// For every sample how many of the balls, which are around `set`, hold it: over k a term of density,
    /// and of precision whether there is one. Of any number of samples, each for itself.
    ///
    /// # Errors
    /// [`MetricError::Widths`]; [`MetricError::Overflow`].
    pub fn hold(
        &self,
        set: &Features,
        samples: &Features,
        convention: Convention,
    ) -> Result<Vec<usize>, MetricError> {
        // Balls of no size around the samples, which nobody asks about.
        let points = vec![0.0; samples.rows()];
        let closed = convention == Convention::Closed;
        Ok(held(set, samples, [&self.radii, &points], closed)?.balls_of_x)
    }
}

impl Prdc {
    /// Compares generated with real samples.
    ///
    /// # Errors
    /// [`MetricError::TooFew`] unless both have more than k rows; [`MetricError::Widths`];
    /// [`MetricError::Overflow`].
    pub fn of(
        real: &Features,
        fake: &Features,
        k: usize,
        convention: Convention,
    ) -> Result<Self, MetricError> {
        Self::with_balls([real, fake], &Balls::around(real, k)?, convention)
    }

    /// As [`Self::of`] of `[real, fake]`, with the real samples' balls at hand, and their k.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn with_balls(
        [real, fake]: [&Features; 2],
        balls: &Balls,
        convention: Convention,
    ) -> Result<Self, MetricError> {
        let k = balls.k;
        let of_fake = kth_squared_distances(fake, k)?;
        let closed = convention == Convention::Closed;
        let held = held(real, fake, [&balls.radii, &of_fake], closed)?;
        Ok(Self {
            precision: held.balls_of_x.iter().map(|&n| n > 0).collect(),
            recall: held.balls_of_y.iter().map(|&n| n > 0).collect(),
            density: held.balls_of_x,
            coverage: held.holds_y,
            k,
        })
    }

    /// Share of generated samples inside the real ones' balls: 0 to 1, higher is better.
    pub fn precision(&self) -> f64 {
        mean(self.terms()[0].iter().copied())
    }

    /// Share of real samples inside the generated ones' balls: 0 to 1, higher is better.
    pub fn recall(&self) -> f64 {
        mean(self.terms()[1].iter().copied())
    }

    /// Balls of real samples that hold a generated one, in the mean, over k: from 0, may exceed 1; a
    /// perfect generator has 1 in expectation.
    pub fn density(&self) -> f64 {
        mean(self.terms()[2].iter().copied())
    }

    /// Share of real samples whose ball holds a generated one: 0 to 1, higher is better.
    pub fn coverage(&self) -> f64 {
        mean(self.terms()[3].iter().copied())
    }

    /// What precision, recall, density and coverage are the means of: a term a generated, a real, a
    /// generated, a real sample.
    pub fn terms(&self) -> [Vec<f64>; 4] {
        let share = |held: &[bool]| held.iter().map(|&h| f64::from(u8::from(h))).collect();
        let k = self.k as f64;
        [
            share(&self.precision),
            share(&self.recall),
            self.density.iter().map(|&n| n as f64 / k).collect(),
            share(&self.coverage),
        ]
    }
}

fn mean(terms: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = terms.len() as f64;
    terms.sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{close, pair};
    use super::{Balls, Convention, Features, MetricError, Prdc};

    fn four(prdc: &Prdc) -> [f64; 4] {
        [
            prdc.precision(),
            prdc.recall(),
            prdc.density(),
            prdc.coverage(),
        ]
    }

    #[test]
    fn the_four_figures_are_those_of_prdc() -> Result<(), MetricError> {
        // compute_prdc of the program `prdc` on the same 200 x 8 values.
        let [x, y] = pair(200);
        let expected = [
            (3, [0.99, 0.63, 937.0 / 600.0, 0.915]),
            (5, [1.0, 0.765, 1.593, 0.97]),
        ];
        for (k, expected) in expected {
            let found = four(&Prdc::of(&x, &y, k, Convention::Open)?);
            for (found, expected) in found.into_iter().zip(expected) {
                close(found, expected, 1e-12);
            }
        }
        Ok(())
    }

    #[test]
    fn samples_one_by_one_are_the_terms_of_precision_and_density() -> Result<(), MetricError> {
        let [x, y] = pair(200);
        for convention in [Convention::Open, Convention::Closed] {
            let balls = Balls::around(&x, 3)?;
            let [precision, _, density, _] =
                Prdc::with_balls([&x, &y], &balls, convention)?.terms();
            for i in 0..y.rows() {
                let held = balls.hold(&x, &y.take(&[i]), convention)?;
                assert_eq!(f64::from(u8::from(held[0] > 0)), precision[i], "sample {i}");
                assert_eq!(held[0] as f64 / 3.0, density[i], "sample {i}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_copy_of_the_real_set_is_inside_and_covers_everything() -> Result<(), MetricError> {
        let [x, _] = pair(200);
        let copied = Prdc::of(&x, &x, 5, Convention::Open)?;
        let [precision, recall, density, coverage] = four(&copied);
        assert_eq!((precision, recall, coverage), (1.0, 1.0, 1.0));
        // Every row lies in its own ball and in those of which it is one of the four nearest.
        close(density, 1.0, 1e-12);
        // A border counts where balls are closed: every ball holds its fifth neighbour too.
        let closed = Prdc::of(&x, &x, 5, Convention::Closed)?;
        close(closed.density(), 6.0 / 5.0, 1e-12);
        Ok(())
    }

    #[test]
    fn sets_apart_share_nothing_and_small_ones_are_refused() -> Result<(), MetricError> {
        let [x, y] = pair(200);
        let moved: Vec<f64> = y.values().iter().map(|v| v + 100.0).collect();
        let apart = Prdc::of(&x, &Features::new(&moved, 8)?, 5, Convention::Open)?;
        assert_eq!(four(&apart), [0.0; 4]);
        let few = x.take(&[0, 1, 2, 3, 4]);
        insta::assert_snapshot!(Prdc::of(&x, &few, 5, Convention::Open).expect_err("refused"), @"the k-th nearest neighbour needs at least 6 samples, got 5");
        Ok(())
    }
}
