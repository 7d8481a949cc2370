//! A metric against an axis: every run a dot, the mean of each value with its interval.

use super::{Figure, MARGIN, Part, TEXT, WIDTH, file_name, heading};
use crate::event::Outcome;
use crate::metric::Info;
use crate::report::levels::Paired;
use crate::report::plot::{
    Anchor, Colour, Mark, Panel, Point, Scale, Scene, fit, text_width, wrap,
};
use crate::report::section::{self, Section};
use crate::report::wording::{at_n, count, interval, label, number, signed, single};
use crate::stats::Summary;

/// More values than this do not fit beside each other; such an axis is left to the table.
const MOST_VALUES: usize = 12;

/// More axes than this are not drawn.
const MOST_AXES: usize = 8;

/// The height of a figure.
const HEIGHT: f64 = 600.0;

/// The figures that go with a metric, by name and in words.
const REFERENCES: [(&str, &str); 3] = [
    ("perfect", "perfect sampler"),
    ("uniform", "uniform samples"),
    ("floor", "floor: real against real"),
];

/// The axes that are drawn, by index.
fn drawn(section: &Section<'_>) -> Vec<usize> {
    (0..section.axes.len())
        .filter(|&axis| section.axes[axis].values.len() <= MOST_VALUES)
        .take(MOST_AXES)
        .collect()
}

/// What [`drawn`] leaves out, as a sentence for a caption.
fn left_out(section: &Section<'_>) -> String {
    let drawn = drawn(section);
    let others: Vec<String> = (0..section.axes.len())
        .filter(|axis| !drawn.contains(axis))
        .map(|axis| {
            let axis = &section.axes[axis];
            format!("{} ({} values)", axis.name, axis.values.len())
        })
        .collect();
    if others.is_empty() {
        String::new()
    } else {
        format!(" Not drawn: {}.", others.join(", "))
    }
}

/// The headline against each axis, one figure an axis.
pub(super) fn headline(section: &Section<'_>) -> Vec<Figure> {
    let info = section.headline;
    let paired = section.paired(info.name);
    drawn(section)
        .into_iter()
        .filter_map(|axis| {
            let name = &section.axes[axis].name;
            let title = format!("{}: {} against {name}", section.dataset, info.name);
            let mut scene = Scene::new(WIDTH, HEIGHT);
            let effects: Vec<String> = paired
                .iter()
                .filter(|p| p.axis == axis)
                .map(|p| effect(section, p))
                .collect();
            let below = if effects.is_empty() || effects.len() > 3 {
                String::new()
            } else {
                format!("paired difference, {}", effects.join("; "))
            };
            let top = heading(&mut scene, &title, &[info.summary, &below]);
            let y = scale(section, info)?;
            let room = Room {
                left: MARGIN,
                top,
                width: WIDTH - 2.0 * MARGIN,
                height: HEIGHT - top - MARGIN,
                em: TEXT,
                labels: true,
            };
            panel(&mut scene, section, axis, info, y, room);
            Some(Figure {
                name: file_name(&[&section.dataset, info.name, "by", name]),
                title,
                caption: format!("{}{}", caption(info), left_out(section)),
                scene,
                part: Part::Settings,
            })
        })
        .collect()
}

/// Every other metric against all axes, one figure a metric, one panel an axis.
pub(super) fn others(section: &Section<'_>) -> Vec<Figure> {
    let axes = drawn(section);
    let metrics = section
        .metrics
        .iter()
        .filter(|info| info.name != section.headline.name && !axes.is_empty());
    metrics
        .filter_map(|info| {
            let title = format!("{}: {} against every axis", section.dataset, info.name);
            let columns = if axes.len() > 1 { 2 } else { 1 };
            let rows = axes.len().div_ceil(columns);
            let mut scene = Scene::new(WIDTH, 0.0);
            let top = heading(&mut scene, &title, &[info.summary]);
            let (width, height) = ((WIDTH - 2.0 * MARGIN) / columns as f64, 320.0);
            scene.height = top + rows as f64 * height + MARGIN;
            let y = scale(section, info)?;
            for (i, &axis) in axes.iter().enumerate() {
                let room = Room {
                    left: MARGIN + (i % columns) as f64 * width,
                    top: top + (i / columns) as f64 * height,
                    width: width - 12.0,
                    height: height - 8.0,
                    em: 14.0,
                    labels: i % columns == 0,
                };
                panel(&mut scene, section, axis, info, y, room);
            }
            Some(Figure {
                name: file_name(&[&section.dataset, info.name]),
                title,
                caption: format!("{}{}", caption(info), left_out(section)),
                scene,
                part: Part::Others,
            })
        })
        .collect()
}

