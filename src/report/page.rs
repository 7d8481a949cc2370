//! The HTML page: rows and words for the template.

use askama::Template;

use super::figures::{Figure, Part};
use super::plot::{font_face, svg_inline};
use super::section::{Section, Tally};
use super::wording::{self, count, interval, label, number, signed, single};
use super::{Material, ReportError};
use crate::event::Outcome;
use crate::metric::compares_features;
use crate::stats::Summary;
use std::collections::BTreeSet;

/// Runs beyond this number are counted, not listed.
const MOST_FAILURES: usize = 100;

/// Cells beyond this number are left to the export.
const MOST_CELLS: usize = 300;

#[derive(Template)]
#[template(path = "report.html", config = "src/report/askama.toml")]
struct Page<'a> {
    font_face: String,
    name: &'a str,
    question: Option<&'a str>,
    profile: &'a str,
    source: &'a str,
    runs: String,
    outcomes: Vec<(String, usize)>,
    sections: Vec<SectionView>,
    endings: Vec<Ending>,
    more_endings: usize,
    provenance: Vec<ProvenanceView>,
    commands: Vec<String>,
}

/// A section of the page.
struct SectionView {
    dataset: String,
    answer: String,
    best: Option<String>,
    headline: &'static str,
    definition: String,
    references: Vec<(String, String)>,
    axes: Vec<String>,
    others: Vec<String>,
    cells: Vec<CellView>,
    more_cells: usize,
    differences: Vec<DifferenceView>,
    parts: Vec<PartView>,
}

struct CellView {
    values: Vec<String>,
    n: usize,
    mean: String,
    interval: String,
    others: Vec<String>,
    tally: Tally,
}

struct DifferenceView {
    axis: String,
    change: String,
    mean: String,
    interval: String,
    n: usize,
    pairs: usize,
    clear: bool,
}

struct PartView {
    title: &'static str,
    figures: Vec<FigureView>,
}

struct FigureView {
    name: String,
    svg: String,
    caption: String,
}

/// A run that did not end as planned.
struct Ending {
    run: String,
    cell: String,
    seed: u64,
    outcome: &'static str,
    reason: String,
}

/// What made some of the runs.
struct ProvenanceView {
    runs: String,
    revision: String,
    versions: String,
    numeric_class: String,
}

/// Fills the page.
pub(super) fn html(
    material: &Material,
    sections: &[Section<'_>],
    figures: &[Vec<Figure>],
) -> Result<String, ReportError> {
    let sweep = &material.sweep;
    let mut endings: Vec<Ending> = sections.iter().flat_map(endings).collect();
    let more_endings = endings.len().saturating_sub(MOST_FAILURES);
    endings.truncate(MOST_FAILURES);
    let profile = if sweep.profile.is_empty() {
        String::new()
    } else {
        format!(" --profile {}", sweep.profile)
    };
    let page = Page {
        font_face: font_face(),
        name: &sweep.name,
        question: sweep.question.as_deref(),
        profile: &sweep.profile,
        source: &sweep.source,
        runs: count(material.runs.len(), "run", "runs"),
        outcomes: outcomes(material),
        sections: sections
            .iter()
            .zip(figures)
            .map(|(section, figures)| section_view(section, figures))
            .collect::<Result<_, _>>()?,
        endings,
        more_endings,
        provenance: provenance(material),
        commands: vec![
            format!("gan-sweep run {}.yaml{profile}", sweep.name),
            format!("gan-sweep report {}", sweep.name),
        ],
    };
    Ok(page.render()?)
}

/// How many runs ended how, missing ones too.
fn outcomes(material: &Material) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for run in &material.runs {
        let word = run.row.outcome.as_ref().map_or("missing", Outcome::word);
        match counts.iter_mut().find(|(w, _)| w == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word.to_owned(), 1)),
        }
    }
    counts
}

