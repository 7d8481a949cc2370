//! The committed comparisons, and the way from runs to verdicts.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use super::{COMPARISONS, Histories, History, check, find, rule};
use crate::claim::Unit;
use crate::event::Outcome;
use crate::grid::{Overrides, Plan, read};
use crate::spec::Catalog;
use crate::stats::claim::{Evidence, Verdict};
use crate::store::{Measured, RunRow};

fn plan(text: &str, profile: Option<&str>) -> Plan {
    let overrides = Overrides {
        profile: profile.map(str::to_owned),
        ..Overrides::default()
    };
    match read(text, Path::new("a.yaml"), &overrides, &Catalog::new()) {
        Ok(plan) => plan,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_comparison_can_be_judged_and_is_told_in_both_languages() {
    let mut names = Vec::new();
    for comparison in COMPARISONS {
        for profile in [None, Some("quick"), Some("full")] {
            let plan = plan(comparison.text, profile);
            assert_eq!(plan.name, comparison.name);
            if let Err(error) = check(&plan) {
                panic!("{profile:?}: {error}");
            }
            let primary = plan.claims.iter().filter(|c| c.primary).count();
            assert_eq!(primary, 1, "{}", plan.name);
            let topic = &plan.topic;
            let told = [&topic.slide, &topic.question, &topic.setup, &topic.changes];
            assert!(told.iter().all(|words| words.is_some()), "{}", plan.name);
            assert!(!topic.figures.is_empty(), "{}", plan.name);
        }
        names.push(comparison.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COMPARISONS.len());
}

const GRID: &str = "\
version: 1
name: demo
defaults: {hidden: [8], steps: 10}
grid: {k: [1, 2], lr: [1e-4, 1e-3]}
seeds: 10
claims:
  more:
    text: {en: e, ru: r}
    metric: covered
    a: {k: 2}
    b: {k: 1}
    expect: a > b
    min_effect: 1
    because: {en: e, ru: r}
";

/// Rows with their series.
type Rows = Vec<(RunRow, BTreeMap<String, Vec<Measured>>)>;

fn histories(rows: &Rows) -> Histories<'_> {
    let history = |(row, series)| History { row, series };
    let pairs = rows
        .iter()
        .map(|(row, series)| (row.id, history((row, series))));
    pairs.collect()
}

/// A row for every run, with a value made from k, the rate and the seed.
fn rows(plan: &Plan, value: impl Fn(i64, f64, u64) -> Option<f64>) -> Rows {
    let mut all = Rows::new();
    for (position, run) in plan.runs.iter().enumerate() {
        let spec = run.spec.gan().expect("it trains");
        let found = value(i64::from(spec.k.least()), spec.lr.g, spec.seed);
        let measured = |value| Measured {
            step: 10,
            value,
            worst: false,
        };
        let named = |value| ("covered".to_owned(), measured(value));
        let row = RunRow {
            id: run.spec.id(),
            position: position as u64,
            seed: spec.seed,
            settings: BTreeMap::new(),
            tags: Vec::new(),
            outcome: Some(Outcome::Done),
            last: found.map(named).into_iter().collect(),
            weights_digest: None,
            series_digest: None,
            flops: None,
            attempts: 1,
            wall_seconds: None,
            cpu_seconds: None,
            host: None,
            ended_at: None,
            features: None,
            provenance: None,
        };
        let series = found
            .map(|x| ("covered".to_owned(), vec![measured(x)]))
            .into_iter()
            .collect();
        all.push((row, series));
    }
    all
}

#[test]
fn differences_are_paired_by_seed_and_averaged_over_cells_first() {
    let plan = plan(GRID, None);
    // k adds 2, the rate 1 or 3, the seed its number: the pairs know nothing of rate and seed.
    let of = |k: i64, lr: f64, seed: u64| {
        let rate = if lr > 5e-4 { 3.0 } else { 1.0 };
        Some(2.0 * (k - 1) as f64 + rate + seed as f64)
    };
    let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
    assert_eq!(found.evidence, Evidence::Differences(vec![2.0; 10]));
    assert_eq!(found.means, [8.5, 6.5]);
    let rulings =
        rule(&plan, &histories(&rows(&plan, of)), NonZeroU32::MIN).expect("evidence that fits");
    assert_eq!(rulings[0].judgement.verdict(), Verdict::Confirmed);
    // p is 2/2¹⁰, and the level of the 26th look on growing data is below that.
    for (look, verdict) in [(25, Verdict::Confirmed), (26, Verdict::Inconclusive)] {
        let look = NonZeroU32::new(look).expect("not 0");
        let rulings = rule(&plan, &histories(&rows(&plan, of)), look).expect("evidence that fits");
        assert_eq!(rulings[0].judgement.verdict(), verdict, "look {look}");
    }
}

#[test]
fn a_seed_with_a_missing_run_is_left_out_and_counted() {
    let plan = plan(GRID, None);
    let of = |k: i64, lr: f64, seed: u64| (k == 1 || lr > 5e-4 || seed != 3).then_some(k as f64);
    let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
    assert_eq!((found.missing, found.left_out), (1, 1));
    assert_eq!(found.evidence, Evidence::Differences(vec![1.0; 9]));
}

#[test]
fn the_best_value_of_a_seed_is_chosen_on_the_other_seeds() {
    let plan = plan(&GRID.replace("expect", "best: lr.g\n    expect"), None);
    // With k = 2 each rate is good at half of the seeds; on average the larger one is a little better.
    let of = |k: i64, lr: f64, seed: u64| {
        let high = lr > 5e-4;
        Some(match (k, high, seed < 5) {
            (1, ..) => 0.0,
            (_, true, true) => 5.0,
            (_, true, false) => 1.0,
            (_, false, true) => 0.0,
            (_, false, false) => 5.5,
        })
    };
    let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
    let Evidence::Differences(values) = found.evidence else {
        panic!("paired");
    };
    // Whoever chose by the seed itself would have 5 and 5.5 everywhere.
    assert!(values.iter().any(|x| *x < 2.0), "{values:?}");
    assert_eq!(plan.claims[0].unit, Unit::Seed);
}

/// Sixteen configurations, two seeds each; k is their number.
const SEARCH: &str = "\
version: 1
name: demo
defaults: {hidden: [8], steps: 10}
grid: {k: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]}
seeds: 2
claims:
  matter:
    text: {en: e, ru: r}
    metric: covered
    unit: configuration
    expect: between > within
    min_effect: 1
    because: {en: e, ru: r}
";

#[test]
fn pairs_of_configurations_are_held_against_pairs_of_seeds() {
    let plan = plan(SEARCH, None);
    assert_eq!(super::units(&plan, &plan.claims[0]), 8);
    // A configuration is 10 k, the second seed adds 3. Of 10 and 20: between ½ (|10 − 23| + |13 − 20|) = 10,
    // within ½ (3 + 3).
    let of = |k: i64, _: f64, seed: u64| Some(10.0 * k as f64 + 3.0 * seed as f64);
    let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
    assert_eq!(found.evidence, Evidence::Differences(vec![7.0; 8]));
    assert_eq!(found.means, [10.0, 3.0]);
    let rulings =
        rule(&plan, &histories(&rows(&plan, of)), NonZeroU32::MIN).expect("evidence that fits");
    assert_eq!(rulings[0].judgement.verdict(), Verdict::Confirmed);
    // A pair without one of its four values is left out.
    let of = |k: i64, lr: f64, seed: u64| of(k, lr, seed).filter(|_| k != 4 || seed == 0);
    let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
    assert_eq!((found.missing, found.left_out), (1, 1));
    assert_eq!(found.evidence, Evidence::Differences(vec![7.0; 7]));
}

#[test]
fn between_and_within_change_places_when_two_configurations_do_at_one_seed() {
    // What the sign-flip test needs: the difference changes its sign, whatever the seeds share.
    let value = |k: i64, seed: u64| ((7 * k + 5 * seed as i64) % 11 * (seed as i64 + 1)) as f64;
    for seeds in [2, 4] {
        let text = SEARCH.replace("seeds: 2", &format!("seeds: {seeds}"));
        let plan = plan(&text, None);
        let differences = |of: &dyn Fn(i64, u64) -> f64| {
            let of = |k: i64, _: f64, seed: u64| Some(of(k, seed));
            let found = find(&plan, &plan.claims[0], &histories(&rows(&plan, of)));
            match found.evidence {
                Evidence::Differences(values) => values,
                other => panic!("{other:?}"),
            }
        };
        let plain = differences(&value);
        // 1 and 2, 3 and 4, … at every other seed.
        let changed = differences(&|k, seed| match seed % 2 {
            0 => value(((k - 1) ^ 1) + 1, seed),
            _ => value(k, seed),
        });
        for (a, b) in plain.iter().zip(&changed) {
            assert!((a + b).abs() < 1e-12, "{plain:?} {changed:?}");
        }
        assert!(plain.iter().any(|d| d.abs() > 0.1));
    }
}

#[test]
fn one_seed_or_one_configuration_tells_nothing_between() {
    for (from, to) in [
        ("seeds: 2", "seeds: 1"),
        ("2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]", "2]"),
    ] {
        let text = SEARCH.replace(from, to);
        let plan = plan(&text, None);
        let error = check(&plan).expect_err("too few").to_string();
        assert!(error.contains("pairs of configurations"), "{error}");
    }
}

#[test]
fn a_claim_that_nothing_could_confirm_is_refused_but_under_quick() {
    let few = GRID.replace("seeds: 10", "seeds: 4");
    let error = check(&plan(&few, None)).expect_err("2/2⁴ is above 0.05");
    let text = error.to_string();
    assert!(
        text.contains("'more' of 'demo' cannot be confirmed with 4 seeds"),
        "{text}"
    );
    let quick = few + "profiles: {quick: {seeds: 2}}\n";
    check(&plan(&quick, Some("quick"))).expect("it says that it confirms nothing");
}

#[test]
fn claims_that_claim_nothing_are_faults_with_a_place() {
    let told = |from: &str, to: &str| {
        let text = GRID.replace(from, to);
        let error = read(
            &text,
            Path::new("a.yaml"),
            &Overrides::default(),
            &Catalog::new(),
        );
        error.expect_err("a fault").to_string()
    };
    for (from, to, says) in [
        (
            "min_effect: 1",
            "min_effect: 0",
            "of no size an effect would be worth a claim",
        ),
        ("    b: {k: 1}\n", "", "say what b is"),
        (
            "    because: {en: e, ru: r}\n",
            "",
            "the reason for the size",
        ),
        ("k: 2}", "k: 7}", "no run is on one of its sides"),
        ("a > b", "a >= b", "is not one of a > b, a < b"),
        (
            "b: {k: 1}\n    expect: a > b",
            "expect: between > within",
            "needs unit: configuration",
        ),
        (
            "expect: a > b",
            "unit: configuration\n    expect: between > within",
            "leave b out",
        ),
        (
            "b: {k: 1}\n    expect: a > b",
            "success: {at_least: 1}\n    unit: configuration\n    expect: between > within",
            "leave success, best and over out",
        ),
        ("ru: r}\n    metric", "de: r}\n    metric", "both languages"),
        (
            "metric: covered",
            "metrik: covered",
            "did you mean 'metric'?",
        ),
        (
            "metric: covered",
            "metric: coverd",
            "did you mean 'covered'?",
        ),
    ] {
        let text = told(from, to);
        assert!(text.contains(says) && text.contains("a.yaml:"), "{text}");
    }
}