fn caption(info: &Info) -> String {
    format!(
        "{}: {}. A dot is one run, a cross a diverged run, which counts with the metric's worst \
         value. The large mark is the mean over seeds of all runs with that value, averaged over their \
         other settings within a seed; the bar is its 95 % interval (Student's t over seeds), open \
         where it leaves the picture.",
        label(info),
        info.summary
    )
}

/// `batch against none: +2.3 [1.8, 2.8] (3 seeds)`
fn effect(section: &Section<'_>, paired: &Paired) -> String {
    let axis = &section.axes[paired.axis];
    let (from, to) = (&axis.values[0], &axis.values[paired.to]);
    let difference = paired.difference;
    let mean = signed(difference.mean);
    let seeds = count(difference.n, "seed", "seeds");
    let interval = interval(&difference);
    if difference.interval.is_some() {
        format!("{to} against {from}: {mean} {interval} ({seeds})")
    } else {
        format!("{to} against {from}: {mean} ({seeds}, {interval})")
    }
}

/// One scale for all panels of a metric: all values and reference lines, and the intervals as far
/// as they do not dwarf them.
fn scale(section: &Section<'_>, info: &Info) -> Option<Scale> {
    let runs: Vec<usize> = (0..section.runs.len()).collect();
    let mut values = section.values(&runs, info.name);
    if values.is_empty() {
        return None;
    }
    if values.iter().all(|v| *v >= 0.0) && info.unit != "nats" {
        values.push(0.0);
    }
    values.extend(
        REFERENCES
            .iter()
            .filter_map(|(which, _)| section.reference(info.name, which)),
    );
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Two runs far apart have an interval of twelve times their distance.
    let room = 0.15 * (high - low);
    let mut ends = vec![low, high];
    for axis in &section.axes {
        for level in 0..axis.values.len() {
            let runs: Vec<usize> = at_level(&axis.level, level);
            let estimate = section.summary(&runs, info.name);
            if let Some((from, to)) = estimate.and_then(|e| e.interval) {
                ends.push(from.max(low - room));
                ends.push(to.min(high + room));
            }
        }
    }
    Scale::linear(ends)
}

fn at_level(levels: &[usize], level: usize) -> Vec<usize> {
    (0..levels.len())
        .filter(|&run| levels[run] == level)
        .collect()
}

/// Where a panel with its labels may be.
#[derive(Clone, Copy)]
struct Room {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    em: f64,
    /// Whether the vertical axis is labelled.
    labels: bool,
}

fn panel(scene: &mut Scene, section: &Section<'_>, axis: usize, info: &Info, y: Scale, room: Room) {
    let em = room.em;
    let this = &section.axes[axis];
    let widest = Panel::label_width(&y, em);
    let left = room.left + 1.6 * em + widest + 0.5 * em;
    let width = room.left + room.width - left;
    let slot = width / this.values.len() as f64;
    let names: Vec<Vec<String>> = this
        .values
        .iter()
        .map(|value| wrap(value, em, slot - 8.0, 2))
        .collect();
    let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let panel = Panel {
        left,
        top: room.top + 0.7 * em,
        width,
        // Below: the values, their n, the axis's name.
        height: room.height - (4.6 + 1.25 * lines) * em,
        x: Scale::exact(0.0, 1.0),
        y,
        em,
    };
    panel.draw_y(scene, true);
    if room.labels {
        let at = (room.left + em, panel.top + panel.height / 2.0);
        let text = fit(&label(info), em, panel.height + 4.0 * em);
        scene.text_upwards(at, text, em, Colour::Ink);
    }
    references(scene, section, info, &panel);
    for (level, name) in names.into_iter().enumerate() {
        let centre = panel.left + (level as f64 + 0.5) * slot;
        let runs = at_level(&this.level, level);
        let colour = Colour::Series(level);
        let estimate = section.summary(&runs, info.name);
        let apart = (0.22 * slot).min(3.5 * em);
        dots(
            scene,
            section,
            info,
            &panel,
            &runs,
            (centre + apart, slot, colour),
        );
        if let Some(estimate) = estimate {
            bar(scene, &panel, &estimate, (centre - apart, slot, colour));
        }
        let mut at = panel.bottom() + 1.4 * em;
        for line in name {
            scene.text((centre, at), line, em, Colour::Ink, Anchor::Middle);
            at += 1.25 * em;
        }
        let at = (centre, panel.bottom() + (1.4 + 1.25 * lines) * em);
        let n = count(estimate.map_or(0, |e| e.n), "seed", "seeds");
        scene.text(at, n, em, Colour::Muted, Anchor::Middle);
    }
    let at = (
        panel.left + panel.width / 2.0,
        panel.bottom() + (3.3 + 1.25 * lines) * em,
    );
    let name = fit(&this.name, 1.1 * em, panel.width);
    scene.text(at, name, 1.1 * em, Colour::Ink, Anchor::Middle);
}

