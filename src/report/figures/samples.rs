//! What G makes: points over the true modes, or images.

use super::{Figure, MARGIN, Part, TEXT, WIDTH, file_name, heading};
use crate::dataset::Mixture;
use crate::event::{Outcome, Sample};
use crate::report::RunMaterial;
use crate::report::plot::{Anchor, Colour, Mark, Panel, Point, Scale, Scene, fit, wrap};
use crate::report::section::{self, Section};
use crate::report::wording::{self, single};
use crate::store::SampleRow;

/// Cells shown from either end of the ranking.
const FROM_EITHER_END: usize = 4;

/// Points beyond this number hide each other.
const MOST_POINTS: usize = 2500;

/// A mode's circle is at least this large, so that it can be seen at all.
const SMALLEST_RING: f64 = 2.5;

/// One small picture.
struct Shown<'a> {
    label: String,
    below: String,
    sample: &'a SampleRow,
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
    if let Some(Sample::Points {
        generated,
        centres,
        sigma,
    }) = run.samples.last().map(|s| &s.sample)
    {
        let frame = Frame::of(centres, *sigma);
        let outside = generated.iter().filter(|p| !frame.contains(p)).count();
        if outside > 0 {
            words += &format!(", {outside} outside");
        }
    }
    words
}

/// The evaluation box, made square so that circles stay circles.
#[derive(Clone, Copy)]
struct Frame {
    x: Scale,
    y: Scale,
    side: f64,
}

impl Frame {
    fn of(centres: &[[f64; 2]], sigma: f64) -> Self {
        let mixture = Mixture {
            centres: centres.to_vec(),
            sigma,
        };
        let [low, high] = mixture.bounding_box();
        let side = (high[0] - low[0]).max(high[1] - low[1]);
        let scale = |axis: usize| {
            let middle = (low[axis] + high[axis]) / 2.0;
            Scale::exact(middle - side / 2.0, middle + side / 2.0)
        };
        Self {
            x: scale(0),
            y: scale(1),
            side,
        }
    }

    fn contains(&self, point: &[f32; 2]) -> bool {
        self.x.contains(f64::from(point[0])) && self.y.contains(f64::from(point[1]))
    }
}

fn draw(section: &Section<'_>, shown: &[&Shown<'_>], which: &str) -> Option<Figure> {
    let columns = match shown.len() {
        0 => return None,
        n @ 1..=4 => n,
        n => n.div_ceil(2),
    };
    let (side, em) = match columns {
        1 | 2 => (464.0, TEXT),
        3 => (384.0, 16.0),
        _ => (292.0, 14.0),
    };
    let gap = 20.0;
    let width = (columns as f64 * (side + gap) - gap + 2.0 * MARGIN).max(WIDTH);
    let mut scene = Scene::new(width, 0.0);
    let title = format!("{}: what the generator makes", section.dataset);
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
        &[&format!("{which}; the first seed of each{when}")],
    );
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
        if !same {
            below += &format!(", step {}", shown.sample.step);
        }
        let below = fit(&below, em, side);
        let at = (left, top + 3.65 * em);
        scene.text(at, below, em, Colour::Muted, Anchor::Start);
        let at = (left, top + words);
        match &shown.sample.sample {
            Sample::Points {
                generated,
                centres,
                sigma,
            } => scatter(&mut scene, generated, (centres, *sigma), at, side),
            Sample::Images {
                count,
                shape,
                pixels,
            } => mosaic(&mut scene, (*count, *shape, pixels), at, side),
        }
    }
    scene.height = top + rows as f64 * (side + words + gap) - gap + MARGIN;
    Some(Figure {
        name: file_name(&[&section.dataset, "samples"]),
        title,
        caption: format!("Samples of {which}. {}", caption(shown)),
        scene,
        part: Part::Samples,
    })
}

fn caption(shown: &[&Shown<'_>]) -> String {
    let rule = "Each picture is the last sample of the cell's first seed, never of its best one.";
    let reading = match shown.first().map(|s| &s.sample.sample) {
        Some(Sample::Points { .. }) => format!(
            "Dots are generated points, at most {MOST_POINTS}; circles with four arms are the true \
             modes, of radius 3 sigma (but at least {SMALLEST_RING} pixels). The frame is the \
             evaluation box; 'outside' counts the points beyond it."
        ),
        Some(Sample::Images { shape: [3, ..], .. }) => {
            "Pixels as they were generated, the three channels as red, green and blue, nothing selected."
                .to_owned()
        }
        _ => "Pixels as they were generated, nothing selected.".to_owned(),
    };
    format!("{rule} {reading}")
}

/// Generated points over the modes in the evaluation box.
fn scatter(
    scene: &mut Scene,
    generated: &[[f32; 2]],
    (centres, sigma): (&[[f64; 2]], f64),
    (left, top): Point,
    side: f64,
) {
    if centres.is_empty() {
        return;
    }
    let frame = Frame::of(centres, sigma);
    let panel = Panel {
        left,
        top,
        width: side,
        height: side,
        x: frame.x,
        y: frame.y,
        em: 13.0,
    };
    let (right, bottom) = (panel.right(), panel.bottom());
    let outline = vec![
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    scene.line(outline, Colour::Grid, 1.2);
    let radius = (3.0 * sigma / frame.side * side).max(SMALLEST_RING);
    for centre in centres.iter().filter_map(|c| panel.at(c[0], c[1])) {
        scene.marks.push(Mark::Ring {
            centre,
            radius,
            colour: Colour::Series(1),
            width: 1.4,
        });
        // Points hide what they cover; the arms beside the circle stay visible.
        let (near, far) = (radius + 2.5, radius + 7.0);
        for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            let at = |d: f64| (centre.0 + dx * d, centre.1 + dy * d);
            scene.line(vec![at(near), at(far)], Colour::Series(1), 1.6);
        }
    }
    scene.marks.push(Mark::Dots {
        centres: generated
            .iter()
            .take(MOST_POINTS)
            .filter(|p| frame.contains(p))
            .filter_map(|p| panel.at(f64::from(p[0]), f64::from(p[1])))
            .collect(),
        radius: 1.1,
        colour: Colour::Series(0),
    });
}

/// Images side by side, as many as fit at the largest of the scales.
fn mosaic(
    scene: &mut Scene,
    (count, [channels, height, width], pixels): (usize, [usize; 3], &[u8]),
    at: Point,
    side: f64,
) {
    const GAP: usize = 1;
    /// CSS pixels a pixel; twice as many in the PNG.
    const SCALES: [f64; 4] = [2.0, 1.5, 1.0, 0.5];
    let image = channels * height * width;
    if image == 0 || !(channels == 1 || channels == 3) {
        return;
    }
    let count = count.min(pixels.len() / image);
    // The largest scale at which six fit side by side, if any does.
    let fitting = |scale: f64| ((side / scale) as usize + GAP) / (width.max(height) + GAP);
    let scale = SCALES
        .into_iter()
        .find(|s| fitting(*s) >= 6)
        .unwrap_or(SCALES[3]);
    let across = fitting(scale).clamp(1, count.max(1));
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
