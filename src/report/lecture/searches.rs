//! Pictures of random searches: a dot a configuration, and what each setting explains.

use super::Chapter;
use super::figures::{legend, name, scale};
use crate::claim::{Figure, Language};
use crate::param::Settings;
use crate::report::figures::{MARGIN, TEXT, WIDTH, heading};
use crate::report::plot::{Anchor, Colour, Mark, Panel, Scale, Scene};
use crate::report::section::value;
use crate::stats::{Explained, explained};

const HEIGHT: f64 = 420.0;

/// A configuration with what its seeds have.
struct Configuration<'c> {
    settings: &'c Settings,
    values: Vec<f64>,
}

impl Configuration<'_> {
    fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    fn range(&self) -> (f64, f64) {
        let fold = |from, pick: fn(f64, f64) -> f64| self.values.iter().copied().fold(from, pick);
        (
            fold(f64::INFINITY, f64::min),
            fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

/// The configurations of some runs that have a value, in plan order.
fn configurations<'c>(
    chapter: &'c Chapter,
    runs: &[usize],
    metric: &str,
) -> Vec<Configuration<'c>> {
    let mut all: Vec<Configuration<'c>> = Vec::new();
    for &run in runs {
        let spec = &chapter.plan.runs[run].spec;
        let material = chapter.runs.get(&spec.id());
        let Some(y) = material.and_then(|material| value(material, metric)) else {
            continue;
        };
        match all.iter_mut().find(|c| *c.settings == spec.settings) {
            Some(known) => known.values.push(y),
            None => all.push(Configuration {
                settings: &spec.settings,
                values: vec![y],
            }),
        }
    }
    all
}

/// A column a group; in it its configurations in the order of their means, each with the range of its seeds.
pub(super) fn dots(
    chapter: &Chapter,
    figure: &Figure,
    (metric, log): (&str, bool),
    language: Language,
) -> Option<Scene> {
    let groups: Vec<Vec<Configuration<'_>>> = figure
        .groups
        .iter()
        .map(|group| {
            let mut all = configurations(chapter, &group.runs, metric);
            all.sort_by(|a, b| a.mean().total_cmp(&b.mean()));
            all
        })
        .collect();
    let values = groups.iter().flatten().flat_map(|c| c.values.clone());
    let y = scale(values.collect(), log)?;
    let mut scene = Scene::new(WIDTH, 0.0);
    let below = match language {
        Language::En => format!(
            "{metric}; a dot: the mean of a configuration, its line: the range of its seeds; bar: mean of all"
        ),
        Language::Ru => format!(
            "{metric}; точка — среднее конфигурации, отрезок — размах по seed; черта — общее среднее"
        ),
    };
    let top = heading(&mut scene, figure.title.say(language), &[&below]);
    let panel = panel(top + 0.5 * TEXT, y);
    panel.draw_y(&mut scene, true);
    let room = panel.width / groups.len() as f64;
    for (i, (group, configurations)) in figure.groups.iter().zip(&groups).enumerate() {
        /// Of a column's room, what its dots take.
        const USED: f64 = 0.8;
        let left = panel.left + (i as f64 + 0.5 * (1.0 - USED)) * room;
        let step = USED * room / configurations.len().max(1) as f64;
        let colour = Colour::Series(i);
        let mut centres = Vec::new();
        for (rank, configuration) in configurations.iter().enumerate() {
            let x = left + (rank as f64 + 0.5) * step;
            let (low, high) = configuration.range();
            if let (Some(low), Some(high)) = (panel.y_at(low), panel.y_at(high)) {
                scene.line(vec![(x, low), (x, high)], colour, 1.4);
            }
            centres.extend(panel.y_at(configuration.mean()).map(|y| (x, y)));
        }
        scene.marks.push(Mark::Dots {
            centres,
            radius: 3.8,
            colour,
        });
        let n = configurations.len();
        let mean = configurations.iter().map(Configuration::mean).sum::<f64>() / n as f64;
        if let Some(y) = panel.y_at(mean).filter(|_| n > 0) {
            scene.line(vec![(left, y), (left + USED * room, y)], Colour::Ink, 1.6);
        }
        let at = |line: f64| {
            let x = panel.left + (i as f64 + 0.5) * room;
            (x, panel.bottom() + line * TEXT)
        };
        let name = group.name.say(language);
        scene.text(at(1.5), name, TEXT, Colour::Ink, Anchor::Middle);
        scene.text(
            at(2.9),
            format!("n = {n}"),
            TEXT,
            Colour::Muted,
            Anchor::Middle,
        );
    }
    scene.height = panel.bottom() + 2.9 * TEXT + MARGIN;
    Some(scene)
}

