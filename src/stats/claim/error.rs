//! What is refused before anything is tested.

/// Why a claim cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClaimError {
    /// A measured value is NaN or infinite. Nothing is dropped: the caller decides what a diverged
    /// unit counts with.
    #[error("unit {unit} has the value {value}, which is not finite")]
    NotFinite {
        /// Which unit, from 0.
        unit: usize,
        /// Its value.
        value: f64,
    },
    /// The values are finite, their sum is not.
    #[error("the values are too large to be added up")]
    Overflow,
    /// The smallest effect that matters is not a positive number.
    #[error("min_effect must be finite and above 0, not {value}")]
    MinEffect {
        /// What was given.
        value: f64,
    },
    /// The smallest difference of two shares that matters is above 1, which no data could reach.
    #[error("shares of success differ by 1 at most, and min_effect is {value}")]
    MinShare {
        /// What was given.
        value: f64,
    },
    /// A margin is not a positive number, or a tolerance is negative or not finite.
    #[error(
        "'within' must be finite and above 0 (or 0 where the expectation is exact), not {value}"
    )]
    Within {
        /// What was given.
        value: f64,
    },
    /// The expected value is not finite.
    #[error("the expected value is {value}, which is not finite")]
    Of {
        /// What was given.
        value: f64,
    },
    /// The evidence is of another kind than the expectation is about.
    #[error("'{expectation}' is judged by {needs}, not by {found}")]
    Mismatch {
        /// The expectation.
        expectation: &'static str,
        /// What it needs.
        needs: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// A curve has other levels than the first one, or fewer than two.
    #[error("the curve of unit {unit} has {levels} levels, where {expected} were expected")]
    Levels {
        /// Which unit, from 0.
        unit: usize,
        /// How many levels its curve has.
        levels: usize,
        /// How many the first unit's curve has; at least two.
        expected: usize,
    },
    /// The level of the tests is not one.
    #[error("alpha must lie above 0 and below 0.5, not at {value}")]
    Alpha {
        /// What was given.
        value: f64,
    },
}
