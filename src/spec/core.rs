//! The parameters that every run has.

use std::sync::LazyLock;

use super::phase::{CONVERGE, SCHEDULES, UPDATES};
use crate::param::{Birth, Choice, Kind, Param, Range, Settings, Undeclared};

const fn shared(name: &'static str, kind: Kind, birth: Birth, summary: &'static str) -> Param {
    Param {
        name,
        per_network: false,
        kind,
        birth,
        summary,
    }
}

const fn each(name: &'static str, kind: Kind, birth: Birth, summary: &'static str) -> Param {
    Param {
        name,
        per_network: true,
        kind,
        birth,
        summary,
    }
}

/// Generator updates are counted in `u64`, but a run beyond this is a slip of the finger.
const MOST_STEPS: i64 = 100_000_000;

/// The word of the one task that trains.
pub(super) const GAN: &str = "gan";

/// What a run does; everything else belongs to a choice of it.
pub(super) const PROBLEM: Param = shared(
    "problem",
    Kind::Axis(tasks),
    Birth::Text(GAN),
    "what a run does: train a GAN, or work out a problem of the lecture",
);

/// Training, then the problems.
fn tasks() -> &'static [Choice] {
    static TASKS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
        let mut tasks = vec![Choice {
            name: GAN,
            version: 1,
            params: PARAMS,
            summary: "train G against D",
        }];
        tasks.extend(crate::problem::Problem::choices());
        tasks
    });
    &TASKS
}

/// `latent_dim`.
pub const LATENT_DIM: Param = shared(
    "latent_dim",
    Kind::Int { min: 1, max: 4096 },
    Birth::Int(16),
    "width of the latent vector z",
);

/// `lr`.
pub const LR: Param = each(
    "lr",
    Kind::Float(Range::above(0.0, 10.0)),
    Birth::Float(2e-4),
    "learning rate",
);

/// `steps`.
pub const STEPS: Param = shared(
    "steps",
    Kind::Int {
        min: 1,
        max: MOST_STEPS,
    },
    Birth::Int(3000),
    "generator updates",
);

/// `eval_every`.
pub const EVAL_EVERY: Param = shared(
    "eval_every",
    Kind::Int {
        min: 1,
        max: MOST_STEPS,
    },
    Birth::Int(1000),
    "generator updates between evaluations; a final one always happens",
);

/// `log_every`.
pub const LOG_EVERY: Param = shared(
    "log_every",
    Kind::Int {
        min: 1,
        max: MOST_STEPS,
    },
    Birth::Int(100),
    "generator updates between logged losses and gradient norms",
);

