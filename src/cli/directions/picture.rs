//! Samples moved along the directions.

use super::name;
use crate::cli::look::Open;
use crate::latent::attributes::Gauge;
use crate::latent::directions::{Directions, Move, Protocol};
use crate::metric::fid::quantised;
use crate::report::{Column, Mosaic, Row, Tile};
use crate::rng::{Name, Streams};

/// How far samples are moved, in standard deviations of the latents: InterFaceGAN's range.
const BY: [f64; 7] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];

/// Samples shown along every normal; along a projected one, the first of them.
const SAMPLES: usize = 2;

/// Projected normals shown at most: those of three attributes.
const MOST_PROJECTED: usize = 6;

pub(super) fn of(
    found: &Directions,
    (gauge, protocol): (&Gauge, &Protocol),
    open: &Open,
) -> anyhow::Result<Vec<u8>> {
    let generator = &open.trained.generator;
    let streams = Streams::new(protocol.seed);
    let needed = found
        .places
        .iter()
        .take(SAMPLES)
        .max()
        .map_or(0, |last| last + 1);
    let z = generator.latents(&streams.source(Name::LatentLook), needed);
    let labels = match protocol.label {
        Some(label) => vec![label; needed],
        None => generator.labels(&streams.source(Name::LabelLook), needed),
    };
    let width = generator.latent_dim();
    let shape = generator.data().shape();
    let moved = |step: &Move, place: usize| -> anyhow::Result<Vec<Tile>> {
        let start = &z[place * width..][..width];
        let path = BY.map(|by| found.origin.moved(start, &step.direction, by));
        let labels = labels
            .get(place)
            .map_or_else(Vec::new, |l| vec![*l; BY.len()]);
        let images = generator.of_latents(&path.concat(), &labels)?;
        let values = gauge.of_generated(&images)?;
        let pixels = quantised(&images);
        let pixels = pixels.chunks_exact(shape.iter().product());
        Ok(pixels
            .zip(values)
            .map(|(pixels, values)| Tile {
                pixels: pixels.to_vec(),
                below: values.map_or_else(|| "–".to_owned(), |v| format!("{:.2}", v[step.along])),
            })
            .collect())
    };
    let (plain, projected): (Vec<&Move>, Vec<&Move>) =
        found.moves.iter().partition(|step| step.off.is_none());
    let mut rows = Vec::new();
    for step in plain {
        for (i, &place) in found.places.iter().take(SAMPLES).enumerate() {
            rows.push(Row {
                label: if i == 0 {
                    name(found, step.along, None)
                } else {
                    String::new()
                },
                apart: i == 0,
                tiles: moved(step, place)?,
            });
        }
    }
    for (i, step) in projected.iter().take(MOST_PROJECTED).enumerate() {
        rows.push(Row {
            label: name(found, step.along, step.off),
            apart: i == 0,
            tiles: moved(step, found.places[0])?,
        });
    }
    let left_out = match projected.len().saturating_sub(MOST_PROJECTED) {
        0 => String::new(),
        n => format!("; {n} further pairs are in the table"),
    };
    let mosaic = Mosaic {
        title: format!("{}: along one attribute", open.name()),
        notes: vec![format!(
            "moved by standard deviations of the latents; below each image its attribute, the row's first \
             one{left_out}"
        )],
        shape,
        columns: BY
            .map(|by| Column {
                head: match by {
                    0.0 => "0".to_owned(),
                    by if by < 0.0 => format!("−{}", -by),
                    by => format!("+{by}"),
                },
                apart: false,
            })
            .to_vec(),
        rows,
    };
    Ok(mosaic.png()?)
}
