//! What runs logged over the steps, few enough points to travel in a page.

use serde::Serialize;

use super::both::Both;
use super::data::rounded;
use super::metric_texts;
use crate::quantity;
use crate::report::figures::steps::{Aligned, after_divergence};
use crate::report::section::Section;

/// Numbers of curves in a page, about: eight bytes each.
const MOST_NUMBERS: usize = 180_000;

/// Points of a curve: no more show, and with fewer it would be none.
const MOST_POINTS: usize = 120;
const LEAST_POINTS: usize = 12;

/// Figures that runs of a sweep share, and counters.
const NOT_DRAWN: [&str; 3] = ["d_steps", "samples", "flops"];

/// A quantity of all runs of a section.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Curves {
    name: &'static str,
    label: Both,
    /// Whether all values are above 0 and range over powers of ten.
    log: bool,
    steps: Vec<f64>,
    /// How many logged steps a point is the mean of.
    bin: usize,
    /// Values of each run at the steps.
    lines: Vec<Vec<Option<f64>>>,
}

/// The quantities of a section over the steps, the headline first. `runs` are those of the whole page, which
/// share the room.
pub(super) fn curves(section: &Section<'_>, runs: usize) -> Vec<Curves> {
    let mut names: Vec<&'static str> = vec![section.headline.name];
    names.extend(
        quantity::all()
            .map(|info| info.name)
            .filter(|name| *name != section.headline.name && !NOT_DRAWN.contains(name))
            .filter(|name| is_a_curve(section, name)),
    );
    let points = (MOST_NUMBERS / (names.len() * runs).max(1)).clamp(LEAST_POINTS, MOST_POINTS);
    let curve = |name| of(section, name, points);
    names.into_iter().filter_map(curve).collect()
}

/// Whether some run has it at more than one step.
fn is_a_curve(section: &Section<'_>, name: &str) -> bool {
    let steps = |run: &&crate::report::RunMaterial| run.series.get(name).map_or(0, Vec::len);
    section.runs.iter().map(steps).any(|n| n > 1)
}

fn of(section: &Section<'_>, name: &'static str, points: usize) -> Option<Curves> {
    let Aligned {
        bins, lines, bin, ..
    } = Aligned::of(&section.runs, name, points)?;
    let info = section
        .metrics
        .iter()
        .copied()
        .find(|info| info.name == name)
        .or_else(|| quantity::info(name))?;
    let lines: Vec<Vec<Option<f64>>> = section
        .runs
        .iter()
        .zip(lines)
        .map(|(run, line)| {
            let line = after_divergence(run, name, line);
            line.into_iter().map(|v| v.map(rounded)).collect()
        })
        .collect();
    let all = || lines.iter().flatten().flatten().copied();
    let (low, high) = all().fold((f64::INFINITY, 0.0f64), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    Some(Curves {
        name,
        label: metric_texts::label(info),
        log: low > 0.0 && high / low > 100.0,
        steps: bins.into_iter().map(rounded).collect(),
        bin,
        lines,
    })
}
