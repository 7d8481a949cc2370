//! Queries that give rows of runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Doing, count};
use super::{AttemptRow, Measured, Past, Provenance, RunRow, StoreError, value};
use crate::event::Outcome;
use crate::param::Value;
use crate::spec::RunId;

const READ: &str = "read results";

/// Which runs, and where their place in a plan comes from.
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// The members of a sweep, in plan order.
    Members(i64),
    /// What a sweep's grid once asked for and no longer does.
    Left(i64),
    /// One run; outside a sweep it has position 0 and no tags.
    One(&'a str),
}

impl Which<'_> {
    fn source(self) -> &'static str {
        match self {
            Self::Members(_) => {
                "(SELECT run, position, tags FROM sweep_runs WHERE sweep = ?1 AND left_at IS NULL)"
            }
            Self::Left(_) => {
                "(SELECT run, position, tags FROM sweep_runs
                  WHERE sweep = ?1 AND left_at IS NOT NULL)"
            }
            Self::One(_) => "(SELECT run, 0 AS position, '[]' AS tags FROM runs WHERE id = ?1)",
        }
    }

    fn parameter(self) -> rusqlite::types::Value {
        match self {
            Self::Members(sweep) | Self::Left(sweep) => sweep.into(),
            Self::One(id) => id.to_owned().into(),
        }
    }
}

/// The runs, in order.
pub(super) fn runs(
    db: &Connection,
    path: &Path,
    which: Which<'_>,
) -> Result<Vec<RunRow>, StoreError> {
    let (mut out, places) = rows(db, path, which)?;
    for (run, quantity, measured) in last_values(db, path, which.source(), which.parameter())? {
        if let Some(&place) = places.get(&run) {
            out[place].last.insert(quantity, measured);
        }
    }
    Ok(out)
}

/// The runs, in order, without their last values, which are most of the work.
pub(super) fn members(
    db: &Connection,
    path: &Path,
    which: Which<'_>,
) -> Result<Vec<RunRow>, StoreError> {
    Ok(rows(db, path, which)?.0)
}

/// The runs, and the place of each by its key.
fn rows(
    db: &Connection,
    path: &Path,
    which: Which<'_>,
) -> Result<(Vec<RunRow>, BTreeMap<i64, usize>), StoreError> {
    let source = which.source();
    let mut select = db
        .prepare_cached(&format!(
            "SELECT r.run, r.id, s.position, r.seed, r.settings, s.tags, r.attempts,
                 a.outcome, a.outcome_step, a.outcome_quantity, a.outcome_message, a.outcome_place,
                 a.limit_seconds, a.weights_digest, a.series_digest, a.flops, a.wall_seconds,
                 a.cpu_seconds, a.host, a.ended_at, p.git_revision, p.dirty, p.versions,
                 p.numeric_class, a.features
             FROM {source} s JOIN runs r USING (run)
             LEFT JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
             LEFT JOIN provenances p USING (provenance)
             ORDER BY s.position, r.id"
        ))
        .doing(READ, path)?;
    let mut rows = select.query([which.parameter()]).doing(READ, path)?;
    let mut out = Vec::new();
    let mut places = BTreeMap::new();
    while let Some(row) = rows.next().doing(READ, path)? {
        places.insert(row.get::<_, i64>(0).doing(READ, path)?, out.len());
        out.push(run_row(row, path)?);
    }
    Ok((out, places))
}

