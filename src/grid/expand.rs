//! From sections to cells: defaults → grid × zip × random → when → exclude → include.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::axis::Axis;
use super::condition::Condition;
use super::document::{Include, Seeds};
use super::effective::Effective;
use super::error::{Fault, Problem};
use super::limits::STEPS_OF_SETTINGS;
use super::origin::{Assignment, Section};
use super::source::Place;
use super::tally::Tally;
use crate::param::{Key, Network, Settings, Value};
use crate::problem::trains_g_alone;
use crate::spec::{Catalog, RunSpec, SpecError, resolve};

/// The keys of a cell that some section assigned.
pub(super) type Assigned<'e> = BTreeMap<Key, &'e Assignment>;

/// One combination of values, before seeds.
pub(super) struct Expanded<'e> {
    /// With seed 0.
    pub spec: RunSpec,
    pub assigned: Assigned<'e>,
    /// The entry of `include` that asks for it.
    pub include: Option<&'e Include>,
}

/// What happens to a cell.
pub(super) enum Fate<'e> {
    /// It is part of the plan.
    Kept(Box<Expanded<'e>>),
    /// The entry of `exclude` with this index takes it out.
    Excluded(usize, Assigned<'e>),
}

/// Expands sections, handing every cell to `take`.
pub(super) struct Expander<'e, F: FnMut(Fate<'e>)> {
    effective: &'e Effective,
    catalog: &'e Catalog,
    take: F,
    pub tally: Tally,
    runs: u64,
    /// Values in the settings of cells so far.
    values: u64,
    /// Steps so far, see [`Limits::work`](super::limits::Limits::work).
    work: Cell<u64>,
    /// Steps that all entries of `exclude` take in a cell.
    exclude_cost: u64,
}

