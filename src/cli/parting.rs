//! Where two runs part: the first step and quantity at which their series differ.

use std::collections::BTreeMap;

/// Values by step and quantity.
pub(super) type Series = BTreeMap<(u64, String), f64>;

/// The first difference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parting {
    pub step: u64,
    pub quantity: String,
    /// `None` where one of them has no such value.
    pub values: [Option<f64>; 2],
}

/// The first difference in order of step and name; equal is what has the same bits, and NaN is NaN.
pub(super) fn parting(first: &Series, second: &Series) -> Option<Parting> {
    let keys = first.keys().chain(second.keys());
    let differs = |key: &&(u64, String)| {
        let bits = |series: &Series| series.get(*key).map(|x| canonical(*x));
        bits(first) != bits(second)
    };
    let (step, quantity) = keys.filter(differs).min()?;
    let key = (*step, quantity.clone());
    Some(Parting {
        step: *step,
        quantity: quantity.clone(),
        values: [first.get(&key).copied(), second.get(&key).copied()],
    })
}

/// The bits that the database keeps.
fn canonical(x: f64) -> u64 {
    match x.is_nan() {
        true => f64::NAN.to_bits(),
        false => (x + 0.0).to_bits(),
    }
}

impl Parting {
    /// `covered at step 20: 3 here, 4 there`
    pub fn told(&self, [here, there]: [&str; 2]) -> String {
        let value = |x: Option<f64>| x.map_or_else(|| "nothing".to_owned(), super::out::spell);
        let [first, second] = self.values;
        format!(
            "{} at step {}: {} {here}, {} {there}",
            self.quantity,
            self.step,
            value(first),
            value(second)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Series, parting};

    fn series(values: &[(u64, &str, f64)]) -> Series {
        let values = values.iter();
        values
            .map(|(step, name, x)| ((*step, (*name).to_owned()), *x))
            .collect()
    }

    #[test]
    fn the_first_step_and_name_is_found_and_not_the_last_bit_is_missed() {
        let one = series(&[
            (1, "b", 1.0),
            (2, "a", f64::NAN),
            (2, "b", 0.1),
            (9, "a", 0.0),
        ]);
        assert_eq!(parting(&one, &one), None);
        let mut other = one.clone();
        other.insert((9, "a".to_owned()), -0.0);
        other.insert((2, "a".to_owned()), -f64::NAN);
        assert_eq!(parting(&one, &other), None);
        other.insert((2, "b".to_owned()), 0.1 + f64::EPSILON / 8.0);
        let found = parting(&one, &other).expect("a difference");
        assert_eq!((found.step, found.quantity.as_str()), (2, "b"));
        let fewer = series(&[(1, "b", 1.0)]);
        let told = parting(&fewer, &one).expect("a difference");
        assert_eq!(
            told.told(["here", "there"]),
            "a at step 2: nothing here, NaN there"
        );
    }
}
