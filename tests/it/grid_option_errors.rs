//! Every error of an option that changes a grid, as a user sees it.

use gan_sweep::grid::Overrides;

use crate::grid::{plan, set};

/// The error of a grid under options.
fn check(body: &str, overrides: &Overrides) -> String {
    match plan(body, overrides) {
        Ok(plan) => format!("no error: {} runs", plan.runs.len()),
        Err(error) => error,
    }
}

#[test]
fn a_set_without_an_equals_sign() {
    let overrides = Overrides {
        set: vec!["k".to_owned()],
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\n", &overrides), @r"
    error: --set needs a key and a value, such as --set k=1,3
     --> command line
      |
      | --set k
      |       ^
    ");
}

#[test]
fn a_set_without_a_value() {
    let overrides = set("k=");
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\n", &overrides), @r"
    error: --set needs a key and a value, such as --set k=1,3
     --> command line
      |
      | --set k=
      |       ^^
    ");
}

#[test]
fn a_set_of_an_unknown_key() {
    let overrides = set("kk=3");
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\n", &overrides), @r"
    error: unknown parameter 'kk'
     --> command line
      |
      | --set kk=3
      |       ^^
      = help: did you mean 'k'?
    ");
}

#[test]
fn a_set_with_a_word_for_a_number() {
    let overrides = set("k=1,many");
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\n", &overrides), @r"
    error: k: 'many' is not a whole number from 1 to 1000, or converge
     --> command line
      |
      | --set k=1,many
      |           ^^^^
    ");
}

#[test]
fn a_set_that_is_not_yaml() {
    let overrides = set("hidden=[64,64");
    insta::assert_snapshot!(check("", &overrides), @r"
    error: this is not YAML: while parsing a flow sequence, expected ',' or ']'
     --> command line
      |
      | --set hidden=[64,64
      |              ^^^^^^
    ");
}

#[test]
fn a_set_of_the_seeds() {
    let overrides = set("seeds=3");
    insta::assert_snapshot!(check("", &overrides), @r"
    error: 'seeds' does not belong in --set, which changes parameters
     --> command line
      |
      | --set seeds=3
      |       ^^^^^
      = help: use --seeds N
    ");
}

#[test]
fn a_set_of_a_zip_member() {
    let overrides = set("lr=1e-3");
    insta::assert_snapshot!(check("zip: {rate: {lr: [1e-4, 2e-4], k: [1, 2]}}\n", &overrides), @r"
    error: --set cannot change 'lr', which a zip sets
     --> command line
      |
      | --set lr=1e-3
      |       ^^
     ::: grid.yaml:3:14
      |
    3 | zip: {rate: {lr: [1e-4, 2e-4], k: [1, 2]}}
      |              ^^ here
      = help: change the file, or put the change into a profile
    ");
}

#[test]
fn a_set_of_what_when_sets() {
    let overrides = set("k=3");
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating]}\nwhen: [{if: {loss: minimax}, set: {k: 2}}]\n", &overrides), @r"
    error: --set cannot change 'k', which 'when' sets
     --> command line
      |
      | --set k=3
      |       ^
     ::: grid.yaml:4:36
      |
    4 | when: [{if: {loss: minimax}, set: {k: 2}}]
      |                                    ^ here
      = help: change the file, or put the change into a profile
    ");
}

#[test]
fn a_set_of_half_an_axis() {
    let overrides = set("norm.g=batch");
    insta::assert_snapshot!(check("grid: {norm: [none, layer]}\n", &overrides), @r"
    error: 'norm.g' stands beside 'norm', which it includes or is part of
     --> command line
      |
      | --set norm.g=batch
      |       ^^^^^^
     ::: grid.yaml:3:8
      |
    3 | grid: {norm: [none, layer]}
      |        ^^^^ here
      = help: write one key for each network: the ones that end in .g and .d
    ");
}

#[test]
fn a_key_set_twice() {
    let overrides = Overrides {
        set: vec!["k=1".to_owned(), "k=2".to_owned()],
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: 'k' is written twice
     --> command line
      |
      | --set k=2
      |       ^
     ::: command line
      |
      | --set k=1
      |       ^ first here
      = help: write all values in one --set, separated by commas
    ");
}

#[test]
fn a_value_set_twice() {
    let overrides = set("k=1,1");
    insta::assert_snapshot!(check("", &overrides), @r"
    error: the axis 'k' has the value 1 twice
     --> command line
      |
      | --set k=1,1
      |           ^
    ");
}

#[test]
fn an_unknown_profile() {
    let overrides = Overrides {
        profile: Some("quik".to_owned()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("profiles: {quick: {seeds: 1}, full: {seeds: 20}}\n", &overrides), @r"
    error: unknown profile 'quik'
     --> command line
      |
      | --profile quik
      |           ^^^^
      = help: did you mean 'quick'?
    ");
}

#[test]
fn a_profile_of_a_grid_without_profiles() {
    let overrides = Overrides {
        profile: Some("quick".to_owned()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: unknown profile 'quick'
     --> command line
      |
      | --profile quick
      |           ^^^^^
      = help: the grid has no profiles
    ");
}

#[test]
fn an_only_with_an_unknown_value() {
    let overrides = Overrides {
        only: vec!["loss=ebgan".to_owned()],
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating]}\n", &overrides), @r"
    error: loss: 'ebgan' is not one of minimax, non_saturating, lsgan, hinge, wgan, wgan_gp, dragan, rpgan
     --> command line
      |
      | --only loss=ebgan
      |             ^^^^^
    ");
}

#[test]
fn an_only_with_an_unknown_key() {
    let overrides = Overrides {
        only: vec!["los=minimax".to_owned()],
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: unknown parameter 'los'
     --> command line
      |
      | --only los=minimax
      |        ^^^
      = help: did you mean 'loss'?
    ");
}

#[test]
fn a_shard_beyond_its_number() {
    let overrides = Overrides {
        shard: Some("5/4".to_owned()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: --shard needs the form I/N with I from 1 to N, such as 1/4
     --> command line
      |
      | --shard 5/4
      |         ^^^
    ");
}

#[test]
fn a_shard_that_is_no_fraction() {
    let overrides = Overrides {
        shard: Some("first".to_owned()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: --shard needs the form I/N with I from 1 to N, such as 1/4
     --> command line
      |
      | --shard first
      |         ^^^^^
    ");
}

#[test]
fn no_seeds_and_no_limit() {
    let overrides = Overrides {
        seeds: Some(0),
        limit: Some(0),
        ..Overrides::default()
    };
    insta::assert_snapshot!(check("", &overrides), @r"
    error: --seeds must be at least 1
     --> command line
      |
      | --seeds 0
      |         ^

    error: --limit must be at least 1
     --> command line
      |
      | --limit 0
      |         ^
    ");
}
