//! A claim: an expectation with what was measured for it.

use super::error::ClaimError;
use super::expectation::Expectation;

/// What was measured, one entry for each resampled unit: a seed, an image draw or a configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// a − b of the same unit, in the metric's units: for `Greater` and `Equivalent`.
    Differences(Vec<f64>),
    /// Whether a succeeded and whether b succeeded, of the same unit: for `MoreOften`.
    Outcomes(Vec<(bool, bool)>),
    /// One value a unit, for `Value`; one or more values without units, for `Exact`.
    Values(Vec<f64>),
    /// One curve a unit, its values in the order of the levels: for `Monotone`.
    Curves(Vec<Vec<f64>>),
}

impl Evidence {
    /// How many units.
    pub fn units(&self) -> usize {
        match self {
            Self::Differences(values) | Self::Values(values) => values.len(),
            Self::Outcomes(pairs) => pairs.len(),
            Self::Curves(curves) => curves.len(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Differences(_) => "paired differences",
            Self::Outcomes(_) => "paired outcomes",
            Self::Values(_) => "values",
            Self::Curves(_) => "curves",
        }
    }
}

/// An expectation with evidence of the kind it needs, all of it finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    expectation: Expectation,
    evidence: Evidence,
}

impl Claim {
    /// Refuses an expectation that claims nothing, evidence of another kind, values that are not
    /// finite, and curves over different levels. No units at all are not refused: the claim is then
    /// inconclusive, and counts in its family.
    pub fn new(expectation: Expectation, evidence: Evidence) -> Result<Self, ClaimError> {
        expectation.check()?;
        match (expectation, &evidence) {
            (Expectation::Greater { .. }, Evidence::Differences(values))
            | (Expectation::Equivalent { .. }, Evidence::Differences(values))
            | (Expectation::Value { .. }, Evidence::Values(values))
            | (Expectation::Exact { .. }, Evidence::Values(values)) => {
                check_values(values.iter().copied().enumerate())?;
            }
            (Expectation::MoreOften { .. }, Evidence::Outcomes(_)) => {}
            (Expectation::Monotone { .. }, Evidence::Curves(curves)) => check_curves(curves)?,
            _ => {
                return Err(ClaimError::Mismatch {
                    expectation: expectation.name(),
                    needs: needs(expectation),
                    found: evidence.name(),
                });
            }
        }
        Ok(Self {
            expectation,
            evidence,
        })
    }

    /// What is expected.
    pub fn expectation(&self) -> Expectation {
        self.expectation
    }

    /// What was measured.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

fn needs(expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::Greater { .. } | Expectation::Equivalent { .. } => "paired differences",
        Expectation::MoreOften { .. } => "paired outcomes",
        Expectation::Value { .. } | Expectation::Exact { .. } => "values",
        Expectation::Monotone { .. } => "curves",
    }
}

fn check_curves(curves: &[Vec<f64>]) -> Result<(), ClaimError> {
    let expected = curves.first().map_or(2, Vec::len).max(2);
    for (unit, curve) in curves.iter().enumerate() {
        if curve.len() != expected {
            return Err(ClaimError::Levels {
                unit,
                levels: curve.len(),
                expected,
            });
        }
    }
    let values = curves.iter().enumerate();
    check_values(values.flat_map(|(unit, curve)| curve.iter().map(move |&x| (unit, x))))
}

/// Each value must be finite, and so must the sum of all their sizes, twice.
fn check_values(values: impl Iterator<Item = (usize, f64)>) -> Result<(), ClaimError> {
    let mut size = 0.0;
    for (unit, value) in values {
        if !value.is_finite() {
            return Err(ClaimError::NotFinite { unit, value });
        }
        size += 2.0 * value.abs();
    }
    if f64::is_finite(size) {
        Ok(())
    } else {
        Err(ClaimError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::ClaimError;
    use super::{Claim, Evidence, Expectation};

    const GREATER: Expectation = Expectation::Greater { min_effect: 1.0 };
    const VALUE: Expectation = Expectation::Value {
        of: 0.5,
        within: 0.1,
    };
    const EXACT: Expectation = Expectation::Exact {
        of: 0.5,
        within: 0.1,
    };
    const MONOTONE: Expectation = Expectation::Monotone { min_effect: 1.0 };

    #[test]
    fn what_is_not_finite_is_refused_and_not_dropped() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (expectation, evidence) in [
                (GREATER, Evidence::Differences(vec![1.0, bad])),
                (VALUE, Evidence::Values(vec![1.0, bad])),
                (EXACT, Evidence::Values(vec![1.0, bad])),
                (
                    MONOTONE,
                    Evidence::Curves(vec![vec![1.0, 2.0], vec![1.0, bad]]),
                ),
            ] {
                let refusal = Claim::new(expectation, evidence);
                assert!(
                    matches!(refusal, Err(ClaimError::NotFinite { unit: 1, .. })),
                    "{expectation:?}: {refusal:?}"
                );
            }
        }
    }

    #[test]
    fn values_whose_sum_is_infinite_are_refused() {
        let evidence = Evidence::Differences(vec![f64::MAX, f64::MAX]);
        assert_eq!(Claim::new(GREATER, evidence), Err(ClaimError::Overflow));
    }

    #[test]
    fn evidence_of_another_kind_is_refused() {
        assert_eq!(
            Claim::new(GREATER, Evidence::Outcomes(vec![(true, false)])),
            Err(ClaimError::Mismatch {
                expectation: "greater",
                needs: "paired differences",
                found: "paired outcomes",
            })
        );
    }

    #[test]
    fn curves_have_the_same_levels_and_at_least_two() {
        for (curves, levels, expected) in [
            (vec![vec![1.0]], 1, 2),
            (vec![vec![1.0, 2.0, 3.0], vec![1.0, 2.0]], 2, 3),
        ] {
            let unit = curves.len() - 1;
            assert_eq!(
                Claim::new(MONOTONE, Evidence::Curves(curves)),
                Err(ClaimError::Levels {
                    unit,
                    levels,
                    expected,
                })
            );
        }
    }

    #[test]
    fn no_units_are_not_refused() {
        for (expectation, evidence) in [
            (GREATER, Evidence::Differences(vec![])),
            (EXACT, Evidence::Values(vec![])),
            (MONOTONE, Evidence::Curves(vec![])),
        ] {
            assert!(Claim::new(expectation, evidence).is_ok());
        }
    }
}
