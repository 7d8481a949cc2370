//! `gan-sweep data ls`

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use super::{Exit, out, percent};
use crate::cli::columns::{Align, Columns};
use crate::dataset::{self, BuiltIn, Data, Dataset, Library};
use crate::metric::MIXTURE_SAMPLES;
use crate::model::SampleShape;
use crate::param::{Key, Value};
use crate::spec::{Catalog, resolve};

pub(super) fn ls(results: &Path) -> anyhow::Result<Exit> {
    let library = Library::new(results);
    let mut columns = Columns::default();
    for (name, align) in HEADINGS {
        columns = columns.column(name, align);
    }
    for choice in BuiltIn::choices() {
        let data = open_by_default(choice.name, &library)?;
        columns.row(match data {
            Data::Images(images) => image_row(
                choice.name,
                images.shape,
                [
                    images.train_count(),
                    images.reference_count(),
                    images.sample_size,
                ],
                images.classes(),
                images.classifier.as_ref().map(|c| c.accuracy()),
                "built in",
            ),
            Data::Stacked(stacked) => drawn_row(
                choice.name,
                &images_of(stacked.shape()),
                stacked.samples,
                stacked.digits.classifier.as_ref().map(|c| c.accuracy()),
            ),
            Data::Mixture(_) | Data::Curve(_) => {
                drawn_row(choice.name, "points", MIXTURE_SAMPLES, None)
            }
        });
    }
    let mut broken = Vec::new();
    for (name, manifest) in dataset::imported(results)? {
        match manifest {
            Ok(m) => columns.row(image_row(
                &name,
                m.shape(),
                [m.train, m.reference, m.sample_size],
                m.classes,
                m.accuracy,
                &m.digest[..DIGEST_LETTERS],
            )),
            Err(error) => broken.push(anyhow::Error::new(error)),
        }
    }
    out::print(&columns.text())?;
    match broken.into_iter().next() {
        None => Ok(Exit::Done),
        Some(error) => Err(error),
    }
}

/// A built-in set with the default of each of its parameters.
fn open_by_default(name: &str, library: &Library) -> anyhow::Result<Data> {
    let key = Key {
        name: "dataset",
        network: None,
    };
    let assigned = BTreeMap::from([(key, Value::Text(name.to_owned()))]);
    let none = Catalog::new();
    let settings = resolve(&assigned, &none)
        .map_err(|(key, _)| anyhow::anyhow!("internal: the default of '{}'", key.name))?
        .settings;
    let set = Dataset::read(name, &settings, &none)?
        .with_context(|| format!("internal: '{name}' is not in the registry"))?;
    Ok(set.open(library)?)
}

const HEADINGS: [(&str, Align); 8] = [
    ("name", Align::Left),
    ("data", Align::Left),
    ("train", Align::Right),
    ("reference", Align::Right),
    ("N", Align::Right),
    ("classes", Align::Right),
    ("classifier", Align::Right),
    ("content", Align::Left),
];

/// Enough of a digest to tell sets apart.
const DIGEST_LETTERS: usize = 16;

/// What a cell shows where there is nothing.
const NOTHING: &str = "-";

/// A set of which every sample is drawn anew.
fn drawn_row(name: &str, data: &str, samples: usize, accuracy: Option<f64>) -> Vec<String> {
    let accuracy = accuracy.map_or(NOTHING.to_owned(), percent);
    let samples = samples.to_string();
    [
        name, data, "drawn", "drawn", &samples, NOTHING, &accuracy, "built in",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn image_row(
    name: &str,
    shape: SampleShape,
    counts: [usize; 3],
    classes: Option<usize>,
    accuracy: Option<f64>,
    content: &str,
) -> Vec<String> {
    let [train, reference, sample_size] = counts.map(|n| n.to_string());
    vec![
        name.to_owned(),
        images_of(shape),
        train,
        reference,
        sample_size,
        classes.map_or(NOTHING.to_owned(), |n| n.to_string()),
        accuracy.map_or(NOTHING.to_owned(), percent),
        content.to_owned(),
    ]
}

/// `images 28 x 28`, and how many channels where they are not grey.
fn images_of([channels, height, width]: SampleShape) -> String {
    match channels {
        1 => format!("images {height} x {width}"),
        n => format!("images {height} x {width} x {n}"),
    }
}