/// Those of a GAN, in the order in which `params` lists them. What a choice owns follows its axis.
const PARAMS: &[Param] = &[
    shared(
        "dataset",
        Kind::Axis(crate::dataset::BuiltIn::choices),
        Birth::Text("ring8"),
        "what G learns to imitate",
    ),
    shared(
        "model",
        Kind::Axis(crate::model::Model::choices),
        Birth::Text("mlp"),
        "architecture of G and D",
    ),
    each(
        "init",
        Kind::Axis(crate::model::Init::choices),
        Birth::Text("he"),
        "how weights are drawn at the start; biases start at 0",
    ),
    LATENT_DIM,
    shared(
        "noise",
        Kind::Axis(crate::noise::Noise::choices),
        Birth::Text("normal"),
        "distribution of z",
    ),
    shared(
        "conditioning",
        Kind::Axis(crate::conditioning::Conditioning::choices),
        Birth::Text("none"),
        "what the players are told of a sample's class",
    ),
    shared(
        "loss",
        Kind::Axis(crate::loss::Loss::choices),
        Birth::Text("non_saturating"),
        "what G and D minimise",
    ),
    shared(
        "regulariser",
        Kind::Axis(crate::regulariser::Regulariser::choices),
        Birth::Text("none"),
        "penalty on D's slope, added to its loss",
    ),
    shared(
        "label_smoothing",
        Kind::Float(Range::below(0.0, 0.5)),
        Birth::Float(0.0),
        "one-sided: D's target for real samples is 1 minus this (Salimans et al. 2016)",
    ),
    shared(
        "instance_noise",
        Kind::Float(Range::closed(0.0, 1e3)),
        Birth::Float(0.0),
        "standard deviation of the noise on all that D sees, in the training range (Sonderby et al. 2017)",
    ),
    shared(
        "instance_noise_schedule",
        Kind::Words(SCHEDULES),
        Birth::Text("linear"),
        "how instance_noise changes over the run",
    ),
    shared(
        "k",
        Kind::Count {
            min: 1,
            max: 1000,
            or: CONVERGE,
        },
        Birth::Int(1),
        "discriminator steps before each generator step",
    ),
    shared(
        "g_steps",
        Kind::Int { min: 1, max: 1000 },
        Birth::Int(1),
        "generator steps after each k discriminator steps; 'steps' counts all of them",
    ),
    shared(
        "updates",
        Kind::Words(UPDATES),
        Birth::Text("alternating"),
        "whether G learns from D after or before D's k steps",
    ),
    shared(
        "unroll",
        Kind::Int { min: 0, max: 100 },
        Birth::Int(0),
        "steps of D that G looks ahead and differentiates through (Metz et al. 2017)",
    ),
    shared(
        "d_head_start",
        Kind::Int {
            min: 0,
            max: 1_000_000,
        },
        Birth::Int(0),
        "steps of D before the first round of both",
    ),
    shared(
        "freeze_g",
        Kind::Int {
            min: 0,
            max: MOST_STEPS,
        },
        Birth::Absent,
        "step after which G no longer learns, while D goes on",
    ),
    shared(
        "g_direction",
        Kind::Words(&[
            ("down", "against the gradient of G's loss"),
            (
                "up",
                "along it, as the lecture's naive algorithm is worded: G helps D",
            ),
        ]),
        Birth::Text("down"),
        "where G steps",
    ),
    shared(
        "probe",
        Kind::Words(&[
            ("none", "nothing besides the usual"),
            (
                "gradients",
                "with the losses, the gradients that three losses would give this G from this D",
            ),
            ("modes", "at evaluations, the mode with most samples"),
            (
                "labels",
                "at evaluations, how often a generator that is told no class makes one drawn by chance",
            ),
            (
                "interpolation",
                "at the end, walks between the generator's latents",
            ),
            (
                "neighbours",
                "at the end, the training images nearest to the generator's samples",
            ),
            (
                "directions",
                "at the end, latent directions along which one attribute changes",
            ),
        ]),
        Birth::Text("none"),
        "what is measured besides",
    ),
    shared(
        "pack",
        Kind::Int { min: 1, max: 16 },
        Birth::Int(1),
        "samples that D judges together (PacGAN, Lin et al. 2018)",
    ),
    shared(
        "d_input_scale",
        Kind::Float(Range::above(0.0, 1e6)),
        Birth::Float(1.0),
        "factor on the samples that D sees",
    ),
    each(
        "optimizer",
        Kind::Axis(crate::optim::Optimizer::choices),
        Birth::Text("adam"),
        "update rule",
    ),
    LR,
    each(
        "lr_schedule",
        Kind::Words(SCHEDULES),
        Birth::Text("constant"),
        "how the learning rate changes over the run",
    ),
    shared(
        "ema",
        Kind::Float(Range::below(0.0, 1.0)),
        Birth::Float(0.0),
        "decay of the average of G's weights that is evaluated; 0: the weights themselves",
    ),
    shared(
        "batch_size",
        Kind::Int {
            min: 1,
            max: 65_536,
        },
        Birth::Int(64),
        "judgements of D per batch, as many of real as of generated samples (each of 'pack' samples)",
    ),
    STEPS,
    EVAL_EVERY,
    LOG_EVERY,
];

/// The affine map from canonical data to what G and D see, and G's output activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataRange {
    /// Canonical coordinates as they are; linear output. Point data only.
    Native,
    /// [−1, 1]; output tanh.
    MinusOneOne,
    /// [0, 1]; output sigmoid.
    ZeroOne,
    /// Mean 0 and variance 1 over the training data; linear output.
    Standardised,
}

const NATIVE: (&str, &str) = ("native", "coordinates as they are; G's output is linear");
const MINUS_ONE_ONE: (&str, &str) = ("minus_one_one", "[-1, 1]; G ends in tanh");
const ZERO_ONE: (&str, &str) = ("zero_one", "[0, 1]; G ends in a sigmoid");
const STANDARDISED: (&str, &str) = ("standardised", "mean 0, variance 1; G's output is linear");

/// `data_range` of image data.
pub const DATA_RANGE_IMAGE: Param = shared(
    "data_range",
    Kind::Words(&[MINUS_ONE_ONE, ZERO_ONE, STANDARDISED]),
    Birth::Text("minus_one_one"),
    "range of the data in training, and with it G's output activation",
);

/// `data_range` of point data. The published protocols for 2-D mixtures train on plain
/// coordinates with a linear output, so that is the default here.
pub const DATA_RANGE_MIXTURE: Param = shared(
    "data_range",
    Kind::Words(&[NATIVE, MINUS_ONE_ONE, ZERO_ONE, STANDARDISED]),
    Birth::Text("native"),
    "range of the data in training, and with it G's output activation",
);

impl DataRange {
    pub(super) fn read(settings: &Settings) -> Result<Self, Undeclared> {
        Ok(match settings.text("data_range", None)? {
            "native" => Self::Native,
            "minus_one_one" => Self::MinusOneOne,
            "zero_one" => Self::ZeroOne,
            "standardised" => Self::Standardised,
            _ => {
                return Err(Undeclared {
                    key: "data_range".to_owned(),
                });
            }
        })
    }
}
