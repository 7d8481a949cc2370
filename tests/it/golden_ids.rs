//! Run ids that must never change: they are what a results folder remembers.

use gan_sweep::grid::Overrides;

use crate::grid::plan;

/// A grid of one run and its id. An entry is added when a parameter is born, never changed; a
/// component whose numbers change raises its version instead. (When the numbers of all runs change,
/// the training version is raised and all ids are new: these are those of version 4.)
const GOLDEN: [(&str, &str); 22] = [
    ("", "0e7c171bbd3e5feb99c7217ce3e56266"),
    ("seeds: [7]\n", "953ed5175557bb505a0d3b234d2b7305"),
    (
        "defaults: {loss: minimax, k: 5}\n",
        "0361ef70d674aeef028cc6895b056b0a",
    ),
    (
        "defaults: {dataset: grid25, sigma: 0.1, steps: 25000}\n",
        "31211cc964085e1f74148c6af457c925",
    ),
    (
        "defaults: {dataset: mnist, data_range: zero_one, hidden: [256, 512]}\n",
        "d1924c1ddffd940c44639a00bb08373d",
    ),
    (
        "defaults: {noise: uniform, noise_range: [0, 1], latent_dim: 2}\n",
        "9d1bede2943c4d8cb2b8ea1016d84446",
    ),
    (
        "defaults: {norm.g: batch, norm.d: layer, activation: leaky_relu}\n",
        "010cda442152509a30fe6241f4438ece",
    ),
    (
        "defaults: {optimizer: {g: adam, d: sgd}, momentum.d: 0.9, betas.g: [0, 0.9]}\n",
        "0cf6c0aeb5b5936a6b03aa9b1524b6d1",
    ),
    (
        "defaults: {lr: {g: 1e-4, d: 4e-4}, batch_size: 256}\n",
        "561c77184e12e0799e3bb8a356a40a6a",
    ),
    (
        "defaults: {centres: [[-1, 0], [1, 0]], sigma: 0.3}\n",
        "8788a6ee7fa0911f70e1b5b12de7c05e",
    ),
    (
        "defaults: {eval_every: 500, log_every: 10, steps: 20000}\n",
        "49462999af036539865474b39e486420",
    ),
    (
        "defaults: {activation.g: leaky_relu, leaky_slope.g: 0.1, hidden.d: []}\n",
        "c0e18269664c7e38d8df92cdcc193c83",
    ),
    (
        "defaults: {dataset: mnist, model: dcgan, width: 32, norm.d: none}\n",
        "b63ab8039637237fa93cd955e695c8e2",
    ),
    (
        "defaults: {loss: wgan_gp, gp_lambda: 0.1, k: 5}\n",
        "8f26880deec442e5cc8ccce6584aab0b",
    ),
    (
        "defaults: {loss: rpgan, regulariser: r1_r2, gamma: 1}\n",
        "a07870de1f5d0801916684de3e0c7c71",
    ),
    (
        "defaults: {init: orthogonal, init_gain: 0.8, unroll: 10, updates: simultaneous, d_input_scale: 0.25}\n",
        "4e5261caac0846dd296ca64fd1dda334",
    ),
    (
        "defaults: {k: converge, converge_cap: 200, lr_schedule: cosine, ema: 0.99}\n",
        "ed7ec77370eceb5b8d14ea2158d4b828",
    ),
    (
        "defaults: {k: 2, g_steps: 3, pack: 2, label_smoothing: 0.1, instance_noise: 0.1, instance_noise_schedule: constant}\n",
        "d6cf68c37ae01a94833139f8f2fc2511",
    ),
    (
        "defaults: {conditioning: concat, label_to: generator, noise: spherical, optimizer: rmsprop, alpha: 0.9}\n",
        "8879d314cb9ea3a756c5e357069f6b80",
    ),
    (
        "defaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [1, 2, 1], sigmas: [0.1, 0.2, 0.3]}\n",
        "56484edef5224d39287d7a7df009e6c9",
    ),
    (
        "defaults: {dataset: stacked_mnist, model: convnet, kernel: 3, norm: spectral, eval_samples: 2600}\n",
        "f7344d6d85afaececb59ac0ec0c15ad8",
    ),
    (
        "defaults: {activation.d: maxout, maxout_pieces.d: 3, noise: truncated_normal, truncation: 1, dataset: two_moons}\n",
        "d0f2e8b155aefdd36cf2091d00cccef0",
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
    assert_eq!(ids(""), [hash("gan-sweep run\ntraining=4\nseed=0\n")]);
    // 0.5 is 2^-1: exponent 1022 = 0x3fe, no fraction.
    assert_eq!(
        ids("defaults: {loss: minimax, k: 2, lr.d: 0.5}\nseeds: [7]\n"),
        [hash(
            "gan-sweep run\ntraining=4\nk=i2\nloss=t7:minimax\nlr.d=f3fe0000000000000\nseed=7\n"
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
