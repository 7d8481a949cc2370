//! Walks as text, as JSON and as a picture.

use serde_json::{Value, json};

use super::Found;
use crate::cli::columns::{Align, Columns};
use crate::cli::look::{Open, line};
use crate::cli::out::{count, json_number};
use crate::latent::interpolation::{RESOLUTIONS, Route, Walk, images};
use crate::metric::fid::quantised;
use crate::report::{Column, Mosaic, Row, Tile};
use crate::stats::{Summary, figure, interval};

/// Pairs that the picture shows: three routes each fill a screen.
const SHOWN: usize = 3;

pub(super) fn text(found: &Found) -> String {
    let n = found.pairs.len();
    let mut text = String::new();
    let with_features = format!("{}, {} real images", found.features, found.real);
    line(&mut text, "features", &with_features);
    line(&mut text, "pairs", &n.to_string());
    text.push('\n');
    text.push_str(&positions(found));
    text.push_str(&format!(
        "each a share (precision) or mean (density) of {}: a precision has a standard error of up to {}; \
         {} other real images have precision {} and density {}\n\n",
        count(n, "image"),
        figure(0.5 / (n as f64).sqrt()),
        found.perfect.1,
        figure(found.perfect.0[0]),
        figure(found.perfect.0[1]),
    ));
    text.push_str(&between_the_ends(found));
    text.push('\n');
    text.push_str(&smoothness(found));
    text.push_str(
        "means over the pairs with 95 % intervals; largest step at 128 over that at 64 steps: 0.5 of a \
         smooth walk, 1 of one that jumps\n",
    );
    text
}

/// A table of precision, density and length at every position.
fn positions(found: &Found) -> String {
    let mut columns = Columns::default().column("t", Align::Right);
    for walk in &found.walks {
        let word = walk.route.word();
        columns = columns
            .column(format!("precision {word}"), Align::Right)
            .column("density", Align::Right);
        if !walk.norms.is_empty() {
            columns = columns.column("|z|", Align::Right);
        }
    }
    let measured: Vec<_> = found
        .walks
        .iter()
        .map(|w| (w.at_positions(), w.mean_norms()))
        .collect();
    for position in 0..found.points {
        let mut cells = vec![figure(t(found, position))];
        for (realism, norms) in &measured {
            cells.extend(realism[position].map(|x| format!("{x:.3}")));
            cells.extend(norms.get(position).map(|norm| figure(*norm)));
        }
        columns.row(cells);
    }
    columns.text()
}

fn t(found: &Found, position: usize) -> f64 {
    position as f64 / (found.points - 1) as f64
}

/// Precision and density between the ends, and every walk against the cross-fade, pair by pair.
fn between_the_ends(found: &Found) -> String {
    let mut columns = Columns::default()
        .column("between the ends", Align::Left)
        .column("n", Align::Right);
    for name in ["precision", "density"] {
        columns = columns
            .column(name, Align::Right)
            .column("95 % interval", Align::Right);
    }
    for (name, terms) in compared(&found.walks) {
        let mut cells = vec![name, terms.len().to_string()];
        for which in 0..2 {
            let values: Vec<f64> = terms.iter().map(|term| term[which]).collect();
            cells.extend(mean_and_interval(&values));
        }
        columns.row(cells);
    }
    columns.text()
}

/// Names with precision and density of every pair.
fn compared(walks: &[Walk]) -> Vec<(String, Vec<[f64; 2]>)> {
    let each = walks
        .iter()
        .map(|w| (w.route.word().to_owned(), w.between()));
    let mut all: Vec<_> = each.collect();
    if let Some(control) = walks.iter().find(|w| w.route == Route::CrossFade) {
        let control_terms = control.between();
        for walk in walks.iter().filter(|w| w.route != Route::CrossFade) {
            let differences = walk.between().into_iter().zip(&control_terms);
            let differences = differences.map(|(a, b)| [a[0] - b[0], a[1] - b[1]]);
            let name = format!("{} − {}", walk.route.word(), control.route.word());
            all.push((name, differences.collect()));
        }
    }
    all
}

fn mean_and_interval(values: &[f64]) -> [String; 2] {
    match Summary::of(values) {
        Some(summary) => interval(&summary).into(),
        None => ["–", "–"].map(str::to_owned),
    }
}

