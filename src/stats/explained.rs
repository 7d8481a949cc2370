//! How much of the differences between configurations a setting goes with.

use std::collections::BTreeMap;

use crate::param::Value;

/// Values of a setting up to which each is a group of its own.
const MOST_LEVELS: usize = 5;

/// Groups of configurations that a setting with more values is divided into.
const PARTS: usize = 3;

/// A share of variance, with what chance makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explained {
    /// η², 0 to 1.
    pub share: f64,
    /// Its mean over all orders of the values, (g − 1)/(n − 1) of g groups: what a setting that does nothing has.
    pub chance: f64,
    /// n, the configurations.
    pub n: usize,
}

/// η² of values by a setting: the sum of squares between the groups over that of all about their mean (Fisher
/// 1925, "Statistical Methods for Research Workers", section 45). Groups are the setting's values where it has at
/// most five, and otherwise thirds of the configurations in its order, so that an optimum in the middle shows,
/// which a correlation would miss. `None` where nothing varies or every group is one configuration.
pub fn explained(pairs: &[(&Value, f64)]) -> Option<Explained> {
    let groups = groups(pairs);
    let n = pairs.len();
    let all: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centre = mean(&all);
    let total: f64 = all.iter().map(|x| (x - centre).powi(2)).sum();
    let between = groups
        .iter()
        .map(|g| g.len() as f64 * (mean(g) - centre).powi(2));
    let sound = groups.len() > 1 && groups.len() < n && total > 0.0 && total.is_finite();
    sound.then(|| Explained {
        share: between.sum::<f64>() / total,
        chance: (groups.len() - 1) as f64 / (n - 1) as f64,
        n,
    })
}

fn groups(pairs: &[(&Value, f64)]) -> Vec<Vec<f64>> {
    let mut levels: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (value, y) in pairs {
        levels.entry(value.to_string()).or_default().push(*y);
    }
    let numbers: Option<Vec<f64>> = pairs.iter().map(|(value, _)| number(value)).collect();
    let Some(numbers) = numbers.filter(|_| levels.len() > MOST_LEVELS) else {
        return levels.into_values().collect();
    };
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|&i, &j| numbers[i].total_cmp(&numbers[j]));
    // As even as they can be. Equal values may fall into two parts, those before first.
    let from = |part: usize| part * pairs.len() / PARTS;
    let part = |k: usize| order[from(k)..from(k + 1)].iter().map(|&i| pairs[i].1);
    (0..PARTS).map(|k| part(k).collect()).collect()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(x) => Some(*x),
        Value::Bool(_) | Value::Text(_) | Value::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::explained;
    use crate::param::Value;

    fn of(pairs: &[(Value, f64)]) -> Option<super::Explained> {
        let pairs: Vec<(&Value, f64)> = pairs.iter().map(|(v, y)| (v, *y)).collect();
        explained(&pairs)
    }

    #[test]
    fn the_share_of_two_levels_is_that_by_hand() {
        let text = |word: &str| Value::Text(word.to_owned());
        // Means 2 and 5 about 3.5: between 4 · 1.5² = 9, all 2.5² + 0.5² + 0.5² + 2.5² = 13.
        let pairs = [
            (text("a"), 1.0),
            (text("a"), 3.0),
            (text("b"), 4.0),
            (text("b"), 6.0),
        ];
        let found = of(&pairs).expect("it varies");
        assert!((found.share - 9.0 / 13.0).abs() < 1e-12);
        assert_eq!((found.chance, found.n), (1.0 / 3.0, 4));
    }

    #[test]
    fn an_optimum_in_the_middle_is_seen() {
        let pairs: Vec<(Value, f64)> = (0..12)
            .map(|i| {
                (
                    Value::Float(f64::from(i)),
                    f64::from(u8::from((4..8).contains(&i))),
                )
            })
            .collect();
        let found = of(&pairs).expect("it varies");
        assert!((found.share - 1.0).abs() < 1e-12);
        assert_eq!(found.chance, 2.0 / 11.0);
    }

    #[test]
    fn where_nothing_varies_nothing_is_explained() {
        let one = |y: f64| (Value::Int(1), y);
        assert_eq!(of(&[one(1.0), one(2.0)]), None);
        let constant: Vec<_> = (0..9).map(|i| (Value::Int(i), 2.0)).collect();
        assert_eq!(of(&constant), None);
    }
}