fn section_view(section: &Section<'_>, figures: &[Figure]) -> Result<SectionView, ReportError> {
    let ranking = section.ranking();
    let others: Vec<&str> = section
        .metrics
        .iter()
        .map(|info| info.name)
        .filter(|name| *name != section.headline.name)
        .collect();
    let cells = ranking.iter().take(MOST_CELLS).map(|cell| {
        let estimate = section.summary(&cell.runs, section.headline.name);
        CellView {
            values: section
                .axes
                .iter()
                .zip(&cell.levels)
                .map(|(axis, &level)| axis.values[level].clone())
                .collect(),
            n: estimate.map_or(0, |e| e.n),
            mean: mean(estimate),
            interval: estimate.map_or("–".to_owned(), |e| interval(&e)),
            others: others
                .iter()
                .map(|name| mean(section.summary(&cell.runs, name)))
                .collect(),
            tally: section.tally(&cell.runs),
        }
    });
    Ok(SectionView {
        dataset: section.dataset.clone(),
        answer: answer(section),
        best: best(section),
        headline: section.headline.name,
        definition: format!(
            "{}: {}{}",
            label(section.headline),
            section.headline.summary,
            features(section)
        ),
        references: [
            ("perfect", "a perfect sampler"),
            ("uniform", "uniform samples"),
            ("floor", "the floor, real against real at the same N"),
        ]
        .iter()
        .filter_map(|(which, words)| {
            let value = section.reference(section.headline.name, which)?;
            let n = wording::at_n(section, section.headline, which);
            Some(((*words).to_owned(), format!("{}{n}", single(value))))
        })
        .collect(),
        axes: section.axes.iter().map(|a| a.name.clone()).collect(),
        cells: cells.collect(),
        more_cells: ranking.len().saturating_sub(MOST_CELLS),
        others: others.iter().map(|o| (*o).to_owned()).collect(),
        differences: differences(section),
        parts: parts(figures)?,
    })
}

fn mean(estimate: Option<Summary>) -> String {
    estimate.map_or("–".to_owned(), |e| number(e.mean))
}

/// Which axis matters most for the headline, in numbers.
fn answer(section: &Section<'_>) -> String {
    let headline = section.headline.name;
    let all: Vec<usize> = (0..section.runs.len()).collect();
    let tally = section.tally(&all);
    if tally.done + tally.diverged == 0 {
        return format!(
            "No run has a value of {headline} yet: {} missing, {} failed.",
            tally.missing, tally.failed
        );
    }
    if tally.done == 0 {
        return format!(
            "No answer: every run that ended diverged ({}), and counts with the worst value of \
             {headline}.",
            tally.diverged
        );
    }
    let Some(effect) = section.largest_effect() else {
        return format!(
            "Nothing to compare: no two runs with a value of {headline} differ in one setting and \
             share their seed and all others."
        );
    };
    let axis = &section.axes[effect.axis];
    let (from, to) = (&axis.values[0], &axis.values[effect.to]);
    let difference = effect.difference;
    let seeds = count(difference.n, "seed", "seeds");
    let numbers = match difference.interval {
        Some((low, high)) => format!(
            "{} on average (95 % interval {} to {}, n = {seeds})",
            signed(difference.mean),
            number(low),
            number(high)
        ),
        None => format!("{} (n = {seeds}: no interval)", signed(difference.mean)),
    };
    if difference.excludes_zero() {
        format!(
            "{} has the largest effect on {headline} of those whose interval excludes 0: {to} instead \
             of {from} changes it by {numbers}.",
            axis.name
        )
    } else {
        format!(
            "No setting has an effect on {headline} whose 95 % interval excludes 0; the largest is \
             that of {}: {to} instead of {from} changes it by {numbers}.",
            axis.name
        )
    }
}

fn best(section: &Section<'_>) -> Option<String> {
    let cell = *section.ranking().first()?;
    let estimate = section.summary(&cell.runs, section.headline.name)?;
    let interval = match estimate.interval {
        Some(_) => interval(&estimate),
        None => "(no interval)".to_owned(),
    };
    (section.cells.len() > 1).then(|| {
        format!(
            "Best cell: {}, with a mean {} of {} {interval} over {}.",
            wording::cell(section, cell),
            section.headline.name,
            number(estimate.mean),
            count(estimate.n, "seed", "seeds")
        )
    })
}

