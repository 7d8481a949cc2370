//! The headline over two axes.

use super::{Figure, MARGIN, Part, TEXT, WIDTH, file_name, heading};
use crate::metric::Direction;
use crate::report::plot::{Anchor, Colour, Scene, fit, legible_on, text_width, viridis};
use crate::report::section::Section;
use crate::report::wording::{count, label, number};
use crate::stats::Summary;

/// Maps beyond this number are left out, those of the axes with the smallest effects first.
const MOST_MAPS: usize = 6;

/// An axis with more values is left to the table.
const MOST_VALUES: usize = 12;

/// A heat map for each pair of axes.
pub(super) fn maps(section: &Section<'_>) -> Vec<Figure> {
    let pairs = pairs(section);
    let left_out: Vec<String> = pairs
        .iter()
        .skip(MOST_MAPS)
        .map(|&(a, b)| format!("{} × {}", section.axes[a].name, section.axes[b].name))
        .collect();
    let note = if left_out.is_empty() {
        String::new()
    } else {
        format!(
            " Not drawn, their axes having smaller effects: {}.",
            left_out.join(", ")
        )
    };
    pairs
        .iter()
        .take(MOST_MAPS)
        .filter_map(|&(rows, columns)| map(section, rows, columns, &note))
        .collect()
}

/// The pairs of axes, those with the largest effects first; within a pair, plan order.
fn pairs(section: &Section<'_>) -> Vec<(usize, usize)> {
    let paired = section.paired(section.headline.name);
    let effect = |axis: usize| {
        paired
            .iter()
            .filter(|p| p.axis == axis)
            .map(|p| p.difference.mean.abs())
            .fold(0.0, f64::max)
    };
    let few = |axis: &usize| section.axes[*axis].values.len() <= MOST_VALUES;
    let axes: Vec<usize> = (0..section.axes.len()).filter(few).collect();
    let mut pairs: Vec<(usize, usize)> = axes
        .iter()
        .flat_map(|&a| axes.iter().filter(move |&&b| a < b).map(move |&b| (a, b)))
        .collect();
    let size = |&(a, b): &(usize, usize)| effect(a) + effect(b);
    pairs.sort_by(|x, y| size(y).total_cmp(&size(x)));
    pairs
}

fn map(section: &Section<'_>, down: usize, across: usize, note: &str) -> Option<Figure> {
    let info = section.headline;
    let (rows, columns) = (&section.axes[down], &section.axes[across]);
    let runs_at = |row: usize, column: usize| -> Vec<usize> {
        (0..section.runs.len())
            .filter(|&r| rows.level[r] == row && columns.level[r] == column)
            .collect()
    };
    let estimates: Vec<Vec<Option<Summary>>> = (0..rows.values.len())
        .map(|row| {
            (0..columns.values.len())
                .map(|column| section.summary(&runs_at(row, column), info.name))
                .collect()
        })
        .collect();
    let means = || estimates.iter().flatten().flatten().map(|e| e.mean);
    let (low, high) = (means().reduce(f64::min)?, means().reduce(f64::max)?);
    let bright = |mean: f64| {
        let share = if high > low {
            (mean - low) / (high - low)
        } else {
            0.5
        };
        if info.direction == Direction::Lower {
            1.0 - share
        } else {
            share
        }
    };

    let title = format!(
        "{}: {} over {} and {}",
        section.dataset, info.name, rows.name, columns.name
    );
    let mut scene = Scene::new(WIDTH, 0.0);
    let top = heading(
        &mut scene,
        &title,
        &[
            info.summary,
            "mean of all runs in a field; brighter is better",
        ],
    );
    let widest = rows
        .values
        .iter()
        .map(|v| text_width(v, TEXT))
        .fold(0.0, f64::max);
    let left = MARGIN + 2.2 * TEXT + widest.min(240.0) + 10.0;
    let legend = 120.0;
    let (width, height) = (
        (WIDTH - MARGIN - legend - left) / columns.values.len() as f64,
        (430.0 / rows.values.len() as f64).clamp(56.0, 150.0),
    );
    let bottom = top + height * rows.values.len() as f64;
    scene.height = bottom + 4.4 * TEXT + MARGIN;

    for (row, value) in rows.values.iter().enumerate() {
        let y = top + row as f64 * height;
        let text = fit(value, TEXT, 240.0);
        let at = (left - 10.0, y + height / 2.0 + 0.36 * TEXT);
        scene.text(at, text, TEXT, Colour::Ink, Anchor::End);
        for (column, &estimate) in estimates[row].iter().enumerate() {
            let field = Field {
                at: (left + column as f64 * width, y),
                size: (width - 3.0, height - 3.0),
                estimate,
                diverged: section.tally(&runs_at(row, column)).diverged,
            };
            field.draw(&mut scene, &bright);
        }
    }
    for (column, value) in columns.values.iter().enumerate() {
        let at = (left + (column as f64 + 0.5) * width, bottom + 1.5 * TEXT);
        let text = fit(value, TEXT, width - 6.0);
        scene.text(at, text, TEXT, Colour::Ink, Anchor::Middle);
    }
    let middle = left + width * columns.values.len() as f64 / 2.0;
    let at = (middle, bottom + 3.4 * TEXT);
    scene.text(
        at,
        columns.name.clone(),
        1.1 * TEXT,
        Colour::Ink,
        Anchor::Middle,
    );
    let name = fit(&rows.name, 1.1 * TEXT, bottom - top);
    let at = (MARGIN + 1.1 * TEXT, (top + bottom) / 2.0);
    scene.text_upwards(at, name, 1.1 * TEXT, Colour::Ink);
    legend_bar(
        &mut scene,
        (WIDTH - MARGIN - legend + 24.0, top),
        bottom - top - 3.0,
        (low, high),
        &bright,
    );

    Some(Figure {
        name: file_name(&[
            &section.dataset,
            info.name,
            "over",
            &rows.name,
            &columns.name,
        ]),
        title,
        caption: format!(
            "Mean of {}: {}. Below it the number of seeds, diverged runs \
             included. Hatched: no \
             value.{note}",
            label(info),
            info.summary
        ),
        scene,
        part: Part::Settings,
    })
}

