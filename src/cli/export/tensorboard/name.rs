//! What the folders of runs are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::stats::{Axis, kinds, varied};
use crate::store::RunRow;

/// Bytes of a folder's name: file systems allow 255, and TensorBoard shows it in a narrow column.
const LONGEST: usize = 160;

/// A run under its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Its folder: the cell and the seed.
    pub folder: String,
    /// Its cell, which its other seeds share.
    pub cell: String,
    /// The settings by which cells differ: how they are called, the key of the setting, its value.
    pub settings: Vec<Setting>,
}

/// A setting by which cells differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// What it is called: `norm`, where that of both networks always agrees.
    pub name: String,
    /// The setting that it is, or one of the two.
    pub key: String,
    /// Its value, as people write it.
    pub value: String,
}

/// A name for every run, in their order; no two are the same, whatever their case.
pub(super) fn names(runs: &[&RunRow]) -> Vec<Name> {
    let kinds = kinds(runs.iter().copied());
    // What parts the kinds, which are compared each by itself.
    let subjects = ["problem", "dataset"].map(|key| {
        let values: BTreeSet<_> = runs.iter().map(|run| run.settings.get(key)).collect();
        (values.len() > 1).then_some(key)
    });
    let subjects: Vec<&str> = subjects.into_iter().flatten().collect();
    let mut axes: BTreeMap<_, Vec<Axis>> = BTreeMap::new();
    for kind in &kinds {
        let varied = varied(&kind.runs);
        axes.extend(kind.runs.iter().map(|run| (run.id, varied.clone())));
    }
    let mut names: Vec<Name> = runs
        .iter()
        .map(|run| {
            let axes = axes.get(&run.id).map_or(&[][..], Vec::as_slice);
            name(run, axes, &subjects)
        })
        .collect();
    let ids: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
    make_distinct(&mut names, &ids);
    names
}

/// Adds the run's id to names that others have, too, on a file system without upper and lower case, and in
/// place of the end of those that are too long.
fn make_distinct(names: &mut [Name], ids: &[String]) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for name in names.iter() {
        *count.entry(name.folder.to_lowercase()).or_default() += 1;
    }
    for (name, id) in names.iter_mut().zip(ids) {
        let shared = count.get(&name.folder.to_lowercase()) != Some(&1);
        if shared || name.folder.len() > LONGEST {
            name.folder.truncate(LONGEST - id.len() - 1);
            name.folder += &format!("-{id}");
        }
    }
}

fn name(run: &RunRow, axes: &[Axis], subjects: &[&str]) -> Name {
    let is_axis = |key: &str| axes.iter().any(|axis| axis.name == key);
    let mut settings: Vec<Setting> = subjects
        .iter()
        .filter(|key| !is_axis(key))
        .filter_map(|&key| {
            Some(Setting {
                name: key.to_owned(),
                key: key.to_owned(),
                value: run.settings.get(key)?.clone(),
            })
        })
        .collect();
    settings.extend(axes.iter().filter_map(|axis| {
        Some(Setting {
            name: axis.name.clone(),
            key: axis.keys.first()?.clone(),
            value: axis.value(run)?,
        })
    }));
    let parts: Vec<String> = settings
        .iter()
        .map(|setting| plain(&format!("{}={}", setting.name, setting.value)))
        .collect();
    let cell = match parts.is_empty() {
        true => "all".to_owned(),
        false => parts.join(","),
    };
    let seed = format!("seed={}", run.seed);
    let folder = match parts.is_empty() {
        true => seed,
        false => format!("{cell},{seed}"),
    };
    Name {
        folder,
        cell,
        settings,
    }
}

/// Only what no file system and no shell minds: `[64, 64]` is `64x64`, `none / batch` is `none-batch`.
fn plain(text: &str) -> String {
    let text = text.replace(", ", "x").replace(" / ", "-");
    text.chars()
        .filter(|c| !matches!(c, '[' | ']'))
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '+' | '-' | '=' => c,
            _ => '_',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Name, make_distinct, plain};

    #[test]
    fn no_two_names_are_the_same() {
        let long = "x".repeat(LONGEST + 1);
        let folders = ["dataset=A", "dataset=a", "dataset=b", long.as_str()];
        let mut names = folders.map(|folder| Name {
            folder: folder.to_owned(),
            cell: String::new(),
            settings: Vec::new(),
        });
        let ids = ["1", "2", "3", "4"].map(|digit| digit.repeat(32));
        make_distinct(&mut names, &ids);
        assert_eq!(names[0].folder, format!("dataset=A-{}", ids[0]));
        assert_eq!(names[1].folder, format!("dataset=a-{}", ids[1]));
        assert_eq!(names[2].folder, "dataset=b");
        assert_eq!(names[3].folder.len(), LONGEST);
        assert!(names[3].folder.ends_with(&ids[3]));
    }

    #[test]
    fn a_name_is_safe_everywhere() {
        assert_eq!(plain("hidden=[64, 64]"), "hidden=64x64");
        assert_eq!(plain("norm=none / batch"), "norm=none-batch");
        assert_eq!(plain("lr.g=2e-4"), "lr.g=2e-4");
        assert_eq!(plain("../a b*"), ".._a_b_");
    }
}
