//! `compare`, `ls` and `show` on made-up results.

use gan_sweep::event::Outcome;
use gan_sweep::param::Value;
use gan_sweep::store::Writer;
use tempfile::TempDir;

use crate::synthetic::{Checked, plan, prints, provenance, refuses, report, results, spec};

#[test]
fn the_table_shows_every_cell_with_its_counts() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    insta::assert_snapshot!(prints(folder.path(), &["compare", "demo"])?, @r"
    ring8: covered, in modes, higher is better, best first
    loss            k  norm   n  mean  95 % interval  diverged  missing  failed
    non_saturating  2  none   3  4.25   [3.63, 4.87]         0        0       0
    non_saturating  2  batch  3  4.25   [3.63, 4.87]         0        0       0
    minimax         2  batch  2   3.4     [1.8, 5.0]         0        1       0
    minimax         2  none   3  3.25   [2.63, 3.87]         0        0       0
    non_saturating  1  none   3     2              –         0        0       0
    non_saturating  1  batch  3     2              –         0        0       0
    minimax         1  batch  2     1              –         0        0       1
    minimax         1  none   3   0.7    [-0.8, 2.1]         1        0       0
    covered on ring8, for reference: perfect 8, uniform 5

    Paired differences: all other settings and the seed equal, averaged over the cells of a seed; n seeds
    difference                      n  mean  95 % interval  pairs  unpaired
    loss: non_saturating − minimax  3  1.17   [0.45, 1.88]      6         6
    k: 2 − 1                        3  2.36   [1.58, 3.14]      9         3
    norm: batch − none              3     0              –      6         6

    mnist: fid (on the data set's own classifier), lower is better, best first
    n  mean  95 % interval  diverged  missing  failed
    2  20.5   [14.1, 26.9]         0        0       0
    fid on mnist, for reference: floor 1.5 at N = 5000
    features: classifier of mnist (0123456789abcdef)
    ");
    Ok(())
}

#[test]
fn one_axis_is_averaged_over_the_others_and_paired() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    insta::assert_snapshot!(prints(folder.path(), &["compare", "demo", "--by", "k"])?, @r"
    ring8: covered, in modes, higher is better, best first
    k  n  mean  95 % interval  diverged  missing  failed
    2  3  3.81   [3.37, 4.24]         0        1       0
    1  3  1.47   [0.95, 1.99]         1        0       1
    covered on ring8, for reference: perfect 8, uniform 5

    Paired differences: all other settings and the seed equal, averaged over the cells of a seed; n seeds
    difference  n  mean  95 % interval  pairs  unpaired
    k: 2 − 1    3  2.36   [1.58, 3.14]      9         3

    mnist: fid (on the data set's own classifier), lower is better, best first
    k  n  mean  95 % interval  diverged  missing  failed
    1  2  20.5   [14.1, 26.9]         0        0       0
    fid on mnist, for reference: floor 1.5 at N = 5000
    features: classifier of mnist (0123456789abcdef)
    ");
    Ok(())
}

#[test]
fn json_holds_the_same_numbers() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let text = prints(
        folder.path(),
        &[
            "compare", "demo", "--by", "k", "--metric", "covered", "--json",
        ],
    )?;
    let json: serde_json::Value = serde_json::from_str(&text)?;
    let comparison = &json["comparisons"][0];
    assert_eq!(comparison["better"], "higher");
    let difference = &comparison["paired_differences"][0]["differences"][0];
    assert_eq!(difference["value"]["k"], "2");
    assert_eq!(difference["difference"]["n"], 3);
    assert_eq!(comparison["dataset"], "ring8");
    let perfect = &comparison["references"][0];
    assert_eq!(perfect["name"], "perfect");
    assert_eq!(
        (&perfect["low"], &perfect["high"]),
        (&8.0.into(), &8.0.into())
    );
    Ok(())
}

#[test]
fn a_loss_of_a_diverged_run_shows_as_it_is() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let table = prints(
        folder.path(),
        &["compare", "demo", "--metric", "loss.d", "--by", "loss"],
    )?;
    assert!(table.contains("NaN"), "{table}");
    Ok(())
}

#[test]
fn misspelt_names_are_told_with_the_nearest() -> Checked {
    let folder = TempDir::new()?;
    let missing = refuses(folder.path(), &["ls"])?;
    assert!(
        missing.starts_with("error: there are no results in "),
        "{missing}"
    );
    results(folder.path())?;
    let check = |arguments: &[&str], expected: &str| -> Checked {
        assert_eq!(refuses(folder.path(), arguments)?, expected);
        Ok(())
    };
    check(
        &["compare", "dmeo"],
        "error: there is no sweep 'dmeo'; did you mean 'demo'?",
    )?;
    check(
        &["compare", "demo", "--by", "nrom"],
        "error: no run has a setting 'nrom'; did you mean 'norm'?",
    )?;
    check(
        &["compare", "demo", "--metric", "coverd"],
        "error: no run has a metric 'coverd'; did you mean 'covered'?",
    )?;
    check(
        &["compare", "demo", "--profile", "quick"],
        "error: there is no sweep 'demo' under profile 'quick'; it was run under no profile",
    )?;
    check(
        &["show", "zzz"],
        "error: no run's id begins with 'zzz': 'gan-sweep ls SWEEP' lists them",
    )
}

