//! What TensorBoard's HParams tab is told of a run.

use serde_json::Value;

use super::message::{Message, told};
use super::name::Name;
use crate::cli::export::cell::Settings;
use crate::event::Outcome;
use crate::store::RunRow;

const PLUGIN: &str = "hparams";

/// `SUCCESS` and `FAILURE` of the plugin's `Status`. Divergence is a result.
fn status(outcome: &Outcome) -> u64 {
    match outcome.is_failure() {
        false => 1,
        true => 2,
    }
}

/// A run's settings and its outcome. The seeds of a cell are one group, over which the tab averages; so the
/// seed is no setting here.
pub(super) fn session(
    run: &RunRow,
    name: &Name,
    outcome: &Outcome,
    settings: &Settings,
    ended_at: f64,
) -> [Message; 2] {
    let started_at = match run.wall_seconds {
        Some(seconds) if ended_at > 0.0 => ended_at - seconds,
        _ => ended_at,
    };
    let mut start = Message::default();
    for setting in &name.settings {
        let value = value(&settings.json(&setting.key, &setting.value));
        let entry = Message::default().text(1, &setting.name).message(2, &value);
        start = start.message(1, &entry);
    }
    let start = start.text(4, &name.cell).double(5, started_at);
    let end = Message::default()
        .int(1, status(outcome))
        .double(2, ended_at);
    // Fields of the plugin's data; its version, 0, is that of a number that is left out.
    let data = |field, content: &Message| Message::default().message(field, content);
    [
        told("_hparams_/session_start_info", PLUGIN, &data(3, &start)),
        told("_hparams_/session_end_info", PLUGIN, &data(4, &end)),
    ]
}

/// A `google.protobuf.Value`; a list is text, as people write it.
fn value(json: &Value) -> Message {
    let message = Message::default();
    match json {
        Value::Bool(flag) => message.int(4, (*flag).into()),
        Value::Number(number) => message.double(2, number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => message.text(3, text),
        other => message.text(3, &other.to_string()),
    }
}
