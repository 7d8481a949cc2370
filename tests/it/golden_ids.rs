//! Run ids that must never change: they are what a results folder remembers.

use gan_sweep::grid::Overrides;

use crate::grid::plan;

/// A grid of one run and its id. An entry is added when a parameter is born, never changed; a
/// component whose numbers change raises its version instead. (When the numbers of all runs change,
/// the training version is raised and all ids are new: these are those of version 2.)
const GOLDEN: [(&str, &str); 15] = [
    ("", "3978ee3f5bbc0b7d8914cc61c81998e8"),
    ("seeds: [7]\n", "a57864e9c84ff0ffe5f4691de4b7c90e"),
    (
        "defaults: {loss: minimax, k: 5}\n",
        "55522f455920e98acd192c107ee16adf",
    ),
    (
        "defaults: {dataset: grid25, sigma: 0.1, steps: 25000}\n",
        "11b6f37105b58598d67e5a084b8de383",
    ),
    (
        "defaults: {dataset: mnist, data_range: zero_one, hidden: [256, 512]}\n",
        "2081e2be5f289be31e65b63296db44c2",
    ),
    (
        "defaults: {noise: uniform, noise_range: [0, 1], latent_dim: 2}\n",
        "19cddf035af7ba75a97ba4336a95f75b",
    ),
    (
        "defaults: {norm.g: batch, norm.d: layer, activation: leaky_relu}\n",
        "829bc1981a0d3034945e8ab3087c7199",
    ),
    (
        "defaults: {optimizer: {g: adam, d: sgd}, momentum.d: 0.9, betas.g: [0, 0.9]}\n",
        "79e62f463b3812c540fb2d8bbb4f9b6d",
    ),
    (
        "defaults: {lr: {g: 1e-4, d: 4e-4}, batch_size: 256}\n",
        "612eb9519260a0a4c0b1cd0a92e2df77",
    ),
    (
        "defaults: {centres: [[-1, 0], [1, 0]], sigma: 0.3}\n",
        "73204b0533027c1967d0f021445c0884",
    ),
    (
        "defaults: {eval_every: 500, log_every: 10, steps: 20000}\n",
        "d362387a566774cbcffd4ea6ae8f085f",
    ),
    (
        "defaults: {activation.g: leaky_relu, leaky_slope.g: 0.1, hidden.d: []}\n",
        "67f30e8c08ada994671f39f3027d060d",
    ),
    (
        "defaults: {dataset: mnist, model: dcgan, width: 32, norm.d: none}\n",
        "561bd572266a3c1b2991932d68cacb19",
    ),
    (
        "defaults: {loss: wgan_gp, gp_lambda: 0.1, k: 5}\n",
        "62ca09f191c557ddd52a8107a1d01a35",
    ),
    (
        "defaults: {loss: rpgan, regulariser: r1_r2, gamma: 1}\n",
        "3c59c5ce2a8f5ecdd9a639224127343a",
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
    assert_eq!(ids(""), [hash("gan-sweep run\ntraining=2\nseed=0\n")]);
    // 0.5 is 2^-1: exponent 1022 = 0x3fe, no fraction.
    assert_eq!(
        ids("defaults: {loss: minimax, k: 2, lr.d: 0.5}\nseeds: [7]\n"),
        [hash(
            "gan-sweep run\ntraining=2\nk=i2\nloss=t7:minimax\nlr.d=f3fe0000000000000\nseed=7\n"
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
