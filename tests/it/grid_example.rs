//! The example of the grid language, as written and reduced, and what its parts mean.

use std::collections::BTreeSet;

use gan_sweep::grid::{Overrides, Plan, PlannedRun};
use gan_sweep::spec::GanSpec;

use crate::grid::{cells, plan, set};

const EXAMPLE: &str = "\
question: Does the non-saturating loss keep more modes?
defaults: {dataset: ring8, steps: 3000, batch_size: 64}
grid:
  loss: [minimax, non_saturating]
  k: [1, 2]
  noise: [normal, uniform]
  norm.g: [none, batch]
zip:
  rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9], [0, 0.9]]}
when:
  - {if: {noise: uniform}, grid: {noise_range: [[-1, 1], [0, 1]]}}
exclude: [{loss: minimax, k: 2, norm: {g: batch, d: none}}, {noise_range: {any: [[0, 1]]}, k: {gt: 1}}]
include: [{loss: minimax, steps: 30000, tags: [long]}]
seeds: 5
profiles: {quick: {defaults: {steps: 500}, seeds: 2}, full: {seeds: 20}}
";

/// The example in full.
const WHOLE: &str = r"version: 1
name: losses-on-the-ring
question: Does the non-saturating loss keep more modes?
defaults: {dataset: ring8, steps: 3000, batch_size: 64}   # values; a list here is a value
grid:                                                     # product; the first key varies slowest
  loss: [minimax, non_saturating, wgan_gp]
  k: [1, 2, converge]
  noise: [normal, uniform]
  norm.g: [none, batch]
zip:                                                      # each entry is ONE axis
  rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9], [0, 0.9]]}
when:                                                     # in order; elsewhere the key is absent
  - {if: {loss: wgan_gp}, grid: {gp_lambda: [1, 10]}}
exclude: [{loss: minimax, k: [2, converge]}]              # AND over keys; a list means any of
include: [{loss: hinge, steps: 30000, tags: [long]}]      # always new runs over defaults
seeds: 5                                                  # 0..4, or a list; the same in every cell
profiles: {quick: {defaults: {steps: 500}, seeds: 2}, full: {seeds: 20}}
";

/// What a run trains.
fn gan(run: &PlannedRun) -> &GanSpec {
    run.spec.gan().expect("it trains")
}

#[test]
fn the_whole_example_expands_as_written() {
    let plan = gan_sweep::grid::read(
        WHOLE,
        std::path::Path::new("grid.yaml"),
        &Overrides::default(),
        &gan_sweep::spec::Catalog::new(),
    )
    .expect("the grid is valid");
    // 3 losses x 3 k x 2 noises x 2 norms x 2 rates = 72; minimax keeps k 1 only (-16); wgan_gp has
    // two lambdas (+24); one more.
    assert_eq!(plan.cells.len(), 72 - 16 + 24 + 1);
    assert_eq!(plan.runs.len(), 81 * 5);
    assert_eq!(plan.notes, Vec::<String>::new());
    let of = |loss: &str| {
        let runs = plan.runs.iter();
        runs.filter(|run| gan(run).loss.choice().name == loss)
            .count()
    };
    assert_eq!(
        ["minimax", "non_saturating", "wgan_gp", "hinge"].map(of),
        [8 * 5, 24 * 5, 48 * 5, 5]
    );
    let converging = plan.runs.iter();
    let converging = converging.filter(|r| matches!(gan(r).k, gan_sweep::spec::K::Converge(_)));
    assert_eq!(converging.count(), (8 + 16) * 5);
}

fn read(body: &str, overrides: &Overrides) -> Plan {
    plan(body, overrides).expect("the grid is valid")
}

fn written(body: &str) -> Plan {
    read(body, &Overrides::default())
}

fn profile(name: &str) -> Overrides {
    Overrides {
        profile: Some(name.to_owned()),
        ..Overrides::default()
    }
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.runs.iter().map(|r| r.spec.id().to_string()).collect()
}

