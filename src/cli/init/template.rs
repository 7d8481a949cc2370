//! The grids that `init` writes.

use std::path::Path;

use clap::ValueEnum;

use super::word;
use crate::grid::is_name;

/// A grid that runs in under a minute on two cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// Losses on a ring of eight Gaussians; every section of the language explained
    Ring,
    /// Losses on MNIST digits, compared by FID
    Mnist,
    /// A claim that is tested, for `gan-sweep reproduce`
    Claims,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Ring => include_str!("ring.yaml"),
            Self::Mnist => include_str!("mnist.yaml"),
            Self::Claims => include_str!("claims.yaml"),
        }
    }

    /// The template's name, where a word is one.
    pub fn name_of(word: &str) -> Option<&str> {
        Self::from_str(word, false).is_ok().then_some(word)
    }

    /// The grid, named after its file, so that two of them are two sweeps; `FILE` in its comments is
    /// the file.
    pub fn named_for(self, file: &Path) -> String {
        let mut text = self
            .text()
            .replace("FILE", &word(&file.display().to_string()));
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.filter(|stem| *stem != "grid" && is_name(stem));
        if let Some(stem) = stem {
            let lines = text.lines().map(|line| match line.starts_with("name: ") {
                true => format!("name: {}\n", scalar(stem)),
                false => format!("{line}\n"),
            });
            text = lines.collect();
        }
        text
    }
}

/// A name that YAML reads as text.
fn scalar(name: &str) -> String {
    let is_word = matches!(name.to_lowercase().as_str(), "true" | "false" | "null");
    match name.starts_with(char::is_alphabetic) && !is_word {
        true => name.to_owned(),
        false => format!("'{name}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Overrides, Plan, read};
    use crate::spec::Catalog;

    fn plan(text: &str, file: &str) -> Plan {
        match read(
            text,
            Path::new(file),
            &Overrides::default(),
            &Catalog::new(),
        ) {
            Ok(plan) => plan,
            Err(error) => panic!("{error}\n{text}"),
        }
    }

    #[test]
    fn every_template_plans_without_a_note_under_every_profile() {
        for template in Template::value_variants() {
            let text = template.named_for(Path::new("grid.yaml"));
            let as_written = plan(&text, "grid.yaml");
            assert_eq!(as_written.notes, Vec::<String>::new(), "{template:?}");
            crate::lecture::check(&as_written).expect("claims that could be confirmed");
            let profiles = text.lines().skip_while(|line| *line != "profiles:");
            let names: Vec<&str> = profiles
                .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
                .filter(|name| !name.starts_with(' '))
                .collect();
            assert!(!names.is_empty(), "{template:?}");
            for name in names {
                let overrides = Overrides {
                    profile: Some(name.to_owned()),
                    ..Overrides::default()
                };
                let read = read(&text, Path::new("grid.yaml"), &overrides, &Catalog::new());
                let plan = read.expect("a grid");
                assert_eq!(plan.notes, Vec::<String>::new(), "{template:?}, {name}");
            }
        }
    }

    #[test]
    fn every_example_in_a_template_can_be_taken() {
        let is_example = |line: &str| {
            line.starts_with('#') && line.chars().nth(1).is_some_and(|c| !c.is_whitespace())
        };
        for template in Template::value_variants() {
            let text = template.text();
            let examples: Vec<&str> = text.lines().filter(|line| is_example(line)).collect();
            let with = |taken: &dyn Fn(&str) -> bool| -> String {
                let lines = text.lines().map(|line| match taken(line) {
                    true => format!("{}\n", &line[1..]),
                    false => format!("{line}\n"),
                });
                lines.collect()
            };
            let before = plan(text, "grid.yaml");
            for example in &examples {
                let after = plan(&with(&|line| line == *example), "grid.yaml");
                assert_ne!(after.cells.len(), before.cells.len(), "{example}");
            }
            plan(&with(&is_example), "grid.yaml");
        }
    }

    #[test]
    fn the_first_template_shows_every_section_that_makes_runs() {
        let text = Template::Ring.text();
        for section in [
            "defaults", "grid", "zip", "random", "when", "exclude", "include", "seeds", "profiles",
        ] {
            let starts = |line: &str| line.trim_start_matches('#').starts_with(section);
            assert!(text.lines().any(starts), "{section}");
        }
    }

    #[test]
    fn a_grid_is_named_after_its_file_where_that_can_be_a_name() {
        for (file, name) in [
            ("grid.yaml", "losses-on-the-ring"),
            ("sub/first-try.yaml", "first-try"),
            ("кольцо.yaml", "кольцо"),
            ("1e3.yaml", "1e3"),
            ("null.yaml", "null"),
            ("my grid.yaml", "losses-on-the-ring"),
        ] {
            let text = Template::Ring.named_for(Path::new(file));
            assert_eq!(plan(&text, file).name, name);
            let command = format!("gan-sweep run {}`", word(file));
            assert!(text.contains(&command), "{command}: {text}");
        }
    }
}
