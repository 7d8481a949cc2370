//! Combinations that cannot train, as a user sees them refused.

use crate::grid::check;

/// The first line of an error.
fn refused(defaults: &str) -> String {
    let error = check(&format!("defaults: {{{defaults}}}\n"));
    error.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_combination_that_cannot_train_is_refused_with_a_reason() {
    let all = [
        "label_smoothing: 0.1, loss: hinge",
        "unroll: 5, loss: wgan_gp",
        "unroll: 5, regulariser: r1",
        "unroll: 5, loss: wgan",
        "updates: simultaneous, g_steps: 2",
        "conditioning: concat, dataset: swiss_roll",
        "conditioning: projection, dataset: stacked_mnist",
        "conditioning: projection, pack: 2",
        "conditioning: acgan, unroll: 3",
        "regulariser: gradient_penalty, loss: wgan_gp",
        "regulariser: gradient_penalty, loss: dragan",
        "norm.d: batch, batch_size: 1",
        "norm.g: instance",
        "model: dcgan",
        "model: infogan, dataset: ring8",
        "noise: uniform, noise_range: [1, 0]",
        "probe: modes, dataset: mnist",
        "probe: labels, dataset: mnist, conditioning: concat",
        "probe: labels, dataset: swiss_roll",
        "probe: interpolation",
        "probe: neighbours, dataset: stacked_mnist",
        "probe: directions, dataset: stacked_mnist",
    ]
    .map(|defaults| format!("{defaults}\n    {}", refused(defaults)));
    insta::assert_snapshot!(all.join("\n"), @r"
    label_smoothing: 0.1, loss: hinge
        error: loss hinge has no label to smooth: leave label_smoothing out
    unroll: 5, loss: wgan_gp
        error: unroll differentiates through D's steps, and loss wgan_gp puts a derivative into them already: third derivatives are not computed; take unroll: 0 or no penalty
    unroll: 5, regulariser: r1
        error: unroll differentiates through D's steps, and regulariser r1 puts a derivative into them already: third derivatives are not computed; take unroll: 0 or no penalty
    unroll: 5, loss: wgan
        error: loss wgan clips D's weights after each step, which unroll cannot differentiate through
    updates: simultaneous, g_steps: 2
        error: simultaneous updates have one step of G with each k of D: take g_steps: 1
    conditioning: concat, dataset: swiss_roll
        error: data set swiss_roll has no labels: take conditioning: none
    conditioning: projection, dataset: stacked_mnist
        error: data set stacked_mnist has no labels: take conditioning: none
    conditioning: projection, pack: 2
        error: with conditioning projection D says something of each sample's class, and with pack: 2 it judges several at once: take pack: 1 or conditioning: concat
    conditioning: acgan, unroll: 3
        error: unroll looks through D's adversarial loss only, and acgan adds a classification to it: take unroll: 0 or another conditioning
    regulariser: gradient_penalty, loss: wgan_gp
        error: loss wgan_gp has this gradient penalty already
    regulariser: gradient_penalty, loss: dragan
        error: loss dragan has a gradient penalty of its own, with the same weight gp_lambda, already
    norm.d: batch, batch_size: 1
        error: batch normalisation in D needs a batch_size of at least 2
    norm.g: instance
        error: instance normalisation is over the positions of an image, and a layer of G in mlp has only one; use norm.g: layer
    model: dcgan
        error: dcgan makes images; points of a mixture need model: mlp
    model: infogan, dataset: ring8
        error: infogan makes images; points of a mixture need model: mlp
    noise: uniform, noise_range: [1, 0]
        error: noise_range [1, 0] is empty: write the lower bound first
    probe: modes, dataset: mnist
        error: data set mnist is no mixture of points, so that it has no mode with most samples
    probe: labels, dataset: mnist, conditioning: concat
        error: a generator that is told classes is scored by those: take probe: none
    probe: labels, dataset: swiss_roll
        error: data set swiss_roll has no classes to draw: take probe: none or another data set
    probe: interpolation
        error: this look into the generator needs images, which data set ring8 does not have: take probe: none or another data set
    probe: neighbours, dataset: stacked_mnist
        error: this look into the generator needs training images that are stored, which data set stacked_mnist does not have: take probe: none or another data set
    probe: directions, dataset: stacked_mnist
        error: this look into the generator needs grey images with classes, which data set stacked_mnist does not have: take probe: none or another data set
    ");
}