/// One field of the map.
struct Field {
    at: (f64, f64),
    size: (f64, f64),
    estimate: Option<Summary>,
    diverged: usize,
}

impl Field {
    fn draw(&self, scene: &mut Scene, bright: &impl Fn(f64) -> f64) {
        let (x, y) = self.at;
        let (w, h) = self.size;
        let middle = x + w / 2.0;
        let Some(estimate) = self.estimate else {
            self.hatch(scene);
            scene.text(
                (middle, y + h / 2.0),
                "no value",
                TEXT,
                Colour::Ink,
                Anchor::Middle,
            );
            return;
        };
        let colour = viridis(bright(estimate.mean));
        scene.rectangle(self.at, self.size, colour, 1.0);
        let ink = legible_on(colour);
        let size = (0.34 * h).clamp(TEXT, 34.0);
        let line = y + h / 2.0 + 0.1 * size;
        scene.text(
            (middle, line),
            number(estimate.mean),
            size,
            ink,
            Anchor::Middle,
        );
        let mut below = count(estimate.n, "seed", "seeds");
        if self.diverged > 0 {
            below += &format!(", {} diverged", self.diverged);
        }
        let below = fit(&below, 0.85 * TEXT, w - 6.0);
        let at = (middle, line + 1.3 * TEXT);
        scene.text(at, below, 0.85 * TEXT, ink, Anchor::Middle);
    }

    /// Slanted lines: no value is not a low value.
    fn hatch(&self, scene: &mut Scene) {
        const GAP: f64 = 14.0;
        let (x, y) = self.at;
        let (w, h) = self.size;
        let mut start = GAP;
        while start < w + h {
            let from = (x + (start - h).max(0.0), y + start.min(h));
            let to = (x + start.min(w), y + (start - w).max(0.0));
            scene.line(vec![from, to], Colour::Grid, 1.5);
            start += GAP;
        }
        let outline = vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
        scene.line(outline, Colour::Grid, 1.5);
    }
}

/// The colours with their values at both ends.
fn legend_bar(
    scene: &mut Scene,
    (x, top): (f64, f64),
    height: f64,
    (low, high): (f64, f64),
    bright: &impl Fn(f64) -> f64,
) {
    const STEPS: usize = 64;
    const BAR: f64 = 20.0;
    for i in 0..STEPS {
        let share = (i as f64 + 0.5) / STEPS as f64;
        let step = height / STEPS as f64;
        let colour = viridis(bright(low + share * (high - low)));
        // Each step reaches a little under the next, so that no seam shows.
        let y = top + height - (i + 1) as f64 * step;
        scene.rectangle(
            (x, y),
            (BAR, step + if i == 0 { 0.0 } else { 0.5 }),
            colour,
            1.0,
        );
    }
    for (value, y) in [(high, top + 0.72 * TEXT), (low, top + height)] {
        let at = (x + BAR + 8.0, y);
        scene.text(at, number(value), TEXT, Colour::Ink, Anchor::Start);
    }
}
