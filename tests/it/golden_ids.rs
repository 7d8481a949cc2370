//! Run ids that must never change: they are what a results folder remembers.

use gan_sweep::grid::Overrides;

use crate::grid::plan;

/// A grid of one run and its id. An entry is added when a parameter is born, never changed; a
/// component whose numbers change raises its version instead.
const GOLDEN: [(&str, &str); 12] = [
    ("", "9737697aedffc1fb13533c0cd92f09ec"),
    ("seeds: [7]\n", "069fcaf0c867b7b693e2678c0f4bd6a8"),
    (
        "defaults: {loss: minimax, k: 5}\n",
        "891b9e078293cfdc12c1c3cdbbbfb25e",
    ),
    (
        "defaults: {dataset: grid25, sigma: 0.1, steps: 25000}\n",
        "9995dbe6ca8d957f19ef93e344427bda",
    ),
    (
        "defaults: {dataset: mnist, data_range: zero_one, hidden: [256, 512]}\n",
        "b053f9af268e6a176e72c0c081499be3",
    ),
    (
        "defaults: {noise: uniform, noise_range: [0, 1], latent_dim: 2}\n",
        "fa85c0fb4926c510054d30f97f589ff8",
    ),
    (
        "defaults: {norm.g: batch, norm.d: layer, activation: leaky_relu}\n",
        "2f96d39fd1bfc03968d0a5cacb514061",
    ),
    (
        "defaults: {optimizer: {g: adam, d: sgd}, momentum.d: 0.9, betas.g: [0, 0.9]}\n",
        "43463399e228538f9ce50b774cc4ef42",
    ),
    (
        "defaults: {lr: {g: 1e-4, d: 4e-4}, batch_size: 256}\n",
        "a6d7c0172a59d3e2d7f63f2fd7a29771",
    ),
    (
        "defaults: {centres: [[-1, 0], [1, 0]], sigma: 0.3}\n",
        "cf2016335a8b148f955d81e25f22d7b0",
    ),
    (
        "defaults: {eval_every: 500, log_every: 10, steps: 20000}\n",
        "3dfc03face4e5e7d266e8982715cee4a",
    ),
    (
        "defaults: {activation.g: leaky_relu, leaky_slope.g: 0.1, hidden.d: []}\n",
        "8698ca56c772700519bd221c29167c19",
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
    assert_eq!(ids(""), [hash("gan-sweep run\nseed=0\n")]);
    // 0.5 is 2^-1: exponent 1022 = 0x3fe, no fraction.
    assert_eq!(
        ids("defaults: {loss: minimax, k: 2, lr.d: 0.5}\nseeds: [7]\n"),
        [hash(
            "gan-sweep run\nk=i2\nloss=t7:minimax\nlr.d=f3fe0000000000000\nseed=7\n"
        )]
    );
}

#[test]
fn a_birth_default_written_out_changes_no_id() {
    let written = "defaults: {dataset: ring8, radius: 2, sigma: 0.02, data_range: native, \
         model: mlp, hidden: [128, 128], activation: relu, norm: none, latent_dim: 16, \
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