impl<'e, F: FnMut(Fate<'e>)> Expander<'e, F> {
    pub fn new(effective: &'e Effective, catalog: &'e Catalog, take: F) -> Self {
        Self {
            effective,
            catalog,
            take,
            tally: Tally::default(),
            runs: 0,
            values: 0,
            work: Cell::new(0),
            exclude_cost: effective.exclude.iter().map(Condition::cost).sum(),
        }
    }

    /// Expands everything; the error is that there is too much.
    pub fn run(&mut self) -> Result<(), Fault> {
        let effective = self.effective;
        cells(effective)?;
        let mut defaults = Assigned::new();
        assign(&mut defaults, &effective.defaults);
        self.count(&defaults)?;
        self.product(defaults.clone(), &effective.axes, 0)?;
        for include in &effective.include {
            let mut assigned = defaults.clone();
            assign(&mut assigned, &include.set);
            let resolved = self.settings(&assigned);
            self.keep(assigned, resolved, Some(include))?;
        }
        Ok(())
    }

    /// Refuses too many cells by `when` without making them: at first only the axes of the first
    /// entry that matches a cell are multiplied out, then those of the second one too, ….
    fn count(&self, defaults: &Assigned<'e>) -> Result<(), Fault> {
        let effective = self.effective;
        let most = effective
            .when
            .iter()
            .map(|w| product_of(&w.axes))
            .fold(product_of(&effective.axes), u64::saturating_mul);
        if most <= effective.limits.runs {
            return Ok(());
        }
        let mut previous = 0;
        for depth in 0.. {
            let mut count = Counted::default();
            self.counted(defaults.clone(), &effective.axes, 0, depth, &mut count)?;
            if count.cells == previous {
                break;
            }
            previous = count.cells;
        }
        Ok(())
    }

    fn counted(
        &self,
        mut assigned: Assigned<'e>,
        axes: &'e [Axis],
        from: usize,
        depth: usize,
        count: &mut Counted,
    ) -> Result<(), Fault> {
        if let Some((axis, rest)) = axes.split_first() {
            for position in axis.positions.iter() {
                let mut assigned = assigned.clone();
                assign(&mut assigned, position);
                self.counted(assigned, rest, from, depth, count)?;
            }
            return Ok(());
        }
        let mut more = 1;
        let mut grown: &[Axis] = &[];
        for (i, entry) in self.effective.when.iter().enumerate().skip(from) {
            let Partial(settings, ..) = self.settings(&assigned);
            self.spend(entry.condition.cost())?;
            if !entry.condition.holds(&settings) {
                continue;
            }
            assign(&mut assigned, &entry.set);
            if entry.axes.is_empty() {
                continue;
            }
            if depth > 0 {
                return self.counted(assigned, &entry.axes, i + 1, depth - 1, count);
            }
            more = product_of(&entry.axes);
            grown = &entry.axes;
            break;
        }
        count.cells = count.cells.saturating_add(more);
        if count.cells > self.effective.limits.runs {
            return Err(too_many(count.cells, "at least ", grown, self.effective));
        }
        Ok(())
    }

    /// Every combination of the axes, the first varying slowest; then what `when` says.
    fn product(
        &mut self,
        assigned: Assigned<'e>,
        axes: &'e [Axis],
        when: usize,
    ) -> Result<(), Fault> {
        let Some((axis, rest)) = axes.split_first() else {
            return self.when(assigned, when);
        };
        for position in axis.positions.iter() {
            let mut assigned = assigned.clone();
            assign(&mut assigned, position);
            self.product(assigned, rest, when)?;
        }
        Ok(())
    }

    /// The entries of `when` from one on.
    fn when(&mut self, mut assigned: Assigned<'e>, from: usize) -> Result<(), Fault> {
        let effective = self.effective;
        let mut resolved = None;
        for (i, entry) in effective.when.iter().enumerate().skip(from) {
            let settings = resolved.get_or_insert_with(|| self.settings(&assigned));
            self.spend(entry.condition.cost())?;
            if !entry.condition.holds(&settings.0) {
                continue;
            }
            let keys = entry.set.iter().map(|a| (a.key, a.key_place));
            for (key, place) in keys.chain(entry.axes.iter().flat_map(Axis::keys)) {
                if let Some(old) = assigned.get(&key)
                    && old.origin.section.is_axis()
                {
                    self.tally.overrides(key, place, old);
                    return Ok(());
                }
            }
            assign(&mut assigned, &entry.set);
            resolved = None;
            if !entry.axes.is_empty() {
                return self.product(assigned, &entry.axes, i + 1);
            }
        }
        let resolved = resolved.unwrap_or_else(|| self.settings(&assigned));
        self.exclude(assigned, resolved)
    }

    fn exclude(&mut self, assigned: Assigned<'e>, resolved: Partial) -> Result<(), Fault> {
        self.spend(self.exclude_cost)?;
        let mut first = None;
        // Every entry looks at every cell, so that one that another one covers still matches.
        for (i, condition) in self.effective.exclude.iter().enumerate() {
            if condition.holds(&resolved.0) {
                first.get_or_insert(i);
            }
        }
        match first {
            Some(i) => {
                let values = assigned.values().map(|a| size(&a.value)).sum();
                self.count_values(values, 1)?;
                (self.take)(Fate::Excluded(i, assigned));
                Ok(())
            }
            None => self.keep(assigned, resolved, None),
        }
    }

    /// Checks that a cell can be trained and passes it on.
    fn keep(
        &mut self,
        assigned: Assigned<'e>,
        resolved: Partial,
        include: Option<&'e Include>,
    ) -> Result<(), Fault> {
        self.tally.cells += 1;
        let Partial(settings, unused, misfits) = resolved;
        let mut by_place: BTreeMap<Place, Vec<Key>> = BTreeMap::new();
        for key in unused {
            if let Some(assignment) = assigned.get(&key)
                && !means_g_alone(key, assignment, &assigned, &settings)
            {
                by_place.entry(assignment.key_place).or_default().push(key);
            }
        }
        for keys in by_place.values() {
            if let Some(assignment) = keys.first().and_then(|key| assigned.get(key)) {
                self.tally.unused(keys, assignment, &assigned);
            }
        }
        for (key, misfit) in &misfits {
            if let Some(assignment) = assigned.get(key) {
                self.tally.misfit(*key, assignment, misfit, &assigned);
            }
        }
        if !misfits.is_empty() {
            return Ok(());
        }
        match RunSpec::new(settings, 0, self.catalog) {
            Ok(spec) => {
                let seeds = include
                    .and_then(|i| i.seeds.as_ref())
                    .unwrap_or(&self.effective.seeds);
                self.runs = self.runs.saturating_add(seeds.len());
                if self.runs > self.effective.limits.runs {
                    return Err(too_many(self.runs, "at least ", &[], self.effective));
                }
                let values = spec.settings.0.values().map(size).sum();
                self.count_values(values, seeds.len())?;
                (self.take)(Fate::Kept(Box::new(Expanded {
                    spec,
                    assigned,
                    include,
                })));
            }
            Err(SpecError::Conflict(conflict)) => {
                let at = include.map_or(Place::START, |i| i.place);
                self.tally
                    .conflict(&conflict.keys, conflict.message, at, &assigned);
            }
            Err(other) => {
                let at = include.map_or(Place::START, |i| i.place);
                self.tally.conflict(&[], other.to_string(), at, &assigned);
            }
        }
        Ok(())
    }

    /// Counts steps, of which there are no more than the limits allow.
    fn spend(&self, steps: u64) -> Result<(), Fault> {
        let most = self.effective.limits.work();
        self.work.set(self.work.get().saturating_add(steps));
        if self.work.get() <= most {
            return Ok(());
        }
        let conditions = self.effective.when.iter().map(|w| &w.condition);
        let first = conditions.chain(&self.effective.exclude).next();
        let place = first.map_or(self.effective.seeds_place, |condition| condition.place);
        Err(Fault::new(place, Problem::TooMuchWork { most })
            .help("split the grid, or write fewer and shorter conditions"))
    }

    /// Counts values that the plan holds so many times.
    fn count_values(&mut self, values: u64, times: u64) -> Result<(), Fault> {
        let most = self.effective.limits.values();
        self.values = self.values.saturating_add(values.saturating_mul(times));
        if self.values <= most {
            return Ok(());
        }
        let count = self.values;
        let problem = Problem::TooManyValues { count, most };
        Err(Fault::new(self.effective.seeds_place, problem)
            .help("split the grid, or write shorter lists"))
    }

    /// What is known about a cell. A value that does not fit there (a `data_range` that the data
    /// set does not take) stays visible to conditions and is an error only if the cell is kept.
    fn settings(&self, assigned: &Assigned<'e>) -> Partial {
        self.work
            .set(self.work.get().saturating_add(STEPS_OF_SETTINGS));
        let mut values: BTreeMap<Key, Value> = assigned
            .iter()
            .map(|(key, assignment)| (*key, assignment.value.clone()))
            .collect();
        let mut misfits = Vec::new();
        let (mut settings, unused) = loop {
            match resolve(&values, self.catalog) {
                Ok(resolved) => break (resolved.settings, resolved.unused),
                Err((key, misfit)) => {
                    // Without the value its key cannot misfit again, so this ends.
                    if values.remove(&key).is_none() {
                        break (Settings::default(), Vec::new());
                    }
                    misfits.push((key, misfit));
                }
            }
        };
        for (key, _) in &misfits {
            if let Some(assignment) = assigned.get(key) {
                settings.0.insert(*key, assignment.value.clone());
            }
        }
        Partial(settings, unused, misfits)
    }
}

