//! Which settings vary over the runs of a sweep.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::RunRow;

/// A column of a comparison: one setting, or those of G and D together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What it is called: `k`, `norm.g`, or `norm` for both networks.
    pub name: String,
    /// The settings it stands for.
    pub keys: Vec<String>,
}

impl Axis {
    fn one(key: &str) -> Self {
        Self {
            name: key.to_owned(),
            keys: vec![key.to_owned()],
        }
    }

    fn both(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            keys: vec![format!("{name}.g"), format!("{name}.d")],
        }
    }

    /// A run's value; `None` where the setting is absent. Where G and D differ: `none / batch`.
    pub fn value(&self, run: &RunRow) -> Option<String> {
        let values: Vec<_> = self.keys.iter().map(|key| run.settings.get(key)).collect();
        match values.as_slice() {
            [g, d] if g != d => {
                let text = |v: &Option<&String>| v.map_or("–", String::as_str).to_owned();
                Some(format!("{} / {}", text(g), text(d)))
            }
            [first, ..] => first.cloned(),
            [] => None,
        }
    }

    /// The axis of that name, if any run has such a setting; `norm` means both `norm.g` and
    /// `norm.d`.
    pub fn named(name: &str, runs: &[&RunRow]) -> Option<Self> {
        let axes = [Self::one(name), Self::both(name)];
        axes.into_iter().find(|axis| {
            axis.keys
                .iter()
                .all(|key| runs.iter().any(|run| run.settings.contains_key(key)))
        })
    }
}

/// The names that [`Axis::named`] knows.
pub(super) fn names(runs: &[&RunRow]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for key in runs.iter().flat_map(|run| run.settings.keys()) {
        names.insert(key.clone());
        names.extend(key.strip_suffix(".g").map(str::to_owned));
    }
    names
}

/// The settings that vary, the slowest in plan order first, as in the grid.
///
/// The same settings of G and D are one axis where they always agree. A setting that comes and
/// goes with another one's value and never changes itself, such as the range of uniform noise, is
/// left out: it says nothing that the other does not.
pub fn varied(runs: &[&RunRow]) -> Vec<Axis> {
    let columns = columns(runs);
    let mut found: Vec<(usize, Axis)> = Vec::new();
    for (key, values) in &columns {
        if is_implied(key, values, &columns) {
            continue;
        }
        let agrees = |suffix: &str, other: &str| {
            let name = key.strip_suffix(suffix)?;
            let twin = format!("{name}{other}");
            (columns.get(twin.as_str()) == Some(values)).then_some(name)
        };
        if agrees(".d", ".g").is_some() {
            // Stands in its twin's axis.
            continue;
        }
        let axis = agrees(".g", ".d").map_or_else(|| Axis::one(key), Axis::both);
        let changes = values.windows(2).filter(|pair| pair[0] != pair[1]).count();
        found.push((changes, axis));
    }
    found.sort_by_key(|(changes, _)| *changes);
    found.into_iter().map(|(_, axis)| axis).collect()
}

/// The values of every setting that varies, absence included, run by run.
pub(super) fn columns<'a>(runs: &[&'a RunRow]) -> BTreeMap<&'a str, Vec<Option<&'a str>>> {
    let keys: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| run.settings.keys().map(String::as_str))
        .collect();
    keys.into_iter()
        .map(|key| {
            let values = runs
                .iter()
                .map(|run| run.settings.get(key).map(String::as_str))
                .collect::<Vec<_>>();
            (key, values)
        })
        .filter(|(_, values)| values.windows(2).any(|pair| pair[0] != pair[1]))
        .collect()
}

/// Whether a setting has one value only and its presence follows from another setting.
fn is_implied(
    key: &str,
    values: &[Option<&str>],
    columns: &BTreeMap<&str, Vec<Option<&str>>>,
) -> bool {
    let present: BTreeSet<_> = values.iter().flatten().collect();
    present.len() == 1
        && columns.iter().any(|(other, levels)| {
            // Only a setting that is itself always there can be what selects this one.
            *other != key
                && levels.iter().all(Option::is_some)
                && comes_and_goes_with(values, levels)
        })
}

/// Whether presence is a function of the level.
pub(super) fn comes_and_goes_with<L: Ord>(values: &[Option<&str>], levels: &[L]) -> bool {
    let mut presence = BTreeMap::new();
    let some = values.iter().any(Option::is_some);
    let not_all = values.iter().any(Option::is_none);
    some && not_all
        && levels.iter().zip(values).all(|(level, value)| {
            *presence.entry(level).or_insert(value.is_some()) == value.is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::{Axis, varied};
    use crate::stats::fixture::run;
    use crate::store::RunRow;

    fn names(runs: &[RunRow]) -> Vec<String> {
        let runs: Vec<_> = runs.iter().collect();
        varied(&runs).into_iter().map(|axis| axis.name).collect()
    }

    #[test]
    fn the_slowest_axis_comes_first_and_agreeing_networks_are_one() {
        let mut runs = Vec::new();
        for noise in ["normal", "uniform"] {
            for norm in ["none", "batch"] {
                for seed in 0..2 {
                    runs.push(run(
                        &[("norm.g", norm), ("norm.d", norm), ("noise", noise)],
                        seed,
                    ));
                }
            }
        }
        assert_eq!(names(&runs), ["noise", "norm"]);
    }

    #[test]
    fn networks_that_differ_are_two_axes_and_a_constant_one_is_none() {
        let runs = [
            run(&[("norm.g", "none"), ("norm.d", "none")], 0),
            run(&[("norm.g", "batch"), ("norm.d", "none")], 0),
        ];
        assert_eq!(names(&runs), ["norm.g"]);
        let runs: Vec<_> = runs.iter().collect();
        let both = Axis::named("norm", &runs).expect("both networks have it");
        assert_eq!(both.value(runs[0]).as_deref(), Some("none"));
        assert_eq!(both.value(runs[1]).as_deref(), Some("batch / none"));
    }

    #[test]
    fn what_only_follows_from_another_setting_is_no_axis() {
        let fixed = [
            run(&[("noise", "normal")], 0),
            run(&[("noise", "uniform"), ("noise_range", "[-1, 1]")], 0),
        ];
        assert_eq!(names(&fixed), ["noise"]);
        let varying = [
            run(&[("noise", "normal")], 0),
            run(&[("noise", "uniform"), ("noise_range", "[-1, 1]")], 0),
            run(&[("noise", "uniform"), ("noise_range", "[0, 1]")], 0),
        ];
        assert_eq!(names(&varying), ["noise", "noise_range"]);
    }
}
