//! Run ids that must never change: they are what a results folder remembers.

use gan_sweep::grid::Overrides;

use crate::grid::plan;

/// A grid of one run and its id. An entry is added when a parameter is born, never changed; a
/// component whose numbers change raises its version instead. (When the numbers of all runs change,
/// the training version is raised and all ids are new: these are those of version 3.)
const GOLDEN: [(&str, &str); 22] = [
    ("", "75c17612d562e1bc5b3b7cea4349578a"),
    ("seeds: [7]\n", "6aaf71e96ccf7d689323457cc84326bc"),
    (
        "defaults: {loss: minimax, k: 5}\n",
        "20dd959569d0582453930d315360c45e",
    ),
    (
        "defaults: {dataset: grid25, sigma: 0.1, steps: 25000}\n",
        "81f489ff1d1173af0c67ad84b0cb549d",
    ),
    (
        "defaults: {dataset: mnist, data_range: zero_one, hidden: [256, 512]}\n",
        "2d27b78afe574ec473b9e753b35af749",
    ),
    (
        "defaults: {noise: uniform, noise_range: [0, 1], latent_dim: 2}\n",
        "af8cc640777f3b673be03c9b9df9b918",
    ),
    (
        "defaults: {norm.g: batch, norm.d: layer, activation: leaky_relu}\n",
        "07bd6f1979050b36c50b913b7a85325f",
    ),
    (
        "defaults: {optimizer: {g: adam, d: sgd}, momentum.d: 0.9, betas.g: [0, 0.9]}\n",
        "d16abe848badba03624227f26c288a0e",
    ),
    (
        "defaults: {lr: {g: 1e-4, d: 4e-4}, batch_size: 256}\n",
        "ec23601bea4542aad072e4a8b2dfb1d5",
    ),
    (
        "defaults: {centres: [[-1, 0], [1, 0]], sigma: 0.3}\n",
        "7dcad3f6ade70eff36e5fe8eb9c9638c",
    ),
    (
        "defaults: {eval_every: 500, log_every: 10, steps: 20000}\n",
        "e7f04b2a1a5163e591bca01e286fd7b8",
    ),
    (
        "defaults: {activation.g: leaky_relu, leaky_slope.g: 0.1, hidden.d: []}\n",
        "ca0d8c5cc4def3318de8e6a5fa3f9b69",
    ),
    (
        "defaults: {dataset: mnist, model: dcgan, width: 32, norm.d: none}\n",
        "6753c2da50f2facee4d6ed3d29dbcccb",
    ),
    (
        "defaults: {loss: wgan_gp, gp_lambda: 0.1, k: 5}\n",
        "f2a36220ca3b03b6f7367af02a89c2e5",
    ),
    (
        "defaults: {loss: rpgan, regulariser: r1_r2, gamma: 1}\n",
        "0aadea1f20c1702f282bac24c89a6743",
    ),
    (
        "defaults: {init: orthogonal, init_gain: 0.8, unroll: 10, updates: simultaneous, d_input_scale: 0.25}\n",
        "641c6e8f7c6ae5e0e04fb5160a85ebe1",
    ),
    (
        "defaults: {k: converge, converge_cap: 200, lr_schedule: cosine, ema: 0.99}\n",
        "94d2e981da2d7085fcd9e4a8def79ef5",
    ),
    (
        "defaults: {k: 2, g_steps: 3, pack: 2, label_smoothing: 0.1, instance_noise: 0.1, instance_noise_schedule: constant}\n",
        "245760f63a2b0f1700b500eef83e69cc",
    ),
    (
        "defaults: {conditioning: concat, label_to: generator, noise: spherical, optimizer: rmsprop, alpha: 0.9}\n",
        "aaccf1ec67f2a731e8e2035dc495972a",
    ),
    (
        "defaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [1, 2, 1], sigmas: [0.1, 0.2, 0.3]}\n",
        "259e7711440f4074672bfb63bf35cad9",
    ),
    (
        "defaults: {dataset: stacked_mnist, model: convnet, kernel: 3, norm: spectral, eval_samples: 2600}\n",
        "20bdab5ed3fa65944b54779f42dd0c6c",
    ),
    (
        "defaults: {activation.d: maxout, maxout_pieces.d: 3, noise: truncated_normal, truncation: 1, dataset: two_moons}\n",
        "9c65a354018960d45a3402a3787ad9f2",
    ),
];

fn ids(body: &str) -> Vec<String> {
    let plan = plan(body, &Overrides::default()).expect("the grid is valid");
    assert_eq!(plan.notes, Vec::<String>::new(), "{body}");
    plan.runs.iter().map(|r| r.spec.id().to_string()).collect()
}

#[test]
fn ids_never_change() {
    let now = GOLDEN.map(|(body, _)| (body, ids(body)));
    let golden = GOLDEN.map(|(body, id)| (body, vec![id.to_owned()]));
    assert_eq!(now, golden);
}

/// The text that is hashed, written by hand: a line a value that is not a birth default (`t`, `i`
/// and `f` say its type, a float is its bits), sorted by key, and the seed.
#[test]
fn an_id_is_the_hash_of_a_text_that_can_be_written_by_hand() {
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..32].to_owned();
    assert_eq!(ids(""), [hash("gan-sweep run\ntraining=3\nseed=0\n")]);
    // 0.5 is 2^-1: exponent 1022 = 0x3fe, no fraction.
    assert_eq!(
        ids("defaults: {loss: minimax, k: 2, lr.d: 0.5}\nseeds: [7]\n"),
        [hash(
            "gan-sweep run\ntraining=3\nk=i2\nloss=t7:minimax\nlr.d=f3fe0000000000000\nseed=7\n"
        )]
    );
}

#[test]
fn a_birth_default_written_out_changes_no_id() {
    let written = "defaults: {dataset: ring8, radius: 2, sigma: 0.02, data_range: native, \
         model: mlp, init: he, hidden: [128, 128], activation: relu, norm: none, latent_dim: 16, \
         noise: normal, loss: non_saturating, k: 1, optimizer: adam, betas: [0.5, 0.999], \
         lr: 2e-4, batch_size: 64, steps: 3000, eval_every: 1000, log_every: 100}\n";
    assert_eq!(ids(written), ids(""));
}

#[test]
fn negative_zero_is_zero() {
    let with = |zero: &str| {
        ids(&format!(
            "defaults: {{noise: uniform, noise_range: [{zero}, 1]}}\n"
        ))
    };
    assert_eq!(with("-0.0"), with("0"));
}