/// Dashed lines at what a perfect sampler, uniform samples or real data score.
fn references(scene: &mut Scene, section: &Section<'_>, info: &Info, panel: &Panel) {
    for (which, words) in REFERENCES {
        let Some(value) = section.reference(info.name, which) else {
            continue;
        };
        let Some(y) = panel.y_at(value) else { continue };
        scene.dashed((panel.left, y), (panel.right(), y), Colour::Muted, 1.5);
        let n = at_n(section, info, which);
        let text = format!("{words} {}{n}", single(value));
        let below = y < panel.top + 1.2 * panel.em;
        let y = if below {
            y + 1.1 * panel.em
        } else {
            y - 0.35 * panel.em
        };
        scene.text(
            (panel.right(), y),
            text,
            0.85 * panel.em,
            Colour::Muted,
            Anchor::End,
        );
    }
}

/// The runs as a swarm: those that would cover each other stand side by side, in plan order.
fn dots(
    scene: &mut Scene,
    section: &Section<'_>,
    info: &Info,
    panel: &Panel,
    runs: &[usize],
    (centre, slot, colour): (f64, f64, Colour),
) {
    let radius = 0.25 * panel.em;
    let mut rows: Vec<(i64, Vec<(f64, bool)>)> = Vec::new();
    for &run in runs {
        let run = section.runs[run];
        let Some(y) = section::value(run, info.name).and_then(|v| panel.y_at(v)) else {
            continue;
        };
        let diverged = matches!(run.row.outcome, Some(Outcome::Diverged { .. }));
        let row = (y / (2.2 * radius)).round() as i64;
        match rows.iter_mut().find(|(r, _)| *r == row) {
            Some((_, dots)) => dots.push((y, diverged)),
            None => rows.push((row, vec![(y, diverged)])),
        }
    }
    let mut discs: Vec<Point> = Vec::new();
    for (_, row) in rows {
        let gap = (2.6 * radius).min(0.5 * slot / row.len() as f64);
        let first = centre - gap * (row.len() - 1) as f64 / 2.0;
        for (i, (y, diverged)) in row.into_iter().enumerate() {
            let at = (first + gap * i as f64, y);
            if diverged {
                scene.cross(at, radius, Colour::Ink);
            } else {
                discs.push(at);
            }
        }
    }
    scene.marks.push(Mark::Dots {
        centres: discs,
        radius,
        colour,
    });
}

/// The mean with its interval; an end outside the panel has no cap.
fn bar(
    scene: &mut Scene,
    panel: &Panel,
    estimate: &Summary,
    (x, slot, colour): (f64, f64, Colour),
) {
    let Some(y) = panel.y_at(estimate.mean) else {
        return;
    };
    let em = panel.em;
    let cap = 0.45 * em;
    let mut top = y - 0.5 * em;
    if let Some((low, high)) = estimate.interval {
        let ends = [low, high].map(|v| (panel.y_at(v).unwrap_or(y), panel.y.contains(v)));
        scene.line(vec![(x, ends[0].0), (x, ends[1].0)], Colour::Ink, 2.5);
        for (end, inside) in ends {
            if inside {
                scene.line(vec![(x - cap, end), (x + cap, end)], Colour::Ink, 2.5);
            }
        }
        top = top.min(ends[1].0);
    }
    for (radius, colour) in [(0.5 * em, Colour::Ink), (0.38 * em, colour)] {
        scene.marks.push(Mark::Dots {
            centres: vec![(x, y)],
            radius,
            colour,
        });
    }
    let text = number(estimate.mean);
    if text_width(&text, em) + em < 0.33 * slot {
        let at = (x - 0.8 * em, y + 0.36 * em);
        scene.text(at, text, em, Colour::Ink, Anchor::End);
    } else {
        let at = (x, (top - 0.4 * em).max(panel.top + 0.4 * em));
        scene.text(at, text, 0.9 * em, Colour::Ink, Anchor::Middle);
    }
}
