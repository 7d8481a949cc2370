//! What holds for every grid.

use std::collections::BTreeSet;

use gan_sweep::grid::{Overrides, Plan};
use proptest::prelude::*;

use crate::grid::{check_file, plan, set};

/// Axes that apply to every run, each with distinct values.
const AXES: [(&str, &[&str]); 6] = [
    ("loss", &["minimax", "non_saturating"]),
    ("k", &["1", "2", "3", "5", "8"]),
    ("norm.g", &["none", "batch", "layer"]),
    ("norm.d", &["none", "layer"]),
    ("lr", &["1e-4", "2e-4", "{g: 1e-3, d: 4e-3}"]),
    ("hidden", &["[64]", "[64, 64]", "[128, 128]", "[]"]),
];

/// Some of the axes in some order, each with at least one of its values.
fn axes() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let chosen = proptest::sample::subsequence(AXES.to_vec(), 0..=AXES.len()).prop_shuffle();
    chosen.prop_flat_map(|axes| {
        axes.into_iter()
            .map(|(key, values)| {
                proptest::sample::subsequence(values.to_vec(), 1..=values.len())
                    .prop_map(move |values| (key, values))
            })
            .collect::<Vec<_>>()
    })
}

fn grid(axes: &[(&str, Vec<&str>)]) -> String {
    let lines: Vec<_> = axes
        .iter()
        .map(|(key, values)| format!("  {key}: [{}]\n", values.join(", ")))
        .collect();
    format!("grid:\n{}", lines.concat())
}

fn read(body: &str, overrides: &Overrides) -> Plan {
    plan(body, overrides).expect("the grid is valid")
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.runs.iter().map(|r| r.spec.id().to_string()).collect()
}

proptest! {
    #[test]
    fn the_count_is_the_product_and_every_id_is_unique(axes in axes(), seeds in 1_usize..4) {
        let body = format!("{}seeds: {seeds}\n", grid(&axes));
        let plan = read(&body, &Overrides::default());
        let cells: usize = axes.iter().map(|(_, values)| values.len()).product();
        prop_assert_eq!(plan.cells.len(), cells);
        prop_assert_eq!(plan.runs.len(), cells * seeds);
        let unique: BTreeSet<_> = ids(&plan).into_iter().collect();
        prop_assert_eq!(unique.len(), plan.runs.len());
    }

    #[test]
    fn the_same_text_gives_the_same_plan(axes in axes()) {
        let body = grid(&axes);
        prop_assert_eq!(
            read(&body, &Overrides::default()),
            read(&body, &Overrides::default())
        );
    }

    #[test]
    fn the_first_axis_varies_slowest_and_ids_do_not_depend_on_the_order(axes in axes()) {
        let plan = read(&grid(&axes), &Overrides::default());
        if let Some((_, values)) = axes.first() {
            // The runs of the first value alone are the beginning of the plan.
            let mut first = axes.clone();
            first[0].1.truncate(1);
            let part = read(&grid(&first), &Overrides::default());
            prop_assert_eq!(&ids(&plan)[..plan.runs.len() / values.len()], ids(&part));
        }
        let mut backwards = axes;
        backwards.reverse();
        let other = read(&grid(&backwards), &Overrides::default());
        let sorted = |plan: &Plan| ids(plan).into_iter().collect::<BTreeSet<_>>();
        prop_assert_eq!(sorted(&plan), sorted(&other));
    }

    #[test]
    fn setting_an_axis_is_editing_the_file(axes in axes(), which in 0_usize..6, count in 1_usize..6) {
        let (key, values) = AXES[which];
        let values = &values[..count.min(values.len())];
        let option = read(&grid(&axes), &set(&format!("{key}={}", values.join(","))));
        let mut edited = axes;
        match edited.iter_mut().find(|(k, _)| *k == key) {
            Some(axis) => axis.1 = values.to_vec(),
            None => edited.push((key, values.to_vec())),
        }
        let file = read(&grid(&edited), &Overrides::default());
        prop_assert_eq!(option.runs, file.runs);
    }

    #[test]
    fn a_scalar_is_the_pair_of_it(which in 0_usize..3) {
        let (key, value) = [("norm", "batch"), ("lr", "3e-4"), ("hidden", "[32, 32]")][which];
        let both = [
            format!("defaults: {{{key}: {value}}}\n"),
            format!("defaults: {{{key}: {{g: {value}, d: {value}}}}}\n"),
            format!("defaults: {{{key}.g: {value}, {key}.d: {value}}}\n"),
            format!("grid: {{{key}: [{value}]}}\n"),
            format!("grid: {{{key}: [{{d: {value}, g: {value}}}]}}\n"),
        ]
        .map(|body| ids(&read(&body, &Overrides::default())));
        prop_assert!(both.iter().all(|ids| *ids == both[0]));
    }

    /// Anything at all gives a plan or an error with a place, never a panic.
    #[test]
    fn no_text_makes_the_reader_panic(text in "(version: 1\nname: x\n)?[-a-z:{}\\[\\]<>&*!|#'\" ,\n\t\\.0-9é\u{feff}\u{85}]{0,80}") {
        check_file(&text);
    }

    #[test]
    fn no_mangled_grid_makes_the_reader_panic(cut in 0_usize..400, insert in "[-a-z:{}\\[\\]<>&*!|#'\" ,\n\t0-9]{0,3}") {
        let text = "version: 1\nname: x\ndefaults: {lr: 1e-4, hidden: [64, 64]}\ngrid:\n  loss: [minimax, non_saturating]\n  k: [1, 2]\nzip:\n  rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9], [0, 0.9]]}\nwhen:\n  - {if: {loss: minimax}, grid: {noise: [normal, uniform]}}\nexclude: [{loss: minimax, k: {gt: 1}}]\ninclude: [{steps: 30000, tags: [long]}]\nseeds: 5\nprofiles: {quick: {seeds: 2}}\n";
        let cut = cut.min(text.len());
        check_file(&format!("{}{insert}{}", &text[..cut], &text[cut..]));
    }
}
