//! Comparisons as JSON.

use serde_json::{Map, Value, json};

use super::unit;
use crate::cli::out::json_number;
use crate::metric::Direction;
use crate::stats::{Axis, Comparison, Effects, Summary};

/// One comparison.
pub(super) fn comparison(comparison: &Comparison<'_>) -> Value {
    let cells: Vec<_> = comparison
        .cells
        .iter()
        .map(|cell| {
            json!({
                "settings": settings(&comparison.axes, &cell.labels),
                "score": cell.summary.map(summary),
                "values": cell.values.iter().map(|(seed, value)| json!({
                    "seed": seed,
                    "value": json_number(*value),
                })).collect::<Vec<_>>(),
                "done": cell.counts.done,
                "diverged": cell.counts.diverged,
                "failed": cell.counts.failed,
                "missing": cell.counts.missing,
            })
        })
        .collect();
    let references: Vec<_> = comparison
        .references
        .iter()
        .map(|reference| {
            json!({
                "name": reference.name,
                "dataset": reference.dataset,
                "low": json_number(reference.range.0),
                "high": json_number(reference.range.1),
            })
        })
        .collect();
    let differences = if comparison.complete {
        comparison.main_effects()
    } else {
        vec![comparison.effects()]
    };
    json!({
        "metric": comparison.metric,
        "dataset": comparison.dataset,
        "unit": unit(comparison.info),
        "better": match comparison.info.map(|i| i.direction) {
            Some(Direction::Higher) => "higher",
            Some(Direction::Lower) => "lower",
            Some(Direction::Neither) | None => "neither",
        },
        "by": comparison.axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>(),
        "cells": cells,
        "references": references,
        "features": comparison.features,
        "paired_differences": differences.iter().map(effects).collect::<Vec<_>>(),
    })
}

fn effects(effects: &Effects) -> Value {
    let differences: Vec<_> = effects
        .effects
        .iter()
        .map(|effect| {
            json!({
                "value": settings(&effects.axes, &effect.level),
                "difference": effect.difference.map(summary),
                "pairs": effect.pairs,
                "unpaired": effect.unpaired,
            })
        })
        .collect();
    json!({
        "by": effects.axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>(),
        "baseline": settings(&effects.axes, &effects.baseline),
        "together_with": effects.together,
        "differences": differences,
    })
}

fn settings(axes: &[Axis], labels: &[Option<String>]) -> Value {
    let pairs = axes.iter().zip(labels);
    pairs
        .map(|(axis, label)| (axis.name.clone(), Value::from(label.clone())))
        .collect::<Map<_, _>>()
        .into()
}

fn summary(summary: Summary) -> Value {
    json!({
        "n": summary.n,
        "mean": json_number(summary.mean),
        "sd": summary.sd.map(json_number),
        "interval": summary.interval.map(|(low, high)| [json_number(low), json_number(high)]),
    })
}
