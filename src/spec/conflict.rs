//! Combinations of valid values that cannot be trained, each with the reason.

use super::{Conflict, GanSpec, Look, Probe, Updates};
use crate::conditioning::Heads;
use crate::param::{Key, Network};
use crate::problem::Problem;
use crate::regulariser::{At, Penalty};

fn key(name: &'static str) -> Key {
    Key {
        name,
        network: None,
    }
}

/// A rule: what does not go together, if anything.
type Rule = fn(&GanSpec) -> Option<Conflict>;

const RULES: &[Rule] = &[
    impossible_noise,
    data_parameters,
    model_and_data,
    penalty_twice,
    batch_of_one,
    smoothing_without_target,
    unrolled_penalty,
    unrolled_clipping,
    simultaneous_steps,
    labels_that_do_not_exist,
    packed_heads,
    unrolled_classes,
    probed_modes,
    probed_labels,
    looked_into,
];

/// Refuses combinations that cannot train: the first rule that is broken.
pub(super) fn check(spec: &GanSpec) -> Result<(), Conflict> {
    RULES.iter().find_map(|rule| rule(spec)).map_or(Ok(()), Err)
}

/// Refuses what a problem cannot work out.
pub(super) fn of_problem(problem: &Problem) -> Result<(), Conflict> {
    match problem.refuses() {
        Some((keys, message)) => conflict(keys, message).map_or(Ok(()), Err),
        None => Ok(()),
    }
}

