//! `gan-sweep data`: List, fetch and import data sets

mod fetch;
mod import;
mod ls;
mod train_classifier;

use std::path::{Path, PathBuf};

use super::{Exit, out};

/// The folder of what was fetched, below the results.
pub(super) const DOWNLOADS: &str = "downloads";

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

/// Of `data fetch`.
const FETCH_EXAMPLES: &str = "\
Examples:
  gan-sweep data fetch fashion-mnist             # then `dataset: fashion-mnist` in a grid
  gan-sweep data fetch mnist --name all-digits";

/// Of `data train-classifier`.
const TRAIN_EXAMPLES: &str = "\
Examples:
  gan-sweep data train-classifier mnist-files --output classifier.safetensors";

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep data ls
  gan-sweep data fetch fashion-mnist
  gan-sweep data import photos --name my-photos";

/// List, fetch and import data sets
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
    /// Download a published data set, check it, and import it
    ///
    /// The four IDX files come from the known mirrors, one after another until one has them; each must
    /// have the SHA-256 that is known for it. They are kept in RESULTS/downloads/SET: what is there is
    /// not fetched again, and a file that was interrupted goes on where it stopped.
    #[command(after_help = FETCH_EXAMPLES)]
    Fetch(fetch::Args),
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
        Command::Ls => ls::ls(results),
        Command::Import { dir, name } => import::import(dir, name, results),
        Command::Fetch(args) => fetch::run(args, results),
        Command::TrainClassifier { dir, output } => train_classifier::train_classifier(dir, output),
    }
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}
