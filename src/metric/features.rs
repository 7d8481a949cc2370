//! Rows of features: what FID, KID, precision and their like compare.

/// Features of n samples, row-major `[n, width]`; at least one row, all values finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    values: Vec<f64>,
    width: usize,
}

/// Why features cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Too few samples for what is asked.
    #[error("{what} needs at least {least} sample{}, got {count}", if *least == 1 { "" } else { "s" })]
    TooFew {
        /// What needs them: `a covariance`.
        what: &'static str,
        /// How many it needs.
        least: usize,
        /// Samples given.
        count: usize,
    },
    /// Features of width zero, or not a whole number of rows.
    #[error("{len} values are no whole number of feature vectors of width {width}")]
    Shape {
        /// Values given.
        len: usize,
        /// Width of a feature vector.
        width: usize,
    },
    /// A NaN or an infinity.
    #[error("feature {column} of sample {row} is {value}, expected a finite number")]
    NotFinite {
        /// Place of the sample, from 0.
        row: usize,
        /// Place of the feature, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Two sets of features of different width.
    #[error("features of width {first} cannot be compared with features of width {second}")]
    Widths {
        /// Width of the first set.
        first: usize,
        /// Width of the second.
        second: usize,
    },
    /// Finite features whose moments are not, or whose decomposition did not converge.
    #[error("the features are too large to be computed with")]
    Overflow,
    /// A row of class probabilities that is none.
    #[error(
        "row {row} is no distribution over classes: its values sum to {sum} and the least is {least}, \
         expected a sum of 1 and none below 0; of logits take the softmax first"
    )]
    NoDistribution {
        /// Place of the row, from 0.
        row: usize,
        /// Its sum.
        sum: f64,
        /// Its least value.
        least: f64,
    },
    /// A mean or a covariance that cannot be one.
    #[error("mean and covariance do not go together: {problem}")]
    Moments {
        /// What is wrong.
        problem: String,
    },
}

impl Features {
    /// Checks rows of features.
    ///
    /// # Errors
    /// A [`MetricError`] for no rows, a part of a row, or a value that is not finite.
    pub fn new<T: Copy + Into<f64>>(values: &[T], width: usize) -> Result<Self, MetricError> {
        let len = values.len();
        if width == 0 || !len.is_multiple_of(width) {
            return Err(MetricError::Shape { len, width });
        }
        if len == 0 {
            return Err(MetricError::TooFew {
                what: "a set of features",
                least: 1,
                count: 0,
            });
        }
        let values: Vec<f64> = values.iter().map(|&x| x.into()).collect();
        if let Some(place) = values.iter().position(|x| !x.is_finite()) {
            return Err(MetricError::NotFinite {
                row: place / width,
                column: place % width,
                value: values[place],
            });
        }
        Ok(Self { values, width })
    }

    /// How many samples there are.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// Features of a sample.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The features of the i-th sample.
    ///
    /// # Panics
    /// If there is none.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.width..][..self.width]
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Those rows, in that order; the same one may be taken several times.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn take(&self, rows: &[usize]) -> Self {
        Self {
            values: rows.iter().flat_map(|&i| self.row(i)).copied().collect(),
            width: self.width,
        }
    }

    /// The mean of every feature.
    pub(super) fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.width];
        for row in self.values.chunks_exact(self.width) {
            mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
        }
        mean.iter_mut().for_each(|m| *m /= self.rows() as f64);
        mean
    }

    /// An error where the other set has another width.
    pub(super) fn check_width(&self, other: &Self) -> Result<(), MetricError> {
        let (first, second) = (self.width, other.width);
        match first == second {
            true => Ok(()),
            false => Err(MetricError::Widths { first, second }),
        }
    }

    /// An error where there are fewer rows than `what` needs.
    pub(super) fn check_rows(&self, what: &'static str, least: usize) -> Result<(), MetricError> {
        match self.rows() >= least {
            true => Ok(()),
            false => Err(MetricError::TooFew {
                what,
                least,
                count: self.rows(),
            }),
        }
    }
}

#[cfg(test)]
pub(super) mod fixture {
    //! The arrays behind the constants of other programs.

    use super::Features;

    /// Values of the generator x ← (1664525 x + 1013904223) mod 2³², u = (x + 0.5) / 2³².
    pub fn uniform(seed: u32, count: usize) -> Vec<f64> {
        let mut x = seed;
        (0..count)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from(x) + 0.5) / 4_294_967_296.0
            })
            .collect()
    }

    /// X from seed 1, and Y = 0.8 u + 0.15 from seed 2, `[rows, 8]`: the first of 200.
    pub fn pair(rows: usize) -> [Features; 2] {
        let y = uniform(2, rows * 8).into_iter().map(|u| 0.8 * u + 0.15);
        [uniform(1, rows * 8), y.collect()].map(|v| Features::new(&v, 8).expect("finite rows"))
    }

    pub fn close(found: f64, expected: f64, relative: f64) {
        let error = (found - expected).abs();
        assert!(
            error <= relative * expected.abs(),
            "{found:.15} is not {expected:.15}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Features;

    #[test]
    fn unusable_features_are_refused_with_the_reason() {
        let refused = |values: &[f64], width| Features::new(values, width).expect_err("refused");
        insta::assert_snapshot!(refused(&[], 8), @"a set of features needs at least 1 sample, got 0");
        insta::assert_snapshot!(refused(&[1.0; 9], 8), @"9 values are no whole number of feature vectors of width 8");
        insta::assert_snapshot!(refused(&[1.0], 0), @"1 values are no whole number of feature vectors of width 0");
        insta::assert_snapshot!(refused(&[1.0, 2.0, 3.0, f64::NAN], 2), @"feature 1 of sample 1 is NaN, expected a finite number");
    }
}
