use proptest::prelude::*;

use super::{Filter, FilterError};
use crate::stats::fixture::{diverged, done, run, with};
use crate::store::RunRow;

/// Four runs: one diverged, one is missing, one has a list and differs in its networks.
fn runs() -> Vec<RunRow> {
    let both = |norm| [("norm.g", norm), ("norm.d", norm)];
    let settings = |loss, lr, norm: &'static str| {
        let mut settings = vec![("loss", loss), ("lr", lr), ("modes", "8")];
        settings.extend(both(norm));
        settings
    };
    let mut wgan = done(&settings("wgan", "1e-4", "none"), 0, "modes", 7.0);
    wgan.tags = vec!["long".to_owned(), "of 2024".to_owned()];
    wgan = with(wgan, "loss.d", f64::NAN, false);
    let lsgan = diverged(&settings("lsgan", "2e-4", "batch"), 1, "modes", 0.0);
    let missing = run(&settings("wgan", "1e-3", "batch"), 1);
    let mut mixed = settings("hinge", "2e-4", "none");
    mixed[4] = ("norm.d", "batch");
    mixed.push(("hidden", "[64, 64]"));
    let mixed = with(done(&mixed, 2, "modes", 8.0), "loss.d", 0.5, false);
    vec![wgan, lsgan, missing, mixed]
}

/// The places of the runs that match.
fn matching(filter: &str) -> Vec<usize> {
    let runs = runs();
    let filter = Filter::new(filter, &runs).expect("a filter");
    (0..runs.len())
        .filter(|&i| filter.matches(&runs[i]))
        .collect()
}

fn error(filter: &str) -> FilterError {
    Filter::new(filter, &runs()).expect_err("no filter")
}

#[test]
fn settings_last_values_seeds_outcomes_and_tags_compare() {
    for (filter, expected) in [
        ("loss=wgan", &[0, 2][..]),
        ("loss != wgan", &[1, 3]),
        ("loss = 'wgan'", &[0, 2]),
        ("seed >= 1", &[1, 2, 3]),
        ("outcome = missing", &[2]),
        ("outcome != done", &[1, 2]),
        ("tag=long", &[0]),
        ("tag=\"of 2024\"", &[0]),
        ("hidden=[64,64]", &[3]),
        ("hidden='[64, 64]'", &[3]),
        // Numbers however they are written.
        ("lr=0.0001", &[0]),
        ("lr<2e-4", &[0]),
        ("lr <= 0.2e-3", &[0, 1, 3]),
    ] {
        assert_eq!(matching(filter), expected, "{filter}");
    }
}

#[test]
fn a_name_of_both_is_the_last_value_and_the_setting_has_its_own() {
    assert_eq!(matching("modes<8"), [0, 1]);
    assert_eq!(matching("setting.modes<8"), [0; 0]);
    assert_eq!(matching("setting.modes=8"), [0, 1, 2, 3]);
}

#[test]
fn a_missing_value_never_matches_and_not_turns_that() {
    assert_eq!(matching("modes != 7"), [1, 3]);
    assert_eq!(matching("tag != long"), [0; 0]);
    assert_eq!(matching("hidden != x"), [3]);
    assert_eq!(matching("not hidden=[64,64]"), [0, 1, 2]);
    // A parameter that no run here has.
    assert_eq!(matching("gp_lambda = 10"), [0; 0]);
}

#[test]
fn a_value_that_is_not_a_number_is_found_as_such() {
    assert_eq!(matching("loss.d = nan"), [0]);
    assert_eq!(matching("loss.d < 1"), [3]);
    assert_eq!(matching("loss.d != 0.5"), [0]);
}

#[test]
fn a_name_of_both_networks_asks_both() {
    assert_eq!(matching("norm=batch"), [1, 2]);
    assert_eq!(matching("norm!=batch"), [0, 3]);
    assert_eq!(matching("norm.d=batch"), [1, 2, 3]);
}

