//! Losses, gradients, D's outputs and the headline over the steps, one panel a cell.

use super::steps::Curve;
use super::{Figure, MARGIN, Part, TEXT, WIDTH, file_name, heading};
use crate::metric::Info;
use crate::report::RunMaterial;
use crate::report::plot::{
    Anchor, Colour, Mark, Panel, Point, Scale, Scene, fit, text_width, wrap,
};
use crate::report::section::Section;
use crate::report::wording::{self, count};

/// More cells than this are not shown one by one but together, one panel a value of an axis.
const MOST_PANELS: usize = 20;

/// The width of a figure with many panels.
const WIDE: f64 = 1280.0;

/// What is drawn in one figure.
struct Subject {
    /// The file's name.
    name: &'static str,
    /// In words.
    title: String,
    /// The quantities, each a line.
    quantities: Vec<&'static str>,
    /// How the vertical axis is chosen.
    range: Range,
    /// The section's, which describes it as it is on its data.
    headline: &'static Info,
}

/// How a vertical axis is chosen.
#[derive(Clone, Copy)]
enum Range {
    /// All but the farthest hundredth at either end.
    Most,
    /// Powers of ten.
    Logarithmic,
    /// From 0 to 1.
    Unit,
    /// All values and zero.
    All,
}

/// One small picture.
struct Group<'a> {
    label: String,
    runs: Vec<&'a RunMaterial>,
}

/// The figures over the steps.
pub(super) fn curves(section: &Section<'_>) -> Vec<Figure> {
    let headline = section.headline;
    let subject = |name, title: &str, quantities: &[&'static str], range| Subject {
        name,
        title: format!("{}: {title}", section.dataset),
        quantities: quantities.to_vec(),
        range,
        headline,
    };
    let title = format!("{} over the steps", wording::label(headline));
    [
        subject("over-steps", &title, &[headline.name], Range::All),
        subject(
            "losses",
            "losses of D and G",
            &["loss.d", "loss.g"],
            Range::Most,
        ),
        subject(
            "gradients",
            "gradient norms of D and G",
            &["grad.d", "grad.g"],
            Range::Logarithmic,
        ),
        subject(
            "outputs",
            "mean output of D on real and on generated samples",
            &["d.real", "d.fake"],
            Range::Unit,
        ),
    ]
    .iter()
    .filter_map(|subject| figure(section, subject))
    .collect()
}

/// The panels: one a cell, or, where there are too many, one a value of the axis that matters most.
fn groups<'a>(section: &Section<'a>) -> (Vec<Group<'a>>, String) {
    if section.cells.len() <= MOST_PANELS {
        let groups = section.cells.iter().map(|cell| Group {
            label: wording::cell(section, cell),
            runs: cell.runs.iter().map(|&r| section.runs[r]).collect(),
        });
        return (
            groups.collect(),
            "One panel a cell, in plan order.".to_owned(),
        );
    }
    let few = |axis: &usize| section.axes[*axis].values.len() <= MOST_PANELS;
    let axis = section
        .largest_effect()
        .map(|p| p.axis)
        .filter(few)
        .or_else(|| (0..section.axes.len()).find(few))
        .unwrap_or(0);
    let this = &section.axes[axis];
    let groups = (0..this.values.len().min(MOST_PANELS)).map(|level| Group {
        label: format!("{} {}", this.name, this.values[level]),
        runs: (0..section.runs.len())
            .filter(|&r| this.level[r] == level)
            .map(|r| section.runs[r])
            .collect(),
    });
    let note = format!(
        "{} are too many to show one by one: one panel a value of {}, over all other settings.",
        count(section.cells.len(), "cell", "cells"),
        this.name
    );
    (groups.collect(), note)
}

fn figure(section: &Section<'_>, subject: &Subject) -> Option<Figure> {
    let (groups, note) = groups(section);
    let curves: Vec<Vec<Option<Curve>>> = groups
        .iter()
        .map(|group| {
            subject
                .quantities
                .iter()
                .map(|q| Curve::of(&group.runs, q))
                .collect()
        })
        .collect();
    let all = || curves.iter().flatten().flatten();
    let (y, clipped) = scale(
        subject.range,
        &all().flat_map(Curve::values).collect::<Vec<_>>(),
    )?;
    let end = all().map(|c| c.end).fold(1.0, f64::max);
    let bin = all().map(|c| c.bin).max().unwrap_or(1);

    let columns = match groups.len() {
        1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        _ => 4,
    };
    let width = if columns > 2 { WIDE } else { WIDTH };
    let em = if columns > 2 { 15.0 } else { TEXT };
    let mut scene = Scene::new(width, 0.0);
    let sizes: Vec<usize> = groups.iter().map(|g| g.runs.len()).collect();
    let same = sizes.iter().all(|n| *n == sizes[0]);
    let below = if same {
        format!("n = {} in each panel", sizes[0])
    } else {
        String::new()
    };
    let top = heading(&mut scene, &subject.title, &[&below]);
    let top = legend(&mut scene, subject, top);
    let widest = Panel::label_width(&y, em);
    let left = MARGIN + widest + em;
    let cell_width = (width - left - MARGIN) / columns as f64;
    let height = if columns == 1 {
        420.0
    } else {
        2.6 * em + 0.62 * cell_width
    };
    let rows = groups.len().div_ceil(columns);
    for (i, (group, curves)) in groups.iter().zip(&curves).enumerate() {
        let (row, column) = (i / columns, i % columns);
        let panel = Panel {
            left: left + column as f64 * cell_width,
            top: top + row as f64 * height + 2.8 * em,
            width: cell_width - 1.4 * em,
            height: height - 3.6 * em,
            x: Scale::exact(0.0, end),
            y,
            em,
        };
        title(&mut scene, group, !same, &panel);
        panel.draw_y(&mut scene, column == 0);
        // The last panel of each column carries the steps.
        panel.draw_x(&mut scene, i + columns >= groups.len());
        for (line, curve) in curves.iter().enumerate() {
            if let Some(curve) = curve {
                draw(&mut scene, &panel, curve, Colour::Series(line));
            }
        }
        if curves.iter().all(Option::is_none) {
            let at = (
                panel.left + panel.width / 2.0,
                panel.top + panel.height / 2.0,
            );
            scene.text(at, "no values", em, Colour::Muted, Anchor::Middle);
        }
    }
    let bottom = top + rows as f64 * height + 1.2 * em;
    let at = (width / 2.0, bottom + 1.2 * em);
    scene.text(at, "generator steps", 1.1 * em, Colour::Ink, Anchor::Middle);
    scene.height = bottom + 1.6 * em + MARGIN;
    Some(Figure {
        name: file_name(&[&section.dataset, subject.name]),
        title: subject.title.clone(),
        caption: format!("{note} {}", caption(bin, clipped)),
        scene,
        part: Part::Curves,
    })
}

