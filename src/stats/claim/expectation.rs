//! What a claim expects, and how much evidence it takes at the least.

use super::error::ClaimError;
use super::{flips, holm, mcnemar};

/// What is expected of a (and b), declared before the run. Effects, margins and tolerances are in
/// the units of what is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expectation {
    /// a > b by `min_effect` or more, in the mean of the differences a − b of paired units. For
    /// a < b the caller swaps them.
    Greater {
        /// The smallest difference that matters; above 0.
        min_effect: f64,
    },
    /// a succeeds more often than b by `min_effect` or more: the share of successes, 0 to 1, of an
    /// outcome that is all or nothing, on paired units.
    MoreOften {
        /// The smallest difference of shares that matters; above 0, at most 1.
        min_effect: f64,
    },
    /// The mean of the differences a − b of paired units lies within ±`within`.
    Equivalent {
        /// The largest difference that does not matter; above 0.
        within: f64,
    },
    /// The mean of the values lies within `of` ± `within`.
    Value {
        /// The expected value.
        of: f64,
        /// The largest deviation that does not matter; above 0.
        within: f64,
    },
    /// Curves over ordered levels rise. For falling ones the caller reverses the levels.
    Monotone {
        /// The smallest rise from end to end that matters, and the largest fall between neighbours
        /// that does not; above 0.
        min_effect: f64,
    },
    /// Values that no seed changes lie within `of` ± `within`, each of them. Not tested.
    Exact {
        /// The expected value.
        of: f64,
        /// The tolerance; 0 or above.
        within: f64,
    },
}

impl Expectation {
    /// Refuses numbers that make no claim: a `min_effect` of 0, a margin of 0, a NaN.
    pub fn check(self) -> Result<(), ClaimError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let check_of = |value: f64| match value.is_finite() {
            true => Ok(()),
            false => Err(ClaimError::Of { value }),
        };
        match self {
            Self::Greater { min_effect } | Self::Monotone { min_effect } => match min_effect {
                value if positive(value) => Ok(()),
                value => Err(ClaimError::MinEffect { value }),
            },
            Self::MoreOften { min_effect } => match min_effect {
                value if !positive(value) => Err(ClaimError::MinEffect { value }),
                value if value > 1.0 => Err(ClaimError::MinShare { value }),
                _ => Ok(()),
            },
            Self::Equivalent { within } if positive(within) => Ok(()),
            Self::Value { of, within } if positive(within) => check_of(of),
            Self::Exact { of, within } if within == 0.0 || positive(within) => check_of(of),
            Self::Equivalent { within: value }
            | Self::Value { within: value, .. }
            | Self::Exact { within: value, .. } => Err(ClaimError::Within { value }),
        }
    }

    /// The smallest p that n units could give, for a plan to refuse what cannot be shown: 2/2ⁿ of a
    /// two-sided test, 1/2ⁿ of a pair of one-sided ones; above 20 units 2ⁿ is 2¹⁶ where sign flips
    /// are sampled. `None` of what is not tested.
    pub fn smallest_p(self, units: usize) -> Option<f64> {
        match self {
            Self::Greater { .. } | Self::Monotone { .. } => {
                Some((2.0 / flips::patterns(units)).min(1.0))
            }
            Self::MoreOften { .. } => Some(mcnemar::smallest_p(units as u64)),
            Self::Equivalent { .. } | Self::Value { .. } => Some(1.0 / flips::patterns(units)),
            Self::Exact { .. } => None,
        }
    }

    /// Its name in messages and in a declaration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Greater { .. } => "greater",
            Self::MoreOften { .. } => "more often",
            Self::Equivalent { .. } => "equivalent",
            Self::Value { .. } => "value",
            Self::Monotone { .. } => "monotone",
            Self::Exact { .. } => "exact",
        }
    }
}

/// The smallest Holm p that each claim of one comparison could reach with its number of units:
/// where every one reaches its smallest p, as the Holm p of a claim only grows with the p of
/// another. `None` of what is not tested.
pub fn smallest_holm(claims: &[(Expectation, usize)]) -> Vec<Option<f64>> {
    let smallest = |&(expectation, units): &(Expectation, usize)| expectation.smallest_p(units);
    holm::among_tested(&claims.iter().map(smallest).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::error::ClaimError;
    use super::{Expectation, smallest_holm};

    const GREATER: Expectation = Expectation::Greater { min_effect: 1.0 };
    const MORE_OFTEN: Expectation = Expectation::MoreOften { min_effect: 0.5 };
    const EQUIVALENT: Expectation = Expectation::Equivalent { within: 1.0 };
    const EXACT: Expectation = Expectation::Exact {
        of: 1.0,
        within: 0.0,
    };

    #[test]
    fn ten_units_reach_two_and_one_of_1024_patterns() {
        assert_eq!(GREATER.smallest_p(10), Some(2.0 / 1024.0));
        assert_eq!(MORE_OFTEN.smallest_p(10), Some(2.0 / 1024.0));
        assert_eq!(EQUIVALENT.smallest_p(10), Some(1.0 / 1024.0));
        assert_eq!(EXACT.smallest_p(10), None);
    }

    #[test]
    fn no_units_show_nothing_and_many_no_more_than_the_patterns_tried() {
        for expectation in [GREATER, MORE_OFTEN, EQUIVALENT] {
            assert_eq!(expectation.smallest_p(0), Some(1.0));
        }
        assert_eq!(GREATER.smallest_p(200), Some(2.0 / 65536.0));
        assert_eq!(MORE_OFTEN.smallest_p(30), Some(2.0 / 1_073_741_824.0));
    }

    // Six seeds: 2/64 = 0.03125 is below 0.05 for one claim and 0.0625 is not for two.
    #[test]
    fn a_family_needs_more_units_and_untested_claims_do_not_count() {
        assert_eq!(smallest_holm(&[(GREATER, 6)]), [Some(0.03125)]);
        assert_eq!(
            smallest_holm(&[(GREATER, 6), (EXACT, 1), (MORE_OFTEN, 6)]),
            [Some(0.0625), None, Some(0.0625)]
        );
        // The equivalence comes first, 2 · 1/64, and the other is left alone with 1 · 2/64.
        assert_eq!(
            smallest_holm(&[(GREATER, 6), (EQUIVALENT, 6)]),
            [Some(0.03125), Some(0.03125)]
        );
    }

    #[test]
    fn an_expectation_without_an_effect_is_refused() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            for expectation in [
                Expectation::Greater { min_effect: value },
                Expectation::MoreOften { min_effect: value },
                Expectation::Monotone { min_effect: value },
            ] {
                let refusal = expectation.check();
                assert!(matches!(refusal, Err(ClaimError::MinEffect { .. })));
            }
            for expectation in [
                Expectation::Equivalent { within: value },
                Expectation::Value {
                    of: 0.0,
                    within: value,
                },
            ] {
                let refusal = expectation.check();
                assert!(matches!(refusal, Err(ClaimError::Within { .. })));
            }
        }
        assert_eq!(EXACT.check(), Ok(()));
    }

    #[test]
    fn a_difference_of_shares_above_one_is_refused() {
        assert_eq!(
            Expectation::MoreOften { min_effect: 1.5 }.check(),
            Err(ClaimError::MinShare { value: 1.5 })
        );
    }
}
