//! Every file that declares a choice of an axis has its registry line.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_choice_without_a_registry_line_is_found() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut choices = 0;
    for file in files(&source) {
        let text = fs::read_to_string(&file).expect("text");
        // At the start of a line: an implementation, not a mention.
        if !text
            .lines()
            .any(|line| line.starts_with("impl Component for "))
        {
            continue;
        }
        choices += 1;
        let registry = file.with_file_name("mod.rs");
        let registry = fs::read_to_string(&registry).expect("a registry beside it");
        let stem = file.file_stem().and_then(|s| s.to_str()).expect("a name");
        let line = format!("        {stem}::");
        let listed = registry.lines().any(|l| l.starts_with(&line));
        assert!(
            listed,
            "{} has no line in the registry beside it",
            file.display()
        );
    }
    // An architecture may offer a part of an axis: dcgan's norm.
    let listed: std::collections::BTreeSet<_> = gan_sweep::spec::registry()
        .iter()
        .filter_map(|entry| match entry.param.kind {
            gan_sweep::param::Kind::Axis(choices) => Some((entry.param.name, choices())),
            _ => None,
        })
        .flat_map(|(axis, choices)| choices.iter().map(move |choice| (axis, choice.name)))
        // All that is no problem: the other registries make it up.
        .filter(|choice| *choice != ("problem", "gan"))
        .collect();
    assert_eq!(choices, listed.len(), "as many choices as files");
}

#[test]
fn parameters_of_one_name_take_values_of_one_kind() {
    let registry = gan_sweep::spec::registry();
    for a in &registry {
        for b in registry.iter().filter(|b| b.param.name == a.param.name) {
            assert_eq!(a.param.per_network, b.param.per_network, "{}", a.param.name);
            let kind = |k| std::mem::discriminant::<gan_sweep::param::Kind>(k);
            assert_eq!(kind(&a.param.kind), kind(&b.param.kind), "{}", a.param.name);
        }
    }
}