#[test]
fn the_example_expands_to_its_cells() {
    let plan = written(EXAMPLE);
    // 2 losses x 2 k x (normal + 2 uniform ranges) x 2 norms x 2 rates = 48; out go minimax with
    // k 2 and batch (6) and the range [0, 1] with k 2 (8, two of them already out); one more.
    assert_eq!(plan.cells.len(), 48 - 6 - 6 + 1);
    assert_eq!(plan.runs.len(), 37 * 5);
    insta::assert_snapshot!(cells(&plan), @r"
    loss=minimax k=1 noise=normal norm.g=none lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=normal norm.g=none lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=normal norm.g=batch lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=normal norm.g=batch lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=batch lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=batch lr=1e-4 betas=[0.5, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=batch lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=uniform norm.g=batch lr=2e-4 betas=[0, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=2 noise=normal norm.g=none lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=2 noise=normal norm.g=none lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=2 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=2 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=normal norm.g=none lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=normal norm.g=none lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=normal norm.g=batch lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=normal norm.g=batch lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=batch lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=batch lr=1e-4 betas=[0.5, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=batch lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=1 noise=uniform norm.g=batch lr=2e-4 betas=[0, 0.9] noise_range=[0, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=normal norm.g=none lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=normal norm.g=none lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=normal norm.g=batch lr=1e-4 betas=[0.5, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=normal norm.g=batch lr=2e-4 betas=[0, 0.9] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=uniform norm.g=none lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=uniform norm.g=none lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=uniform norm.g=batch lr=1e-4 betas=[0.5, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=non_saturating k=2 noise=uniform norm.g=batch lr=2e-4 betas=[0, 0.9] noise_range=[-1, 1] steps=3000 | seeds 0,1,2,3,4
    loss=minimax k=1 noise=normal norm.g=none lr=2e-4 betas=[0.5, 0.999] steps=30000 | seeds 0,1,2,3,4 tags long
    ");
    assert_eq!(plan.notes, Vec::<String>::new());
    let excluded: Vec<_> = plan.excluded.iter().map(|e| (e.line, e.cells)).collect();
    assert_eq!(excluded, [(14, 6), (14, 6)]);
}

#[test]
fn a_profile_changes_values_and_seeds() {
    let quick = read(EXAMPLE, &profile("quick"));
    assert_eq!(quick.runs.len(), 37 * 2);
    assert_eq!(quick.profile, "quick");
    let long = quick.runs.iter().filter(|r| r.tags == ["long"]);
    assert!(long.clone().count() == 2 && long.clone().all(|r| r.spec.steps() == 30_000));
    let others = quick.runs.iter().filter(|r| r.tags.is_empty());
    assert!(others.clone().count() == 72 && others.clone().all(|r| r.spec.steps() == 500));
    assert_eq!(read(EXAMPLE, &profile("full")).runs.len(), 37 * 20);
}

#[test]
fn the_runs_of_fewer_seeds_are_among_those_of_more() {
    let few: BTreeSet<_> = ids(&written(EXAMPLE)).into_iter().collect();
    let many: BTreeSet<_> = ids(&read(EXAMPLE, &profile("full"))).into_iter().collect();
    assert!(few.is_subset(&many));
}

#[test]
fn a_scalar_is_a_pair_of_equal_values() {
    let scalar = written("defaults: {norm: batch, lr: 1e-3, hidden: [64]}\n");
    let pair = written(
        "defaults: {norm: {g: batch, d: batch}, lr: {d: 0.001, g: 1e-3}, hidden.g: [64], hidden.d: [64]}\n",
    );
    assert_eq!(ids(&scalar), ids(&pair));
}

#[test]
fn an_exclusion_by_shorthand_means_both_networks() {
    let plan =
        written("grid: {norm.g: [none, batch], norm.d: [none, batch]}\nexclude: [{norm: batch}]\n");
    insta::assert_snapshot!(cells(&plan), @r"
    norm.g=none norm.d=none | seeds 0
    norm.g=none norm.d=batch | seeds 0
    norm.g=batch norm.d=none | seeds 0
    ");
}

#[test]
fn an_absent_key_never_matches() {
    let plan =
        written("grid: {noise: [normal, uniform]}\nexclude: [{noise_range: {any: [[-1, 1]]}}]\n");
    insta::assert_snapshot!(cells(&plan), @" | seeds 0");
    assert_eq!(plan.runs.len(), 1);
}

#[test]
fn when_sees_zip_members_and_what_earlier_entries_did() {
    let plan = written(
        "zip: {rate: {lr: [1e-4, 1e-3], batch_size: [64, 128]}}\n\
         when:\n\
         - {if: {lr: {gt: 5e-4}}, set: {optimizer: sgd}}\n\
         - {if: {optimizer: sgd}, grid: {momentum: [0, 0.9]}}\n",
    );
    insta::assert_snapshot!(cells(&plan), @r"
    lr=1e-4 batch_size=64 optimizer=adam | seeds 0
    lr=0.001 batch_size=128 optimizer=sgd momentum=0 | seeds 0
    lr=0.001 batch_size=128 optimizer=sgd momentum=0.9 | seeds 0
    ");
}

#[test]
fn a_default_that_does_not_apply_is_noted_and_left_out_of_the_id() {
    let with = written("defaults: {momentum: 0.9}\ngrid: {k: [1, 2]}\n");
    let without = written("grid: {k: [1, 2]}\n");
    assert_eq!(ids(&with), ids(&without));
    insta::assert_snapshot!(with.notes.join("\n"), @"grid.yaml:3: momentum does not apply to any of the 2 cells and is left out of their ids (it belongs to optimizer: sgd)");
    let partly = written("defaults: {momentum: 0.9}\ngrid: {optimizer.g: [adam, sgd]}\n");
    insta::assert_snapshot!(partly.notes.join("\n"), @r"
    grid.yaml:3: momentum does not apply to 1 of 2 cells and is left out of their ids (it belongs to optimizer: sgd)
    grid.yaml:3: momentum.d does not apply to 1 of 2 cells and is left out of their ids (it belongs to optimizer: sgd)
    ");
}

#[test]
fn a_default_that_an_axis_hides_is_noted() {
    let plan = written("defaults: {k: 3}\ngrid: {k: [1, 2]}\n");
    insta::assert_snapshot!(plan.notes.join("\n"), @"grid.yaml:3: the default of k is never used: k is an axis (grid.yaml:4)");
}

#[test]
fn a_duplicate_of_include_unites_tags_and_keeps_its_place() {
    let plan = written(
        "grid: {k: [1, 2]}\n\
         include:\n\
         - {k: 2, tags: [kept, wide]}\n\
         - {k: 2, tags: [wide, again], seeds: [0, 7]}\n\
         - {k: 5}\n\
         seeds: 2\n",
    );
    insta::assert_snapshot!(cells(&plan), @r"
    k=1 | seeds 0,1
    k=2 | seeds 0,1,7 tags kept,wide,again
    k=5 | seeds 0,1
    ");
    let tags: Vec<_> = plan
        .runs
        .iter()
        .map(|r| {
            format!(
                "{} {} {}",
                gan(r).k.least(),
                r.spec.seed(),
                r.tags.join("+")
            )
        })
        .collect();
    assert_eq!(
        tags,
        [
            "1 0 ",
            "1 1 ",
            "2 0 kept+wide+again",
            "2 1 kept+wide",
            "2 7 wide+again",
            "5 0 ",
            "5 1 "
        ]
    );
}

#[test]
fn conditions_under_an_option_or_profile_match_nothing_with_a_note() {
    let body = "grid: {k: [1, 2]}\nexclude: [{k: 2}]\nprofiles: {one: {grid: {k: [1]}}}\n";
    let by_profile = read(body, &profile("one"));
    insta::assert_snapshot!(by_profile.notes.join("\n"), @"grid.yaml:4: k is 2 in no cell");
    let by_option = read(body, &set("k=1,3"));
    insta::assert_snapshot!(by_option.notes.join("\n"), @"grid.yaml:4: k is 2 in no cell");
    assert_eq!(by_option.runs.len(), 2);
}

#[test]
fn a_profile_merges_key_by_key_and_replaces_other_sections() {
    let plan = read(
        "defaults: {lr: 1e-3, steps: 100}\n\
         grid: {k: [1, 2], loss: [minimax, non_saturating]}\n\
         exclude: [{k: 2}]\n\
         profiles: {p: {defaults: {lr.d: 1e-4}, grid: {k: [2], norm: [batch]}, exclude: []}}\n",
        &profile("p"),
    );
    insta::assert_snapshot!(cells(&plan), @r"
    loss=minimax | seeds 0
    loss=non_saturating | seeds 0
    ");
    assert!(plan.runs.iter().all(|r| {
        let s = gan(r);
        (s.lr.g, s.lr.d, s.steps, s.k.least()) == (1e-3, 1e-4, 100, 2)
    }));
}

#[test]
fn more_random_samples_extend_a_sweep() {
    let body = |samples: u32, more: &str| {
        format!(
            "grid: {{k: [1, 2]}}\nrandom: {{samples: {samples}, seed: 1, lr: {{log_uniform: [1e-5, 1e-2]}}{more}}}\n"
        )
    };
    let few = written(&body(3, ""));
    let many = written(&body(10, ""));
    assert_eq!((few.runs.len(), many.runs.len()), (6, 20));
    assert_eq!(ids(&few)[..3], ids(&many)[..3]);
    assert_eq!(ids(&few)[3..], ids(&many)[10..13]);
    // The same points in every cell, and another key does not move them.
    let lr = |plan: &Plan| plan.runs.iter().map(|r| gan(r).lr.g).collect::<Vec<_>>();
    assert_eq!(lr(&few)[..3], lr(&few)[3..]);
    let wider = written(&body(3, ", batch_size: {log_uniform: [16, 256]}"));
    assert_eq!(lr(&few), lr(&wider));
    let sizes: Vec<_> = wider.runs.iter().map(|r| gan(r).batch_size).collect();
    assert!(sizes.iter().all(|b| (16..=256).contains(b)), "{sizes:?}");
}

#[test]
fn set_reaches_defaults_but_not_what_include_sets() {
    let plan = read(
        "grid: {k: [1, 2]}\ninclude: [{steps: 30000}]\n",
        &set("steps=500"),
    );
    let steps: Vec<_> = plan.runs.iter().map(|r| r.spec.steps()).collect();
    assert_eq!(steps, [500, 500, 30_000]);
    insta::assert_snapshot!(plan.notes.join("\n"), @"--set steps does not change the run that grid.yaml:4 includes: it has its own value");
}

#[test]
fn set_takes_lists_and_words() {
    let plan = read("", &set("hidden=[64,64],[128]"));
    insta::assert_snapshot!(cells(&plan), @r"
    hidden=[64, 64] | seeds 0
    hidden=[128] | seeds 0
    ");
    let plan = read("grid: {norm.g: [none, batch]}\n", &set("norm=layer"));
    assert_eq!(plan.runs.len(), 1);
}

#[test]
fn only_limit_and_shard_select_without_changing_membership() {
    let body = "grid: {loss: [minimax, non_saturating], k: [1, 2]}\nseeds: 5\n";
    let all = ids(&written(body));
    let selected = |overrides: &Overrides| {
        let mut plan = read(body, overrides);
        assert_eq!(ids(&plan), all);
        if let Some(shard) = plan.shard {
            gan_sweep::cluster::select(&mut plan, shard);
        }
        let runs = plan.runs.iter().enumerate();
        runs.filter(|(_, r)| r.selected)
            .map(|(i, _)| i)
            .collect::<Vec<_>>()
    };
    let only = Overrides {
        only: vec!["loss=non_saturating".to_owned(), "k=2".to_owned()],
        ..Overrides::default()
    };
    assert_eq!(selected(&only), [15, 16, 17, 18, 19]);
    let limit = Overrides {
        limit: Some(2),
        ..only.clone()
    };
    assert_eq!(selected(&limit), [15, 16]);
    let shards: Vec<Vec<usize>> = (1..=3)
        .map(|i| {
            selected(&Overrides {
                shard: Some(format!("{i}/3")),
                ..Overrides::default()
            })
        })
        .collect();
    // Runs of k = 2 cost more than those of k = 1, and each slice has as many of them as the others, but for one.
    let of_k_2 = |shard: &Vec<usize>| shard.iter().filter(|run| *run / 5 % 2 == 1).count();
    let dear: Vec<usize> = shards.iter().map(of_k_2).collect();
    assert_eq!(dear, [4, 3, 3]);
    assert_eq!(shards.iter().map(Vec::len).sum::<usize>(), 20);
    let mut together = shards.concat();
    together.sort_unstable();
    assert_eq!(together, (0..20).collect::<Vec<_>>());
    let nothing = Overrides {
        only: vec!["k=7".to_owned()],
        ..Overrides::default()
    };
    assert_eq!(selected(&nothing), [0; 0]);
    insta::assert_snapshot!(read(body, &nothing).notes.join("\n"), @r"
    --only: k is 7 in no run
    no run is selected
    ");
}
