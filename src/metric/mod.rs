//! What is measured: names, units, directions and the metrics themselves.
//!
//! Reference figures that belong beside a metric carry its name and a suffix: `covered.perfect` (a
//! perfect sampler), `covered.uniform` (uniform points in the evaluation box), `fid.floor` (real
//! images against real images at the same N), `fid.n` (that N: how many images are compared with how
//! many). On stacked MNIST `modes.perfect` are those of real samples, `modes.uniform` those of images of
//! uniform noise.

mod chi_squared;
mod curve;
mod mixture;
mod reference;
mod sliced;

pub use curve::CurveEvaluator;
pub use mixture::{MixtureEvaluator, SAMPLES as MIXTURE_SAMPLES};

pub mod bootstrap;
pub mod classes;
pub mod divergence;
pub mod extrapolation;
pub mod features;
pub mod fid;
pub mod frechet;
pub mod inception_score;
pub mod kid;
pub mod memorisation;
pub mod neighbours;
pub mod pixels;
pub mod prdc;
pub mod stacked;
mod thorough;
mod wasserstein;

pub use wasserstein::sliced_wasserstein;

pub use fid::{EvaluationError, ImageEvaluator, ImageMeasurement, Thoroughness};
pub use stacked::{StackedEvaluator, StackedMeasurement};

use crate::dataset::Data;
use crate::event::Quantity;

/// `count` real samples that are drawn and not stored, row-major `[count, values]`: those that runs are
/// compared with, and what would follow them. Of images none.
pub fn reference_points(data: &Data, count: usize) -> Vec<f32> {
    match data {
        Data::Mixture(mixture) => {
            let mut real = vec![0.0; mixture.dimensions() * count];
            mixture.fill(&mut reference::real(), &mut real);
            real
        }
        Data::Curve(curve) => CurveEvaluator::real(curve, count),
        Data::Stacked(stacked) => {
            let mut real = vec![0.0; stacked.pixels() * count];
            stacked.fill(&mut reference::real(), &mut real);
            real
        }
        Data::Images(_) => Vec::new(),
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Lower is better, as for FID.
    Lower,
    /// Higher is better, as for covered modes.
    Higher,
    /// Neither: a quantity to look at, such as a loss.
    Neither,
}

/// A quantity that runs log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Info {
    /// Its name in tables, plots and the database.
    pub name: &'static str,
    /// Its unit, empty for a plain number.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// One line for listings, with sample size and definition.
    pub summary: &'static str,
}

/// Training quantities, logged every `log_every` generator steps.
pub const TRAINING: &[Info] = &[
    training("loss.d", "the discriminator's loss on its last batch"),
    training("loss.g", "the generator's loss on its last batch"),
    training(
        "d.real",
        "mean D output (probability) on the last real batch",
    ),
    training(
        "d.fake",
        "mean D output (probability) on the last generated batch of a D step",
    ),
    training("grad.d", "Euclidean norm of the gradient of D's last step"),
    training("grad.g", "Euclidean norm of the gradient of G's last step"),
    training("k.used", "steps of D before the last step of G"),
    training("d_steps", "steps of D so far"),
    training("samples", "real samples that D has seen so far"),
    training(
        "flops",
        "floating-point operations of training so far, counted from the shapes",
    ),
];

/// What `probe: gradients` logs with the losses, on 500 latents that are the same all through a run.
pub const PROBES: &[Info] = &[
    training(
        "grad.minimax",
        "norm of the gradient of log(1 - D) in G's weights",
    ),
    training(
        "grad.non_saturating",
        "norm of the gradient of -log D in G's weights",
    ),
    training(
        "grad.wasserstein",
        "norm of the gradient of D's logit in G's weights",
    ),
    metric(
        "saturated_share",
        "",
        Direction::Lower,
        "share of samples whose gradient of log(1 - D) is below 1 % of that of -log D",
    ),
];

/// What `probe: modes` logs at evaluations.
const DOMINANT: Info = training(
    DOMINANT_MODE,
    "the mode with most samples, by its number from 0",
);

/// The name of [`DOMINANT`].
pub const DOMINANT_MODE: Quantity = "dominant";

/// Metrics of mixtures, from 2,500 samples at every evaluation.
pub const MIXTURE: &[Info] = &[
    metric(
        "covered",
        "modes",
        Direction::Higher,
        "modes that hold at least 1 % of all 2,500 samples within 3 sigma (in d dimensions r sigma)",
    ),
    metric(
        "modes",
        "modes",
        Direction::Higher,
        "modes with at least one of 2,500 samples within 3 sigma (in d dimensions r sigma)",
    ),
    metric(
        "high_quality",
        "",
        Direction::Higher,
        "share of 2,500 samples within 3 sigma of a mode; in d dimensions r sigma, r at the same \
         share of a perfect sampler (0.98889)",
    ),
    metric(
        "reverse_kl",
        "nats",
        Direction::Lower,
        "KL divergence of the high-quality histogram from the weights: ln K minus entropy where equal",
    ),
    SLICED_W1,
    LABELS,
];

const SLICED_W1: Info = metric(
    "sliced_w1",
    "",
    Direction::Lower,
    "sliced Wasserstein-1 distance to 2,500 real samples, clamped to the evaluation box",
);