/// Largest against mean steps.
fn smoothness(found: &Found) -> String {
    let mut columns = Columns::default()
        .column("steps in features", Align::Left)
        .column("n", Align::Right);
    for steps in RESOLUTIONS {
        columns = columns
            .column(format!("largest / mean at {steps}"), Align::Right)
            .column("95 % interval", Align::Right);
    }
    columns = columns
        .column("largest 128 / 64", Align::Right)
        .column("95 % interval", Align::Right)
        .column("worst", Align::Right);
    for walk in &found.walks {
        let [coarse, fine, shrinkage] = steps(walk);
        let mut cells = vec![walk.route.word().to_owned(), shrinkage.len().to_string()];
        for values in [&coarse, &fine, &shrinkage] {
            cells.extend(mean_and_interval(values));
        }
        cells.push(worst(&shrinkage).map_or_else(|| "–".to_owned(), figure));
        columns.row(cells);
    }
    columns.text()
}

/// Of pairs between which anything changes: both ratios and the shrinkage.
fn steps(walk: &Walk) -> [Vec<f64>; 3] {
    let ratios = || walk.steps.iter().filter_map(|s| s.ratios());
    let shrinkage = walk.steps.iter().filter_map(|s| s.shrinkage());
    [
        ratios().map(|r| r[0]).collect(),
        ratios().map(|r| r[1]).collect(),
        shrinkage.collect(),
    ]
}

fn worst(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

pub(super) fn json(found: &Found) -> Value {
    let numbers = |values: &[f64]| -> Value { values.iter().map(|x| json_number(*x)).collect() };
    let walks: Vec<Value> = found
        .walks
        .iter()
        .map(|walk| {
            let at = walk.at_positions();
            let [coarse, fine, shrinkage] = steps(walk);
            let column = |which: usize| numbers(&at.iter().map(|x| x[which]).collect::<Vec<_>>());
            json!({
                "route": walk.route.word(),
                "precision": column(0),
                "density": column(1),
                "mean_norm": numbers(&walk.mean_norms()),
                "balls": walk.realism.iter().map(|pair| {
                    pair.iter().map(|r| r.0).collect::<Vec<_>>()
                }).collect::<Vec<_>>(),
                "largest_over_mean": {"64": numbers(&coarse), "128": numbers(&fine)},
                "largest_128_over_64": numbers(&shrinkage),
            })
        })
        .collect();
    json!({
        "pairs": found.pairs.len(),
        "positions": numbers(&(0..found.points).map(|i| t(found, i)).collect::<Vec<_>>()),
        "features": found.features,
        "real": found.real,
        "perfect": {
            "n": found.perfect.1, "precision": found.perfect.0[0], "density": found.perfect.0[1],
        },
        "walks": walks,
    })
}

pub(super) fn picture(found: &Found, open: &Open) -> anyhow::Result<Vec<u8>> {
    let generator = &open.trained.generator;
    let shape = generator.data().shape();
    let size: usize = shape.iter().product();
    let mut rows = Vec::new();
    for pair in found.pairs.iter().take(SHOWN) {
        for (i, walk) in found.walks.iter().enumerate() {
            let shown = quantised(&images(generator, pair, walk.route, found.points)?);
            let tiles = shown.chunks_exact(size).map(|pixels| Tile {
                pixels: pixels.to_vec(),
                below: String::new(),
            });
            rows.push(Row {
                label: walk.route.word().to_owned(),
                apart: i == 0,
                tiles: tiles.collect(),
            });
        }
    }
    let head = |position: usize| match position {
        0 => "t = 0".to_owned(),
        inner => figure((100.0 * t(found, inner)).round() / 100.0),
    };
    let mosaic = Mosaic {
        title: format!("{}: between two latents", open.name()),
        notes: vec![format!(
            "the first {} of the seed; cross-fade: the control, pixels of both ends mixed",
            count(SHOWN.min(found.pairs.len()), "pair")
        )],
        shape,
        columns: (0..found.points)
            .map(|position| Column {
                head: head(position),
                apart: false,
            })
            .collect(),
        rows,
    };
    Ok(mosaic.png()?)
}
