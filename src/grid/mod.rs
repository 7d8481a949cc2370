//! From a YAML file to an ordered, duplicate-free plan of runs.
//!
//! `locate` (places) and `yaml` (values) → `node` (both) → `document` (checked sections) →
//! `effective` (profile, `--set`) → `expand` (cells) → `build` (the [`Plan`]).

mod axis;
mod build;
mod check;
mod claims;
pub mod cluster;
mod condition;
mod document;
mod effective;
mod error;
mod expand;
mod key;
mod limits;
mod locate;
mod name;
mod node;
mod origin;
mod overrides;
mod plan;
mod random;
mod reader;
pub mod schema;
mod source;
mod tally;
mod value;
mod yaml;
mod zip;

pub use error::{Fault, GridError, Problem, Report};
pub(crate) use limits::Limits;
pub use limits::{MOST_BYTES, MOST_RUNS};
pub use name::is_name;
pub use origin::{Origin, Section};
pub use overrides::{Overrides, Shard};
pub use plan::{Cell, Column, Exclusion, Plan, PlannedRun};
pub use source::{Place, Sources};

use std::io::Read;
use std::path::Path;

use crate::nearest::nearest;
use crate::spec::Catalog;

use build::{Builder, Selection};
use document::{Document, Seeds};
use effective::Effective;
use expand::{Expander, Fate};
use key::Vocabulary;
use node::{Node, Tree};
use reader::Reader;

/// Reads a grid file. Memory is at most 1 KiB for each of its bytes and 8 KiB for each run, of which
/// there are no more than [`MOST_RUNS`]; time grows with both alone.
///
/// # Errors
/// A file that cannot be read or is no text, and everything that is wrong with the grid, each
/// fault with its place.
pub fn read_file(path: &Path, overrides: &Overrides, catalog: &Catalog) -> Result<Plan, GridError> {
    read_bytes(&bytes(path)?, path, (overrides, catalog), Limits::FULL)
}

/// Reads the content of a grid file, of which no more than `limits` say is made.
///
/// # Errors
/// As [`read_file`].
pub(crate) fn read_bytes(
    bytes: &[u8],
    path: &Path,
    (overrides, catalog): (&Overrides, &Catalog),
    limits: Limits,
) -> Result<Plan, GridError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        // What precedes the first bad byte is valid.
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let last = good.rsplit('\n').next().unwrap_or_default();
        GridError::NotText {
            path: path.to_owned(),
            line: good.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    })?;
    read_within(text, path, (overrides, catalog), limits)
}