fn caption(bin: usize, clipped: bool) -> String {
    let mut text = String::from(
        "The line is the mean over the seeds, the band reaches from the smallest to the largest of \
         them. Both end where the first run ends; thin lines are the single runs that go on. A cross \
         marks the last finite value of a diverged run.",
    );
    if bin > 1 {
        text += &format!(" A point is the mean of {bin} logged steps.");
    }
    if clipped {
        text += " Values beyond the picture are drawn at its edge.";
    }
    text
}

/// The scale, and whether some values lie outside it.
fn scale(range: Range, values: &[f64]) -> Option<(Scale, bool)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (&low, &high) = (sorted.first()?, sorted.last()?);
    match range {
        Range::Unit => Some((Scale::exact(0.0, 1.0), false)),
        Range::All => Scale::linear([low, high, 0.0]).map(|s| (s, false)),
        Range::Logarithmic => Scale::logarithmic(sorted).map(|s| (s, low <= 0.0)),
        Range::Most => {
            let hundredth = sorted.len() / 100;
            let kept = (sorted[hundredth], sorted[sorted.len() - 1 - hundredth]);
            let scale = Scale::linear([kept.0, kept.1])?;
            Some((scale, !scale.contains(low) || !scale.contains(high)))
        }
    }
}

/// Names the lines; returns where the panels may begin.
fn legend(scene: &mut Scene, subject: &Subject, top: f64) -> f64 {
    let mut x = MARGIN;
    let y = top + TEXT;
    for (i, quantity) in subject.quantities.iter().enumerate() {
        let summary = if *quantity == subject.headline.name {
            subject.headline.summary
        } else {
            crate::quantity::info(quantity).map_or("", |info| info.summary)
        };
        let words = format!("{quantity}: {summary}");
        let words = fit(&words, TEXT, scene.width - MARGIN - x - 36.0);
        scene.line(
            vec![(x, y - 0.33 * TEXT), (x + 26.0, y - 0.33 * TEXT)],
            Colour::Series(i),
            4.0,
        );
        x += 34.0;
        scene.text((x, y), words.clone(), TEXT, Colour::Ink, Anchor::Start);
        x += text_width(&words, TEXT) + 30.0;
    }
    y + 0.7 * TEXT
}

/// Names a panel, with its n where that differs from the others'.
fn title(scene: &mut Scene, group: &Group<'_>, with_n: bool, panel: &Panel) {
    let em = panel.em;
    let mut text = group.label.clone();
    if with_n {
        text += &format!(" (n\u{a0}=\u{a0}{})", group.runs.len());
    }
    let lines = wrap(&text, em, panel.width, 2);
    let mut y = panel.top - 0.55 * em - 1.2 * em * (lines.len() - 1) as f64;
    for line in lines {
        scene.text((panel.left, y), line, em, Colour::Ink, Anchor::Start);
        y += 1.2 * em;
    }
}

pub(in crate::report) fn draw(scene: &mut Scene, panel: &Panel, curve: &Curve, colour: Colour) {
    if curve.n > 1 {
        let edge = |value: fn(&super::steps::Bin) -> f64| -> Vec<Point> {
            curve
                .together
                .iter()
                .filter_map(|b| panel.at(b.step, value(b)))
                .collect()
        };
        let mut outline = edge(|b| b.high);
        outline.extend(edge(|b| b.low).into_iter().rev());
        if outline.len() > 3 {
            scene.marks.push(Mark::Area {
                points: outline,
                colour,
                opacity: 0.25,
            });
        }
    }
    let mean = curve
        .together
        .iter()
        .filter_map(|b| panel.at(b.step, b.mean));
    scene.line(mean.collect(), colour, 2.0);
    for line in &curve.alone {
        let points = line.iter().filter_map(|&(s, v)| panel.at(s, v));
        scene.line(points.collect(), colour, 1.0);
    }
    for &(step, value) in &curve.diverged {
        if let Some(at) = panel.at(step, value) {
            scene.cross(at, 0.3 * panel.em, Colour::Ink);
        }
    }
}
