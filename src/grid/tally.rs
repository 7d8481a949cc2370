//! What went wrong in how many cells: one fault or note for all of them.

use std::collections::BTreeMap;

use super::error::{Fault, Problem};
use super::expand::{Assigned, describe};
use super::key::{Known, Vocabulary};
use super::origin::{Assignment, Section};
use super::source::{Place, Sources};
use crate::param::{Key, Misfit};
use crate::problem::trains_g_alone;

/// Letters of a cell that is told as an example.
const LONGEST_EXAMPLE: usize = 1000;

/// Kinds of what is counted, each at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Overrides,
    Unused {
        name: &'static str,
        label: String,
        advice: Advice,
    },
    Misfit(Key),
    Conflict(String),
}

/// What to do about a key that does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Advice {
    /// Into `when`.
    Move,
    /// Narrow the `if`.
    Narrow,
    /// Add what it needs.
    Complete,
}

#[derive(Debug)]
struct Count {
    cells: u64,
    /// The first of them.
    example: String,
    fault: Fault,
    note: bool,
}

/// Counts over the cells of an expansion.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Cells before `exclude`, and those of `include`.
    pub cells: u64,
    counts: BTreeMap<(Place, Kind), Count>,
}

impl Tally {
    fn add(
        &mut self,
        place: Place,
        kind: Kind,
        assigned: &Assigned<'_>,
        fault: impl FnOnce() -> (Fault, bool),
    ) {
        let count = self.counts.entry((place, kind)).or_insert_with(|| {
            let (fault, note) = fault();
            Count {
                cells: 0,
                example: describe(assigned).chars().take(LONGEST_EXAMPLE).collect(),
                fault,
                note,
            }
        });
        count.cells += 1;
    }

    /// A `when` entry assigns a key that an axis of the cell has.
    pub fn overrides(&mut self, key: Key, place: Place, axis: &Assignment) {
        self.add(place, Kind::Overrides, &Assigned::new(), || {
            let key = key.to_string();
            let fault = Fault::new(place, Problem::OverridesAxis { key })
                .also(axis.key_place, "the axis")
                .help("restrict the axis with 'exclude', or vary the key in 'when' alone");
            (fault, false)
        });
    }

    /// Keys that no choice of the cell owns, all assigned at one place: `momentum`, or
    /// `momentum.g` alone.
    pub fn unused(&mut self, keys: &[Key], assignment: &Assignment, assigned: &Assigned<'_>) {
        let label = match keys {
            [key] => key.to_string(),
            _ => assignment.key.name.to_owned(),
        };
        let place = assignment.key_place;
        let section = assignment.origin.section.clone();
        let note = matches!(section, Section::Defaults | Section::SetValue);
        let kind = Kind::Unused {
            name: assignment.key.name,
            label: label.clone(),
            advice: match section {
                Section::WhenSet | Section::WhenAxis => Advice::Narrow,
                Section::Include => Advice::Complete,
                _ => Advice::Move,
            },
        };
        self.add(place, kind, assigned, || {
            // How many cells there are is known at the end.
            let problem = Problem::DoesNotApply {
                key: label,
                cells: String::new(),
                owners: String::new(),
            };
            (Fault::new(place, problem), note)
        });
    }

    /// A value that does not fit the choices of the cell.
    pub fn misfit(
        &mut self,
        key: Key,
        assignment: &Assignment,
        misfit: &Misfit,
        assigned: &Assigned<'_>,
    ) {
        let place = assignment.origin.place;
        self.add(place, Kind::Misfit(key), assigned, || {
            let problem = Problem::Misfit {
                key: key.to_string(),
                found: misfit.found.clone(),
                expected: misfit.expected.clone(),
            };
            (Fault::new(place, problem), false)
        });
    }

    /// A combination that cannot train.
    pub fn conflict(&mut self, keys: &[Key], message: String, at: Place, assigned: &Assigned<'_>) {
        let places: Vec<_> = keys
            .iter()
            .filter_map(|key| Some((key, assigned.get(key)?.origin.place)))
            .collect();
        let place = places.first().map_or(at, |(_, place)| *place);
        self.add(place, Kind::Conflict(message.clone()), assigned, || {
            let mut fault = Fault::new(place, Problem::Conflict { message });
            for (key, other) in places.iter().skip(1) {
                fault = fault.also(*other, key.to_string());
            }
            (fault, false)
        });
    }

    /// The faults, and the notes as text.
    pub fn finish(self, vocabulary: &Vocabulary, sources: &Sources) -> (Vec<Fault>, Vec<String>) {
        let (mut faults, mut notes) = (Vec::new(), Vec::new());
        let all = self.cells;
        for ((place, kind), count) in self.counts {
            let Count {
                cells,
                example,
                mut fault,
                note,
            } = count;
            let of_all = match (cells, all) {
                (_, 1) => "the only cell".to_owned(),
                (n, all) if n == all => format!("any of the {all} cells"),
                (n, all) => format!("{n} of {all} cells"),
            };
            match kind {
                Kind::Unused {
                    name,
                    label,
                    advice,
                } => {
                    let owners = vocabulary.known(name).map(|known| owners(known, &label));
                    let owners = owners.unwrap_or_default();
                    if note {
                        let at = sources.brief(place);
                        notes.push(format!(
                            "{at}: {label} does not apply to {of_all} and is left out of their ids (it belongs to {owners})"
                        ));
                        continue;
                    }
                    let cells = match example.as_str() {
                        "" => of_all,
                        example => format!("{of_all}, such as {example}"),
                    };
                    fault.help = Some(match advice {
                        Advice::Move => {
                            format!(
                                "move it into 'when': {{if: {{{owners}}}, grid: {{{label}: [...]}}}}"
                            )
                        }
                        Advice::Narrow => format!("add {owners} to its 'if'"),
                        Advice::Complete => {
                            format!("add {owners} to the entry, or leave {label} out")
                        }
                    });
                    fault.problem = Box::new(Problem::DoesNotApply {
                        key: label,
                        cells,
                        owners,
                    });
                    faults.push(fault);
                }
                Kind::Misfit(_) | Kind::Conflict(_) => {
                    if !example.is_empty() {
                        fault.help = Some(format!(
                            "in {}, such as {example}; leave them out with 'exclude'",
                            if cells == 1 {
                                "one cell".to_owned()
                            } else {
                                format!("{cells} cells")
                            }
                        ));
                    }
                    faults.push(fault);
                }
                Kind::Overrides => faults.push(fault),
            }
        }
        (faults, notes)
    }
}

/// `problem: gan or noise: uniform`: who owns a key, as far as it is one of D's.
fn owners(known: &Known, label: &str) -> String {
    let of_d = known.per_network && label.ends_with(".d");
    let alone =
        |owner: &&String| of_d && owner.strip_prefix("problem: ").is_some_and(trains_g_alone);
    let owners: Vec<&str> = known
        .owners
        .iter()
        .filter(|owner| !alone(owner))
        .map(String::as_str)
        .collect();
    owners.join(" or ")
}
