//! The part of a sweep that can be compared: the runs on one data set.
//!
//! Covered modes of 8 and of 25, or FIDs on the features of two classifiers, are not one scale, so
//! each data set has a section of its own.

use super::levels::{self, Axis, Cell, Paired, over_seeds};
use super::{Material, RunMaterial};
use crate::event::Outcome;
use crate::metric::{self, Direction, Info};
use crate::problem;
use crate::stats::{self, Summary};
use crate::store::RunRow;

/// What the data are, and so what is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A mixture whose modes are known.
    Mixture,
    /// A curve with noise around it.
    Curve,
    /// Images with a classifier.
    Images,
    /// Images without classes, of which pixels are compared.
    Plain,
    /// Stacked MNIST, whose modes a classifier reads.
    Stacked,
    /// A problem, by its name.
    Problem(&'static Info, &'static [Info]),
}

/// The data sets of points without modes.
const CURVES: [&str; 2] = ["swiss_roll", "two_moons"];

impl Kind {
    /// The metric that ranks the cells.
    fn headline(self) -> &'static str {
        match self {
            Self::Mixture => "covered",
            Self::Curve => "sliced_w1",
            Self::Images => "fid",
            Self::Plain => "fid_pixels",
            Self::Stacked => "modes",
            Self::Problem(headline, _) => headline.name,
        }
    }

    fn metrics(self) -> &'static [Info] {
        match self {
            Self::Mixture => metric::MIXTURE,
            Self::Curve => metric::CURVE,
            Self::Images | Self::Plain => metric::IMAGE,
            Self::Stacked => metric::STACKED,
            Self::Problem(_, quantities) => quantities,
        }
    }
}

/// The runs on one data set.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// The data set's name.
    pub dataset: String,
    /// The metric that ranks the cells.
    pub headline: &'static Info,
    /// All metrics that some run has, the headline first.
    pub metrics: Vec<&'static Info>,
    /// Its runs, in plan order.
    pub runs: Vec<&'a RunMaterial>,
    /// What varies among them.
    pub axes: Vec<Axis>,
    /// Its cells, in plan order.
    pub cells: Vec<Cell>,
}

/// How the runs of a cell ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// All steps done.
    pub done: usize,
    /// A value stopped being finite; counted with the worst value.
    pub diverged: usize,
    /// Not run yet, or without the metric.
    pub missing: usize,
    /// Failed or crashed.
    pub failed: usize,
}

/// The sections of a sweep, in plan order.
pub(super) fn sections(material: &Material) -> Vec<Section<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for run in &material.runs {
        let name = dataset(&run.row);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .filter_map(|name| {
            let runs = material.runs.iter().filter(|r| dataset(&r.row) == name);
            Section::new(name, runs.collect())
        })
        .collect()
}

fn dataset(row: &RunRow) -> &str {
    match stats::subject(row) {
        "" => "data",
        name => name,
    }
}

fn kind(subject: &str, runs: &[&RunMaterial]) -> Kind {
    let has = |name: &str| {
        runs.iter()
            .any(|r| r.row.last.contains_key(name) || r.series.contains_key(name))
    };
    // A mixture has modes and a sliced distance, too, but only besides.
    let measured = [
        Kind::Mixture,
        Kind::Images,
        Kind::Plain,
        Kind::Stacked,
        Kind::Curve,
    ]
    .into_iter()
    .find(|kind| has(kind.headline()));
    // A problem that imitates a data set has its metrics.
    if let (None, Some(headline), Some(all)) = (
        &measured,
        problem::headline(subject),
        problem::logged(subject),
    ) {
        return Kind::Problem(headline, all);
    }
    // Where nothing is measured yet, the settings tell: points have a sigma.
    let set = |key: &str| runs.iter().any(|r| r.row.settings.contains_key(key));
    measured.unwrap_or(if runs.iter().any(|r| CURVES.contains(&dataset(&r.row))) {
        Kind::Curve
    } else if set("sigma") || set("sigmas") {
        Kind::Mixture
    } else if set("eval_samples") {
        Kind::Stacked
    } else {
        Kind::Images
    })
}

impl<'a> Section<'a> {
    fn new(dataset: &str, runs: Vec<&'a RunMaterial>) -> Option<Self> {
        let kind = kind(dataset, &runs);
        let headline = kind.metrics().iter().find(|i| i.name == kind.headline())?;
        let metrics = kind
            .metrics()
            .iter()
            .filter(|info| runs.iter().any(|run| value(run, info.name).is_some()))
            .collect();
        let rows: Vec<&RunRow> = runs.iter().map(|r| &r.row).collect();
        let axes = levels::axes(&rows);
        let cells = levels::cells(&axes, runs.len());
        Some(Self {
            dataset: dataset.to_owned(),
            headline,
            metrics,
            runs,
            axes,
            cells,
        })
    }

