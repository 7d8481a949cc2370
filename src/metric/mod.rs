//! What is measured: names, units, directions and the metrics themselves.
//!
//! Reference figures that belong beside a metric carry its name and a suffix: `covered.perfect` (a
//! perfect sampler), `covered.uniform` (uniform points in the evaluation box), `fid.floor` (real
//! images against real images at the same N), `fid.n` (that N: how many images are compared with how
//! many).

mod mixture;

pub use mixture::{MixtureEvaluator, SAMPLES as MIXTURE_SAMPLES};

pub mod classes;
pub mod fid;
pub mod frechet;

pub use fid::{EvaluationError, ImageEvaluator};

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

/// Metrics of mixtures, from 2,500 samples at every evaluation.
pub const MIXTURE: &[Info] = &[
    metric(
        "covered",
        "modes",
        Direction::Higher,
        "modes that hold at least 1 % of all 2,500 samples within 3 sigma",
    ),
    metric(
        "modes",
        "modes",
        Direction::Higher,
        "modes with at least one of 2,500 samples within 3 sigma",
    ),
    metric(
        "high_quality",
        "",
        Direction::Higher,
        "share of 2,500 samples within 3 sigma of a mode (perfect: 0.98889)",
    ),
    metric(
        "reverse_kl",
        "nats",
        Direction::Lower,
        "ln K minus the entropy of the high-quality histogram",
    ),
    metric(
        "sliced_w1",
        "",
        Direction::Lower,
        "sliced Wasserstein-1 distance to 2,500 real samples, clamped to the evaluation box",
    ),
];

/// Metrics of image sets, on features of the set's own classifier.
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
        "entropy of the histogram of predicted classes (uniform over ten: 2.303)",
    ),
    metric(
        "confident",
        "",
        Direction::Higher,
        "share of samples at classifier confidence at least 0.9",
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

const fn metric(
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

/// Every quantity there is.
pub fn all() -> impl Iterator<Item = &'static Info> {
    TRAINING.iter().chain(MIXTURE).chain(IMAGE)
}

/// The quantity of that name.
pub fn info(name: &str) -> Option<&'static Info> {
    all().find(|i| i.name == name)
}