/// Whether a key of D comes from a word for both networks, such as `lr`, in a cell that has no D: there the
/// word means G's.
fn means_g_alone(
    key: Key,
    assignment: &Assignment,
    assigned: &Assigned<'_>,
    settings: &Settings,
) -> bool {
    let twin = Key {
        network: Some(Network::G),
        ..key
    };
    let of_both =
        |g: &&Assignment| (g.key_place, &g.value) == (assignment.key_place, &assignment.value);
    key.network == Some(Network::D)
        && settings.text("problem", None).is_ok_and(trains_g_alone)
        && settings.0.contains_key(&twin)
        && assigned.get(&twin).is_some_and(of_both)
}

/// Values in a value: those of a list and itself.
fn size(value: &Value) -> u64 {
    match value {
        Value::List(items) => 1 + items.iter().map(size).sum::<u64>(),
        _ => 1,
    }
}

/// Cells so far.
#[derive(Debug, Default)]
struct Counted {
    cells: u64,
}

/// Settings of a cell, the keys that do not apply to it, and the values that do not fit.
struct Partial(Settings, Vec<Key>, Vec<(Key, crate::param::Misfit)>);

fn assign<'e>(assigned: &mut Assigned<'e>, assignments: &'e [Assignment]) {
    for assignment in assignments {
        assigned.insert(assignment.key, assignment);
    }
}

