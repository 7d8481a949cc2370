//! What somebody meets who has just built the program: `init`, `schema`, `completions`, `man`, and the
//! mistakes of the first minutes.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::synthetic::{Checked, results};

/// The program in a folder, with its results there.
fn gan_sweep(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary starts")
}

fn prints(folder: &Path, arguments: &[&str]) -> String {
    let output = gan_sweep(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = gan_sweep(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let errors = String::from_utf8(output.stderr).expect("text");
    errors.trim_end().to_owned()
}

#[test]
fn init_writes_a_grid_and_says_what_to_do_with_it() -> Checked {
    let folder = TempDir::new()?;
    insta::assert_snapshot!(prints(folder.path(), &["init"]), @"
    wrote grid.yaml
    next:
      gan-sweep plan grid.yaml  # shows what it asks for
      gan-sweep run grid.yaml   # trains it, in under a minute on two cores, and compares
    ");
    let plan = prints(folder.path(), &["plan", "grid.yaml"]);
    assert!(plan.ends_with("24 runs, 0 done, 24 to do\n"), "{plan}");
    insta::assert_snapshot!(prints(folder.path(), &["init", "my claims.yaml", "--template", "claims"]), @"
    wrote my claims.yaml
    next:
      gan-sweep plan 'my claims.yaml'       # shows what it asks for
      gan-sweep reproduce 'my claims.yaml'  # trains it and judges its claim
      gan-sweep run 'my claims.yaml'        # trains it, in under a minute on two cores, and compares
    ");
    Ok(())
}

#[test]
fn what_init_wrote_trains_and_is_compared() -> Checked {
    let folder = TempDir::new()?;
    prints(folder.path(), &["init", "ring.yaml"]);
    let few = [
        "--set",
        "steps=20",
        "--seeds",
        "1",
        "--set",
        "eval_every=20",
    ];
    let table = prints(
        folder.path(),
        &[&["run", "ring.yaml", "--no-report"], &few[..]].concat(),
    );
    assert!(table.contains("loss: non_saturating − minimax"), "{table}");
    let listed = prints(folder.path(), &["ls"]);
    assert!(
        listed
            .lines()
            .any(|line| line.starts_with("ring") && line.contains(" 8/8 ")),
        "{listed}"
    );
    Ok(())
}

#[test]
fn init_replaces_nothing() -> Checked {
    let folder = TempDir::new()?;
    let file = folder.path().join("grid.yaml");
    std::fs::write(&file, "mine")?;
    std::fs::write(folder.path().join("grid-2.yaml"), "mine too")?;
    insta::assert_snapshot!(refused(folder.path(), &["init", "--schema"]), @"error: grid.yaml exists, and is left as it is: 'gan-sweep plan grid.yaml' shows what it asks for, 'gan-sweep init grid-3.yaml' writes another");
    assert_eq!(std::fs::read_to_string(file)?, "mine");
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 2);
    insta::assert_snapshot!(refused(folder.path(), &["init", "."]), @"error: . is a folder: name a file in it, gan-sweep init ./grid.yaml");
    insta::assert_snapshot!(refused(folder.path(), &["init", "no/grid.yaml"]), @"error: there is no folder no: make it first, mkdir -p no");
    insta::assert_snapshot!(refused(folder.path(), &["init", "mnist"]), @"error: 'mnist' is a template: write --template mnist, or name a file that ends in .yaml");
    Ok(())
}

#[test]
fn init_with_a_schema_names_it_where_editors_look() -> Checked {
    let folder = TempDir::new()?;
    let said = prints(folder.path(), &["init", "a.yaml", "--schema"]);
    assert!(
        said.starts_with("wrote a.yaml and gan-sweep.schema.json\n"),
        "{said}"
    );
    let grid = std::fs::read_to_string(folder.path().join("a.yaml"))?;
    let line = "# yaml-language-server: $schema=gan-sweep.schema.json\n";
    assert!(grid.starts_with(line), "{grid}");
    prints(folder.path(), &["plan", "a.yaml"]);
    let beside = folder.path().join("gan-sweep.schema.json");
    let written = std::fs::read_to_string(&beside)?;
    assert_eq!(written, prints(folder.path(), &["schema"]));
    let schema: serde_json::Value = serde_json::from_str(&written)?;
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    // A schema of another version is replaced, a file of somebody's is not.
    std::fs::write(
        &beside,
        serde_json::json!({ "title": schema["title"] }).to_string(),
    )?;
    prints(folder.path(), &["init", "b.yaml", "--schema"]);
    assert_eq!(std::fs::read_to_string(&beside)?, written);
    std::fs::write(&beside, "{}")?;
    insta::assert_snapshot!(refused(folder.path(), &["init", "c.yaml", "--schema"]), @"error: gan-sweep.schema.json is no schema of grids, and is left as it is: move it away, or leave --schema out");
    assert_eq!(std::fs::read_to_string(&beside)?, "{}");
    assert!(!folder.path().join("c.yaml").exists());
    Ok(())
}

#[test]
fn every_shell_gets_a_script_that_names_the_commands() -> Checked {
    let folder = TempDir::new()?;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = prints(folder.path(), &["completions", shell]);
        for command in ["init", "reproduce", "completions", "--retries"] {
            let bare = command.trim_start_matches('-');
            assert!(script.contains(bare), "{shell} without {command}");
        }
    }
    let wrong = refused(folder.path(), &["completions", "bsh"]);
    assert!(wrong.contains("a similar value exists: 'bash'"), "{wrong}");
    Ok(())
}

#[test]
#[expect(clippy::print_stderr, reason = "what is left out is told")]
fn bash_takes_the_script_for_bash() -> Checked {
    let folder = TempDir::new()?;
    let script = folder.path().join("gan-sweep.bash");
    std::fs::write(&script, prints(folder.path(), &["completions", "bash"]))?;
    // Prints what completes `gan-sweep rep`.
    let complete = "source \"$1\"; COMP_WORDS=(gan-sweep rep); COMP_CWORD=1; \
                    _gan__sweep gan-sweep rep gan-sweep; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let checked = match Command::new("bash").arg("-n").arg(&script).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("bash is not here: its script is not checked");
            return Ok(());
        }
        checked => checked?,
    };
    assert!(checked.status.success(), "{checked:?}");
    let completed = Command::new("bash")
        .args(["-c", complete, "bash"])
        .arg(&script)
        .output()?;
    let completed = String::from_utf8(completed.stdout)?;
    assert_eq!(
        completed.split_whitespace().collect::<Vec<_>>(),
        ["reproduce", "report"]
    );
    Ok(())
}