fn run_row(row: &Row<'_>, path: &Path) -> Result<RunRow, StoreError> {
    let text = |column: usize| row.get::<_, String>(column).doing(READ, path);
    let integer = |column: usize| row.get::<_, i64>(column).doing(READ, path);
    let maybe = |column: usize| row.get::<_, Option<i64>>(column).doing(READ, path);
    let provenance = match row.get::<_, Option<String>>(20).doing(READ, path)? {
        None => None,
        Some(git_revision) => Some(Provenance {
            git_revision,
            dirty: row.get(21).doing(READ, path)?,
            versions: text(22)?,
            numeric_class: text(23)?,
        }),
    };
    Ok(RunRow {
        id: id(&text(1)?)?,
        position: count("a position", integer(2)?)?,
        seed: count("a seed", integer(3)?)?,
        settings: settings(&text(4)?)?,
        tags: serde_json::from_str(&text(5)?).map_err(|error| StoreError::Unreadable {
            what: "tags",
            found: error.to_string(),
        })?,
        attempts: u32::try_from(integer(6)?).unwrap_or(u32::MAX),
        outcome: outcome(row, 7, path)?,
        last: BTreeMap::new(),
        weights_digest: row.get(13).doing(READ, path)?,
        series_digest: row.get(14).doing(READ, path)?,
        flops: maybe(15)?.map(|n| count("flops", n)).transpose()?,
        wall_seconds: row.get(16).doing(READ, path)?,
        cpu_seconds: row.get(17).doing(READ, path)?,
        host: row.get(18).doing(READ, path)?,
        ended_at: maybe(19)?,
        features: row.get(24).doing(READ, path)?,
        provenance,
    })
}

/// The last value of every quantity of those runs that ended.
fn last_values(
    db: &Connection,
    path: &Path,
    source: &str,
    parameter: rusqlite::types::Value,
) -> Result<Vec<(i64, String, Measured)>, StoreError> {
    // The cross join makes SQLite go from run and quantity to the one row by the primary key.
    let mut select = db
        .prepare_cached(&format!(
            "SELECT r.run, q.name, x.step, x.value, x.kind, x.worst
             FROM {source} s JOIN runs r USING (run)
             JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts AND a.outcome IS NOT NULL
             CROSS JOIN quantities q
             JOIN metrics x ON x.run = r.run AND x.quantity = q.quantity AND x.step = (
                 SELECT max(y.step) FROM metrics y
                 WHERE y.run = r.run AND y.quantity = q.quantity)"
        ))
        .doing(READ, path)?;
    let mut rows = select.query([parameter]).doing(READ, path)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().doing(READ, path)? {
        let key = row.get(0).doing(READ, path)?;
        let name = row.get(1).doing(READ, path)?;
        out.push((key, name, measured(row, 2, path)?));
    }
    Ok(out)
}

/// Columns step, value, kind, worst.
pub(super) fn measured(row: &Row<'_>, first: usize, path: &Path) -> Result<Measured, StoreError> {
    let step = row.get(first).doing(READ, path)?;
    let value = row.get(first + 1).doing(READ, path)?;
    let kind = row.get(first + 2).doing(READ, path)?;
    Ok(Measured {
        step: count("a step", step)?,
        value: value::decode(value, kind)?,
        worst: row.get(first + 3).doing(READ, path)?,
    })
}

/// Columns outcome, step, quantity, message, place, limit.
fn outcome(row: &Row<'_>, first: usize, path: &Path) -> Result<Option<Outcome>, StoreError> {
    let text = |column: usize| {
        row.get::<_, Option<String>>(first + column)
            .map(Option::unwrap_or_default)
            .doing(READ, path)
    };
    let Some(word) = row.get::<_, Option<String>>(first).doing(READ, path)? else {
        return Ok(None);
    };
    Ok(Some(match word.as_str() {
        "done" => Outcome::Done,
        "diverged" => Outcome::Diverged {
            step: count("a step", row.get(first + 1).doing(READ, path)?)?,
            quantity: text(2)?,
        },
        "timed_out" => Outcome::TimedOut {
            step: count("a step", row.get(first + 1).doing(READ, path)?)?,
            limit: Duration::from_secs_f64(row.get(first + 5).doing(READ, path)?),
        },
        "failed" => Outcome::Failed { message: text(3)? },
        "crashed" => Outcome::Crashed {
            message: text(3)?,
            place: text(4)?,
        },
        _ => {
            return Err(StoreError::Unreadable {
                what: "an outcome",
                found: word,
            });
        }
    }))
}

/// The outcomes of those runs that have one.
pub(super) fn outcomes(
    db: &Connection,
    path: &Path,
    ids: &[RunId],
) -> Result<BTreeMap<RunId, Outcome>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT a.outcome, a.outcome_step, a.outcome_quantity, a.outcome_message,
                 a.outcome_place, a.limit_seconds
             FROM runs r JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
             WHERE r.id = ?1",
        )
        .doing(READ, path)?;
    let mut out = BTreeMap::new();
    for id in ids {
        let found = select
            .query_row(params![id.to_string()], |row| Ok(outcome(row, 0, path)))
            .optional()
            .doing(READ, path)?;
        if let Some(outcome) = found.transpose()?.flatten() {
            out.insert(*id, outcome);
        }
    }
    Ok(out)
}

