//! `gan-sweep sample`: Draw samples from a trained generator

mod file;

use std::path::Path;

use serde_json::{Value, json};

use super::columns::{Align, Columns};
use super::look::{Look, Open, between, line};
use super::{Exit, out};
use crate::dataset::{Data, Images};
use crate::metric::fid::quantised;
use crate::model::SampleShape;
use crate::report::{Mosaic, Tile, scatter};
use crate::rng::{Name, Streams};
use crate::stats::{Summary, figure};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep sample 5702af  # a picture
  gan-sweep sample 5702af --count 1000 -o samples.npy
  gan-sweep sample 7d3f1a --seed 1 -o ring.png";

/// Draw samples from a run's final generator: a picture, or an array for other programs
///
/// A .png shows them; a .npy holds them as float32, [n, channels, height, width] on [0, 1] or, of points,
/// [n, dimensions]; a .safetensors also the latents and, of a conditional run, the labels. Fewer samples
/// under a seed are the first of more.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    look: Look,
    /// How many [default: 64, of points 2500]
    #[arg(long, value_name = "N", value_parser = between::<1, 100_000>)]
    count: Option<usize>,
}

/// Samples of a run unless a number is given: a square of digits.
const IMAGES: usize = 64;

/// Of points: as many as an evaluation.
const POINTS: usize = crate::metric::MIXTURE_SAMPLES;

/// What was drawn.
struct Drawn {
    shape: SampleShape,
    z: Vec<f32>,
    labels: Vec<usize>,
    samples: Vec<f32>,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let look = &args.look;
    let open = look.open(results, ("sample", &["png", "npy", "safetensors"]))?;
    let generator = &open.trained.generator;
    let of_points = matches!(generator.data(), Data::Mixture(_) | Data::Curve(_));
    let count = args
        .count
        .unwrap_or(if of_points { POINTS } else { IMAGES });
    let streams = Streams::new(look.seed);
    let z = generator.latents(&streams.source(Name::LatentLook), count);
    let labels = match look.label {
        Some(label) => vec![label; count],
        None => generator.labels(&streams.source(Name::LabelLook), count),
    };
    let drawn = Drawn {
        shape: generator.data().shape(),
        samples: generator.of_latents(&z, &labels)?,
        z,
        labels,
    };
    let file = match open.ending.as_str() {
        "npy" => file::npy(&drawn),
        "safetensors" => file::safetensors(&drawn, generator.latent_dim())?,
        _ => picture(&drawn, &open, look)?,
    };
    let mut text = open.heading(look);
    line(&mut text, "samples", &count.to_string());
    text.push('\n');
    let (table, values) = match generator.data() {
        Data::Images(images) if images.classifier.is_some() => of_classes(&drawn, images)?,
        _ => of_values(&drawn),
    };
    let mut json = open.json(look);
    json["samples"] = json!(count);
    json["values"] = values;
    open.finish(look, &file, text + &table, json)?;
    Ok(Exit::Done)
}

fn picture(drawn: &Drawn, open: &Open, look: &Look) -> anyhow::Result<Vec<u8>> {
    let title = format!("{}: samples under seed {}", open.name(), look.seed);
    let data = open.trained.generator.data();
    if matches!(data, Data::Mixture(_) | Data::Curve(_)) {
        let shown = open.trained.generator.shown(&drawn.samples);
        return Ok(scatter(&title, &shown)?);
    }
    let size = drawn.shape.iter().product();
    let pixels = quantised(&drawn.samples);
    let tiles = pixels
        .chunks_exact(size)
        .enumerate()
        .map(|(i, pixels)| Tile {
            pixels: pixels.to_vec(),
            below: drawn
                .labels
                .get(i)
                .map_or_else(String::new, usize::to_string),
        });
    let mut mosaic = Mosaic::grid(title, drawn.shape, tiles.collect());
    if !drawn.labels.is_empty() {
        mosaic
            .notes
            .push("below each image the class asked for".to_owned());
    }
    Ok(mosaic.png()?)
}

/// How often the data set's classifier reads each class.
fn of_classes(drawn: &Drawn, images: &Images) -> anyhow::Result<(String, Value)> {
    let Some(classifier) = &images.classifier else {
        return Ok(of_values(drawn));
    };
    let reading = classifier.run(&quantised(&drawn.samples))?;
    let read: Vec<(usize, f64)> = reading.predictions().collect();
    let asked_for = !drawn.labels.is_empty();
    let mut columns = Columns::default()
        .column("class", Align::Right)
        .column("read", Align::Right)
        .column("mean probability", Align::Right);
    if asked_for {
        columns = columns
            .column("asked for", Align::Right)
            .column("of these read so", Align::Right);
    }
    let mut values = Vec::new();
    for class in 0..reading.classes {
        let of_class: Vec<f64> = read.iter().filter(|r| r.0 == class).map(|r| r.1).collect();
        let probability = Summary::of(&of_class).map(|s| s.mean);
        let asked = drawn.labels.iter().filter(|l| **l == class).count();
        let right = read.iter().zip(&drawn.labels);
        let right = right.filter(|(r, l)| **l == class && r.0 == class).count();
        let mut cells = vec![
            class.to_string(),
            of_class.len().to_string(),
            probability.map_or_else(|| "–".to_owned(), figure),
        ];
        let mut value = json!({
            "class": class, "read": of_class.len(), "mean_probability": probability,
        });
        if asked_for {
            cells.extend([asked, right].map(|n| n.to_string()));
            value["asked"] = json!(asked);
            value["right"] = json!(right);
        }
        columns.row(cells);
        values.push(value);
    }
    let text = format!("{}read by the {}\n", columns.text(), images.features());
    Ok((
        text,
        json!({"classes": values, "features": images.features()}),
    ))
}

/// Coordinates shown one by one at most; of more all are taken together.
const MOST_COORDINATES: usize = 8;

/// Mean, spread and range of what was drawn: of points coordinate by coordinate.
fn of_values(drawn: &Drawn) -> (String, Value) {
    let size: usize = drawn.shape.iter().product();
    let parts = if size <= MOST_COORDINATES { size } else { 1 };
    let mut columns = Columns::default().column("coordinate", Align::Left);
    for name in ["mean", "standard deviation", "least", "greatest"] {
        columns = columns.column(name, Align::Right);
    }
    let mut rows = Vec::new();
    for part in 0..parts {
        let values = drawn.samples.iter().skip(part).step_by(parts);
        let values: Vec<f64> = values.map(|&x| f64::from(x)).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let Some(summary) = Summary::of(&values) else {
            continue;
        };
        let name = if parts == size {
            part.to_string()
        } else {
            format!("all {size}")
        };
        let found = [
            summary.mean,
            summary.sd.unwrap_or(f64::NAN),
            least,
            greatest,
        ];
        columns.row(
            std::iter::once(name.clone())
                .chain(found.map(figure))
                .collect(),
        );
        let [mean, sd, least, greatest] = found.map(out::json_number);
        rows.push(json!({
            "coordinate": name, "mean": mean, "sd": sd, "least": least, "greatest": greatest,
        }));
    }
    (columns.text(), json!({"coordinates": rows}))
}
