//! Neighbours as text, as JSON and as a picture.

use serde_json::{Value, json};

use super::{Found, InSpace};
use crate::cli::columns::{Align, Columns};
use crate::cli::look::{Open, line};
use crate::cli::out::json_number;
use crate::dataset::{Data, Images};
use crate::latent::neighbours::{Compared, Subject};
use crate::metric::fid::quantised;
use crate::report::{Column, Mosaic, Row, Tile};
use crate::stats::figure;

pub(super) fn text(found: &Found, open: &Open) -> String {
    let mut text = String::new();
    if let (Some(images), Some(first)) = (images(open), found.spaces.first()) {
        let training = format!("{} images; features: {}", first.train, images.features());
        line(&mut text, "training", &training);
    }
    text.push('\n');
    let mut columns = Columns::default()
        .column("space", Align::Left)
        .column("images", Align::Left);
    for name in ["n", "mean distance", "ratio", "copied"] {
        columns = columns.column(name, Align::Right);
    }
    columns = columns.column("", Align::Left);
    for in_space in &found.spaces {
        for compared in &in_space.compared {
            columns.row(vec![
                in_space.space.word().to_owned(),
                word(compared.subject).to_owned(),
                compared.count.to_string(),
                figure(mean_distance(compared)),
                figure(compared.found.ratio()),
                figure(compared.found.copied),
                verdict(compared).to_owned(),
            ]);
        }
    }
    text.push_str(&columns.text());
    text.push_str(
        "ratio: mean distance to the nearest training image over that of held-out images; copied: the share \
         that is nearer than 99 % of those are\n\n",
    );
    text + &nearest(found, open)
}

/// The nearest training image of every sample that is shown.
fn nearest(found: &Found, open: &Open) -> String {
    let mut columns = Columns::default().column("sample", Align::Right);
    for in_space in &found.spaces {
        columns = columns
            .column(format!("nearest in {}", in_space.space.word()), Align::Left)
            .column("distance", Align::Right);
    }
    let count = found.spaces.first().map_or(0, |s| s.nearest.len());
    for i in 0..count {
        let mut cells = vec![i.to_string()];
        for in_space in &found.spaces {
            let (place, distance) = in_space.nearest[i].first().copied().unwrap_or_default();
            let label = match label(open, place) {
                Some(label) => format!(" (class {label})"),
                None => String::new(),
            };
            cells.extend([format!("image {place}{label}"), figure(distance)]);
        }
        columns.row(cells);
    }
    columns.text()
}

fn images(open: &Open) -> Option<&Images> {
    match &open.trained.data {
        Data::Images(images) => Some(images),
        Data::Mixture(_) | Data::Curve(_) | Data::Stacked(_) => None,
    }
}

fn label(open: &Open, place: usize) -> Option<u8> {
    images(open)?.train_labels.get(place).copied()
}

fn word(subject: Subject) -> &'static str {
    match subject {
        Subject::Generated => "generated",
        Subject::Held => "control: held-out",
        Subject::Copies => "control: copies",
    }
}

fn verdict(compared: &Compared) -> &'static str {
    match compared.found.copies {
        true => "COPIES",
        false => "no copying found",
    }
}

fn mean_distance(compared: &Compared) -> f64 {
    let sum: f64 = compared.found.nearest.iter().map(|(_, d)| d).sum();
    sum / compared.found.nearest.len() as f64
}

pub(super) fn json(found: &Found, open: &Open) -> Value {
    let compared = |compared: &Compared| {
        json!({
            "images": word(compared.subject),
            "n": compared.count,
            "mean_distance": json_number(mean_distance(compared)),
            "ratio": json_number(compared.found.ratio()),
            "copied": json_number(compared.found.copied),
            "copies": compared.found.copies,
        })
    };
    let in_space = |in_space: &InSpace| {
        let nearest: Vec<Vec<Value>> = in_space
            .nearest
            .iter()
            .map(|of_one| {
                let entry = |(place, distance): &(usize, f64)| {
                    json!({
                        "image": place,
                        "label": label(open, *place),
                        "distance": json_number(*distance),
                    })
                };
                of_one.iter().map(entry).collect()
            })
            .collect();
        json!({
            "space": in_space.space.word(),
            "train": in_space.train,
            "compared": in_space.compared.iter().map(compared).collect::<Vec<_>>(),
            "nearest": nearest,
        })
    };
    found.spaces.iter().map(in_space).collect()
}

pub(super) fn picture(found: &Found, open: &Open) -> anyhow::Result<Vec<u8>> {
    let shape = open.trained.data.shape();
    let size: usize = shape.iter().product();
    let samples = quantised(&found.samples);
    let mut columns = vec![Column {
        head: "sample".to_owned(),
        apart: false,
    }];
    for in_space in &found.spaces {
        let count = in_space.nearest.first().map_or(0, Vec::len);
        columns.extend((0..count).map(|i| Column {
            head: match i {
                0 => format!("nearest in {}", in_space.space.word()),
                _ => String::new(),
            },
            apart: i == 0,
        }));
    }
    let rows = samples.chunks_exact(size).enumerate().map(|(i, sample)| {
        let own = Tile {
            pixels: sample.to_vec(),
            below: String::new(),
        };
        let nearest = found.spaces.iter().flat_map(|s| &s.nearest[i]);
        let nearest = nearest.filter_map(|(place, distance)| {
            Some(Tile {
                pixels: images(open)?.train_image(*place).to_vec(),
                below: figure(*distance),
            })
        });
        Row {
            label: i.to_string(),
            apart: false,
            tiles: std::iter::once(own).chain(nearest).collect(),
        }
    });
    let mosaic = Mosaic {
        title: format!("{}: nearest training images", open.name()),
        notes: vec![
            "the first samples of the seed, nothing selected; below each neighbour its \
                     distance"
                .to_owned(),
        ],
        shape,
        columns,
        rows: rows.collect(),
    };
    Ok(mosaic.png()?)
}
