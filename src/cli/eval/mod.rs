//! `gan-sweep eval`: Measure any samples against any others

mod measure;
mod network;
mod show;

use std::path::{Path, PathBuf};

use super::Exit;
use super::bar::{Bar, Of};
use super::out::print;
use crate::samples::{SampleSet, Wanted};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep eval fid prdc --fake 5702af  # a run against its own data
  gan-sweep eval fid --real mnist --fake samples.npy --network mnist
  gan-sweep eval divergence --real 'normal(0, 1)' --fake 'normal(1, 1)'";

/// Measure any samples against any others
///
/// A set is a .npy or .safetensors file (vectors [n, width], or images [n, h, w], [n, c, h, w],
/// [n, h, w, c]), a folder of PNG or JPEG images, an IDX file, a data set's name (its reference samples),
/// a density (`normal(0, 1)`, `uniform(0, 1)`), or a run (samples of its final generator).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What to measure; several in one pass
    #[arg(value_name = "METRIC", required = true)]
    metrics: Vec<Metric>,
    /// The real samples; by default those of the run's own data set
    #[arg(long, value_name = "SET")]
    real: Option<String>,
    /// The generated samples
    #[arg(long, value_name = "SET")]
    fake: String,
    /// Samples that the generator was trained on, for `memorisation` and for FID's floor; by default
    /// those of the data set
    #[arg(long, value_name = "SET")]
    train: Option<String>,
    /// What makes features of images: `classifier` (the data set's own), a data set's name (that set's
    /// classifier), `inception`, or `pixels`
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Compare the features of every position of every image (the last layer before they are pooled),
    /// instead of one vector an image
    #[arg(long)]
    spatial: bool,
    /// Weights of Inception v3: a PyTorch file, old or new, or safetensors
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Take at most so many samples of a set: the first
    #[arg(long, value_name = "N", value_parser = at_least::<1>)]
    samples: Option<usize>,
    /// Neighbours of `prdc` [default: 5, of `--closed-balls` 3]
    #[arg(long, value_name = "K", value_parser = at_least::<1>)]
    k: Option<usize>,
    /// Precision and recall as torch-fidelity has them: a ball holds its border
    #[arg(long)]
    closed_balls: bool,
    /// Splits of the Inception Score
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least::<1>)]
    splits: usize,
    /// Take the Inception Score's splits in the order of the file, instead of shuffling first
    #[arg(long)]
    in_order: bool,
    /// FID at infinitely many samples, from 15 smaller numbers
    #[arg(long)]
    extrapolate: bool,
    /// 95 % intervals of FID and `prdc` from so many bootstrap draws
    #[arg(long, value_name = "DRAWS", value_parser = at_least::<10>)]
    bootstrap: Option<usize>,
    /// Seed of subsets, shuffles and bootstrap draws
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Metric {
    /// Fréchet distance between features
    Fid,
    /// Kernel distance between features: all samples, and 100 subsets of 1,000
    Kid,
    /// Inception Score of class probabilities
    Is,
    /// Precision, recall, density and coverage
    Prdc,
    /// Mode coverage: of a mixture's modes, or of the classes that a classifier reads
    Modes,
    /// Nearest training samples against those of held-out real ones
    Memorisation,
    /// Sliced Wasserstein-1 distance between vectors; on a line the exact one
    W1,
    /// Exact KL, reverse KL, Jensen-Shannon and Wasserstein-1 between two densities that are known
    Divergence,
    /// Jensen-Shannon divergence that a discriminator, trained for it, finds between the samples
    Js,
}

impl Metric {
    /// As the command line names it.
    fn word(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map_or_else(String::new, |v| v.get_name().to_owned())
    }
}

/// A whole number from `LEAST` on.
fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n >= LEAST => Ok(n),
        _ => Err(format!("expected a whole number from {LEAST} on")),
    }
}

/// The sets that are compared.
struct Sets {
    real: SampleSet,
    fake: SampleSet,
    train: Option<SampleSet>,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let bar = Bar::new("reading the samples");
    let sets = open(args, results, &bar)?;
    let compared = network::features(&sets, args, results, &bar)?;
    let report = measure::all(&sets, &compared, args, &bar)?;
    drop(bar);
    match args.json {
        true => print(&format!("{:#}\n", show::json(&report)))?,
        false => print(&show::text(&report))?,
    }
    Ok(Exit::Done)
}

fn open(args: &Args, results: &Path, bar: &Bar) -> anyhow::Result<Sets> {
    let wanted = |train| Wanted {
        count: args.samples,
        train,
    };
    bar.stage("reading the generated samples", Of::Time);
    let fake = SampleSet::open(&args.fake, results, wanted(false))?;
    bar.stage("reading the real samples", Of::Time);
    let real = match (&args.real, &fake.data) {
        (Some(word), _) => SampleSet::open(word, results, wanted(false))?,
        (None, Some(data)) => SampleSet::of_data(data.clone(), wanted(false))?,
        (None, None) => anyhow::bail!(
            "--real is missing: only a run knows what it is to be compared with, {} is none",
            fake.name
        ),
    };
    bar.stage("reading the training samples", Of::Time);
    let train = match (&args.train, &real.data) {
        (Some(word), _) => Some(SampleSet::open(word, results, wanted(true))?),
        (None, Some(data)) if data.is_stored() => {
            Some(SampleSet::of_data(data.clone(), wanted(true))?)
        }
        _ => None,
    };
    Ok(Sets { real, fake, train })
}