/// What became of those runs that were attempted.
pub(super) fn pasts(
    db: &Connection,
    path: &Path,
    ids: &[RunId],
) -> Result<BTreeMap<RunId, Past>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT a.outcome, a.outcome_step, a.outcome_quantity, a.outcome_message,
                 a.outcome_place, a.limit_seconds, p.versions, a.from_step, a.stopped_step
             FROM runs r JOIN attempts a USING (run) JOIN provenances p USING (provenance)
             WHERE r.id = ?1 ORDER BY a.attempt DESC",
        )
        .doing(READ, path)?;
    let mut out = BTreeMap::new();
    for id in ids {
        let mut rows = select.query([id.to_string()]).doing(READ, path)?;
        let mut past: Option<Past> = None;
        while let Some(row) = rows.next().doing(READ, path)? {
            let outcome = outcome(row, 0, path)?;
            let is_lost =
                outcome.is_none() && row.get::<_, Option<i64>>(8).doing(READ, path)?.is_none();
            let past = match &mut past {
                Some(past) => past,
                None => past.insert(Past {
                    outcome,
                    versions: row.get(6).doing(READ, path)?,
                    lost: Vec::new(),
                }),
            };
            if !is_lost {
                break;
            }
            let from = row.get(7).doing(READ, path)?;
            past.lost.push(count("a step", from)?);
        }
        out.extend(past.map(|past| (*id, past)));
    }
    Ok(out)
}

/// The attempts at a run, the first first.
pub(super) fn attempts(
    db: &Connection,
    path: &Path,
    run: RunId,
) -> Result<Vec<AttemptRow>, StoreError> {
    let mut select = db
        .prepare_cached(
            "SELECT a.outcome, a.outcome_step, a.outcome_quantity, a.outcome_message,
                 a.outcome_place, a.limit_seconds, a.attempt, a.started_at, a.ended_at, a.host,
                 a.from_step, a.stopped_step, a.wall_seconds, p.versions, p.numeric_class
             FROM runs r JOIN attempts a USING (run) JOIN provenances p USING (provenance)
             WHERE r.id = ?1 ORDER BY a.attempt",
        )
        .doing(READ, path)?;
    let mut rows = select.query([run.to_string()]).doing(READ, path)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().doing(READ, path)? {
        let step = |column: usize| row.get::<_, Option<i64>>(column).doing(READ, path);
        let stopped = step(11)?.map(|s| count("a step", s)).transpose()?;
        out.push(AttemptRow {
            outcome: outcome(row, 0, path)?,
            number: count("an attempt", row.get(6).doing(READ, path)?)?,
            started_at: row.get(7).doing(READ, path)?,
            ended_at: row.get(8).doing(READ, path)?,
            host: row.get(9).doing(READ, path)?,
            from_step: count("a step", row.get(10).doing(READ, path)?)?,
            stopped_step: stopped,
            wall_seconds: row.get(12).doing(READ, path)?,
            versions: row.get(13).doing(READ, path)?,
            numeric_class: row.get(14).doing(READ, path)?,
        });
    }
    Ok(out)
}

/// A run's id as the database holds it.
pub(super) fn id(text: &str) -> Result<RunId, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable {
        what: "a run's id",
        found: text.to_owned(),
    })
}

/// Settings as people write them, from their JSON object.
fn settings(json: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let values = values(json)?.into_iter();
    Ok(values
        .map(|(key, value)| (key, value.to_string()))
        .collect())
}

/// Settings from their JSON object.
pub(super) fn values(json: &str) -> Result<BTreeMap<String, Value>, StoreError> {
    let object: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(json).map_err(|error| StoreError::Unreadable {
            what: "settings",
            found: error.to_string(),
        })?;
    object
        .into_iter()
        .map(|(key, value)| Ok((key, super::plan::setting(&value)?)))
        .collect()
}
