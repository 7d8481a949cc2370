//! The two tables and the two ways to write a row.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::Value;

use crate::cli::out::{json_number, spell};
use crate::event::Outcome;
use crate::param::Kind;
use crate::spec::registry;
use crate::stats::outcome_word;
use crate::store::{Reader, RunRow};

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Empty in CSV, null in JSON.
    Absent,
    /// Text.
    Text(String),
    /// A count.
    Count(u64),
    /// A number in its shortest form that reads back the same.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A setting as people write it, and as JSON.
    Setting(String, Value),
    /// Words.
    Words(Vec<String>),
}

impl Cell {
    fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Absent, |text| Self::Text(text.to_owned()))
    }

    fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Absent, Self::Count)
    }

    fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }

    fn csv(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) | Self::Setting(text, _) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Number(x) => spell(*x),
            Self::Flag(yes) => yes.to_string(),
            Self::Words(words) => words.join(" "),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(n) => (*n).into(),
            Self::Number(x) => json_number(*x),
            Self::Flag(yes) => (*yes).into(),
            Self::Setting(_, json) => json.clone(),
            Self::Words(words) => words.clone().into(),
        }
    }
}

/// Writes rows, as CSV or as JSON lines, columns in their order.
pub(super) enum Sink<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Jsonl(&'a mut dyn Write),
}

impl<'a> Sink<'a> {
    pub(super) fn new(to: &'a mut dyn Write, as_csv: bool) -> Self {
        if as_csv {
            Self::Csv(Box::new(csv::Writer::from_writer(to)))
        } else {
            Self::Jsonl(to)
        }
    }

    fn head(&mut self, columns: &[String]) -> io::Result<()> {
        match self {
            Self::Csv(csv) => csv.write_record(columns).map_err(plain),
            Self::Jsonl(_) => Ok(()),
        }
    }

    fn row(&mut self, columns: &[String], cells: &[Cell]) -> io::Result<()> {
        match self {
            Self::Csv(csv) => csv.write_record(cells.iter().map(Cell::csv)).map_err(plain),
            Self::Jsonl(to) => {
                // Not a map of serde_json, which would sort the columns.
                let fields: Vec<String> = columns
                    .iter()
                    .zip(cells)
                    .map(|(name, cell)| format!("{}:{}", Value::from(name.as_str()), cell.json()))
                    .collect();
                writeln!(to, "{{{}}}", fields.join(","))
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush(),
            Self::Jsonl(to) => to.flush(),
        }
    }
}

/// The error as the file or pipe gave it; csv's own conversion hides its kind.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

const OUTCOME: [&str; 12] = [
    "position",
    "run",
    "seed",
    "tags",
    "outcome",
    "outcome_step",
    "outcome_quantity",
    "outcome_message",
    "outcome_place",
    "weights_digest",
    "series_digest",
    "flops",
];

const EXECUTION: [&str; 9] = [
    "attempts",
    "wall_seconds",
    "cpu_seconds",
    "host",
    "ended_at",
    "git_revision",
    "dirty",
    "versions",
    "numeric_class",
];

/// One row a run: outcome, every setting, the last value of every quantity, and which of these are
/// a diverged run's worst values.
pub(super) fn runs(runs: &[RunRow], execution: bool, sink: &mut Sink<'_>) -> io::Result<()> {
    let keys: BTreeSet<&String> = runs.iter().flat_map(|run| run.settings.keys()).collect();
    let quantities: BTreeSet<&String> = runs.iter().flat_map(|run| run.last.keys()).collect();
    let mut columns: Vec<String> = OUTCOME.map(str::to_owned).to_vec();
    columns.extend(keys.iter().copied().cloned());
    columns.extend(quantities.iter().copied().cloned());
    columns.push("worst".to_owned());
    if execution {
        columns.extend(EXECUTION.map(str::to_owned));
    }
    let words = Words::default();
    sink.head(&columns)?;
    for run in runs {
        let mut cells = outcome(run);
        cells.extend(keys.iter().map(|key| match run.settings.get(*key) {
            None => Cell::Absent,
            Some(text) => Cell::Setting(text.clone(), words.json(key, text)),
        }));
        let values = quantities.iter().map(|q| run.last.get(*q).map(|m| m.value));
        cells.extend(values.map(Cell::number));
        let worst = run.last.iter().filter(|(_, measured)| measured.worst);
        cells.push(Cell::Words(worst.map(|(name, _)| name.clone()).collect()));
        if execution {
            cells.extend(execution_cells(run));
        }
        sink.row(&columns, &cells)?;
    }
    Ok(())
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

/// One row a value: runs in plan order, each by step and quantity.
pub(super) fn metrics(runs: &[RunRow], reader: &Reader, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    let columns = [
        "position", "run", "seed", "step", "quantity", "value", "worst",
    ]
    .map(str::to_owned);
    sink.head(&columns)?;
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
            sink.row(&columns, &cells)?;
        }
    }
    Ok(())
}

/// Which settings are words: a data set named `123` is not a number.
struct Words(BTreeSet<&'static str>);

impl Default for Words {
    fn default() -> Self {
        let is_word = |kind: Kind| matches!(kind, Kind::Axis(_) | Kind::Words(_));
        let entries = registry().into_iter().map(|entry| entry.param);
        Self(
            entries
                .filter(|param| is_word(param.kind))
                .map(|param| param.name)
                .collect(),
        )
    }
}

impl Words {
    fn json(&self, key: &str, text: &str) -> Value {
        let name = key
            .strip_suffix(".g")
            .or(key.strip_suffix(".d"))
            .unwrap_or(key);
        if self.0.contains(name) {
            return text.into();
        }
        serde_json::from_str(text).unwrap_or_else(|_| text.into())
    }
}