fn differences(section: &Section<'_>) -> Vec<DifferenceView> {
    let mut paired = section.paired(section.headline.name);
    paired.sort_by(|a, b| b.difference.mean.abs().total_cmp(&a.difference.mean.abs()));
    paired
        .iter()
        .map(|paired| {
            let axis = &section.axes[paired.axis];
            DifferenceView {
                axis: axis.name.clone(),
                change: format!("{} → {}", axis.values[0], axis.values[paired.to]),
                mean: signed(paired.difference.mean),
                interval: interval(&paired.difference),
                n: paired.difference.n,
                pairs: paired.pairs,
                clear: paired.difference.excludes_zero(),
            }
        })
        .collect()
}

fn parts(figures: &[Figure]) -> Result<Vec<PartView>, ReportError> {
    let mut parts = Vec::new();
    for (part, title) in [
        (Part::Samples, "Samples"),
        (Part::Settings, "Which settings matter"),
        (Part::Curves, "Over the steps"),
        (Part::Others, "Other metrics"),
    ] {
        let mut views = Vec::new();
        for figure in figures.iter().filter(|f| f.part == part) {
            let svg =
                svg_inline(&figure.scene, &figure.title).map_err(|source| ReportError::Plot {
                    name: figure.name.clone(),
                    source,
                })?;
            views.push(FigureView {
                name: figure.name.clone(),
                svg,
                caption: figure.caption.clone(),
            });
        }
        if !views.is_empty() {
            parts.push(PartView {
                title,
                figures: views,
            });
        }
    }
    Ok(parts)
}

/// The runs of a section that diverged, failed or crashed.
fn endings(section: &Section<'_>) -> Vec<Ending> {
    let mut endings = Vec::new();
    for cell in &section.cells {
        for &run in &cell.runs {
            let row = &section.runs[run].row;
            let reason = match &row.outcome {
                None | Some(Outcome::Done) => continue,
                Some(Outcome::Diverged { step, quantity }) => {
                    format!("{quantity} stopped being finite at step {step}")
                }
                Some(Outcome::TimedOut { step, limit }) => {
                    format!("its {} s were over after step {step}", limit.as_secs_f64())
                }
                Some(Outcome::Failed { message }) => message.clone(),
                Some(Outcome::Crashed { message, place }) => format!("{message} ({place})"),
            };
            endings.push(Ending {
                run: row.id.short(),
                cell: format!("{}: {}", section.dataset, wording::cell(section, cell)),
                seed: row.seed,
                outcome: row.outcome.as_ref().map_or("", Outcome::word),
                reason,
            });
        }
    }
    // Failures first: divergence is a result.
    endings.sort_by_key(|e| e.outcome == "diverged");
    endings
}

/// The distinct origins of the runs.
fn provenance(material: &Material) -> Vec<ProvenanceView> {
    let mut origins: Vec<(&crate::store::Provenance, usize)> = Vec::new();
    for origin in material
        .runs
        .iter()
        .filter_map(|r| r.row.provenance.as_ref())
    {
        match origins.iter_mut().find(|(o, _)| *o == origin) {
            Some((_, n)) => *n += 1,
            None => origins.push((origin, 1)),
        }
    }
    origins
        .into_iter()
        .map(|(origin, n)| {
            let revision = if origin.git_revision.is_empty() {
                "unknown"
            } else {
                &origin.git_revision
            };
            let dirty = if origin.dirty {
                ", with uncommitted changes"
            } else {
                ""
            };
            ProvenanceView {
                runs: count(n, "run", "runs"),
                revision: format!("{revision}{dirty}"),
                versions: origin.versions.clone(),
                numeric_class: origin.numeric_class.clone(),
            }
        })
        .collect()
}
/// What a distance between features means nothing without: the network, with its digest.
fn features(section: &Section<'_>) -> String {
    if !compares_features(section.headline.name) {
        return String::new();
    }
    let runs = section.runs.iter();
    let names: BTreeSet<&str> = runs.filter_map(|r| r.row.features.as_deref()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("; features: {one}"),
        several => format!(
            "; features differ, and what they are compared by does not compare: {}",
            several.join(", ")
        ),
    }
}