    /// The values of a metric over some runs; runs without one are left out.
    pub fn values(&self, runs: &[usize], metric: &str) -> Vec<f64> {
        runs.iter()
            .filter_map(|&run| value(self.runs[run], metric))
            .collect()
    }

    /// Mean and interval of a metric over the seeds of some runs.
    pub fn summary(&self, runs: &[usize], metric: &str) -> Option<Summary> {
        over_seeds(runs.iter().filter_map(|&run| {
            let run = self.runs[run];
            Some((run.row.seed, value(run, metric)?))
        }))
    }

    /// How some runs ended, as the headline sees it.
    pub fn tally(&self, runs: &[usize]) -> Tally {
        let mut tally = Tally::default();
        for &run in runs {
            let run = self.runs[run];
            match &run.row.outcome {
                Some(Outcome::Diverged { .. }) => tally.diverged += 1,
                Some(Outcome::Done) if value(run, self.headline.name).is_some() => tally.done += 1,
                Some(Outcome::Done) | None => tally.missing += 1,
                Some(_) => tally.failed += 1,
            }
        }
        tally
    }

    /// The cells by the mean of the headline, best first; those without a value last, in plan order.
    pub fn ranking(&self) -> Vec<&Cell> {
        let mut cells: Vec<(&Cell, Option<f64>)> = self
            .cells
            .iter()
            .map(|cell| {
                let mean = self.summary(&cell.runs, self.headline.name).map(|e| e.mean);
                (cell, mean)
            })
            .collect();
        cells.sort_by(|(_, a), (_, b)| match (a, b) {
            (Some(a), Some(b)) if self.headline.direction == Direction::Lower => a.total_cmp(b),
            (Some(a), Some(b)) => b.total_cmp(a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        cells.into_iter().map(|(cell, _)| cell).collect()
    }

    /// Every axis's paired differences in a metric, axis by axis.
    pub fn paired(&self, metric: &str) -> Vec<Paired> {
        let rows: Vec<&RunRow> = self.runs.iter().map(|r| &r.row).collect();
        levels::paired(&rows, &self.axes, metric)
    }

    /// The largest effect on the headline: among those whose interval excludes zero if there are
    /// any, else among all.
    pub fn largest_effect(&self) -> Option<Paired> {
        let size = |p: &Paired| (p.difference.excludes_zero(), p.difference.mean.abs());
        self.paired(self.headline.name).into_iter().max_by(|a, b| {
            let (a, b) = (size(a), size(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    }

    /// A figure that goes with a metric: `covered.uniform`, `fid.floor`. `None` where the runs
    /// differ in it, as over the sigma of a mixture: no single line is right for all of them.
    pub fn reference(&self, metric: &str, which: &str) -> Option<f64> {
        let name = format!("{metric}.{which}");
        let mut values = self
            .runs
            .iter()
            .filter_map(|r| r.row.last.get(&name))
            .map(|m| m.value)
            .filter(|v| v.is_finite());
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }
}

/// What a run counts with: see [`stats::observed`]. A value that is not finite cannot be drawn.
pub(super) fn value(run: &RunMaterial, metric: &str) -> Option<f64> {
    stats::observed(&run.row, metric).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{CURVES, sections};
    use crate::dataset::{BuiltIn, Data};
    use crate::param::{Key, Param, Settings};
    use crate::report::testing::run;
    use crate::report::{Material, RunMaterial};
    use crate::store::{Measured, SweepRow};

    fn floors(values: &[f64]) -> Option<f64> {
        let on = |(seed, value): (usize, &f64)| -> RunMaterial {
            let mut run = run(seed as u64);
            let measured = |value| Measured {
                step: 0,
                value,
                worst: false,
            };
            run.row.last.insert("fid".to_owned(), measured(9.0));
            run.row
                .last
                .insert("fid.floor".to_owned(), measured(*value));
            run
        };
        let material = Material {
            sweep: SweepRow {
                name: "floors".to_owned(),
                question: None,
                profile: String::new(),
                source: String::new(),
                created_at: 0,
            },
            runs: values.iter().enumerate().map(on).collect(),
        };
        sections(&material)[0].reference("fid", "floor")
    }

    #[test]
    fn the_data_sets_without_modes_are_known() {
        for choice in BuiltIn::choices() {
            // Their parameters are read with their own defaults.
            let birth = |param: &Param| {
                let key = Key {
                    name: param.name,
                    network: None,
                };
                Some((key, param.birth.value()?))
            };
            let settings = Settings(choice.params.iter().filter_map(birth).collect());
            let set = BuiltIn::read(choice.name, &settings, None).expect("declared");
            let curve = matches!(set.expect("listed").open(), Ok(Data::Curve(_)));
            assert_eq!(CURVES.contains(&choice.name), curve, "{}", choice.name);
        }
    }

    #[test]
    fn a_reference_is_a_line_only_where_all_runs_share_it() {
        assert_eq!(floors(&[1.5, 1.5]), Some(1.5));
        assert_eq!(floors(&[1.5, 1.25]), None);
    }
}
