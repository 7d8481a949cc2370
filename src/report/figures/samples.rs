//! What G makes: points over what they should be, or images.

use super::{Figure, MARGIN, Part, TEXT, WIDTH, density, file_name, heading, points};
use crate::event::{Outcome, Sample};
use crate::report::RunMaterial;
use crate::report::plot::{Anchor, Colour, Mark, PlotError, Point, Scene, fit, png, wrap};
use crate::report::section::{self, Section};
use crate::report::wording::{self, single};
use crate::store::SampleRow;

/// Cells shown from either end of the ranking.
const FROM_EITHER_END: usize = 4;

/// One small picture.
pub(in crate::report) struct Shown<'a> {
    /// What it is of.
    pub label: String,
    /// Smaller, below that.
    pub below: String,
    /// What is drawn.
    pub sample: &'a SampleRow,
}

/// How small pictures are arranged.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Grid {
    columns: usize,
    side: f64,
    em: f64,
    /// Images side by side in a picture; as many as fit by default.
    across: Option<usize>,
    /// The width of the figure.
    pub width: f64,
}

impl Grid {
    const GAP: f64 = 20.0;

    /// For so many of them.
    pub fn of(count: usize) -> Option<Self> {
        let columns = match count {
            0 => return None,
            n @ 1..=4 => n,
            n => n.div_ceil(2).min(6),
        };
        let (side, em) = match columns {
            1 | 2 => (464.0, TEXT),
            3 => (384.0, 16.0),
            _ => (292.0, 14.0),
        };
        let width = (columns as f64 * (side + Self::GAP) - Self::GAP + 2.0 * MARGIN).max(WIDTH);
        Some(Self {
            columns,
            side,
            em,
            across: None,
            width,
        })
    }

    /// With so many images side by side in each picture; a picture alone is larger then.
    pub fn with_images_across(self, across: Option<usize>) -> Self {
        let side = match (across, self.columns) {
            (Some(_), 1) => 660.0,
            _ => self.side,
        };
        Self {
            across,
            side,
            ..self
        }
    }

    /// Draws them from `top` on, and makes the scene as high as they are.
    pub fn draw(&self, scene: &mut Scene, shown: &[&Shown<'_>], top: f64, with_step: bool) {
        let Self {
            columns, side, em, ..
        } = *self;
        let gap = Self::GAP;
        let words = 4.0 * em;
        let rows = shown.len().div_ceil(columns);
        for (i, shown) in shown.iter().enumerate() {
            let left = MARGIN + (i % columns) as f64 * (side + gap);
            let top = top + (i / columns) as f64 * (side + words + gap);
            let mut y = top;
            let lines = wrap(&shown.label, em, side, 2);
            // The label's last line stands just above the picture.
            y += 1.25 * em * (2 - lines.len().min(2)) as f64;
            for line in lines {
                y += 1.2 * em;
                scene.text((left, y), line, em, Colour::Ink, Anchor::Start);
            }
            let mut below = shown.below.clone();
            if with_step {
                below += &format!(", step {}", shown.sample.step);
            }
            let below = fit(&below, em, side);
            let at = (left, top + 3.65 * em);
            scene.text(at, below, em, Colour::Muted, Anchor::Start);
            let at = (left, top + words);
            draw_sample(scene, &shown.sample.sample, at, (side, self.across));
        }
        scene.height = top + rows as f64 * (side + words + gap) - gap + MARGIN;
    }
}

/// Draws a sample, whatever it is, into a square.
fn draw_sample(
    scene: &mut Scene,
    sample: &Sample,
    at: Point,
    (side, across): (f64, Option<usize>),
) {
    match sample {
        Sample::Points { .. } | Sample::Cloud { .. } => points::draw(scene, sample, at, side),
        Sample::Line {
            generated,
            components,
        } => density::draw(scene, generated, components, at, side),
        Sample::Paths(paths) => super::paths::draw(scene, paths, at, side),
        Sample::Images {
            count,
            shape,
            pixels,
        } => mosaic(scene, (*count, *shape, pixels), at, (side, across)),
    }
}

/// A sample alone, without words, as a PNG of 592 by 592 pixels.
///
/// # Errors
/// A [`PlotError`] if it cannot be drawn.
pub fn sample_picture(sample: &Sample) -> Result<Vec<u8>, PlotError> {
    const SIDE: f64 = 280.0;
    const EDGE: f64 = 8.0;
    let mut scene = Scene::new(SIDE + 2.0 * EDGE, SIDE + 2.0 * EDGE);
    draw_sample(&mut scene, sample, (EDGE, EDGE), (SIDE, None));
    png(&scene)
}

/// The samples of the best and the worst cells.
pub(super) fn samples(section: &Section<'_>) -> Option<Figure> {
    let ranking = section.ranking();
    let with_samples: Vec<Shown<'_>> = ranking
        .iter()
        .filter_map(|cell| {
            // The first seed that has samples, whatever it scored: the best one would flatter.
            let run = cell
                .runs
                .iter()
                .map(|&r| section.runs[r])
                .find(|r| !r.samples.is_empty())?;
            Some(Shown {
                label: wording::cell(section, cell),
                below: below(section, run),
                sample: run.samples.last()?,
            })
        })
        .collect();
    let count = with_samples.len();
    let shown: Vec<&Shown<'_>> = with_samples
        .iter()
        .enumerate()
        .filter(|(i, _)| *i < FROM_EITHER_END || i + FROM_EITHER_END >= count)
        .map(|(_, shown)| shown)
        .collect();
    let which = if shown.len() < count {
        format!("the {FROM_EITHER_END} best and the {FROM_EITHER_END} worst of {count} cells")
    } else {
        "all cells, best first".to_owned()
    };
    draw(section, &shown, &which)
}

/// `seed 0, covered 7`, and that it diverged.
fn below(section: &Section<'_>, run: &RunMaterial) -> String {
    let mut words = format!("seed {}", run.row.seed);
    if let Some(value) = section::value(run, section.headline.name) {
        words += &format!(", {} {}", section.headline.name, single(value));
    }
    if let Some(Outcome::Diverged { step, .. }) = run.row.outcome {
        words += &format!(", diverged at {step}");
    }
    let outside = match run.samples.last().map(|s| &s.sample) {
        Some(Sample::Line {
            generated,
            components,
        }) => density::outside(generated, components),
        Some(sample) => points::outside(sample),
        None => 0,
    };
    if outside > 0 {
        words += &format!(", {outside} outside");
    }
    words
}

fn draw(section: &Section<'_>, shown: &[&Shown<'_>], which: &str) -> Option<Figure> {
    let grid = Grid::of(shown.len())?;
    let mut scene = Scene::new(grid.width, 0.0);
    let lines = |s: &&Shown<'_>| matches!(s.sample.sample, Sample::Paths(_));
    let what = match shown.first().is_some_and(lines) {
        true => "what was worked out",
        false => "what the generator makes",
    };
    let title = format!("{}: {what}", section.dataset);
    let steps: Vec<u64> = shown.iter().map(|s| s.sample.step).collect();
    let same = steps.iter().all(|s| *s == steps[0]);
    let when = if same {
        format!(", after {} steps", steps[0])
    } else {
        String::new()
    };
    let top = heading(
        &mut scene,
        &title,
        &[
            &format!("{which}; the first seed of each{when}"),
            &shown
                .first()
                .map_or(String::new(), |s| legend(&s.sample.sample)),
        ],
    );
    grid.draw(&mut scene, shown, top, !same);
    Some(Figure {
        name: file_name(&[&section.dataset, "samples"]),
        title,
        caption: format!("Samples of {which}. {}", caption(shown)),
        scene,
        part: Part::Samples,
    })
}