#[test]
fn the_manual_has_a_page_for_every_command() -> Checked {
    let folder = TempDir::new()?;
    let main = prints(folder.path(), &["man"]);
    assert!(main.contains(".TH gan-sweep 1"), "{main}");
    assert!(main.contains(".SH EXAMPLES\n"), "{main}");
    for command in ["run", "reproduce", "data", "man"] {
        let named = format!("gan\\-sweep\\-{command}(1)");
        assert!(main.contains(&named), "no {command} in {main}");
    }
    let said = prints(folder.path(), &["man", "pages/man1"]);
    let pages = folder.path().join("pages/man1");
    let count = std::fs::read_dir(&pages)?.count();
    assert!(
        said.starts_with(&format!("wrote {count} pages to pages/man1: ")),
        "{said}"
    );
    assert!(count > 25, "{count}");
    let run = std::fs::read_to_string(pages.join("gan-sweep-run.1"))?;
    for part in [
        ".TH gan-sweep-run 1",
        "\\-\\-retries",
        "\\-\\-results",
        ".SH EXAMPLES\n",
    ] {
        assert!(run.contains(part), "no {part} in {run}");
    }
    assert!(pages.join("gan-sweep-data-import.1").is_file());
    assert_eq!(std::fs::read_to_string(pages.join("gan-sweep.1"))?, main);
    Ok(())
}

