//! Random searches: draws from lists, and one search for a GAN and a generator without a discriminator.

use crate::grid::{cells, check, plan};
use gan_sweep::grid::Overrides;

#[test]
fn one_search_serves_a_gan_and_a_generator_alone() {
    let body = "
grid: {problem: [gan, mmd]}
random:
  samples: 3
  seed: 1
  lr: {log_uniform: [1e-4, 1e-2]}
  latent_dim: {log_uniform: [2, 64]}
  betas: {choice: [[0, 0.999], [0.5, 0.999], [0.9, 0.999]]}
  hidden: {choice: [[16, 16], [64, 64]]}
";
    let plan = plan(body, &Overrides::default()).expect("six runs");
    insta::assert_snapshot!(cells(&plan), @r"
    problem=gan lr.g=0.004084649697167217 lr.d=0.004084649697167217 latent_dim=56 betas.g=[0.9, 0.999] betas.d=[0.9, 0.999] hidden.g=[64, 64] hidden.d=[64, 64] | seeds 0
    problem=gan lr.g=0.00541618747719255 lr.d=0.00541618747719255 latent_dim=4 betas.g=[0, 0.999] betas.d=[0, 0.999] hidden.g=[64, 64] hidden.d=[64, 64] | seeds 0
    problem=gan lr.g=0.0016793274452256415 lr.d=0.0016793274452256415 latent_dim=5 betas.g=[0.5, 0.999] betas.d=[0.5, 0.999] hidden.g=[16, 16] hidden.d=[16, 16] | seeds 0
    problem=mmd lr.g=0.004084649697167217 latent_dim=56 betas.g=[0.9, 0.999] hidden.g=[64, 64] | seeds 0
    problem=mmd lr.g=0.00541618747719255 latent_dim=4 betas.g=[0, 0.999] hidden.g=[64, 64] | seeds 0
    problem=mmd lr.g=0.0016793274452256415 latent_dim=5 betas.g=[0.5, 0.999] hidden.g=[16, 16] | seeds 0
    ");
}

#[test]
fn a_generator_alone_has_nothing_of_a_discriminator() {
    insta::assert_snapshot!(check("grid: {problem: [mmd], lr.d: [1e-3, 1e-4]}\n"), @r"
    error: lr.d does not apply to any of the 2 cells, such as problem=mmd, lr.d=0.001; it belongs to problem: gan
     --> grid.yaml:3:24
      |
    3 | grid: {problem: [mmd], lr.d: [1e-3, 1e-4]}
      |                        ^^^^
      = help: move it into 'when': {if: {problem: gan}, grid: {lr.d: [...]}}
    ");
}

#[test]
fn a_shorter_choice_is_no_prefix_but_more_samples_are_an_extension() {
    let body = |samples: u32| {
        format!("random: {{samples: {samples}, loss: {{choice: [minimax, wgan, hinge]}}}}\n")
    };
    let of = |samples| cells(&plan(&body(samples), &Overrides::default()).expect("runs"));
    let (few, many) = (of(4), of(9));
    assert!(many.starts_with(&few), "{few}\n{many}");
}
