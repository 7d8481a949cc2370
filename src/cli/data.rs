//! `gan-sweep data`: List and import data sets

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::columns::{Align, Columns};
use super::{Exit, out};
use crate::classifier::{self, Progress};
use crate::dataset::{self, BuiltIn, Data, Dataset, Folder, Import, Library, Origin};
use crate::metric::MIXTURE_SAMPLES;
use crate::model::SampleShape;
use crate::param::{Key, Value};
use crate::spec::{Catalog, resolve};

/// Of `data ls`.
const LS_EXAMPLES: &str = "\
Examples:
  gan-sweep data ls
  gan-sweep data ls --results elsewhere";

/// Of `data import`.
const IMPORT_EXAMPLES: &str = "\
Examples:
  gan-sweep data import photos --name my-photos  # then `dataset: my-photos` in a grid
  gan-sweep data import fashion-mnist --name fashion";

/// Of `data train-classifier`.
const TRAIN_EXAMPLES: &str = "\
Examples:
  gan-sweep data train-classifier mnist-files --output classifier.safetensors";

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep data ls
  gan-sweep data import photos --name my-photos";

/// List and import data sets
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the built-in and the imported data sets
    #[command(after_help = LS_EXAMPLES)]
    Ls,
    /// Import a folder of images, or four IDX files, under a name that a grid can use
    ///
    /// A folder of PNG or JPEG images, grey or RGB, all of one size from 8 x 8 to 64 x 64. Sub-folders
    /// are classes, 2 to 10 of them, sorted by name: half of each is for GANs, a quarter trains the
    /// classifier whose features FID compares, a quarter is the reference of FID. A flat folder has
    /// no classes: half is for GANs, half the reference, and FID compares pixels averaged to 8 x 8
    /// (fid_pixels).
    ///
    /// Or the four IDX files of MNIST, Fashion-MNIST, KMNIST…: train-images, train-labels,
    /// t10k-images and t10k-labels, each with -idx3-ubyte or .idx3-ubyte (labels: idx1), gzipped or
    /// not. Half of the training images are for GANs, the other half trains the classifier; the test
    /// images are the reference.
    #[command(after_help = IMPORT_EXAMPLES)]
    Import {
        /// Folder of the images, or of the four IDX files
        dir: PathBuf,
        /// The name in a grid
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Train a feature classifier on all training images of a folder of IDX files
    ///
    /// This made the weights that travel in the binary. An import trains its own classifier; there
    /// is no need to call this.
    #[command(after_help = TRAIN_EXAMPLES)]
    TrainClassifier {
        /// Folder of the four IDX files
        dir: PathBuf,
        /// Where to write the weights (safetensors)
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Ls => ls(results),
        Command::Import { dir, name } => import(dir, name, results),
        Command::TrainClassifier { dir, output } => train_classifier(dir, output),
    }
}

fn ls(results: &Path) -> anyhow::Result<Exit> {
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

/// Below this the features of a set's classifier are doubtful. The plain network reaches 0.99 on
/// MNIST; on the hardest sets of its kind it should still be right far more often than not.
const TRUSTED_ACCURACY: f64 = 0.7;

/// Below this the bias of FID on 64 features, about 2,200 / N for normal ones, is beyond 2.
const FEW_SAMPLES: usize = 1000;

fn import(dir: &Path, name: &str, results: &Path) -> anyhow::Result<Exit> {
    if !dir.is_dir() {
        let what = match dir.exists() {
            true => "is a file",
            false => "does not exist",
        };
        anyhow::bail!(
            "{} {what}: name a folder of PNG or JPEG images, or of the four IDX files of a set",
            dir.display()
        );
    }
    let bar = training_bar();
    let imported = dataset::import(dir, name, results, |progress| show(&bar, progress));
    bar.finish_and_clear();
    let Import {
        manifest,
        new,
        notes,
    } = imported?;
    for note in notes {
        out::say(&format!("note: {note}"));
    }
    if !new {
        out::print(&format!("{name} holds this content already\n"))?;
        return Ok(Exit::Done);
    }
    let grey = if manifest.channels == 1 {
        "grey"
    } else {
        "RGB"
    };
    let mut text = format!(
        "{name}: {} {grey} images of {} x {} for GANs, {} as reference (N = {})\n",
        manifest.train, manifest.height, manifest.width, manifest.reference, manifest.sample_size,
    );
    if !manifest.class_names.is_empty() {
        text += &format!(
            "  {} classes, labelled from 0 on: {}\n",
            manifest.class_names.len(),
            manifest.class_names.join(", ")
        );
    }
    text += &match manifest.accuracy {
        Some(accuracy) => format!(
            "  feature classifier: {} on the reference, trained on {} other images\n",
            percent(accuracy),
            manifest.classifier
        ),
        None => "  no classes, so no feature classifier: FID compares pixels averaged to 8 x 8 \
                 (fid_pixels)\n"
            .to_owned(),
    };
    text += &format!("  in a grid: dataset: {name}\n");
    out::print(&text)?;
    if let Some(accuracy) = manifest.accuracy.filter(|&a| a < TRUSTED_ACCURACY) {
        out::say(&format!(
            "note: a classifier that is right on {} of the images tells little of them apart: FID \
             and classes on {name} compare runs with each other, and say little about the images",
            percent(accuracy)
        ));
    }
    if manifest.origin == Origin::Pictures && manifest.sample_size < FEW_SAMPLES {
        out::say(&format!(
            "note: FID at N = {} is far above what it is of more images, and its floor with it: \
             compare it only at this N",
            manifest.sample_size
        ));
    }
    Ok(Exit::Done)
}

fn train_classifier(dir: &Path, output: &Path) -> anyhow::Result<Exit> {
    let folder = Folder::read(dir)?;
    let count = folder.train.count();
    let (Some(train), Some(test)) = (folder.train.examples(), folder.test.examples()) else {
        anyhow::bail!("internal: IDX files without labels");
    };
    let bar = training_bar();
    let classifier = classifier::train(
        &train,
        &test,
        &format!("{count} training images"),
        |progress| show(&bar, progress),
    )?;
    bar.finish_and_clear();
    std::fs::write(output, classifier.to_safetensors()?)
        .with_context(|| format!("cannot write {}", output.display()))?;
    out::print(&format!(
        "{}: {} on {} test images, trained on {count}\n",
        output.display(),
        percent(classifier.accuracy()),
        folder.test.count(),
    ))?;
    Ok(Exit::Done)
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A bar on standard error; hidden where that is no terminal.
fn training_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("classifier {bar:30} {pos}/{len} {msg}, {eta} left")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Plain lines in a training where standard error is no terminal.
const PLAIN_LINES: usize = 10;

fn show(bar: &ProgressBar, progress: Progress) {
    let Progress { step, steps, loss } = progress;
    if bar.is_hidden() {
        let every = steps
            .div_ceil(PLAIN_LINES)
            .next_multiple_of(Progress::EVERY);
        if step % every == 0 || step == steps {
            out::say(&format!(
                "classifier: step {step} of {steps}, loss {loss:.3}"
            ));
        }
        return;
    }
    bar.set_length(steps as u64);
    bar.set_position(step as u64);
    bar.set_message(format!("loss {loss:.3}"));
}
