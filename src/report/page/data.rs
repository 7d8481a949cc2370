//! The data of a page, as its script reads them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::both::Both;
use super::curves::{Curves, curves};
use super::endings::{Ending, Origin, endings, origins};
use super::pictures::{Pictures, pictures};
use super::{answer, metric_texts};
use crate::claim::Language;
use crate::event::Outcome;
use crate::metric::{Direction, Info, compares_features};
use crate::report::levels::Axis;
use crate::report::section::{self, Section, Tally};
use crate::report::{Material, wording};
use crate::stats::Summary;

/// Everything that the page shows.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Data {
    /// Whether the sweep may still grow, and the page should ask again.
    live: bool,
    lang: &'static str,
    name: String,
    question: Option<String>,
    profile: String,
    source: String,
    commands: Vec<String>,
    /// How many runs ended how.
    outcomes: Vec<(&'static str, usize)>,
    sections: Vec<SectionData>,
    endings: Vec<Ending>,
    /// How many more did not end as planned than are listed.
    more_endings: usize,
    origins: Vec<Origin>,
    /// Student's t for intervals of n values: the quantile 0.975 with n − 1 degrees of freedom, from n = 2.
    quantiles: Vec<f64>,
}

/// The runs on one data set.
#[derive(Clone, Debug, Serialize)]
struct SectionData {
    dataset: String,
    answer: Both,
    best: Option<Both>,
    features: Vec<String>,
    /// The headline first.
    metrics: Vec<MetricData>,
    axes: Vec<AxisData>,
    cells: Vec<CellData>,
    runs: Vec<RunData>,
    differences: Vec<DifferenceData>,
    curves: Vec<Curves>,
    pictures: Pictures,
}

#[derive(Clone, Debug, Serialize)]
struct MetricData {
    name: &'static str,
    label: Both,
    summary: Both,
    /// 1 where higher is better, −1 where lower is, else 0.
    better: i8,
    /// Figures to compare with: a name, a value, and N where it depends on that.
    references: Vec<(&'static str, f64, Option<f64>)>,
}

#[derive(Clone, Debug, Serialize)]
struct AxisData {
    name: String,
    values: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct CellData {
    /// The index of its value on every axis.
    levels: Vec<usize>,
    words: String,
    runs: Vec<usize>,
    /// Of every metric.
    summaries: Vec<Option<SummaryData>>,
    tally: [usize; 4],
}

/// n, mean and the interval's ends.
#[derive(Clone, Debug, Serialize)]
struct SummaryData(usize, f64, Option<f64>, Option<f64>);

#[derive(Clone, Debug, Serialize)]
struct RunData {
    id: String,
    seed: u64,
    cell: usize,
    outcome: &'static str,
    /// Of every metric.
    values: Vec<Option<f64>>,
    cpu: Option<f64>,
    attempts: u32,
}

#[derive(Clone, Debug, Serialize)]
struct DifferenceData {
    axis: String,
    from: String,
    to: String,
    summary: SummaryData,
    pairs: usize,
    excludes_zero: bool,
}

impl Data {
    /// Of a sweep as it is.
    pub fn of(
        material: &Material,
        sections: &[Section<'_>],
        language: Language,
        live: bool,
    ) -> Self {
        let sweep = &material.sweep;
        let profile = match sweep.profile.as_str() {
            "" => String::new(),
            profile => format!(" --profile {profile}"),
        };
        let share = 1.0 / sections.len().max(1) as f64;
        let (endings, more_endings) = endings(sections);
        let seeds: BTreeSet<u64> = material.runs.iter().map(|run| run.row.seed).collect();
        Self {
            live,
            lang: language.code(),
            name: sweep.name.clone(),
            question: sweep.question.clone(),
            profile: sweep.profile.clone(),
            source: sweep.source.clone(),
            commands: vec![
                format!("gan-sweep run {}.yaml{profile}", sweep.name),
                format!("gan-sweep report {}", sweep.name),
            ],
            outcomes: outcomes(material),
            sections: sections
                .iter()
                .map(|section| SectionData::of(section, material.runs.len(), share))
                .collect(),
            endings,
            more_endings,
            origins: origins(material),
            quantiles: (1..seeds.len().max(2))
                .map(crate::stats::t_quantile)
                .collect(),
        }
    }
}

/// How many runs ended how, missing ones too.
fn outcomes(material: &Material) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for run in &material.runs {
        let word = run.row.outcome.as_ref().map_or("missing", Outcome::word);
        match counts.iter_mut().find(|(w, _)| *w == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word, 1)),
        }
    }
    counts
}