fn conflict(keys: &[&'static str], message: String) -> Option<Conflict> {
    Some(Conflict {
        keys: keys.iter().map(|name| key(name)).collect(),
        message,
    })
}

fn impossible_noise(spec: &GanSpec) -> Option<Conflict> {
    let (at_fault, message) = spec.noise.refuses()?;
    conflict(&[at_fault], message)
}

fn data_parameters(spec: &GanSpec) -> Option<Conflict> {
    let refusal = spec.dataset.refuses()?;
    conflict(&refusal.keys, refusal.message)
}

fn model_and_data(spec: &GanSpec) -> Option<Conflict> {
    spec.model.refuses(spec.dataset.expected_shape())
}

fn penalty_twice(spec: &GanSpec) -> Option<Conflict> {
    let between = |p: &Penalty| p.at == At::Between;
    let own = spec.loss.penalty()?;
    if !spec.regulariser.penalties().iter().any(between) {
        return None;
    }
    let what = match between(&own) {
        true => "this gradient penalty",
        false => "a gradient penalty of its own, with the same weight gp_lambda,",
    };
    conflict(
        &["regulariser", "loss"],
        format!("loss {} has {what} already", spec.loss.choice().name),
    )
}

fn batch_of_one(spec: &GanSpec) -> Option<Conflict> {
    let network = Network::BOTH
        .into_iter()
        .find(|&network| spec.batch_size < 2 && spec.model.normalises_over_batch(network))?;
    Some(Conflict {
        keys: vec![
            Key {
                name: "norm",
                network: Some(network),
            },
            key("batch_size"),
        ],
        message: format!(
            "batch normalisation in {} needs a batch_size of at least 2",
            network.suffix().to_uppercase()
        ),
    })
}

fn smoothing_without_target(spec: &GanSpec) -> Option<Conflict> {
    if spec.real_target == 1.0 || spec.loss.has_target() {
        return None;
    }
    conflict(
        &["label_smoothing", "loss"],
        format!(
            "loss {} has no label to smooth: leave label_smoothing out",
            spec.loss.choice().name
        ),
    )
}

fn unrolled_penalty(spec: &GanSpec) -> Option<Conflict> {
    if spec.unroll == 0 || spec.penalties().is_empty() {
        return None;
    }
    let (name, word) = match spec.regulariser.penalties().is_empty() {
        true => ("loss", spec.loss.choice().name),
        false => ("regulariser", spec.regulariser.choice().name),
    };
    conflict(
        &["unroll", name],
        format!(
            "unroll differentiates through D's steps, and {name} {word} puts a derivative into them \
             already: third derivatives are not computed; take unroll: 0 or no penalty"
        ),
    )
}

fn unrolled_clipping(spec: &GanSpec) -> Option<Conflict> {
    if spec.unroll == 0 || spec.loss.clip().is_none() {
        return None;
    }
    conflict(
        &["unroll", "loss"],
        format!(
            "loss {} clips D's weights after each step, which unroll cannot differentiate through",
            spec.loss.choice().name
        ),
    )
}

fn simultaneous_steps(spec: &GanSpec) -> Option<Conflict> {
    if spec.updates == Updates::Alternating || spec.g_steps == 1 {
        return None;
    }
    conflict(
        &["updates", "g_steps"],
        "simultaneous updates have one step of G with each k of D: take g_steps: 1".to_owned(),
    )
}

fn labels_that_do_not_exist(spec: &GanSpec) -> Option<Conflict> {
    if !spec.conditioning.is_conditional() || spec.dataset.classes().is_some() {
        return None;
    }
    conflict(
        &["conditioning", "dataset"],
        format!(
            "data set {} has no labels: take conditioning: none",
            spec.dataset.name()
        ),
    )
}

fn packed_heads(spec: &GanSpec) -> Option<Conflict> {
    if spec.pack == 1 || spec.conditioning.heads() == Heads::Logit {
        return None;
    }
    conflict(
        &["pack", "conditioning"],
        format!(
            "with conditioning {} D says something of each sample's class, and with pack: {} it \
             judges several at once: take pack: 1 or conditioning: concat",
            spec.conditioning.choice().name,
            spec.pack
        ),
    )
}

fn probed_modes(spec: &GanSpec) -> Option<Conflict> {
    let points = spec.dataset.expected_shape()[1..] == [1, 1];
    if spec.probe != Probe::Modes || points && spec.dataset.classes().is_some() {
        return None;
    }
    conflict(
        &["probe", "dataset"],
        format!(
            "data set {} is no mixture of points, so that it has no mode with most samples",
            spec.dataset.name()
        ),
    )
}

fn probed_labels(spec: &GanSpec) -> Option<Conflict> {
    if spec.probe != Probe::Labels {
        return None;
    }
    if spec.conditioning.is_conditional() {
        return conflict(
            &["probe", "conditioning"],
            "a generator that is told classes is scored by those: take probe: none".to_owned(),
        );
    }
    if spec.dataset.classes().is_some() {
        return None;
    }
    conflict(
        &["probe", "dataset"],
        format!(
            "data set {} has no classes to draw: take probe: none or another data set",
            spec.dataset.name()
        ),
    )
}

fn looked_into(spec: &GanSpec) -> Option<Conflict> {
    let Probe::Look(look) = spec.probe else {
        return None;
    };
    let [channels, height, width] = spec.dataset.expected_shape();
    let needed = match look {
        _ if [height, width] == [1, 1] => "images",
        Look::Neighbours if spec.dataset.is_drawn() => "training images that are stored",
        Look::Directions if channels != 1 || spec.dataset.classes().is_none() => {
            "grey images with classes"
        }
        _ => return None,
    };
    conflict(
        &["probe", "dataset"],
        format!(
            "this look into the generator needs {needed}, which data set {} does not have: take \
             probe: none or another data set",
            spec.dataset.name()
        ),
    )
}

fn unrolled_classes(spec: &GanSpec) -> Option<Conflict> {
    let classified = matches!(spec.conditioning.heads(), Heads::Classified { .. });
    if spec.unroll == 0 || !classified {
        return None;
    }
    conflict(
        &["unroll", "conditioning"],
        "unroll looks through D's adversarial loss only, and acgan adds a classification to it: \
         take unroll: 0 or another conditioning"
            .to_owned(),
    )
}
