//! Runs that did not end as planned, and what made the runs.

use serde::Serialize;

use super::both::Both;
use crate::event::Outcome;
use crate::report::section::Section;
use crate::report::{Material, wording};

/// Runs beyond this number are counted, not listed.
const MOST_ENDINGS: usize = 100;

/// A run that did not end as planned.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ending {
    run: String,
    cell: String,
    seed: u64,
    outcome: &'static str,
    reason: Both,
}

/// What made some of the runs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Origin {
    runs: usize,
    /// Empty where it is not known.
    revision: String,
    dirty: bool,
    versions: String,
    numeric_class: String,
    /// Processor seconds of these runs together.
    cpu: f64,
}

/// Those that diverged, failed or crashed, failures first, and how many more there are.
pub(super) fn endings(sections: &[Section<'_>]) -> (Vec<Ending>, usize) {
    let mut endings = Vec::new();
    for section in sections {
        for cell in &section.cells {
            for &run in &cell.runs {
                let row = &section.runs[run].row;
                let Some(outcome) = &row.outcome else {
                    continue;
                };
                let Some(reason) = reason(outcome) else {
                    continue;
                };
                endings.push(Ending {
                    run: row.id.short(),
                    cell: format!("{}: {}", section.dataset, wording::cell(section, cell)),
                    seed: row.seed,
                    outcome: outcome.word(),
                    reason,
                });
            }
        }
    }
    // Divergence is a result.
    endings.sort_by_key(|e| e.outcome == "diverged");
    let more = endings.len().saturating_sub(MOST_ENDINGS);
    endings.truncate(MOST_ENDINGS);
    (endings, more)
}

fn reason(outcome: &Outcome) -> Option<Both> {
    Some(match outcome {
        Outcome::Done => return None,
        Outcome::Diverged { step, quantity } => Both {
            en: format!("{quantity} stopped being finite at step {step}"),
            ru: format!("значение {quantity} перестало быть конечным на шаге {step}"),
        },
        Outcome::TimedOut { step, limit } => {
            let limit = limit.as_secs_f64();
            Both {
                en: format!("its {limit} s were over after step {step}"),
                ru: format!("отведённые {limit} с закончились после шага {step}"),
            }
        }
        // As the program said it.
        Outcome::Failed { message } => Both::new(message, message),
        Outcome::Crashed { message, place } => {
            let text = format!("{message} ({place})");
            Both::new(&text, &text)
        }
    })
}

/// The distinct origins of the runs.
pub(super) fn origins(material: &Material) -> Vec<Origin> {
    let mut found: Vec<(&crate::store::Provenance, Origin)> = Vec::new();
    for run in &material.runs {
        let Some(origin) = &run.row.provenance else {
            continue;
        };
        let cpu = run.row.cpu_seconds.unwrap_or(0.0);
        match found.iter_mut().find(|(o, _)| *o == origin) {
            Some((_, known)) => {
                known.runs += 1;
                known.cpu += cpu;
            }
            None => found.push((
                origin,
                Origin {
                    runs: 1,
                    revision: origin.git_revision.clone(),
                    dirty: origin.dirty,
                    versions: origin.versions.clone(),
                    numeric_class: origin.numeric_class.clone(),
                    cpu,
                },
            )),
        }
    }
    found.into_iter().map(|(_, origin)| origin).collect()
}
