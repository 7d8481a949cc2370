//! Every command's help ends with examples, none of which may rot.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use clap::{Command, CommandFactory, Parser};
use gan_sweep::cli::Cli;
use gan_sweep::grid::{self, Overrides, Plan};
use gan_sweep::spec::Catalog;
use tempfile::TempDir;

use crate::synthetic::{Checked, prints};

/// A command and all below it, each with its name in full.
fn walk(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    found.push((name.to_owned(), command.clone()));
    for below in command.get_subcommands() {
        if below.get_name() != "help" {
            walk(below, &format!("{name} {}", below.get_name()), found);
        }
    }
}

fn commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    walk(&Cli::command(), "gan-sweep", &mut found);
    found
}

/// The lines below `Examples:`.
fn examples(name: &str, command: &mut Command) -> Vec<String> {
    let help = command.render_long_help().to_string();
    let (_, below) = help
        .split_once("\nExamples:\n")
        .unwrap_or_else(|| panic!("{name}: no examples in\n{help}"));
    let lines: Vec<String> = below.lines().map(|line| line.trim().to_owned()).collect();
    assert!(!lines.is_empty(), "{name}");
    lines
}

/// The words of a line of shell: quotes, a comment and a redirection are what examples have of it.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with(['#', '>']) {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').expect("a closing quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[test]
fn every_example_of_every_command_is_one_that_the_parser_takes() {
    let all = commands();
    assert!(all.len() > 25, "{}", all.len());
    for (name, mut command) in all {
        for line in examples(&name, &mut command) {
            let words = words(&line);
            assert_eq!(
                words.first().map(String::as_str),
                Some("gan-sweep"),
                "{line}"
            );
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{name}: {line}\n{error}");
            }
        }
    }
}

#[test]
fn some_example_of_every_command_calls_it() {
    for (name, mut command) in commands() {
        let called = |line: &String| line.starts_with(&format!("{name} ")) || *line == name;
        let lines = examples(&name, &mut command);
        assert!(lines.iter().any(called), "{name}: {lines:?}");
    }
}

/// The grid that `init` writes by a template.
fn template(folder: &Path, name: &str) -> Result<Plan, Box<dyn Error>> {
    let file = folder.join("grid.yaml");
    let path = file.to_str().ok_or("a path")?;
    prints(folder, &["init", path, "--template", name])?;
    let plan = grid::read_file(&file, &Overrides::default(), &Catalog::new())?;
    std::fs::remove_file(file)?;
    Ok(plan)
}

/// Who follows the examples after `init` finds what they name.
#[test]
fn sweeps_and_runs_in_examples_are_those_of_the_templates() -> Checked {
    let folder = TempDir::new()?;
    let plans = [
        template(folder.path(), "ring")?,
        template(folder.path(), "mnist")?,
    ];
    let runs = plans.iter().flat_map(|plan| &plan.runs);
    let ids: Vec<String> = runs.map(|run| run.spec.id().to_string()).collect();
    let is_digits = |word: &str| word.len() == 6 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut named = BTreeSet::new();
    for (name, mut command) in commands() {
        for line in examples(&name, &mut command) {
            let words = words(&line);
            named.extend(words.iter().filter(|word| is_digits(word)).cloned());
            for command in ["compare", "report", "export", "verify", "rm"] {
                if words.get(1).is_some_and(|word| word == command) {
                    assert_eq!(words[2], plans[0].name, "{line}");
                }
            }
        }
    }
    assert!(named.len() >= 3, "{named:?}");
    for digits in named {
        let found = ids.iter().filter(|id| id.starts_with(&digits)).count();
        assert_eq!(found, 1, "{digits}");
    }
    Ok(())
}
