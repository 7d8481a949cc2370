//! What G makes: points over the true modes, or images.

use super::{Figure, MARGIN, Part, TEXT, WIDTH, file_name, heading};
use crate::dataset::Mixture;
use crate::event::{Outcome, Sample};
use crate::report::RunMaterial;
use crate::report::plot::{Anchor, Colour, Mark, Panel, Point, SERIES, Scale, Scene, fit, wrap};
use crate::report::section::{self, Section};
use crate::report::wording::{self, number};
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
        words += &format!(", {} {}", section.headline.name, number(value));
    }
    if let Some(Outcome::Diverged { step, .. }) = run.row.outcome {
        words += &format!(", diverged at step {step}");
    }
    words
}

fn draw(section: &Section<'_>, shown: &[&Shown<'_>], which: &str) -> Option<Figure> {
    let columns = match shown.len() {
        0 => return None,
        n @ 1..=4 => n,
        n => n.div_ceil(2),
    };
    let (side, em) = match columns {
        1 | 2 => (440.0, TEXT),
        3 => (384.0, 16.0),
        _ => (292.0, 14.0),
    };
    let gap = 20.0;
    let width = (columns as f64 * (side + gap) - gap + 2.0 * MARGIN).max(WIDTH);
    let mut scene = Scene::new(width, 0.0);
    let title = format!("{}: what the generator makes", section.dataset);
    let top = heading(&mut scene, &title, &format!("{which}; the first seed of each"));
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
        let step = shown.sample.step;
        let below = fit(&format!("{}, step {step}", shown.below), em, side);
        let at = (left, top + 3.65 * em);
        scene.text(at, below, em, Colour::Muted, Anchor::Start);
        let at = (left, top + words);
        match &shown.sample.sample {
            Sample::Points {
                generated,
                centres,
                sigma,
            } => {
                let mixture = Mixture {
                    centres: centres.clone(),
                    sigma: *sigma,
                };
                scatter(&mut scene, generated, &mixture, at, side);
            }
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
            "Dots are generated points, at most {MOST_POINTS}; circles are the true modes, 3 sigma \
             wide (but never less than {SMALLEST_RING} pixels), a dot at each centre. The frame is \
             the evaluation box; the number of points outside it is written in the corner."
        ),
        _ => "Pixels as they were generated, nothing selected.".to_owned(),
    };
    format!("{rule} {reading}")
}

/// Generated points over the modes in the evaluation box.
fn scatter(
    scene: &mut Scene,
    generated: &[[f32; 2]],
    mixture: &Mixture,
    (left, top): Point,
    side: f64,
) {
    if mixture.centres.is_empty() {
        return;
    }
    let [low, high] = mixture.bounding_box();
    // One scale for both directions, so that circles stay circles.
    let longer = (high[0] - low[0]).max(high[1] - low[1]);
    let ends = [0, 1].map(|axis| {
        let middle = (low[axis] + high[axis]) / 2.0;
        (middle - longer / 2.0, middle + longer / 2.0)
    });
    let panel = Panel {
        left,
        top,
        width: side,
        height: side,
        x: Scale::exact(ends[0].0, ends[0].1),
        y: Scale::exact(ends[1].0, ends[1].1),
        em: 13.0,
    };
    let (right, bottom) = (panel.right(), panel.bottom());
    let frame = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    scene.line(frame, Colour::Grid, 1.2);
    let inside = |p: &[f64; 2]| panel.x.contains(p[0]) && panel.y.contains(p[1]);
    let points: Vec<[f64; 2]> = generated.iter().map(|p| p.map(f64::from)).collect();
    let outside = points.iter().filter(|p| !inside(p)).count();
    scene.marks.push(Mark::Dots {
        centres: points
            .iter()
            .take(MOST_POINTS)
            .filter(|p| inside(p))
            .filter_map(|p| panel.at(p[0], p[1]))
            .collect(),
        radius: 1.1,
        colour: SERIES[0],
    });
    let ring = (3.0 * mixture.sigma / longer * side).max(SMALLEST_RING);
    let centres: Vec<Point> = mixture
        .centres
        .iter()
        .filter_map(|c| panel.at(c[0], c[1]))
        .collect();
    for &centre in &centres {
        scene.marks.push(Mark::Ring {
            centre,
            radius: ring,
            colour: SERIES[1],
            width: 1.4,
        });
    }
    scene.marks.push(Mark::Dots {
        centres,
        radius: 0.9,
        colour: SERIES[1],
    });
    if outside > 0 {
        let text = format!("{outside} of {} outside", points.len());
        let at = (right - 6.0, bottom - 7.0);
        scene.text(at, text, 13.0, Colour::Muted, Anchor::End);
    }
}

/// Images side by side, as many as fit at the largest of the scales.
fn mosaic(
    scene: &mut Scene,
    (count, [channels, height, width], pixels): (usize, [usize; 3], &[u8]),
    at: Point,
    side: f64,
) {
    const GAP: usize = 1;
    /// CSS pixels a pixel: 2 or 1.5, which are 4 or 3 in the PNG.
    const LARGE: f64 = 2.0;
    const SMALL: f64 = 1.5;
    let image = channels * height * width;
    if image == 0 || !(channels == 1 || channels == 3) {
        return;
    }
    let count = count.min(pixels.len() / image);
    let scale = if side > 400.0 { LARGE } else { SMALL };
    let across = ((side / scale) as usize / (width + GAP)).clamp(1, count.max(1));
    let down = count.div_ceil(across).min((side / scale) as usize / (height + GAP));
    let size = (across * (width + GAP) - GAP, down.max(1) * (height + GAP) - GAP);
    let mut rgb = vec![0x80; size.0 * size.1 * 3];
    for index in 0..count.min(across * down) {
        let (left, top) = (index % across * (width + GAP), index / across * (height + GAP));
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
