//! What can be judged only after the expansion: conditions that match nothing, hidden defaults.

use super::axis::Axis;
use super::condition::Condition;
use super::effective::Effective;
use super::error::{Fault, Problem};
use super::source::Sources;

/// Conditions that match nothing. They are faults of the file as written; under a profile or an
/// option they are notes, because a smaller grid may well lack what they name.
pub(super) fn matches_nothing(
    effective: &Effective,
    as_written: bool,
    sources: &Sources,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<String>,
) {
    let when = effective.when.iter().map(|w| (&w.condition, "'when'"));
    let exclude = effective.exclude.iter().map(|c| (c, "'exclude'"));
    for (condition, what) in when.chain(exclude) {
        for fault in unmatched(condition, what, &effective.axes) {
            if as_written {
                faults.push(fault);
            } else {
                let at = sources.brief(fault.place);
                notes.push(format!("{at}: {}", fault.problem));
            }
        }
    }
}

fn unmatched(condition: &Condition, what: &'static str, axes: &[Axis]) -> Vec<Fault> {
    let never: Vec<Fault> = condition
        .literals()
        .filter(|(_, literal)| !literal.occurred.get())
        .map(|(clause, literal)| {
            let problem = Problem::NeverOccurs {
                key: clause.written.clone(),
                value: literal.written.clone(),
            };
            let fault = Fault::new(literal.place, problem);
            let axis = axes.iter().find(|axis| {
                axis.keys()
                    .any(|(key, _)| clause.written == key.name || clause.written == key.to_string())
            });
            match axis {
                Some(axis) => fault.also(axis.place, "the axis"),
                None => fault,
            }
        })
        .collect();
    if never.is_empty() && condition.matched.get() == 0 {
        let problem = Problem::MatchesNothing { what };
        let fault = Fault::new(condition.place, problem);
        return vec![match condition.clauses.len() {
            0 | 1 => fault,
            _ => fault.help("no cell has all of this at once"),
        }];
    }
    never
}

/// Defaults that an axis hides in every cell.
pub(super) fn hidden_defaults(effective: &Effective, sources: &Sources, notes: &mut Vec<String>) {
    if !effective.include.is_empty() {
        return;
    }
    for default in &effective.defaults {
        let axis = effective
            .axes
            .iter()
            .find(|axis| axis.keys().any(|(key, _)| key == default.key));
        if let Some(axis) = axis {
            notes.push(format!(
                "{}: the default of {} is never used: {} is an axis ({})",
                sources.brief(default.key_place),
                default.key,
                axis.label,
                sources.brief(axis.place),
            ));
        }
    }
}

/// `--set` does not reach what an `include` entry sets itself.
pub(super) fn hidden_settings(
    effective: &Effective,
    settings: &[super::overrides::Setting],
    sources: &Sources,
    notes: &mut Vec<String>,
) {
    for setting in settings {
        for include in &effective.include {
            let own = include.set.iter().find(|a| setting.keys.contains(&a.key));
            if let Some(own) = own {
                notes.push(format!(
                    "--set {} does not change the run that {} includes: it has its own value",
                    setting.word,
                    sources.brief(own.key_place),
                ));
            }
        }
    }
}
