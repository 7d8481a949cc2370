//! A sweep's name, which becomes part of file names.

use super::error::{Fault, Problem};
use super::limits::LONGEST_NAME;
use super::node::{Entry, Tree};
use super::reader::Reader;
use super::source::Place;

impl Reader<'_> {
    /// Reads `name`; `suggested` is the file's own name.
    pub fn name(&mut self, entries: &[Entry], place: Place, suggested: &str) -> Option<String> {
        let Some(entry) = entries.iter().find(|e| e.key == "name") else {
            let fault = Fault::new(place, Problem::Missing { section: "name" });
            let suggested = match name_fault(suggested) {
                None => suggested,
                Some(_) => "my-sweep",
            };
            self.fault(fault.help(format!("add the line 'name: {suggested}'")));
            return None;
        };
        let Tree::Text { text, .. } = &entry.value.tree else {
            let fault = Fault::new(
                match entry.value.tree {
                    Tree::Null => entry.key_place,
                    _ => entry.value.place,
                },
                Problem::WrongShape {
                    what: "a name".to_owned(),
                    expected: "text",
                    found: entry.value.kind(),
                },
            );
            self.fault(fault.help("put it in quotes if it is meant as a name"));
            return None;
        };
        if let Some(why) = name_fault(text) {
            let name = text.clone();
            self.fault(Fault::new(entry.value.place, Problem::Name { name, why }).help(rule()));
            return None;
        }
        Some(text.clone())
    }
}

/// The rule, for a person.
pub(super) fn rule() -> String {
    format!(
        "a name becomes part of file names: at most {LONGEST_NAME} letters, digits, '-', '_' and '.', not starting with '.' or '-'"
    )
}

/// What [`name_fault`] allows, but for names of devices, as a regular expression.
pub(super) const PATTERN: &str =
    r"^[\p{Alphabetic}\p{N}_]([\p{Alphabetic}\p{N}_.-]*[\p{Alphabetic}\p{N}_-])?$";

/// Whether a sweep may have that name.
pub fn is_name(name: &str) -> bool {
    name_fault(name).is_none()
}

/// Why a name cannot become part of a file name.
fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    if name.chars().count() > LONGEST_NAME {
        return Some("is too long");
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.chars().all(allowed) {
        return Some("is not a plain file name");
    }
    if name.starts_with('.') {
        return Some("begins with a dot");
    }
    if name.starts_with('-') {
        return Some("begins with a dash, as an option does");
    }
    if name.ends_with('.') {
        return Some("ends in a dot");
    }
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || ["com", "lpt"].iter().any(|d| {
            stem.strip_prefix(d)
                .is_some_and(|n| n.len() == 1 && n != "0" && n.chars().all(|c| c.is_ascii_digit()))
        });
    device.then_some("is a device on Windows")
}
