//! What was measured, as text and as JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::measure::Report;
use crate::cli::columns::{Align, Columns};
use crate::cli::out::json_number;
use crate::stats::figure;

pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "{name:<10}{text}");
    };
    let set = |(name, n): &(String, usize)| format!("{name}, n = {n}");
    line("real", &set(&report.real));
    line("generated", &set(&report.fake));
    if let Some(train) = &report.train {
        line("training", &set(train));
    }
    line("features", &report.network);
    let with_intervals = report.rows.iter().any(|row| row.interval.is_some());
    let mut columns = Columns::default()
        .column("metric", Align::Left)
        .column("value", Align::Right);
    if with_intervals {
        columns = columns.column("95 % interval", Align::Right);
    }
    columns = columns.column("beside it", Align::Left);
    for row in &report.rows {
        let mut cells = vec![row.name.clone(), digits(row.value)];
        if with_intervals {
            cells.push(row.interval.map_or_else(String::new, |i| {
                format!("[{}, {}]", figure(i.low), figure(i.high))
            }));
        }
        let beside = row.beside.iter();
        let beside: Vec<_> = beside.map(|(n, v)| format!("{n} {}", figure(*v))).collect();
        cells.push(beside.join(", "));
        columns.row(cells);
    }
    let _ = write!(out, "\n{}", columns.text());
    for row in &report.rows {
        if let Some(note) = &row.note {
            let _ = writeln!(out, "{}: {note}", row.name);
        }
    }
    out
}

/// Eight significant digits: enough to compare with another program's.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => return "0".to_owned(),
        size if !size.is_finite() => return figure(value),
        size if !(1e-4..1e8).contains(&size) => return format!("{value:.7e}"),
        size => 7 - size.log10().floor() as i32,
    };
    let text = format!("{value:.*}", decimals.max(0) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

pub(super) fn json(report: &Report) -> Value {
    let set = |(name, n): &(String, usize)| json!({"name": name, "n": n});
    let metrics: Vec<Value> = report
        .rows
        .iter()
        .map(|row| {
            let beside = row.beside.iter();
            let beside: Map<_, _> = beside
                .map(|(name, value)| (name.clone(), json_number(*value)))
                .collect();
            json!({
                "metric": row.name,
                "value": json_number(row.value),
                "interval": row.interval.map(|i| json!({
                    "low": json_number(i.low),
                    "high": json_number(i.high),
                    "standard_error": json_number(i.standard_error),
                    "draws": i.draws,
                })),
                "beside": beside,
                "note": row.note,
            })
        })
        .collect();
    json!({
        "real": set(&report.real),
        "generated": set(&report.fake),
        "training": report.train.as_ref().map(set),
        "features": report.network,
        "metrics": metrics,
    })
}
