//! Comparisons as text.

use std::fmt::Write;

use super::plots::{Drawn, Sketch};
use super::{heading, unit};
use crate::cli::columns::{Align, Columns};
use crate::metric::Direction;
use crate::stats::{Axis, Comparison, Counts, Effects, Summary, figure, interval};

/// Shown for what is not there.
const NONE: &str = "–";

/// The reference that says how many samples are compared: it stands beside the floor.
const SAMPLE_SIZE: &str = "n";

/// The comparisons, one below the other; where there are several, each with its data set. Each may have
/// a sketch.
pub(super) fn of(comparisons: &[Comparison<'_>], sketches: &[Sketch]) -> String {
    let several = comparisons.len() > 1;
    let texts = comparisons.iter().enumerate().map(|(i, comparison)| {
        let dataset = comparison.dataset.filter(|_| several);
        one(comparison, dataset, sketches.get(i))
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Comparison<'_>, dataset: Option<&str>, sketch: Option<&Sketch>) -> String {
    let mut text = String::new();
    title(comparison, dataset, &mut text);
    let drawn = sketch.and_then(|sketch| sketched(comparison, sketch));
    text.push_str(&drawn.unwrap_or_else(|| cells(comparison, &[])));
    references(comparison, &mut text);
    let effects = if comparison.complete {
        comparison.main_effects()
    } else {
        vec![comparison.effects()]
    };
    differences(&effects, &mut text);
    text
}

fn title(comparison: &Comparison<'_>, dataset: Option<&str>, text: &mut String) {
    let dataset = dataset.map_or(String::new(), |name| format!("{name}: "));
    let unit = unit(comparison.info);
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(", in {unit}")
    };
    let direction = match comparison.info.map(|i| i.direction) {
        Some(Direction::Higher) => ", higher is better, best first",
        Some(Direction::Lower) => ", lower is better, best first",
        Some(Direction::Neither) | None => ", in plan order",
    };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        text,
        "{dataset}{}{unit}{direction}",
        heading(&comparison.metric)
    );
}

/// The cells with as many of the drawings as there is room for; `None` if there is for none.
fn sketched(comparison: &Comparison<'_>, sketch: &Sketch) -> Option<String> {
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max();
    (1..=sketch.columns.len()).rev().find_map(|most| {
        let drawn = &sketch.columns[..most];
        let mut text = cells(comparison, drawn);
        if widest(&text) > Some(sketch.room) {
            return None;
        }
        for column in drawn {
            let _ = writeln!(text, "{}", column.legend);
        }
        Some(text)
    })
}

fn cells(comparison: &Comparison<'_>, drawn: &[Drawn]) -> String {
    let mut columns = Columns::default();
    for axis in &comparison.axes {
        columns = columns.column(&axis.name, Align::Left);
    }
    for name in ["n", "mean", "95 % interval"] {
        columns = columns.column(name, Align::Right);
    }
    for column in drawn {
        columns = columns.column(&column.heading, Align::Left);
    }
    for name in ["diverged", "missing", "failed"] {
        columns = columns.column(name, Align::Right);
    }
    for (i, cell) in comparison.cells.iter().enumerate() {
        let mut row: Vec<String> = cell.labels.iter().map(label).collect();
        row.extend(shown(cell.summary));
        row.extend(drawn.iter().map(|column| column.cells[i].clone()));
        let Counts {
            diverged,
            missing,
            failed,
            done: _,
        } = cell.counts;
        row.extend([diverged, missing, failed].map(|n| n.to_string()));
        columns.row(row);
    }
    columns.text()
}

/// n, mean, interval.
fn shown(summary: Option<Summary>) -> [String; 3] {
    match summary {
        None => ["0".to_owned(), NONE.to_owned(), NONE.to_owned()],
        Some(summary) => {
            let (mean, interval) = interval(&summary);
            [summary.n.to_string(), mean, interval]
        }
    }
}

fn references(comparison: &Comparison<'_>, text: &mut String) {
    let mut datasets: Vec<&str> = comparison
        .references
        .iter()
        .map(|r| r.dataset.as_str())
        .collect();
    datasets.dedup();
    for dataset in datasets {
        let of_dataset = || {
            comparison
                .references
                .iter()
                .filter(|r| r.dataset == dataset)
        };
        let n = of_dataset().find(|r| r.name == SAMPLE_SIZE);
        let mut values: Vec<String> = of_dataset()
            .filter(|r| r.name != SAMPLE_SIZE)
            .map(|r| {
                let value = from_to(r.range);
                match n {
                    // A floor means nothing without it.
                    Some(n) if r.name == "floor" => {
                        format!("floor {value} at N = {}", from_to(n.range))
                    }
                    _ => format!("{} {value}", r.name),
                }
            })
            .collect();
        if let (Some(n), Some(last)) = (n, values.last_mut())
            && !last.contains(" at N = ")
        {
            *last += &format!(" at N = {}", from_to(n.range));
        }
        let metric = &comparison.metric;
        let _ = writeln!(
            text,
            "{metric} on {dataset}, for reference: {}",
            values.join(", ")
        );
    }
    features(comparison, text);
}

/// A distance between features means nothing without the network that made them.
fn features(comparison: &Comparison<'_>, text: &mut String) {
    let names: Vec<&str> = comparison.features.iter().copied().collect();
    let _ = match names.as_slice() {
        [] => return,
        [one] => writeln!(text, "features: {one}"),
        several => writeln!(
            text,
            "features differ, and what they are compared by does not compare: {}",
            several.join(", ")
        ),
    };
}

/// `1.5`, or `1.25 to 1.5` where runs differ.
fn from_to((low, high): (f64, f64)) -> String {
    if low == high {
        figure(low)
    } else {
        format!("{} to {}", figure(low), figure(high))
    }
}

fn differences(all: &[Effects], text: &mut String) {
    if all.iter().all(|effects| effects.effects.is_empty()) {
        return;
    }
    let mut columns = Columns::default()
        .column("difference", Align::Left)
        .column("n", Align::Right)
        .column("mean", Align::Right)
        .column("95 % interval", Align::Right)
        .column("pairs", Align::Right)
        .column("unpaired", Align::Right);
    for effects in all {
        for effect in &effects.effects {
            let name = format!(
                "{}: {} − {}",
                names(&effects.axes),
                labels(&effect.level),
                labels(&effects.baseline)
            );
            let mut row = vec![name];
            row.extend(shown(effect.difference));
            row.extend([effect.pairs, effect.unpaired].map(|n| n.to_string()));
            columns.row(row);
        }
    }
    let _ = writeln!(
        text,
        "\nPaired differences: all other settings and the seed equal, averaged over the cells of \
         a seed; n seeds"
    );
    text.push_str(&columns.text());
    for effects in all.iter().filter(|effects| !effects.together.is_empty()) {
        let _ = writeln!(
            text,
            "{} changes together with {}: the difference is that of all of them",
            names(&effects.axes),
            effects.together.join(", ")
        );
    }
    let unpaired: Vec<String> = all
        .iter()
        .filter(|effects| effects.effects.iter().any(|e| e.pairs == 0))
        .map(|effects| names(&effects.axes))
        .collect();
    if !unpaired.is_empty() {
        let _ = writeln!(
            text,
            "{}: no pair of runs differs in {} alone, or too few have ended; see other settings with \
             it by a further --by",
            unpaired.join(", "),
            if unpaired.len() == 1 {
                "it"
            } else {
                "one of them"
            },
        );
    }
}

fn names(axes: &[Axis]) -> String {
    let names: Vec<_> = axes.iter().map(|axis| axis.name.as_str()).collect();
    names.join(", ")
}

fn label(label: &Option<String>) -> String {
    label.clone().unwrap_or_else(|| NONE.to_owned())
}

fn labels(level: &[Option<String>]) -> String {
    let labels: Vec<_> = level.iter().map(label).collect();
    labels.join(", ")
}
