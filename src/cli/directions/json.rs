//! Directions as JSON.

use serde_json::{Value, json};

use crate::cli::out::json_number;
use crate::latent::directions::{Directions, Law, Matrix, Protocol};

pub(super) fn of(found: &Directions, protocol: &Protocol) -> Value {
    let word = |i: usize| found.attributes[i].to_string();
    let attributes: Vec<Value> = (0..found.attributes.len())
        .map(|i| {
            let separator = &found.separators[i];
            json!({
                "attribute": word(i),
                "unit": found.attributes[i].unit(),
                "mean": json_number(found.scales[i].mean),
                "sd": json_number(found.scales[i].sd),
                "accuracy": json_number(separator.accuracy),
                "held_out": separator.held_out,
            })
        })
        .collect();
    let moves: Vec<Value> = found
        .moves
        .iter()
        .map(|step| {
            let changes: Vec<Value> = step
                .changes
                .iter()
                .enumerate()
                .map(|(i, change)| {
                    json!({
                        "attribute": word(i),
                        "mean": json_number(change.mean),
                        "standard_error": json_number(change.standard_error),
                        "n": change.n,
                    })
                })
                .collect();
            json!({
                "along": word(step.along),
                "without": step.off.map(word),
                "direction": numbers(&step.direction),
                "changes": changes,
            })
        })
        .collect();
    json!({
        "drawn": found.drawn,
        "measured": found.places.len(),
        "share": protocol.share,
        "extremes": found.extremes,
        "latents": {"mean": numbers(&found.origin.mean), "sd": json_number(found.origin.sd)},
        "attributes": attributes,
        "correlation": {
            "generated": matrix(&found.covariance),
            "real": matrix(&found.real.0),
            "real_n": found.real.1,
        },
        "law": law(&found.by_separators, &found.covariance),
        "best_law": law(&found.by_regression, &found.covariance),
        "moves": moves,
    })
}

fn law(law: &Law, covariance: &Matrix) -> Value {
    json!({
        "normals": matrix(&law.normals),
        "lambda": numbers(&law.lambda),
        "r2": numbers(&law.r2),
        "cosines": matrix(&law.cosines()),
        "covariance": matrix(&law.covariance()),
        "relative_difference": json_number(law.difference(covariance)),
    })
}

fn matrix(rows: &[Vec<f64>]) -> Value {
    rows.iter().map(|row| numbers(row)).collect()
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|x| json_number(*x)).collect()
}
