//! The words of a claim: what they stand for, and what each needs beside it.

use crate::claim::{At, Expect, Unit};

/// The two scales, and whether the values' decimal logarithm is meant.
pub(in crate::grid) const SCALES: [(&str, bool); 2] = [("linear", false), ("log10", true)];

/// What is resampled.
pub(in crate::grid) const UNITS: [(&str, Unit); 3] = [
    ("seed", Unit::Seed),
    ("image", Unit::Image),
    ("configuration", Unit::Configuration),
];

/// When a quantity is read off a run's history, where that is one word.
pub(in crate::grid) const MOMENTS: [(&str, At); 9] = [
    ("last", At::Last),
    ("first", At::First),
    ("max", At::Max),
    ("min", At::Min),
    ("mean", At::Mean),
    ("slope", At::Slope),
    ("switches", At::Switches),
    ("freeze", At::Freeze),
    ("equal_flops", At::EqualFlops),
];

/// `{step: 100}`
pub(in crate::grid) const STEP: &str = "step";

/// `{last: 5}`: the mean of so many last values.
pub(in crate::grid) const LAST: &str = "last";

/// `{at_least: 7}`
pub(in crate::grid) const AT_LEAST: &str = "at_least";

/// `{at_most: 1}`
pub(in crate::grid) const AT_MOST: &str = "at_most";

/// What may be expected.
pub(in crate::grid) const EXPECTATIONS: [(&str, Expectation); 8] = [
    ("a > b", Expectation::Above),
    ("a < b", Expectation::Below),
    ("equivalent", Expectation::Equivalent),
    ("value", Expectation::Value),
    ("exact", Expectation::Exact),
    ("increasing", Expectation::Increasing),
    ("decreasing", Expectation::Decreasing),
    ("between > within", Expectation::Between),
];

/// What is expected, still without its numbers.
#[derive(Clone, Copy, Debug)]
pub(in crate::grid) enum Expectation {
    Above,
    Below,
    Equivalent,
    Value,
    Exact,
    Increasing,
    Decreasing,
    Between,
}

impl Expectation {
    /// The keys of its numbers.
    pub fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Above | Self::Below | Self::Increasing | Self::Decreasing | Self::Between => {
                &["min_effect"]
            }
            Self::Equivalent => &["within"],
            Self::Value | Self::Exact => &["of", "within"],
        }
    }

    /// With those numbers; `None` where they are not as many.
    pub fn with(self, numbers: &[f64]) -> Option<Expect> {
        Some(match (self, numbers) {
            (Self::Above, &[min_effect]) => Expect::Above { min_effect },
            (Self::Below, &[min_effect]) => Expect::Below { min_effect },
            (Self::Equivalent, &[within]) => Expect::Equivalent { within },
            (Self::Value, &[of, within]) => Expect::Value { of, within },
            (Self::Exact, &[of, within]) => Expect::Exact { of, within },
            (Self::Increasing, &[min_effect]) => Expect::Increasing { min_effect },
            (Self::Decreasing, &[min_effect]) => Expect::Decreasing { min_effect },
            (Self::Between, &[min_effect]) => Expect::Between { min_effect },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::EXPECTATIONS;

    #[test]
    fn every_expectation_takes_the_numbers_that_it_asks_for() {
        for (word, expectation) in EXPECTATIONS {
            let numbers = vec![1.0; expectation.numbers().len()];
            assert!(expectation.with(&numbers).is_some(), "{word}");
        }
    }
}