fn product_of(axes: &[Axis]) -> u64 {
    axes.iter()
        .map(|a| a.positions.len() as u64)
        .fold(1, u64::saturating_mul)
}

/// The number of cells before `when`, without making one.
fn cells(effective: &Effective) -> Result<u64, Fault> {
    let cells = product_of(&effective.axes);
    let runs = cells.saturating_mul(effective.seeds.len());
    let most = effective.limits.runs;
    let certain = effective.exclude.is_empty() && runs > most;
    if cells > most || certain {
        return Err(too_many(
            runs,
            if effective.exclude.is_empty() {
                ""
            } else {
                "up to "
            },
            &effective.axes,
            effective,
        )
        .help(factors(&effective.axes, &effective.seeds)));
    }
    Ok(cells)
}

fn too_many(count: u64, about: &str, axes: &[Axis], effective: &Effective) -> Fault {
    let longest = axes.iter().max_by_key(|a| a.positions.len());
    let count = match count {
        u64::MAX => "more than 18 quintillion".to_owned(),
        count => format!("{about}{count}"),
    };
    let place = longest
        .filter(|a| a.positions.len() > 1)
        .map_or(effective.seeds_place, |a| a.place);
    let most = effective.limits.runs;
    Fault::new(place, Problem::TooManyRuns { count, most })
        .help("split the grid, or draw points with a 'random' section")
}

/// `2 (loss) x 1000 (lr) x 5 seeds`
fn factors(axes: &[Axis], seeds: &Seeds) -> String {
    let mut parts: Vec<_> = axes
        .iter()
        .filter(|a| a.positions.len() > 1)
        .map(|a| format!("{} ({})", a.positions.len(), a.label))
        .collect();
    if seeds.len() > 1 {
        parts.push(format!("{} seeds", seeds.len()));
    }
    parts.join(" x ")
}

/// What makes a cell special, in the order of the file: the values of its axes and what `when`
/// set. `lr` stands for both networks where they agree.
pub(super) fn peculiar(assigned: &Assigned<'_>) -> Vec<(String, Value)> {
    let mut parts: Vec<(&Key, &&Assignment)> = assigned
        .iter()
        .filter(|(_, a)| a.origin.section.is_axis() || a.origin.section == Section::WhenSet)
        .collect();
    parts.sort_by_key(|(key, a)| (a.key_place, **key));
    let mut out: Vec<(String, Value)> = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while let Some((key, a)) = parts.next() {
        let both = parts.next_if(|(k, other)| k.name == key.name && other.value == a.value);
        let label = match both {
            Some(_) => key.name.to_owned(),
            None => key.to_string(),
        };
        out.push((label, a.value.clone()));
    }
    out
}

/// The same as text: `loss=minimax, k=1`.
pub(super) fn describe(assigned: &Assigned<'_>) -> String {
    let parts: Vec<_> = peculiar(assigned)
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    parts.join(", ")
}