impl SectionData {
    fn of(section: &Section<'_>, runs: usize, share: f64) -> Self {
        let mut metrics: Vec<&'static Info> = section.metrics.clone();
        metrics.sort_by_key(|info| info.name != section.headline.name);
        if !metrics.contains(&section.headline) {
            metrics.insert(0, section.headline);
        }
        let names: Vec<&'static str> = metrics.iter().map(|info| info.name).collect();
        let mut cell_of = vec![0; section.runs.len()];
        for (at, cell) in section.cells.iter().enumerate() {
            cell.runs.iter().for_each(|&run| cell_of[run] = at);
        }
        Self {
            dataset: section.dataset.clone(),
            answer: answer::answer(section),
            best: answer::best(section),
            features: features(section),
            metrics: metrics.iter().map(|info| metric(section, info)).collect(),
            axes: section.axes.iter().map(axis).collect(),
            cells: section
                .cells
                .iter()
                .map(|cell| {
                    let Tally {
                        done,
                        diverged,
                        missing,
                        failed,
                    } = section.tally(&cell.runs);
                    let summary = |name: &&str| section.summary(&cell.runs, name).map(summary);
                    CellData {
                        levels: cell.levels.clone(),
                        words: wording::cell(section, cell),
                        runs: cell.runs.clone(),
                        summaries: names.iter().map(summary).collect(),
                        tally: [done, diverged, missing, failed],
                    }
                })
                .collect(),
            runs: section
                .runs
                .iter()
                .zip(cell_of)
                .map(|(run, cell)| RunData {
                    id: run.row.id.short(),
                    seed: run.row.seed,
                    cell,
                    outcome: run.row.outcome.as_ref().map_or("missing", Outcome::word),
                    values: names
                        .iter()
                        .map(|name| section::value(run, name).map(rounded))
                        .collect(),
                    cpu: run.row.cpu_seconds.map(rounded),
                    attempts: run.row.attempts,
                })
                .collect(),
            differences: differences(section),
            curves: curves(section, runs),
            pictures: pictures(section, share),
        }
    }
}

fn metric(section: &Section<'_>, info: &Info) -> MetricData {
    let reference = |which: &'static str| {
        let value = section.reference(info.name, which)?;
        Some((which, rounded(value), section.reference(info.name, "n")))
    };
    MetricData {
        name: info.name,
        label: metric_texts::label(info),
        summary: metric_texts::summary(info),
        better: match info.direction {
            Direction::Higher => 1,
            Direction::Lower => -1,
            Direction::Neither => 0,
        },
        references: ["perfect", "uniform", "floor"]
            .into_iter()
            .filter_map(reference)
            .collect(),
    }
}

fn axis(axis: &Axis) -> AxisData {
    AxisData {
        name: axis.name.clone(),
        values: axis.values.clone(),
    }
}

/// The networks whose features the headline compares: more than one do not compare with each other.
fn features(section: &Section<'_>) -> Vec<String> {
    if !compares_features(section.headline.name) {
        return Vec::new();
    }
    let runs = section.runs.iter();
    let names: BTreeSet<&str> = runs.filter_map(|r| r.row.features.as_deref()).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn summary(of: Summary) -> SummaryData {
    SummaryData(
        of.n,
        of.mean,
        of.interval.map(|i| i.0),
        of.interval.map(|i| i.1),
    )
}

/// Paired differences in the headline, the largest first.
fn differences(section: &Section<'_>) -> Vec<DifferenceData> {
    let mut paired = section.paired(section.headline.name);
    paired.sort_by(|a, b| b.difference.mean.abs().total_cmp(&a.difference.mean.abs()));
    let difference = |paired: &crate::report::levels::Paired| {
        let axis = &section.axes[paired.axis];
        DifferenceData {
            axis: axis.name.clone(),
            from: axis.values[0].clone(),
            to: axis.values[paired.to].clone(),
            summary: summary(paired.difference),
            pairs: paired.pairs,
            excludes_zero: paired.difference.excludes_zero(),
        }
    };
    paired.iter().map(difference).collect()
}

/// Six figures of a number: what a plot and its readings show, in a third of the letters.
pub(super) fn rounded(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn six_figures_are_kept_at_any_size() {
        let found = [0.0, 1.0, -0.012_345_678, 123_456_789.0, 1e-300].map(rounded);
        assert_eq!(found, [0.0, 1.0, -0.012_345_7, 123_457_000.0, 1e-300]);
    }
}