/// A column a key, the one that explains most of the first group first; in it a bar a group, with a dashed line
/// at what chance explains.
pub(super) fn axes(
    chapter: &Chapter,
    figure: &Figure,
    metric: &str,
    language: Language,
) -> Option<Scene> {
    let groups = figure.groups.iter();
    let groups: Vec<_> = groups
        .map(|group| configurations(chapter, &group.runs, metric))
        .collect();
    let mut columns: Vec<(String, Vec<Option<Explained>>)> = figure
        .by
        .iter()
        .map(|key| {
            let of = |group: &Vec<Configuration<'_>>| {
                let pairs: Vec<_> = group
                    .iter()
                    .filter_map(|c| Some((c.settings.0.get(key)?, c.mean())))
                    .collect();
                explained(&pairs)
            };
            (name(*key), groups.iter().map(of).collect())
        })
        .collect();
    columns.retain(|(_, shares)| shares.iter().any(Option::is_some));
    if columns.is_empty() {
        return None;
    }
    let first = |shares: &[Option<Explained>]| shares[0].map_or(0.0, |e| e.share);
    columns.sort_by(|(_, a), (_, b)| first(b).total_cmp(&first(a)));
    let mut scene = Scene::new(WIDTH, 0.0);
    let below = match language {
        Language::En => format!(
            "{metric}; share of the variance of the configurations' means that the setting explains (η² of its \
             values, or of thirds); dashed: mean of a setting that does nothing"
        ),
        Language::Ru => format!(
            "{metric}; доля дисперсии средних по конфигурациям, объяснённая параметром (η² по его значениям или \
             по третям); пунктир — среднее для параметра, который ни на что не влияет"
        ),
    };
    let top = heading(&mut scene, figure.title.say(language), &[&below]);
    let names = figure.groups.iter().zip(&groups).map(|(group, found)| {
        let n = found.len();
        format!("{}, n = {n}", group.name.say(language))
    });
    let names: Vec<String> = names.collect();
    let top = legend(&mut scene, names.iter().map(String::as_str), top);
    let panel = panel(top + TEXT, Scale::exact(0.0, 1.0));
    panel.draw_y(&mut scene, true);
    let room = panel.width / columns.len() as f64;
    // One bar's room is left between columns.
    let share = room / (groups.len() as f64 + 1.0);
    for (i, (key, shares)) in columns.iter().enumerate() {
        let middle = panel.left + (i as f64 + 0.5) * room;
        let at = (middle, panel.bottom() + 1.5 * TEXT);
        scene.text(at, key.as_str(), TEXT, Colour::Ink, Anchor::Middle);
        for (group, explained) in shares.iter().enumerate() {
            let Some(explained) = explained else { continue };
            let (Some(top), Some(chance)) =
                (panel.y_at(explained.share), panel.y_at(explained.chance))
            else {
                continue;
            };
            let left = panel.left + i as f64 * room + (group as f64 + 0.5) * share;
            let bar = (0.8 * share, panel.bottom() - top);
            scene.rectangle((left, top), bar, Colour::Series(group), 0.9);
            let ends = [(left - 0.1 * share, chance), (left + 0.9 * share, chance)];
            scene.dashed(ends[0], ends[1], Colour::Ink, 1.6);
            // Not across the dashed line.
            let low = match (chance..chance + 1.4 * TEXT).contains(&top) {
                true => chance,
                false => top,
            };
            let above = (left + 0.4 * share, low - 0.4 * TEXT);
            let percent = format!("{:.0} %", 100.0 * explained.share);
            scene.text(above, percent, 0.85 * TEXT, Colour::Ink, Anchor::Middle);
        }
    }
    scene.height = panel.bottom() + 1.5 * TEXT + MARGIN;
    Some(scene)
}

fn panel(top: f64, y: Scale) -> Panel {
    let left = MARGIN + Panel::label_width(&y, TEXT) + TEXT;
    Panel {
        left,
        top,
        width: WIDTH - left - MARGIN,
        height: HEIGHT,
        x: Scale::exact(0.0, 1.0),
        y,
        em: TEXT,
    }
}
