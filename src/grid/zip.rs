//! `zip`: several keys that vary together along one axis.

use std::collections::HashMap;
use std::sync::Arc;

use super::axis::{Axis, clash, list_valued_help};
use super::error::{Fault, Problem};
use super::node::{Entry, Tree};
use super::origin::{Assignment, Section};
use super::reader::Reader;
use super::source::Place;
use super::value::values;

impl Reader<'_> {
    /// `{rate: {lr: [..], betas: [..]}}`: an axis an entry.
    pub fn zip(&mut self, entries: &[Entry], nested: bool) -> Vec<Axis> {
        let mut axes = Vec::new();
        for entry in self.few(entries, "zip") {
            let section = if nested {
                Section::WhenAxis
            } else {
                Section::Zip(Arc::from(entry.key.as_str()))
            };
            let members = match &entry.value.tree {
                Tree::Map(members) if !members.is_empty() => members,
                Tree::Map(_) | Tree::Null => {
                    self.fault(Fault::new(
                        entry.key_place,
                        Problem::Nothing {
                            what: format!("zip '{}'", entry.key),
                        },
                    ));
                    continue;
                }
                _ => {
                    self.wrong_shape(
                        &entry.value,
                        &format!("the zip entry '{}'", entry.key),
                        "a mapping of keys to lists",
                    );
                    continue;
                }
            };
            let lists = self.grid_of_zip(members, &section);
            if let Some(axis) = self.join_zip(entry, members.len(), lists) {
                axes.push(axis);
            }
        }
        axes
    }

    /// The members of a zip, each read as an axis; a member may well repeat a value.
    fn grid_of_zip(&mut self, members: &[Entry], section: &Section) -> Vec<Axis> {
        let mut axes = Vec::new();
        for member in members {
            let Some(word) = self.word(member) else {
                continue;
            };
            let Some(items) = self.axis_list(member) else {
                continue;
            };
            let mut positions = Vec::with_capacity(items.len());
            for item in items {
                let read = values(self.vocabulary, word, &member.key, item)
                    .map_err(|fault| list_valued_help(fault, word, item));
                if let Some(values) = self.keep(read) {
                    positions.push(self.assign(values, member.key_place, item.place, section));
                }
            }
            if positions.len() == items.len() {
                axes.push(Axis {
                    label: member.key.clone(),
                    place: member.key_place,
                    positions: Arc::new(positions),
                });
            }
        }
        axes
    }

    fn join_zip(&mut self, entry: &Entry, members: usize, lists: Vec<Axis>) -> Option<Axis> {
        if lists.len() < members {
            return None;
        }
        let length = lists.first()?.positions.len();
        if lists.iter().any(|l| l.positions.len() != length) {
            let lengths: Vec<_> = lists
                .iter()
                .map(|l| format!("{} has {}", l.label, l.positions.len()))
                .collect();
            let mut fault = Fault::new(
                entry.key_place,
                Problem::ZipLengths {
                    name: entry.key.clone(),
                    lengths: lengths.join(", "),
                },
            );
            for list in &lists {
                fault = fault.also(list.place, format!("{} values", list.positions.len()));
            }
            self.fault(fault);
            return None;
        }
        if let Some(fault) = clash(&lists) {
            self.fault(fault);
            return None;
        }
        let mut positions: Vec<Vec<Assignment>> = vec![Vec::new(); length];
        for list in lists {
            for (position, assignments) in positions.iter_mut().zip(list.positions.iter()) {
                position.extend(assignments.iter().cloned());
            }
        }
        let place =
            |position: &[Assignment]| position.first().map_or(entry.key_place, |a| a.origin.place);
        let mut seen: HashMap<String, Place> = HashMap::new();
        for position in &positions {
            let tuple: Vec<_> = position
                .iter()
                .map(|a| format!("{}={}", a.key, a.value))
                .collect();
            let value = tuple.join(", ");
            if let Some(first) = seen.insert(value.clone(), place(position)) {
                let key = entry.key.clone();
                self.fault(
                    Fault::new(place(position), Problem::Repeated { key, value })
                        .also(first, "first here"),
                );
                return None;
            }
        }
        Some(Axis {
            label: entry.key.clone(),
            place: entry.key_place,
            positions: Arc::new(positions),
        })
    }
}
