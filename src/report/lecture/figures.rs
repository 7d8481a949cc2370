//! The pictures that a comparison declares.

use super::{Chapter, searches};
use crate::claim::{self, FigureKind, Language, Words};
use crate::param::{Key, Network, Settings, Value};
use crate::report::RunMaterial;
use crate::report::figures::samples::{Grid, Shown};
use crate::report::figures::steps::Curve;
use crate::report::figures::{MARGIN, TEXT, WIDTH, curves, heading};
use crate::report::plot::{Anchor, Colour, Panel, Scale, Scene, text_width};
use crate::report::section::value;

/// Runs that share the values of the figure's keys.
struct Group<'c> {
    label: String,
    runs: Vec<&'c RunMaterial>,
}

/// Draws a figure; `None` where no run has anything for it yet.
pub(super) fn draw(chapter: &Chapter, figure: &claim::Figure, language: Language) -> Option<Scene> {
    let title = figure.title.say(language);
    let groups = groups(chapter, figure);
    match &figure.kind {
        FigureKind::Samples { columns } => samples(&groups, title, *columns),
        FigureKind::Curves {
            metric,
            log,
            log_steps,
        } => over_steps(&groups, title, (metric, *log, *log_steps), language),
        FigureKind::Levels { metric, over, log } => {
            levels(chapter, figure, title, (metric, *over, *log))
        }
        FigureKind::Quantities {
            columns,
            groups: named,
            log,
        } => quantities(&groups, title, (columns, named, *log), language),
        FigureKind::Dots { metric, log } => {
            searches::dots(chapter, figure, (metric, *log), language)
        }
        FigureKind::Axes { metric } => searches::axes(chapter, figure, metric, language),
    }
}

/// A key as people read it: G's stands for both networks where it was written without one.
pub(super) fn name(key: Key) -> String {
    match key.network {
        Some(Network::D) => key.to_string(),
        Some(Network::G) | None => key.name.to_owned(),
    }
}

/// What tells a run apart in a figure: `k 1, loss minimax`.
fn label(settings: &Settings, by: &[Key]) -> String {
    let part = |&key: &Key| Some(format!("{} {}", name(key), short(settings.0.get(&key)?)));
    by.iter().filter_map(part).collect::<Vec<_>>().join(", ")
}

/// A value; a number that nobody wrote, as one that was drawn, with three digits.
fn short(value: &Value) -> String {
    const LONG: usize = 8;
    let text = value.to_string();
    match value {
        Value::Float(x) if text.len() > LONG => {
            let rounded = format!("{x:.2e}").parse().unwrap_or(*x);
            Value::Float(rounded).to_string()
        }
        _ => text,
    }
}

fn groups<'c>(chapter: &'c Chapter, figure: &claim::Figure) -> Vec<Group<'c>> {
    let mut groups: Vec<Group<'c>> = Vec::new();
    for &run in &figure.runs {
        let spec = &chapter.plan.runs[run].spec;
        let Some(material) = chapter.runs.get(&spec.id()) else {
            continue;
        };
        let label = label(&spec.settings, &figure.by);
        match groups.iter_mut().find(|g| g.label == label) {
            Some(group) => group.runs.push(material),
            None => groups.push(Group {
                label,
                runs: vec![material],
            }),
        }
    }
    groups
}

