//! Reading grids, shared by the tests of the grid language.

use std::fmt::Write;
use std::path::Path;

use gan_sweep::grid::{Overrides, Plan, read};
use gan_sweep::spec::Catalog;

/// The two lines that every grid needs.
pub const HEAD: &str = "version: 1\nname: test\n";

/// Reads a grid, with the two lines that every grid needs before it.
pub fn plan(body: &str, overrides: &Overrides) -> Result<Plan, String> {
    read(
        &format!("{HEAD}{body}"),
        Path::new("grid.yaml"),
        overrides,
        &Catalog::new(),
    )
    .map_err(|e| format!("error: {e}"))
}

/// The error of a complete file as a user sees it.
pub fn check_file(text: &str) -> String {
    match read(
        text,
        Path::new("grid.yaml"),
        &Overrides::default(),
        &Catalog::new(),
    ) {
        Ok(plan) => format!("no error: {} runs", plan.runs.len()),
        Err(error) => format!("error: {error}"),
    }
}

/// The error of a grid after the two lines that every grid needs.
pub fn check(body: &str) -> String {
    check_file(&format!("{HEAD}{body}"))
}

/// One `--set`.
pub fn set(text: &str) -> Overrides {
    Overrides {
        set: vec![text.to_owned()],
        ..Overrides::default()
    }
}

/// The varied keys of every cell, a line a cell, with its seeds.
pub fn cells(plan: &Plan) -> String {
    let mut out = String::new();
    for cell in &plan.cells {
        let values: Vec<_> = plan
            .columns
            .iter()
            .filter_map(|c| Some(format!("{}={}", c.label, plan.value(cell, c.key)?)))
            .collect();
        let seeds: Vec<_> = cell
            .runs
            .iter()
            .map(|&i| plan.runs[i].spec.seed().to_string())
            .collect();
        let tags = &plan.runs[cell.runs[0]].tags;
        let tags = if tags.is_empty() {
            String::new()
        } else {
            format!(" tags {}", tags.join(","))
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} | seeds {}{tags}",
            values.join(" "),
            seeds.join(",")
        );
    }
    out
}