/// Metrics of curves with noise, from 2,500 samples at every evaluation.
pub const CURVE: &[Info] = &[
    SLICED_W1,
    metric(
        "on_manifold",
        "",
        Direction::Higher,
        "share of 2,500 samples within 3 sigma of the curve without noise",
    ),
    LABELS,
];

/// The share of samples that are read as the label asked for, of conditional runs.
pub const LABEL_ACCURACY: Quantity = "label_accuracy";

/// Its worst value, with which a conditional run that diverged counts.
pub const LABEL_ACCURACY_WORST: (Quantity, f64) = (LABEL_ACCURACY, 0.0);

/// [`LABEL_ACCURACY`] in listings.
const LABELS: Info = metric(
    LABEL_ACCURACY,
    "",
    Direction::Higher,
    "share of samples that the data set's classifier reads as the label asked for (of points: the \
     nearest component)",
);

/// Metrics of image sets: on features of the set's own classifier, but `fid_pixels`, which sets
/// without classes have instead of all others.
pub const IMAGE: &[Info] = &[
    metric(
        "fid",
        "",
        Direction::Lower,
        "Frechet distance of N samples on features of the data set's own classifier; N is fid.n",
    ),
    metric(
        "classes",
        "classes",
        Direction::Higher,
        "classes that hold at least 3 % of all samples at classifier confidence at least 0.9",
    ),
    metric(
        "class_entropy",
        "nats",
        Direction::Higher,
        "entropy of the histogram of predicted classes (uniform over K classes: ln K; ten: 2.303)",
    ),
    metric(
        "confident",
        "",
        Direction::Higher,
        "share of samples at classifier confidence at least 0.9",
    ),
    LABELS,
    metric(
        "kid",
        "",
        Direction::Lower,
        "kernel distance of N final samples on the features of FID, unbiased: may be negative; N is \
         fid.n",
    ),
    metric(
        "precision",
        "",
        Direction::Higher,
        "share of N final samples within the 5th neighbour's distance of a real image, on the features \
         of FID",
    ),
    metric(
        "recall",
        "",
        Direction::Higher,
        "share of N real images within the 5th neighbour's distance of a final sample",
    ),
    metric(
        "density",
        "",
        Direction::Higher,
        "real images within whose 5th neighbour's distance a final sample lies, over 5; 1 for perfect \
         samples",
    ),
    metric(
        "coverage",
        "",
        Direction::Higher,
        "share of N real images with a final sample within their 5th neighbour's distance",
    ),
    metric(
        "memorisation",
        "",
        Direction::Neither,
        "mean distance of final samples to the nearest training image, over that of held-out images: 1 \
         for real images, 0 for copies",
    ),
    metric(
        "copied",
        "",
        Direction::Lower,
        "share of final samples closer to a training image than 99 % of held-out images; from 0.05 on \
         the generator copies",
    ),
    metric(
        "fid_pixels",
        "",
        Direction::Lower,
        "Frechet distance of N samples on their pixels, averaged to 8 x 8 on [0, 1] (no classes, so no \
         classifier); N is fid_pixels.n",
    ),
];

/// Metrics of stacked MNIST. They are the mixtures' of the same names with a triple of digits as a
/// mode: at least one sample, and ln K minus the entropy of the histogram over the K modes.
pub const STACKED: &[Info] = &[
    metric(
        "modes",
        "modes",
        Direction::Higher,
        "of 1000 triples of digits, those that the MNIST classifier reads in at least one of N \
         samples; N is modes.n",
    ),
    metric(
        "reverse_kl",
        "nats",
        Direction::Lower,
        "sum of p ln(1000 p) over the histogram of the triples of digits in N samples; N is \
         reverse_kl.n",
    ),
];

const fn training(name: &'static str, summary: &'static str) -> Info {
    Info {
        name,
        unit: "",
        direction: Direction::Neither,
        summary,
    }
}

pub(crate) const fn metric(
    name: &'static str,
    unit: &'static str,
    direction: Direction,
    summary: &'static str,
) -> Info {
    Info {
        name,
        unit,
        direction,
        summary,
    }
}

/// Every quantity there is, by one name each: those of [`STACKED`] are described as the mixtures'.
pub fn all() -> impl Iterator<Item = &'static Info> {
    let training = TRAINING.iter().chain(PROBES).chain([&DOMINANT]);
    training.chain(MIXTURE).chain(
        // What they share with mixtures is listed once.
        CURVE
            .iter()
            .chain(IMAGE)
            .filter(|info| !MIXTURE.contains(info)),
    )
}

/// Metrics that compare features of a network, and mean nothing without its name, besides those of
/// the final evaluation.
const OF_FEATURES: [&str; 2] = ["fid", "fid_pixels"];

/// Whether a metric, or the reference figure of one, compares features of a network.
pub fn compares_features(name: &str) -> bool {
    name.split('.')
        .next()
        .is_some_and(|metric| OF_FEATURES.contains(&metric) || thorough::NAMES.contains(&metric))
}

/// The quantity of that name.
pub fn info(name: &str) -> Option<&'static Info> {
    all().find(|i| i.name == name)
}
