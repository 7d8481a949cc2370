//! The two tables.

use std::collections::BTreeSet;

use super::cell::{Cell, Column, Holds, Settings};
use super::sink::Sink;
use crate::event::Outcome;
use crate::filter::SETTING;
use crate::stats::outcome_word;
use crate::store::{Reader, RunRow};

const OUTCOME: [(&str, Holds); 12] = [
    ("position", Holds::Whole),
    ("run", Holds::Text),
    ("seed", Holds::Whole),
    ("tags", Holds::Words),
    ("outcome", Holds::Text),
    ("outcome_step", Holds::Whole),
    ("outcome_quantity", Holds::Text),
    ("outcome_message", Holds::Text),
    ("outcome_place", Holds::Text),
    ("weights_digest", Holds::Text),
    ("series_digest", Holds::Text),
    ("flops", Holds::Whole),
];

const EXECUTION: [(&str, Holds); 9] = [
    ("attempts", Holds::Whole),
    ("wall_seconds", Holds::Number),
    ("cpu_seconds", Holds::Number),
    ("host", Holds::Text),
    ("ended_at", Holds::Whole),
    ("git_revision", Holds::Text),
    ("dirty", Holds::Flag),
    ("versions", Holds::Text),
    ("numeric_class", Holds::Text),
];

const METRICS: [(&str, Holds); 7] = [
    ("position", Holds::Whole),
    ("run", Holds::Text),
    ("seed", Holds::Whole),
    ("step", Holds::Whole),
    ("quantity", Holds::Text),
    ("value", Holds::Number),
    ("worst", Holds::Flag),
];

fn columns(of: &[(&str, Holds)]) -> impl Iterator<Item = Column> {
    of.iter().map(|(name, holds)| Column::new(name, *holds))
}

/// One row a run: outcome, every setting (`setting.modes` where a quantity has its name), the last value of
/// every quantity, and which of these are a diverged run's worst values.
pub(super) struct Runs<'a> {
    runs: &'a [RunRow],
    execution: bool,
    keys: BTreeSet<&'a String>,
    quantities: BTreeSet<&'a String>,
    settings: Settings,
}

impl<'a> Runs<'a> {
    pub fn new(runs: &'a [RunRow], execution: bool) -> Self {
        Self {
            runs,
            execution,
            keys: runs.iter().flat_map(|run| run.settings.keys()).collect(),
            // What a run has once for all, its operations, is no last value besides.
            quantities: runs
                .iter()
                .flat_map(|run| run.last.keys())
                .filter(|name| !OUTCOME.iter().any(|(own, _)| own == name))
                .collect(),
            settings: Settings::default(),
        }
    }

    pub fn columns(&self) -> Vec<Column> {
        let mut all: Vec<Column> = columns(&OUTCOME).collect();
        all.extend(self.keys.iter().map(|key| {
            let values = self.runs.iter().filter_map(|run| run.settings.get(*key));
            let holds = self.settings.holds(key, values.map(String::as_str));
            if self.quantities.contains(*key) {
                return Column::new(&format!("{SETTING}{key}"), holds);
            }
            Column::new(key, holds)
        }));
        let quantities = self.quantities.iter();
        all.extend(quantities.map(|name| Column::new(name, Holds::Number)));
        all.push(Column::new("worst", Holds::Words));
        if self.execution {
            all.extend(columns(&EXECUTION));
        }
        all
    }

    pub fn write(&self, columns: &[Column], sink: &mut Sink<'_>) -> anyhow::Result<()> {
        for run in self.runs {
            let mut cells = outcome(run);
            cells.extend(self.keys.iter().map(|key| match run.settings.get(*key) {
                None => Cell::Absent,
                Some(text) => Cell::Setting(text.clone(), self.settings.json(key, text)),
            }));
            let values = self.quantities.iter();
            let values = values.map(|name| run.last.get(*name).map(|m| m.value));
            cells.extend(values.map(Cell::number));
            let worst = run.last.iter().filter(|(_, measured)| measured.worst);
            cells.push(Cell::Words(worst.map(|(name, _)| name.clone()).collect()));
            if self.execution {
                cells.extend(execution_cells(run));
            }
            sink.row(columns, &cells)?;
        }
        Ok(())
    }
}

fn outcome(run: &RunRow) -> Vec<Cell> {
    let (mut step, mut quantity, mut message, mut place) = (None, None, None, None);
    match &run.outcome {
        Some(Outcome::Diverged {
            step: at,
            quantity: what,
        }) => (step, quantity) = (Some(*at), Some(what.as_str())),
        Some(Outcome::TimedOut { step: at, .. }) => step = Some(*at),
        Some(Outcome::Failed { message: text }) => message = Some(text.as_str()),
        Some(Outcome::Crashed {
            message: text,
            place: at,
        }) => (message, place) = (Some(text.as_str()), Some(at.as_str())),
        Some(Outcome::Done) | None => {}
    }
    vec![
        Cell::Count(run.position),
        Cell::Text(run.id.to_string()),
        Cell::Count(run.seed),
        Cell::Words(run.tags.clone()),
        Cell::Text(outcome_word(run.outcome.as_ref()).to_owned()),
        Cell::count(step),
        Cell::text(quantity),
        Cell::text(message),
        Cell::text(place),
        Cell::text(run.weights_digest.as_deref()),
        Cell::text(run.series_digest.as_deref()),
        Cell::count(run.flops),
    ]
}

fn execution_cells(run: &RunRow) -> [Cell; 9] {
    let made_by = run.provenance.as_ref();
    [
        Cell::Count(run.attempts.into()),
        Cell::number(run.wall_seconds),
        Cell::number(run.cpu_seconds),
        Cell::text(run.host.as_deref()),
        Cell::count(run.ended_at.and_then(|at| u64::try_from(at).ok())),
        Cell::text(made_by.map(|p| p.git_revision.as_str())),
        made_by.map_or(Cell::Absent, |p| Cell::Flag(p.dirty)),
        Cell::text(made_by.map(|p| p.versions.as_str())),
        Cell::text(made_by.map(|p| p.numeric_class.as_str())),
    ]
}

/// The columns of [`metrics`].
pub(super) fn metric_columns() -> Vec<Column> {
    columns(&METRICS).collect()
}

/// One row a value: runs in plan order, each by step and quantity.
pub(super) fn metrics(
    runs: &[RunRow],
    reader: &Reader,
    columns: &[Column],
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    for run in runs.iter().filter(|run| run.outcome.is_some()) {
        let series = reader.all_series(run.id)?;
        let mut values: Vec<_> = series
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |m| (m.step, name, m)))
            .collect();
        values.sort_by_key(|(step, name, _)| (*step, *name));
        for (step, name, measured) in values {
            let cells = [
                Cell::Count(run.position),
                Cell::Text(run.id.to_string()),
                Cell::Count(run.seed),
                Cell::Count(step),
                Cell::Text(name.clone()),
                Cell::Number(measured.value),
                Cell::Flag(measured.worst),
            ];
            sink.row(columns, &cells)?;
        }
    }
    Ok(())
}
