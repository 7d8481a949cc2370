//! Registering a plan: the sweep, its runs, and who is a member in which order.

use std::path::Path;

use rusqlite::{Connection, params};

use super::error::{Doing, integer};
use super::{StoreError, clock};
use crate::grid::Plan;
use crate::param::{Settings, Value};
use crate::spec::RunSpec;

/// What registering a plan changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Runs that no sweep held before.
    pub new_runs: usize,
    /// Runs that the sweep held and that its grid no longer asks for; they are kept.
    pub left_runs: usize,
}

/// A plan in the form in which it is stored; made on the caller's thread.
#[derive(Debug)]
pub(super) struct Registration {
    name: String,
    profile: String,
    question: Option<String>,
    source: String,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    key: RunKey,
    tags: String,
}

/// What a run is, as its row says it.
#[derive(Debug)]
pub(super) struct RunKey {
    id: String,
    trajectory: String,
    seed: i64,
    settings: String,
}

impl RunKey {
    pub(super) fn of(spec: &RunSpec) -> Result<Self, StoreError> {
        Ok(Self {
            id: spec.id().to_string(),
            trajectory: spec.trajectory_id().to_string(),
            seed: integer("seed", spec.seed())?,
            settings: settings_json(&spec.settings),
        })
    }

    /// Adds the row unless it is there; how many were added.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<usize> {
        connection
            .prepare_cached(
                "INSERT INTO runs (id, trajectory, seed, settings) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![self.id, self.trajectory, self.seed, self.settings])
    }
}

impl Registration {
    pub(super) fn of(plan: &Plan) -> Result<Self, StoreError> {
        let members = plan
            .runs
            .iter()
            .map(|run| {
                Ok(Member {
                    key: RunKey::of(&run.spec)?,
                    tags: serde_json::Value::from(run.tags.clone()).to_string(),
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self {
            name: plan.name.clone(),
            profile: plan.profile.clone(),
            question: plan.question.clone(),
            source: plan.source.clone(),
            members,
        })
    }

    /// Stores it; the caller holds a transaction.
    pub(super) fn store(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> Result<Registered, StoreError> {
        self.insert(connection).doing("register the plan", path)
    }

    fn insert(&self, connection: &Connection) -> rusqlite::Result<Registered> {
        let now = clock::now();
        let sweep: i64 = connection.query_row(
            "INSERT INTO sweeps (name, profile, question, source, created_at, planned_at, plan)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, (SELECT coalesce(max(plan), 0) + 1 FROM sweeps))
             ON CONFLICT (name, profile) DO UPDATE SET question = excluded.question,
                 source = excluded.source, planned_at = excluded.planned_at, plan = excluded.plan
             RETURNING sweep",
            params![self.name, self.profile, self.question, self.source, now],
            |row| row.get(0),
        )?;
        // Everybody leaves, and those in the plan come back.
        connection.execute(
            "UPDATE sweep_runs SET left_at = ?2 WHERE sweep = ?1 AND left_at IS NULL",
            params![sweep, LEAVING],
        )?;
        let mut new_runs = 0;
        let mut add_member = connection.prepare_cached(
            "INSERT INTO sweep_runs (sweep, run, position, tags)
             SELECT ?1, run, ?3, ?4 FROM runs WHERE id = ?2
             ON CONFLICT (sweep, run) DO UPDATE
             SET position = excluded.position, tags = excluded.tags, left_at = NULL",
        )?;
        for (position, member) in self.members.iter().enumerate() {
            new_runs += member.key.insert(connection)?;
            add_member.execute(params![sweep, member.key.id, position as i64, member.tags])?;
        }
        let left_runs = connection.execute(
            "UPDATE sweep_runs SET left_at = ?2 WHERE sweep = ?1 AND left_at = ?3",
            params![sweep, now, LEAVING],
        )?;
        Ok(Registered {
            new_runs,
            left_runs,
        })
    }
}

/// Stands in `left_at` while a plan is being registered; never committed.
const LEAVING: i64 = -1;

/// The settings as a JSON object, keys sorted as they are written (`norm.d` before `norm.g`).
fn settings_json(settings: &Settings) -> String {
    let object: serde_json::Map<String, serde_json::Value> = settings
        .0
        .iter()
        .map(|(key, value)| (key.to_string(), json(value)))
        .collect();
    serde_json::Value::Object(object).to_string()
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        // Shortest text that reads back as the same number; a checked setting is finite.
        Value::Float(x) => (*x).into(),
        Value::Text(s) => s.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
    }
}

/// A setting from its JSON form.
pub(super) fn setting(json: &serde_json::Value) -> Result<Value, StoreError> {
    use serde_json::Value as Json;
    Ok(match json {
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => Value::Int(i),
            (None, Some(x)) => Value::Float(x),
            (None, None) => return Err(not_a_setting(json)),
        },
        Json::String(s) => Value::Text(s.clone()),
        Json::Array(items) => Value::List(items.iter().map(setting).collect::<Result<_, _>>()?),
        Json::Null | Json::Object(_) => return Err(not_a_setting(json)),
    })
}

fn not_a_setting(json: &serde_json::Value) -> StoreError {
    StoreError::Unreadable {
        what: "a setting",
        found: json.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{json, setting};
    use crate::param::Value;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            // What a checked value can be: finite, and never -0.
            (-1e308..1e308_f64).prop_map(|x| Value::Float(x + 0.0)),
            (-300..300_i32, 1.0..10.0_f64).prop_map(|(e, x)| Value::Float(x * 10_f64.powi(e))),
            ".*".prop_map(Value::Text),
        ];
        leaf.prop_recursive(2, 16, 4, |inner| {
            prop::collection::vec(inner, 0..4).prop_map(Value::List)
        })
    }

    proptest! {
        #[test]
        fn a_setting_comes_back_bit_for_bit(value in values()) {
            let text = json(&value).to_string();
            let read = serde_json::from_str(&text).expect("what was written is JSON");
            prop_assert_eq!(setting(&read).expect("a setting"), value);
        }
    }
}
