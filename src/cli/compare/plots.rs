//! Small plots beside the numbers, where the terminal can show them.

use std::io::{IsTerminal, stdout};

use rustix::termios::tcgetwinsize;

use super::curves::{Series, mean_curve};
use super::draw::{self, Scale};
use crate::stats::{Cell, Comparison};
use crate::store::{Reader, StoreError};

/// The columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// Whether to draw them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum When {
    /// On a terminal that is wide enough and shows UTF-8
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// The option.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(in crate::cli) struct Plots {
    /// Draw each cell's mean, interval and curve beside its numbers
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    plots: When,
}

impl Plots {
    /// The letters that a line may have; `None` where nothing is to be drawn.
    pub(super) fn room(self) -> Option<usize> {
        match self.plots {
            When::Never => None,
            When::Always => Some(usize::MAX),
            When::Auto => {
                let stdout = stdout();
                let terminal = |name| std::env::var(name).unwrap_or_default();
                (stdout.is_terminal() && terminal("TERM") != "dumb" && is_utf8(&terminal)).then(
                    || {
                        let size = tcgetwinsize(&stdout).map_or(0, |size| usize::from(size.ws_col));
                        if size == 0 { COLUMNS } else { size }
                    },
                )
            }
        }
    }
}

/// Whether letters are UTF-8, by the first of the locale's variables that says something.
fn is_utf8(variable: &impl Fn(&'static str) -> String) -> bool {
    let mut locales = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().map(variable);
    let locale = locales.find(|locale| !locale.is_empty());
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8") || locale.contains("utf-8@")
}

/// What is drawn of a comparison.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    /// The most important first.
    pub columns: Vec<Drawn>,
    /// The letters that a line may have.
    pub room: usize,
}

/// A column of drawings.
#[derive(Debug)]
pub(super) struct Drawn {
    pub heading: String,
    /// One a cell.
    pub cells: Vec<String>,
    /// What the drawings mean.
    pub legend: String,
}

/// The metric of every run of a comparison over its steps.
pub(super) fn series(reader: &Reader, comparison: &Comparison<'_>) -> Result<Series, StoreError> {
    let ids = comparison.members().into_iter().flatten().map(|run| run.id);
    ids.map(|id| Ok((id, reader.series(id, &comparison.metric)?)))
        .collect()
}

pub(super) fn sketch(comparison: &Comparison<'_>, series: &Series, room: usize) -> Sketch {
    let columns = bars(comparison).into_iter();
    Sketch {
        columns: columns.chain(curves(comparison, series)).collect(),
        room,
    }
}

fn bars(comparison: &Comparison<'_>) -> Option<Drawn> {
    let summaries = comparison.cells.iter().filter_map(|cell| cell.summary);
    let ends = summaries.flat_map(|summary| {
        let (low, high) = summary.interval.unwrap_or((summary.mean, summary.mean));
        [low, summary.mean, high]
    });
    let scale = Scale::over(ends)?;
    let cells: Vec<String> = comparison
        .cells
        .iter()
        .map(|cell| bar(scale, cell))
        .collect();
    let diverged = match cells.iter().any(|bar| bar.contains(WITH_DIVERGED)) {
        true => format!("; {WITH_DIVERGED}: diverged runs are in the mean"),
        false => String::new(),
    };
    Some(Drawn {
        heading: scale.ends(),
        legend: format!(
            "{MEAN}: the mean, ├─┤: its 95 % interval, {}{diverged}",
            scale.told("", "")
        ),
        cells,
    })
}

const MEAN: char = '●';

/// The mean of a cell in which a run diverged, that counts with the worst value.
const WITH_DIVERGED: char = '○';

/// What was not measured has no bar but a word.
fn bar(scale: Scale, cell: &Cell) -> String {
    let counts = cell.counts;
    match cell.summary {
        None => "no value".to_owned(),
        Some(_) if counts.done == 0 => "all diverged".to_owned(),
        Some(summary) if !summary.mean.is_finite() => "not finite".to_owned(),
        Some(summary) => {
            let mark = match counts.diverged {
                0 => MEAN,
                _ => WITH_DIVERGED,
            };
            draw::bar(scale, summary.mean, summary.interval, mark)
        }
    }
}

fn curves(comparison: &Comparison<'_>, series: &Series) -> Option<Drawn> {
    let curves: Vec<Vec<f64>> = comparison
        .members()
        .iter()
        .map(|runs| mean_curve(runs, &comparison.metric, series))
        // One evaluation is a value and no curve.
        .map(|curve| if curve.len() > 1 { curve } else { Vec::new() })
        .collect();
    let scale = Scale::over(curves.iter().flatten().copied())?;
    Some(Drawn {
        heading: "over the steps".to_owned(),
        cells: curves.iter().map(|c| draw::curve(scale, c)).collect(),
        legend: format!(
            "over the steps: the mean at each evaluation, {}",
            scale.told("▁ ", "█ ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn the_first_variable_that_says_something_decides() {
        let of = |all: &'static str, ctype: &'static str, lang: &'static str| {
            is_utf8(&|name| {
                match name {
                    "LC_ALL" => all,
                    "LC_CTYPE" => ctype,
                    _ => lang,
                }
                .to_owned()
            })
        };
        assert!(of("", "", "en_GB.UTF-8"));
        assert!(of("C.utf8", "C", "C"));
        assert!(of("", "de_DE.UTF-8@euro", ""));
        assert!(!of("C", "en_GB.UTF-8", "en_GB.UTF-8"));
        assert!(!of("", "", "ru_RU.KOI8-R"));
        assert!(!of("", "", ""));
    }
}
