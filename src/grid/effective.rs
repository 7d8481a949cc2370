//! The sections that count: the file's, changed by a profile and by `--set`.

use super::axis::{Axis, beside_fault, clash};
use super::condition::Condition;
use super::document::{Document, Include, Sections, Seeds, When};
use super::error::{Fault, Problem};
use super::limits::Limits;
use super::origin::{Assignment, Section};
use super::overrides::Setting;
use super::source::Place;
use crate::param::Key;

/// What is expanded.
#[derive(Debug)]
pub(super) struct Effective {
    pub defaults: Vec<Assignment>,
    /// `grid`, `zip` and `random` in this order; the first varies slowest.
    pub axes: Vec<Axis>,
    pub when: Vec<When>,
    pub exclude: Vec<Condition>,
    pub include: Vec<Include>,
    pub seeds: Seeds,
    pub seeds_place: Place,
    pub limits: Limits,
}

impl Effective {
    /// Merges a profile and applies `--set`; adds what goes wrong to `faults`.
    pub fn new(
        document: &Document,
        profile: Option<&Sections>,
        settings: &[Setting],
        limits: Limits,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let base = &document.sections;
        let none = Sections::default();
        let over = profile.unwrap_or(&none);
        let mut defaults = base.defaults.clone();
        for assignment in &over.defaults {
            replace(&mut defaults, assignment.clone());
        }
        let mut grid = merge(&base.grid, &over.grid, faults);
        let zip = over.zip.as_ref().or(base.zip.as_ref());
        let random = over.random.as_ref().or(base.random.as_ref());
        let drawn: Vec<Axis> = zip.into_iter().chain(random).flatten().cloned().collect();
        let when = over.when.as_ref().or(base.when.as_ref());
        let when: Vec<When> = when.cloned().unwrap_or_default();
        for setting in settings {
            if let Some(fault) = blocked(setting, &drawn, &when) {
                faults.push(fault);
                continue;
            }
            set(setting, &mut defaults, &mut grid, faults);
        }
        grid.extend(drawn);
        faults.extend(clash(&grid));
        let (seeds, seeds_place) = over
            .seeds
            .clone()
            .or_else(|| base.seeds.clone())
            .unwrap_or((Seeds::First(1), Place::START));
        Self {
            defaults,
            axes: grid,
            when,
            exclude: over
                .exclude
                .as_ref()
                .or(base.exclude.as_ref())
                .cloned()
                .unwrap_or_default(),
            include: over
                .include
                .as_ref()
                .or(base.include.as_ref())
                .cloned()
                .unwrap_or_default(),
            seeds,
            seeds_place,
            limits,
        }
    }

    /// Every key that the sections name, in the order in which they are written.
    pub fn keys(&self) -> Vec<Key> {
        let axes = self.axes.iter().flat_map(Axis::keys);
        let when = self.when.iter().flat_map(|w| {
            let set = w.set.iter().map(|a| (a.key, a.key_place));
            set.chain(w.axes.iter().flat_map(Axis::keys))
        });
        let include = self
            .include
            .iter()
            .flat_map(|i| i.set.iter().map(|a| (a.key, a.key_place)));
        let mut keys: Vec<Key> = Vec::new();
        for (key, _) in axes.chain(when).chain(include) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }
}

/// Checks what merging a profile can break, whether or not the profile is in use.
pub(super) fn check_profile(document: &Document, profile: &Sections, faults: &mut Vec<Fault>) {
    let base = &document.sections;
    let mut axes = merge(&base.grid, &profile.grid, faults);
    let zip = profile.zip.as_ref().or(base.zip.as_ref());
    let random = profile.random.as_ref().or(base.random.as_ref());
    axes.extend(zip.into_iter().chain(random).flatten().cloned());
    faults.extend(clash(&axes));
}

fn replace(defaults: &mut Vec<Assignment>, assignment: Assignment) {
    match defaults.iter_mut().find(|a| a.key == assignment.key) {
        Some(old) => *old = assignment,
        None => defaults.push(assignment),
    }
}

/// Key by key: an axis takes the place of those whose keys it covers.
fn merge(base: &[Axis], over: &[Axis], faults: &mut Vec<Fault>) -> Vec<Axis> {
    // Two words for one key in the same section are reported as written there.
    if let Some(fault) = clash(over) {
        faults.push(fault);
        return base.to_vec();
    }
    let mut grid = base.to_vec();
    for axis in over {
        if let Some(fault) = put(&mut grid, axis.clone()) {
            faults.push(fault);
        }
    }
    grid
}

/// Replaces the axes that `axis` covers, or adds it at the end.
fn put(grid: &mut Vec<Axis>, axis: Axis) -> Option<Fault> {
    let keys: Vec<Key> = axis.keys().map(|(key, _)| key).collect();
    let mut at = None;
    let mut kept = Vec::with_capacity(grid.len() + 1);
    for old in grid.iter() {
        let shared = old.keys().filter(|(key, _)| keys.contains(key)).count();
        if shared == 0 {
            kept.push(old.clone());
        } else if shared < old.keys().count() {
            return Some(beside_fault(axis.place, &axis.label, old.place, &old.label));
        } else {
            at.get_or_insert(kept.len());
        }
    }
    kept.insert(at.unwrap_or(kept.len()), axis);
    *grid = kept;
    None
}

/// Why an option cannot change a key.
fn blocked(setting: &Setting, drawn: &[Axis], when: &[When]) -> Option<Fault> {
    let of_axis = |axis: &Axis, by: &'static str| {
        axis.keys()
            .find(|(key, _)| setting.keys.contains(key))
            .map(|(_, place)| (place, by))
    };
    let by_axis = drawn.iter().find_map(|axis| {
        let section = axis.positions.first()?.first()?.origin.section.clone();
        let by = match section {
            Section::Random => "'random'",
            _ => "a zip",
        };
        of_axis(axis, by)
    });
    let by_when = || {
        when.iter().find_map(|entry| {
            let set = entry.set.iter().find(|a| setting.keys.contains(&a.key));
            set.map(|a| (a.key_place, "'when'"))
                .or_else(|| entry.axes.iter().find_map(|axis| of_axis(axis, "'when'")))
        })
    };
    let (place, by) = by_axis.or_else(by_when)?;
    let key = setting.word.clone();
    Some(
        Fault::new(setting.place, Problem::SetBlocked { key, by })
            .also(place, "here")
            .help("change the file, or put the change into a profile"),
    )
}

/// One value becomes a default in place of an axis; several become an axis.
fn set(
    setting: &Setting,
    defaults: &mut Vec<Assignment>,
    grid: &mut Vec<Axis>,
    faults: &mut Vec<Fault>,
) {
    let partly = grid.iter().find(|axis| {
        let shared = axis
            .keys()
            .filter(|(k, _)| setting.keys.contains(k))
            .count();
        shared > 0 && shared < axis.keys().count()
    });
    if let Some(axis) = partly {
        faults.push(beside_fault(
            setting.place,
            &setting.word,
            axis.place,
            &axis.label,
        ));
        return;
    }
    match setting.axis.positions.as_slice() {
        [only] => {
            grid.retain(|axis| !axis.keys().any(|(k, _)| setting.keys.contains(&k)));
            for assignment in only {
                replace(defaults, assignment.clone());
            }
        }
        _ => faults.extend(put(grid, setting.axis.clone())),
    }
}
