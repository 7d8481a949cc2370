//! Where sweeps stand, for people.

use std::fmt::Write;

use super::left::{LEAST, phrase};
use super::standing::{Running, Standing};
use crate::cli::columns::{Align, Columns};

/// `now` in seconds since 1970.
pub(super) fn of(sweeps: &[Standing], now: i64) -> String {
    let mut text = table(sweeps);
    let running = || sweeps.iter().filter(|s| !s.running.is_empty());
    if running().next().is_some() {
        text.push('\n');
        text.push_str(&workers(running(), now));
        text.push('\n');
    }
    for sweep in running() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {}", name(sweep), left(sweep));
    }
    if sweeps.iter().any(|sweep| sweep.interrupted > 0) {
        text.push_str(
            "\ninterrupted: begun and not ended, with no worker; `gan-sweep run` of the grid goes on\n",
        );
    }
    text
}

fn name(standing: &Standing) -> String {
    match standing.profile.as_str() {
        "" => standing.sweep.clone(),
        profile => format!("{} ({profile})", standing.sweep),
    }
}

fn table(sweeps: &[Standing]) -> String {
    let mut columns = Columns::default()
        .column("sweep", Align::Left)
        .column("state", Align::Left);
    for name in [
        "cells",
        "runs",
        "done",
        "diverged",
        "failed",
        "missing",
        "running",
        "interrupted",
    ] {
        columns = columns.column(name, Align::Right);
    }
    for s in sweeps {
        let mut row = vec![name(s), s.state().to_owned()];
        row.push(format!("{}/{}", s.cells.0, s.cells.1));
        row.push(format!("{}/{}", s.runs - s.missing, s.runs));
        row.extend(
            [
                s.done,
                s.diverged,
                s.failed,
                s.missing,
                s.running.len(),
                s.interrupted,
            ]
            .map(|n| n.to_string()),
        );
        columns.row(row);
    }
    let few = ["diverged", "failed", "missing", "running", "interrupted"];
    columns.without_zeros(&few).text()
}

fn workers<'s>(sweeps: impl Iterator<Item = &'s Standing>, now: i64) -> String {
    let mut columns = Columns::default()
        .column("run", Align::Left)
        .column("step", Align::Right)
        .column("of it", Align::Right)
        .column("for", Align::Right)
        .column("what", Align::Left);
    for sweep in sweeps {
        for running in &sweep.running {
            let share = running.share();
            columns.row(vec![
                running.run.short(),
                step(running),
                share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0)),
                format!("{} s", (now - running.started_at).max(0)),
                format!("{}: {}", name(sweep), running.label),
            ]);
        }
    }
    columns.text()
}

fn step(running: &Running) -> String {
    match running.steps {
        Some(steps) => format!("{}/{steps}", running.step),
        None => running.step.to_string(),
    }
}

fn left(standing: &Standing) -> String {
    match standing.left {
        Some(left) => format!("{} left", phrase(left)),
        None if standing.timed < LEAST => format!(
            "no estimate yet: {} of the {LEAST} runs that it takes have ended",
            standing.timed
        ),
        None => "no estimate".to_owned(),
    }
}
