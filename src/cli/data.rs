//! `gan-sweep data`: List and import data sets

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use crate::classifier::{self, Examples, Progress};
use crate::dataset::{Folder, Labelled};

/// List and import data sets
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Train a feature classifier on all training images of a folder of IDX files
    ///
    /// This made the weights that travel in the binary. An import trains its own classifier; there
    /// is no need to call this.
    TrainClassifier {
        /// Folder of the four IDX files
        dir: PathBuf,
        /// Where to write the weights (safetensors)
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(super) fn run(args: &Args, _results: &Path) -> anyhow::Result<Exit> {
    match &args.command {
        Command::TrainClassifier { dir, output } => train_classifier(dir, output),
    }
}

fn train_classifier(dir: &Path, output: &Path) -> anyhow::Result<Exit> {
    let folder = Folder::read(dir)?;
    let count = folder.train.labels.len();
    let bar = training_bar();
    let classifier = classifier::train(
        &examples(&folder.train),
        &examples(&folder.test),
        &format!("{count} training images"),
        |progress| show(&bar, progress),
    )?;
    bar.finish_and_clear();
    std::fs::write(output, classifier.to_safetensors()?)
        .with_context(|| format!("cannot write {}", output.display()))?;
    println!(
        "{}: {} on {} test images, trained on {count}",
        output.display(),
        percent(classifier.accuracy()),
        folder.test.labels.len(),
    );
    Ok(Exit::Done)
}

fn examples(part: &Labelled) -> Examples<'_> {
    Examples {
        height: part.height,
        width: part.width,
        pixels: &part.pixels,
        labels: &part.labels,
    }
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

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.steps as u64);
    bar.set_position(progress.step as u64);
    bar.set_message(format!("loss {:.3}", progress.loss));
}