#[test]
fn ls_tells_how_far_a_sweep_is() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let text = prints(folder.path(), &["ls"])?;
    // The last column is a time.
    let (before, _) = text.rsplit_once("  20").ok_or("a time")?;
    insta::assert_snapshot!(before, @r"
    sweep  profile   done  diverged  failed  missing  last change
    demo   –        23/26         1       1        1
    ");
    let listed = prints(folder.path(), &["ls", "demo"])?;
    // An id is ten hexadecimal digits; which is no matter here.
    let masked: Vec<String> = listed
        .lines()
        .map(|line| match line.split_once("  ") {
            Some((id, rest)) if id.len() == 10 => format!("ID          {rest}"),
            _ => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(masked.join("\n"), @r"
    ring8
    run         loss            k  norm   seed  outcome     covered
    ID          minimax         1  none      0  done              1
    ID          minimax         1  none      1  diverged  0 (worst)
    ID          minimax         1  none      2  done              1
    ID          minimax         1  batch     0  done              1
    ID          minimax         1  batch     1  done              1
    ID          minimax         1  batch     2  failed          0.5
    ID          minimax         2  none      0  done              3
    ID          minimax         2  none      1  done           3.25
    ID          minimax         2  none      2  done            3.5
    ID          minimax         2  batch     0  missing           –
    ID          minimax         2  batch     1  done           3.25
    ID          minimax         2  batch     2  done            3.5
    ID          non_saturating  1  none      0  done              2
    ID          non_saturating  1  none      1  done              2
    ID          non_saturating  1  none      2  done              2
    ID          non_saturating  1  batch     0  done              2
    ID          non_saturating  1  batch     1  done              2
    ID          non_saturating  1  batch     2  done              2
    ID          non_saturating  2  none      0  done              4
    ID          non_saturating  2  none      1  done           4.25
    ID          non_saturating  2  none      2  done            4.5
    ID          non_saturating  2  batch     0  done              4
    ID          non_saturating  2  batch     1  done           4.25
    ID          non_saturating  2  batch     2  done            4.5

    mnist
    run         seed  outcome  fid (on the data set's own classifier)
    ID             0  done                                         20
    ID             1  done                                         21
    ");
    let json: serde_json::Value =
        serde_json::from_str(&prints(folder.path(), &["ls", "demo", "--json"])?)?;
    assert_eq!(json.as_array().map(Vec::len), Some(26));
    assert_eq!(json[1]["outcome"], "diverged");
    assert_eq!(json[1]["last"]["loss.d"]["value"], "NaN");
    Ok(())
}

#[test]
fn show_tells_what_happened_to_a_run() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let json: serde_json::Value =
        serde_json::from_str(&prints(folder.path(), &["ls", "demo", "--json"])?)?;
    let id = |i: usize| json[i]["run"].as_str().unwrap_or_default()[..12].to_owned();
    let diverged = prints(folder.path(), &["show", &id(1)])?;
    for part in [
        "outcome         diverged in step 1234: loss.d is not finite",
        "sweep           demo",
        "attempts        1",
        "time            2.50 s elapsed, 2.25 s of processor",
        "made by         revision 0123abcd",
        "[128, 128]",
        "covered        2    0.5  0 (worst)  0 (worst)     1234",
        "loss.d         2    1.1        NaN        NaN     1200",
    ] {
        assert!(diverged.contains(part), "{part:?} is not in\n{diverged}");
    }
    let failed = prints(folder.path(), &["show", &id(5)])?;
    assert!(failed.contains("failed: no, \"thank\" you,"), "{failed}");
    let missing = prints(folder.path(), &["show", &id(9)])?;
    assert!(missing.contains("outcome         missing\n"), "{missing}");
    let json: serde_json::Value =
        serde_json::from_str(&prints(folder.path(), &["show", &id(1), "--json"])?)?;
    assert_eq!(json["outcome_step"], 1234);
    assert_eq!(json["series"]["loss.d"][1][1], "NaN");
    Ok(())
}

#[test]
fn data_sets_of_one_kind_have_a_table_each_and_references_their_range() -> Checked {
    let folder = TempDir::new()?;
    let word = |w: &str| Value::Text(w.to_owned());
    let mut specs = Vec::new();
    for dataset in ["ring8", "grid25"] {
        for sigma in [0.05, 0.1] {
            let settings = [("dataset", word(dataset)), ("sigma", Value::Float(sigma))];
            specs.push(spec(&settings, 0));
        }
    }
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("two", &specs))?;
    let sender = writer.sender();
    for (spec, covered) in specs.iter().zip([8.0, 6.0, 25.0, 20.0]) {
        let uniform = covered / 10.0;
        let values = [("covered", covered), ("covered.uniform", uniform)];
        report(&sender, spec.id(), &[(1, &values)], &[], Outcome::Done)?;
    }
    writer.close()?;
    insta::assert_snapshot!(prints(folder.path(), &["compare", "two"])?, @r"
    ring8: covered, in modes, higher is better, best first
    sigma  n  mean  95 % interval  diverged  missing  failed
    0.05   1     8              –         0        0       0
    0.1    1     6              –         0        0       0
    covered on ring8, for reference: uniform 0.6 to 0.8

    Paired differences: all other settings and the seed equal, averaged over the cells of a seed; n seeds
    difference         n  mean  95 % interval  pairs  unpaired
    sigma: 0.1 − 0.05  1    -2              –      1         0

    grid25: covered, in modes, higher is better, best first
    sigma  n  mean  95 % interval  diverged  missing  failed
    0.05   1    25              –         0        0       0
    0.1    1    20              –         0        0       0
    covered on grid25, for reference: uniform 2 to 2.5

    Paired differences: all other settings and the seed equal, averaged over the cells of a seed; n seeds
    difference         n  mean  95 % interval  pairs  unpaired
    sigma: 0.1 − 0.05  1    -5              –      1         0
    ");
    Ok(())
}