#[test]
fn and_binds_closer_than_or_and_not_closest() {
    for (filter, expected) in [
        ("loss=lsgan or loss=wgan and seed=1", &[1, 2][..]),
        ("(loss=lsgan or loss=wgan) and seed=1", &[1, 2]),
        ("loss=hinge or loss=wgan and seed=1", &[2, 3]),
        ("(loss=hinge or loss=wgan) and seed=1", &[2]),
        ("not loss=wgan and seed=1", &[1]),
        ("not (loss=wgan and seed=1)", &[0, 1, 3]),
        ("not not loss=wgan", &[0, 2]),
    ] {
        assert_eq!(matching(filter), expected, "{filter}");
    }
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    insta::assert_snapshot!(error("loss=wgan and modse<8"), @r"
    no run has a setting or a value 'modse'
     --> column 15 of the filter
      |
      | loss=wgan and modse<8
      |               ^^^^^
      = help: did you mean 'modes'?
    ");
    insta::assert_snapshot!(error("outcome=divergd"), @r"
    there is no outcome 'divergd'; expected done, diverged, timed_out, failed, crashed, missing
     --> column 9 of the filter
      |
      | outcome=divergd
      |         ^^^^^^^
      = help: did you mean 'diverged'?
    ");
    let told = |filter: &str| {
        let error = error(filter);
        format!("{}: {}", error.column, error.problem)
    };
    let expected = [
        ("", "1: expected a name such as 'loss', found the end"),
        ("loss", "5: expected one of = != < <= > >=, found the end"),
        (
            "loss=",
            "6: expected a number, a word or a 'text', found the end",
        ),
        (
            "loss wgan",
            "6: expected one of = != < <= > >=, found 'wgan'",
        ),
        (
            "loss=wgan seed=1",
            "11: expected 'and', 'or' or the end, found 'seed'",
        ),
        (
            "(loss=wgan",
            "11: expected 'and', 'or' or ')', found the end",
        ),
        (
            "loss=wgan)",
            "10: expected 'and', 'or' or the end, found ')'",
        ),
        (
            "loss=wgan and",
            "14: expected a name such as 'loss', found the end",
        ),
        ("loss='wgan", "6: this text has no closing '"),
        ("hidden=[64, 64", "8: this text has no closing ]"),
        ("lr<big", "4: '<' compares numbers, and 'big' is none"),
        ("lr<'1'", "4: '<' compares numbers, and '1' is none"),
        ("loss<3", "1: '<' compares numbers, and loss is none"),
        ("tag>=3", "1: '>=' compares numbers, and tag is none"),
        ("loss!wgan", "5: expected one of = != < <= > >=, found '!'"),
        ("zebra=1", "1: no run has a setting or a value 'zebra'"),
    ];
    for (filter, problem) in expected {
        assert_eq!(told(filter), problem, "{filter}");
    }
}

#[test]
fn columns_count_letters() {
    assert_eq!(error("loss='ж' and ж=1").column, 14);
    assert_eq!(error("loss='\u{1f600}' and modse=1").column, 14);
}

#[test]
fn deep_nesting_is_refused_and_length_is_not() {
    let open = "(".repeat(100_000);
    assert_eq!(
        error(&open).problem.to_string(),
        "more than 64 levels within each other"
    );
    assert_eq!(
        error(&"not ".repeat(100_000)).problem.to_string(),
        "more than 64 levels within each other"
    );
    let long = vec!["loss=wgan"; 5_000].join(" and ");
    assert_eq!(matching(&long), [0, 2]);
}

/// A filter of names and values that there are, with its value for each run by hand.
fn filters() -> impl Strategy<Value = (String, [bool; 4])> {
    let leaf = prop_oneof![
        Just(("loss=wgan".to_owned(), [true, false, true, false])),
        Just(("seed < 2".to_owned(), [true, true, true, false])),
        Just(("modes >= 7".to_owned(), [true, false, false, true])),
        Just(("outcome=diverged".to_owned(), [false, true, false, false])),
    ];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let pair = || (inner.clone(), inner.clone());
        let each = |a: [bool; 4], b: [bool; 4], f: fn(bool, bool) -> bool| {
            [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
        };
        prop_oneof![
            inner
                .clone()
                .prop_map(|(text, values)| (format!("not ({text})"), values.map(|v| !v))),
            pair().prop_map(move |((a, x), (b, y))| {
                (format!("({a}) and ({b})"), each(x, y, |a, b| a && b))
            }),
            pair().prop_map(move |((a, x), (b, y))| {
                (format!("({a}) or({b})"), each(x, y, |a, b| a || b))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn filters_are_what_their_parts_are((text, expected) in filters()) {
        let found = matching(&text);
        let expected: Vec<usize> = (0..4).filter(|&i| expected[i]).collect();
        prop_assert_eq!(found, expected, "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "[a-z=!<>()'\"\\[\\] 0-9.и\\n]{0,40}") {
        if let Err(error) = Filter::new(&text, &runs()) {
            prop_assert!(error.column <= text.chars().count() + 1);
            prop_assert!(error.to_string().contains("of the filter"));
        }
    }
}

#[test]
fn a_value_that_no_run_has_is_told_with_the_nearest_or_those_there_are() {
    let runs = runs();
    let absent = |text| Filter::new(text, &runs).expect("a filter").absent(&runs);
    assert_eq!(absent("loss=wgan and seed=7"), [""; 0]);
    assert_eq!(
        absent("loss=lsgam or not norm=layer"),
        [
            "no run has loss = lsgam; did you mean 'lsgan'?",
            "no run has norm = layer, but batch, none",
        ]
    );
    assert_eq!(absent("lr=3"), ["no run has lr = 3, but 1e-3, 1e-4, 2e-4"]);
}