#[test]
fn a_missing_grid_is_told_with_a_way_to_one() -> Checked {
    let folder = TempDir::new()?;
    insta::assert_snapshot!(refused(folder.path(), &["run", "grid.yaml"]), @"
    error: cannot read grid.yaml; 'gan-sweep init' writes a grid to begin with
      because: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(refused(folder.path(), &["plan"]), @"
    error: the following required arguments were not provided:
      <GRID.yaml>

      tip: 'gan-sweep init' writes a grid to begin with, grid.yaml

    Usage: gan-sweep plan <GRID.yaml>

    For more information, try '--help'.
    ");
    prints(folder.path(), &["init", "ring.yaml"]);
    insta::assert_snapshot!(refused(folder.path(), &["run", "ring"]), @"
    error: cannot read ring; did you mean 'ring.yaml'?
      because: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(refused(folder.path(), &["ring.yaml"]), @"
    error: unrecognized subcommand 'ring.yaml'

      tip: to train a grid, write 'gan-sweep run ring.yaml'

    Usage: gan-sweep [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    Ok(())
}

#[test]
fn a_misspelt_command_is_told_with_the_nearest() -> Checked {
    let folder = TempDir::new()?;
    let said = refused(folder.path(), &["pln", "grid.yaml"]);
    assert!(
        said.contains("a similar subcommand exists: 'plan'"),
        "{said}"
    );
    Ok(())
}

#[test]
fn words_that_nothing_bears_are_told_with_the_list_of_those_that_exist() -> Checked {
    let folder = TempDir::new()?;
    let in_folder = |arguments: &[&str]| refused(folder.path(), arguments);
    insta::assert_snapshot!(in_folder(&["params", "zebra"]), @"error: unknown parameter 'zebra': 'gan-sweep params' lists all");
    insta::assert_snapshot!(in_folder(&["reproduce", "nsh"]), @"error: there is no comparison 'nsh'; did you mean 'nash'?");
    insta::assert_snapshot!(in_folder(&["reproduce", "zebra"]), @"error: there is no comparison 'zebra': --list shows those of the lecture, and a path ending in .yaml is a file of your own");
    insta::assert_snapshot!(in_folder(&["reproduce"]), @"error: say which comparison: a name that 'gan-sweep reproduce --list' shows, a file, or --all");
    insta::assert_snapshot!(in_folder(&["data", "import", "no", "--name", "mine"]), @"error: no does not exist: name a folder of PNG or JPEG images, or of the four IDX files of a set");
    std::fs::write(folder.path().join("a.zip"), "PK")?;
    insta::assert_snapshot!(in_folder(&["data", "import", "a.zip", "--name", "mine"]), @"error: a.zip is a file: name a folder of PNG or JPEG images, or of the four IDX files of a set");
    Ok(())
}

#[test]
fn results_that_are_not_there_are_told_with_what_makes_them() -> Checked {
    let folder = TempDir::new()?;
    for command in [
        &["ls"][..],
        &["show", "7d3f1a"],
        &["compare", "a"],
        &["rm", "a"],
        &["gc"],
    ] {
        assert_eq!(
            refused(folder.path(), command),
            "error: there are no results in results: 'gan-sweep run GRID.yaml' makes them; --results \
             names another folder"
        );
    }
    results(&folder.path().join("results"))?;
    insta::assert_snapshot!(refused(folder.path(), &["ls", "dmo"]), @"error: there is no sweep 'dmo'; did you mean 'demo'?");
    insta::assert_snapshot!(refused(folder.path(), &["ls", "zebra"]), @"error: there is no sweep 'zebra'; there is demo");
    insta::assert_snapshot!(refused(folder.path(), &["show", "zzz"]), @"error: no run's id begins with 'zzz': 'gan-sweep ls SWEEP' lists them");
    Ok(())
}

#[test]
fn a_selection_of_nothing_is_told_as_such() -> Checked {
    let folder = TempDir::new()?;
    prints(folder.path(), &["init"]);
    let output = gan_sweep(
        folder.path(),
        &["run", "grid.yaml", "--only", "loss=wgan", "--no-report"],
    );
    let said = String::from_utf8(output.stderr)?;
    assert!(
        said.contains("nothing to train: no run is selected\n"),
        "{said}"
    );
    Ok(())
}