fn bytes(path: &Path) -> Result<Vec<u8>, GridError> {
    let failed = |source: std::io::Error| GridError::Read {
        path: path.to_owned(),
        nearest: (source.kind() == std::io::ErrorKind::NotFound)
            .then(|| neighbour(path))
            .flatten(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(GridError::Directory {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, a device included.
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(GridError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// The file beside a missing one whose name is nearest, or is the same with its ending.
fn neighbour(path: &Path) -> Option<String> {
    for ending in ["yaml", "yml"] {
        let ended = format!("{}.{ending}", path.display());
        if Path::new(&ended).is_file() {
            return Some(ended);
        }
    }
    let folder = match path.parent() {
        Some(p) if p.as_os_str().is_empty() => Path::new("."),
        Some(p) => p,
        None => return None,
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let name = path.file_name()?.to_str()?;
    let near = nearest(name, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}

/// Reads a grid from its text; `file` is what errors call it.
///
/// # Errors
/// Everything that is wrong with the grid, each fault with its place.
pub fn read(
    text: &str,
    file: &Path,
    overrides: &Overrides,
    catalog: &Catalog,
) -> Result<Plan, GridError> {
    read_within(text, file, (overrides, catalog), Limits::FULL)
}

fn read_within(
    text: &str,
    file: &Path,
    (overrides, catalog): (&Overrides, &Catalog),
    limits: Limits,
) -> Result<Plan, GridError> {
    // A byte order mark is no part of the first line.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sources = Sources::of_file(file, body);
    match plan((body, file), (overrides, catalog), limits, &mut sources) {
        Ok(plan) => Ok(Plan {
            source: text.to_owned(),
            ..plan
        }),
        Err(faults) => Err(GridError::Invalid(Report::new(faults, sources))),
    }
}

fn plan(
    (text, file): (&str, &Path),
    (overrides, catalog): (&Overrides, &Catalog),
    limits: Limits,
    sources: &mut Sources,
) -> Result<Plan, Vec<Fault>> {
    let vocabulary = Vocabulary::new(catalog);
    let mut reader = Reader {
        vocabulary: &vocabulary,
        limits,
        faults: Vec::new(),
        draws: 0,
        profile: None,
    };
    let root = root(text, limits, &mut reader.faults)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let document = reader.document(&root, &stem);
    let settings = reader.settings(&overrides.set, sources);
    let selection = selection(&mut reader, overrides, sources);
    let Some(mut document) = document else {
        return Err(reader.faults);
    };
    let comparison = std::mem::take(&mut document.comparison);
    let profile = profile(&document, overrides, sources, &mut reader.faults);
    for profile in &document.profiles {
        effective::check_profile(&document, &profile.sections, &mut reader.faults);
    }
    let faults = &mut reader.faults;
    let mut effective = Effective::new(&document, profile, &settings, limits, faults);
    if let Some(seeds) = overrides.seeds {
        effective.seeds = Seeds::First(u64::from(seeds));
    }
    if !faults.is_empty() {
        return Err(reader.faults);
    }

    let mut builder = Builder::new(&effective);
    let mut expander = Expander::new(&effective, catalog, |fate| match fate {
        Fate::Kept(cell) => builder.keep(*cell),
        Fate::Excluded(entry, assigned) => builder.exclude(entry, &assigned),
    });
    expander.run().map_err(|fault| vec![fault])?;
    let (mut faults, mut notes) = std::mem::take(&mut expander.tally).finish(&vocabulary, sources);
    let mut plan = builder.finish(sources);
    let as_written = profile.is_none() && settings.is_empty();
    comparison.resolve(&mut plan, as_written, sources, &mut faults);
    check::matches_nothing(&effective, as_written, sources, &mut faults, &mut notes);
    if plan.runs.is_empty() && faults.is_empty() {
        let first = effective.exclude.first();
        let place = first.map_or(Place::START, |condition| condition.place);
        faults.push(Fault::new(place, Problem::NoRuns).help("'exclude' takes out every cell"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    check::hidden_defaults(&effective, sources, &mut notes);
    check::hidden_settings(&effective, &settings, sources, &mut notes);
    plan.notes.splice(0..0, notes);
    selection.apply(&mut plan);
    Ok(Plan {
        name: document.name,
        question: document.question,
        cluster: document.cluster,
        profile: overrides.profile.clone().unwrap_or_default(),
        ..plan
    })
}

fn root(text: &str, limits: Limits, faults: &mut Vec<Fault>) -> Result<Node, Vec<Fault>> {
    match node::read(text, 0, limits, faults) {
        Ok(Some(root)) if !matches!(root.tree, Tree::Null) => Ok(root),
        Ok(_) => Err(vec![Fault::new(Place::START, Problem::Empty).help(
            "begin with 'version: 1' and 'name: my-sweep'; `gan-sweep init other.yaml` writes a grid that explains itself",
        )]),
        Err(mut more) => {
            more.append(faults);
            Err(more)
        }
    }
}

/// The sections of the profile that was asked for.
fn profile<'d>(
    document: &'d Document,
    overrides: &Overrides,
    sources: &mut Sources,
    faults: &mut Vec<Fault>,
) -> Option<&'d document::Sections> {
    const PREFIX: &str = "--profile ";
    let name = overrides.profile.as_ref()?;
    let found = document.profiles.iter().find(|p| p.name == *name);
    if found.is_none() {
        let place = Place {
            source: sources.add_option(format!("{PREFIX}{name}")),
            line: 1,
            column: PREFIX.len() + 1,
            width: name.chars().count().max(1),
        };
        let names: Vec<&str> = document.profiles.iter().map(|p| p.name.as_str()).collect();
        let fault = Fault::new(place, Problem::UnknownProfile { name: name.clone() });
        let fault = match names.as_slice() {
            [] => fault.help("the grid has no profiles"),
            names => fault.help(format!("its profiles are {}", names.join(", "))),
        };
        faults.push(fault.nearest(nearest(name, names)));
    }
    found.map(|p| &p.sections)
}

fn selection(reader: &mut Reader<'_>, overrides: &Overrides, sources: &mut Sources) -> Selection {
    let only = reader.only(&overrides.only, sources);
    let shard = overrides
        .shard
        .as_ref()
        .and_then(|text| reader.keep(overrides::shard(text, sources)));
    let mut at_least_one = |zero: bool, option: &'static str| {
        if zero {
            let place = Place {
                source: sources.add_option(format!("{option} 0")),
                line: 1,
                column: option.len() + 2,
                width: 1,
            };
            reader.fault(Fault::new(place, Problem::AtLeastOne { option }));
        }
    };
    at_least_one(overrides.seeds == Some(0), "--seeds");
    at_least_one(overrides.limit == Some(0), "--limit");
    Selection {
        only,
        shard,
        limit: overrides.limit,
    }
}