/// What the marks are, where the picture alone does not tell.
pub(super) fn legend(sample: &Sample) -> String {
    match sample {
        Sample::Line { .. } => "bars: generated points; line: density of the data".to_owned(),
        Sample::Cloud { .. } => "blue: generated points; vermilion: real points".to_owned(),
        Sample::Points { dimensions, .. } if *dimensions > 2 => {
            format!("samples and modes of {dimensions} dimensions, projected on one plane")
        }
        Sample::Points { .. } | Sample::Images { .. } | Sample::Paths(_) => String::new(),
    }
}

fn caption(shown: &[&Shown<'_>]) -> String {
    let rule = "Each picture is the last sample of the cell's first seed, never of its best one.";
    let reading = match shown.first().map(|s| &s.sample.sample) {
        Some(Sample::Line { .. }) => density::caption(),
        Some(sample @ (Sample::Points { .. } | Sample::Cloud { .. })) => points::caption(sample),
        Some(Sample::Images { shape: [3, ..], .. }) => {
            "Pixels as they were generated, the three channels as red, green and blue, nothing selected."
                .to_owned()
        }
        Some(Sample::Paths(_)) => "Each line is named in its colour.".to_owned(),
        _ => "Pixels as they were generated, nothing selected.".to_owned(),
    };
    format!("{rule} {reading}")
}

/// Images side by side, as many as fit at the largest of the scales.
fn mosaic(
    scene: &mut Scene,
    (count, [channels, height, width], pixels): (usize, [usize; 3], &[u8]),
    at: Point,
    (side, across): (f64, Option<usize>),
) {
    const GAP: usize = 1;
    /// CSS pixels a pixel; twice as many in the PNG.
    const SCALES: [f64; 6] = [3.0, 2.5, 2.0, 1.5, 1.0, 0.5];
    /// Larger ones are for pictures whose columns are given.
    const PLAIN: f64 = 2.0;
    let image = channels * height * width;
    if image == 0 || !(channels == 1 || channels == 3) {
        return;
    }
    let count = count.min(pixels.len() / image);
    // The largest scale at which so many fit side by side, if any does.
    let fitting = |scale: f64| ((side / scale) as usize + GAP) / (width.max(height) + GAP);
    let scale = SCALES
        .into_iter()
        .find(|s| match across {
            Some(across) => fitting(*s) >= across,
            None => *s <= PLAIN && fitting(*s) >= 6,
        })
        .unwrap_or(SCALES[5]);
    let across = across.unwrap_or(usize::MAX).min(fitting(scale));
    let across = across.clamp(1, count.max(1));
    let down = count.div_ceil(across).min(fitting(scale)).max(1);
    let size = (across * (width + GAP) - GAP, down * (height + GAP) - GAP);
    let mut rgb = vec![0x80; size.0 * size.1 * 3];
    for index in 0..count.min(across * down) {
        let (left, top) = (
            index % across * (width + GAP),
            index / across * (height + GAP),
        );
        for y in 0..height {
            for x in 0..width {
                for channel in 0..3 {
                    let plane = channel.min(channels - 1);
                    let from = index * image + (plane * height + y) * width + x;
                    rgb[((top + y) * size.0 + left + x) * 3 + channel] = pixels[from];
                }
            }
        }
    }
    scene.marks.push(Mark::Picture {
        at,
        size,
        scale,
        rgb,
    });
}
