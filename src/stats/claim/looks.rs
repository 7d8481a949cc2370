//! What it costs to look again after adding units.

use std::num::NonZeroU32;

/// The level of the tests at the l-th look at the same claims on growing data: total / l. The first
/// look is at `total`, a second one, after units were added, at half of it.
///
/// What this guarantees: the verdicts of the l-th look alone err with at most total/l, for an l
/// fixed in advance. What it does not: a claim that is looked at again until it is confirmed is
/// falsely confirmed with up to total · (1 + ½ + … + 1/l), which for 0.05 is 0.075 after two looks
/// and 0.092 after three. Only looks that are declared beforehand, all L of them at total/L, err
/// with at most `total` together (Bonferroni); the first look spends all of it because nobody
/// planned the second one. A report shows how many looks there were.
pub fn alpha_at_look(total: f64, look: NonZeroU32) -> f64 {
    total / f64::from(look.get())
}

#[cfg(test)]
mod tests {
    use super::alpha_at_look;
    use std::num::NonZeroU32;

    #[test]
    fn each_further_look_is_stricter() {
        let alphas: Vec<f64> = (1..=4)
            .filter_map(NonZeroU32::new)
            .map(|look| alpha_at_look(0.05, look))
            .collect();
        assert_eq!(alphas, [0.05, 0.025, 0.05 / 3.0, 0.0125]);
    }
}