/// What the first seed of each group keeps to look at.
fn samples(groups: &[Group<'_>], title: &str, columns: Option<usize>) -> Option<Scene> {
    let shown: Vec<Shown<'_>> = groups
        .iter()
        .filter_map(|group| {
            let run = group.runs.iter().find(|run| !run.samples.is_empty())?;
            Some(Shown {
                label: group.label.clone(),
                below: format!("seed {}", run.row.seed),
                sample: run.samples.last()?,
            })
        })
        .collect();
    let shown: Vec<&Shown<'_>> = shown.iter().collect();
    let grid = Grid::of(shown.len())?.with_images_across(columns);
    let mut scene = Scene::new(grid.width, 0.0);
    let top = heading(&mut scene, title, &[]);
    grid.draw(&mut scene, &shown, top, false);
    Some(scene)
}

/// The vertical scale of some values.
pub(super) fn scale(values: Vec<f64>, log: bool) -> Option<Scale> {
    match log {
        true => Scale::logarithmic(values),
        false => Scale::linear(values),
    }
}

fn over_steps(
    groups: &[Group<'_>],
    title: &str,
    (metric, log, log_steps): (&str, bool, bool),
    language: Language,
) -> Option<Scene> {
    const HEIGHT: f64 = 420.0;
    let lines: Vec<(&str, Curve)> = groups
        .iter()
        .filter_map(|g| Some((g.label.as_str(), Curve::of(&g.runs, metric)?)))
        .collect();
    let y = scale(lines.iter().flat_map(|(_, c)| c.values()).collect(), log)?;
    let end = lines.iter().map(|(_, c)| c.end).fold(1.0, f64::max);
    let first = lines
        .iter()
        .flat_map(|(_, c)| &c.together)
        .map(|bin| bin.step);
    let x = match log_steps {
        // Step 0 has no place there.
        true => Scale::logarithmic(first.chain([end]))?,
        false => Scale::exact(0.0, end),
    };
    let mut scene = Scene::new(WIDTH, 0.0);
    let n = lines.iter().map(|(_, c)| c.n).max().unwrap_or(0);
    let below = match language {
        Language::En => format!("{metric}; mean and range of {n} runs"),
        Language::Ru => format!("{metric}; среднее и размах, запусков: {n}"),
    };
    let top = heading(&mut scene, title, &[&below]);
    let top = legend(&mut scene, lines.iter().map(|l| l.0), top);
    let left = MARGIN + Panel::label_width(&y, TEXT) + TEXT;
    let panel = Panel {
        left,
        top,
        width: WIDTH - left - MARGIN,
        height: HEIGHT,
        x,
        y,
        em: TEXT,
    };
    panel.draw_y(&mut scene, true);
    panel.draw_x(&mut scene, true);
    for (i, (_, curve)) in lines.iter().enumerate() {
        curves::draw(&mut scene, &panel, curve, Colour::Series(i));
    }
    let at = (left + panel.width / 2.0, panel.bottom() + 2.6 * TEXT);
    scene.text(
        at,
        language.pick("steps", "шаги"),
        TEXT,
        Colour::Muted,
        Anchor::Middle,
    );
    scene.height = panel.bottom() + 2.6 * TEXT + MARGIN;
    Some(scene)
}

/// Names the lines; returns where the plot may begin.
pub(super) fn legend<'l>(
    scene: &mut Scene,
    labels: impl Iterator<Item = &'l str>,
    top: f64,
) -> f64 {
    let (mut x, mut y) = (MARGIN, top + TEXT);
    for (i, label) in labels.enumerate().filter(|(_, label)| !label.is_empty()) {
        let width = text_width(label, TEXT) + 64.0;
        if x > MARGIN && x + width > scene.width - MARGIN {
            (x, y) = (MARGIN, y + 1.4 * TEXT);
        }
        let at = y - 0.33 * TEXT;
        scene.line(vec![(x, at), (x + 26.0, at)], Colour::Series(i), 4.0);
        scene.text((x + 34.0, y), label, TEXT, Colour::Ink, Anchor::Start);
        x += width;
    }
    y + TEXT
}

/// A column a value of the setting.
fn levels(
    chapter: &Chapter,
    figure: &claim::Figure,
    title: &str,
    (metric, over, log): (&str, Key, bool),
) -> Option<Scene> {
    let mut columns: Vec<String> = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    let mut dots: Vec<Dot> = Vec::new();
    for &run in &figure.runs {
        let spec = &chapter.plan.runs[run].spec;
        let (Some(level), Some(material)) =
            (spec.settings.0.get(&over), chapter.runs.get(&spec.id()))
        else {
            continue;
        };
        let Some(y) = value(material, metric) else {
            continue;
        };
        let label = label(&spec.settings, &figure.by);
        let column = place(&mut columns, level.to_string());
        let group = place(&mut labels, label);
        dots.push((column, group, y));
    }
    side_by_side(
        (title, metric, &name(over)),
        (&columns, &labels),
        &dots,
        log,
    )
}

/// A column a place in the lists of quantities.
fn quantities(
    groups: &[Group<'_>],
    title: &str,
    (columns, named, log): (&[Words], &[claim::Group], bool),
    language: Language,
) -> Option<Scene> {
    let say = |words: &Words| words.say(language).to_owned();
    let labels: Vec<String> = named.iter().map(|group| say(&group.name)).collect();
    let columns: Vec<String> = columns.iter().map(say).collect();
    let runs = || groups.iter().flat_map(|g| &g.runs);
    let mut dots: Vec<Dot> = Vec::new();
    for (group, of_group) in named.iter().enumerate() {
        for (column, metric) in of_group.metrics.iter().enumerate() {
            let values = runs().filter_map(|run| value(run, metric));
            dots.extend(values.map(|y| (column, group, y)));
        }
    }
    side_by_side((title, "", ""), (&columns, &labels), &dots, log)
}

/// (column, group, value)
type Dot = (usize, usize, f64);

/// In each column a dot a run and a bar at the mean, the groups side by side.
fn side_by_side(
    (title, below, axis): (&str, &str, &str),
    (columns, labels): (&[String], &[String]),
    dots: &[Dot],
    log: bool,
) -> Option<Scene> {
    const HEIGHT: f64 = 420.0;
    let y = scale(dots.iter().map(|d| d.2).collect(), log)?;
    let mut scene = Scene::new(WIDTH, 0.0);
    let top = heading(&mut scene, title, &[below]);
    let top = legend(&mut scene, labels.iter().map(String::as_str), top);
    let left = MARGIN + Panel::label_width(&y, TEXT) + TEXT;
    let panel = Panel {
        left,
        top,
        width: WIDTH - left - MARGIN,
        height: HEIGHT,
        x: Scale::exact(0.0, columns.len() as f64),
        y,
        em: TEXT,
    };
    panel.draw_y(&mut scene, true);
    let room = panel.width / columns.len() as f64;
    let share = room / (labels.len() as f64 + 1.0);
    for (i, column) in columns.iter().enumerate() {
        let at = (left + (i as f64 + 0.5) * room, panel.bottom() + 1.5 * TEXT);
        scene.text(at, column, TEXT, Colour::Ink, Anchor::Middle);
        for group in 0..labels.len() {
            let x = left + i as f64 * room + (group as f64 + 1.0) * share;
            let here = dots.iter().filter(|d| (d.0, d.1) == (i, group));
            let values: Vec<f64> = here.map(|d| d.2).collect();
            let centres = values.iter().filter_map(|&v| Some((x, panel.y_at(v)?)));
            scene.marks.push(crate::report::plot::Mark::Dots {
                centres: centres.collect(),
                radius: 3.5,
                colour: Colour::Series(group),
            });
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            if let Some(y) = panel.y_at(mean).filter(|_| !values.is_empty()) {
                let half = (0.35 * share).clamp(6.0, 30.0);
                scene.line(
                    vec![(x - half, y), (x + half, y)],
                    Colour::Series(group),
                    3.0,
                );
            }
        }
    }
    let at = (left + panel.width / 2.0, panel.bottom() + 3.2 * TEXT);
    scene.text(at, axis, TEXT, Colour::Muted, Anchor::Middle);
    let words = if axis.is_empty() { 1.5 } else { 3.2 };
    scene.height = panel.bottom() + words * TEXT + MARGIN;
    Some(scene)
}

/// The place of a text in a list, at its end if it is new.
fn place(list: &mut Vec<String>, text: String) -> usize {
    match list.iter().position(|known| *known == text) {
        Some(place) => place,
        None => {
            list.push(text);
            list.len() - 1
        }
    }
}
