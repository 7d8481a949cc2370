//! What generators made, over the steps: as much of it as a page of a few megabytes has room for.

use serde::Serialize;
use serde_json::{Value, json};

use super::data::rounded;
use crate::dataset::Mixture;
use crate::event::Sample;
use crate::report::data_uri::data_uri;
use crate::report::figures::density;
use crate::report::plot::pixels_png;
use crate::report::section::Section;
use crate::store::SampleRow;

/// Bytes of all pictures of a page.
const MOST_BYTES: usize = 2_500_000;

/// Points of a picture: more hide each other.
const MOST_POINTS: usize = 400;

/// Images of a picture: a square of them.
const ACROSS: usize = 6;

/// Pictures of a run at most, then fewer and fewer until all fit.
const STEPS: [usize; 5] = [12, 8, 5, 3, 1];

/// The pictures of a section.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Pictures {
    /// Each of a run, by its index in the section.
    of: Vec<OfRun>,
    /// How many pictures there are in the store.
    all: usize,
    /// How many are here.
    here: usize,
}

#[derive(Clone, Debug, Serialize)]
struct OfRun {
    run: usize,
    cell: usize,
    steps: Vec<u64>,
    pictures: Vec<Value>,
}

/// The pictures of the first seed of every cell that has any, as many as fit into a share of the page.
pub(super) fn pictures(section: &Section<'_>, share: f64) -> Pictures {
    let room = (MOST_BYTES as f64 * share) as usize;
    // The first seed, whatever it scored: the best one would flatter.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for cell in section.ranking() {
        let has = |run: &&usize| !section.runs[**run].samples.is_empty();
        let at = section.cells.iter().position(|other| other == cell);
        if let (Some(cell), Some(&run)) = (at, cell.runs.iter().find(has)) {
            runs.push((cell, run));
        }
    }
    let all = runs.iter().map(|(_, run)| section.runs[*run].samples.len());
    let all: usize = all.sum();
    let mut of = Vec::new();
    for most in STEPS {
        of = encode(section, &runs, most);
        if bytes(&of) <= room {
            break;
        }
    }
    while bytes(&of) > room && of.len() > 2 {
        // The middle of the ranking goes first.
        of.remove(of.len() / 2);
    }
    let here = of.iter().map(|run| run.pictures.len()).sum();
    Pictures { of, all, here }
}

fn bytes(of: &[OfRun]) -> usize {
    let pictures = of.iter().flat_map(|run| &run.pictures);
    pictures.map(|picture| picture.to_string().len()).sum()
}

fn encode(section: &Section<'_>, runs: &[(usize, usize)], most: usize) -> Vec<OfRun> {
    let of = |&(cell, run): &(usize, usize)| {
        let kept = thinned(&section.runs[run].samples, most);
        let kept: Vec<(u64, Value)> = kept
            .into_iter()
            .filter_map(|row| Some((row.step, picture(&row.sample)?)))
            .collect();
        let (steps, pictures) = kept.into_iter().unzip();
        OfRun {
            run,
            cell,
            steps,
            pictures,
        }
    };
    let all = runs.iter().map(of);
    all.filter(|run| !run.pictures.is_empty()).collect()
}

/// At most so many, evenly, the last among them.
fn thinned(rows: &[SampleRow], most: usize) -> Vec<&SampleRow> {
    let n = rows.len();
    if n <= most {
        return rows.iter().collect();
    }
    let last = n - 1;
    let place = |i: usize| match most {
        1 => last,
        _ => (i * last + (most - 1) / 2) / (most - 1),
    };
    (0..most).map(|i| &rows[place(i)]).collect()
}

fn picture(sample: &Sample) -> Option<Value> {
    match sample {
        Sample::Points {
            generated,
            centres,
            sigma,
            dimensions,
        } => {
            let [low, high] = Mixture::equal(centres, *sigma).bounding_box();
            let frame = square([[low[0], low[1]], [high[0], high[1]]]);
            let inside = |c: &[f64; 2]| place(frame, *c);
            let centres: Vec<[i32; 2]> = centres.iter().map(inside).collect();
            let (points, outside) = points(frame, generated);
            let radius = 3.0 * sigma / (frame[1][0] - frame[0][0]) * SIDE;
            Some(json!({
                "kind": "points", "points": points, "outside": outside, "centres": centres,
                "radius": rounded(radius), "dimensions": dimensions,
            }))
        }
        Sample::Cloud {
            generated,
            real,
            frame,
        } => {
            let frame = square(*frame);
            let (real, _) = points(frame, real);
            let (points, outside) = points(frame, generated);
            Some(json!({"kind": "points", "points": points, "outside": outside, "real": real}))
        }
        Sample::Line {
            generated,
            components,
        } => {
            let (low, high) = density::bounds(components)?;
            let bars = density::histogram(generated, low, high);
            let bars: Vec<f64> = bars.into_iter().map(rounded).collect();
            let curve = density::curve(components, low, high);
            let curve: Vec<[f64; 2]> = curve.iter().map(|p| [rounded(p.0), rounded(p.1)]).collect();
            let outside = density::outside(generated, components);
            Some(json!({
                "kind": "line", "bars": bars, "curve": curve, "low": low, "high": high, "outside": outside,
            }))
        }
        Sample::Images {
            count,
            shape,
            pixels,
        } => images(*count, *shape, pixels),
        // Drawn once and for all: they do not change over the steps.
        Sample::Paths(_) => None,
    }
}

/// Pictures have places from 0 to this in both directions.
const SIDE: f64 = 999.0;

/// A square around a box, so that circles stay circles.
fn square([low, high]: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let half = (high[0] - low[0]).max(high[1] - low[1]) / 2.0;
    let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
    [middle.map(|m| m - half), middle.map(|m| m + half)]
}

fn place([low, high]: [[f64; 2]; 2], [x, y]: [f64; 2]) -> [i32; 2] {
    let at = |v: f64, axis: usize| (v - low[axis]) / (high[axis] - low[axis]) * SIDE;
    // Down is more in a picture.
    [at(x, 0).round() as i32, (SIDE - at(y, 1)).round() as i32]
}

/// Places one after another, x and y in turn, and how many of all points lie outside.
fn points(frame: [[f64; 2]; 2], of: &[[f32; 2]]) -> (Vec<i32>, usize) {
    let places = of
        .iter()
        .map(|&[x, y]| place(frame, [f64::from(x), f64::from(y)]));
    let inside = |p: &[i32; 2]| p.iter().all(|v| (0..=SIDE as i32).contains(v));
    let inside: Vec<[i32; 2]> = places.filter(inside).collect();
    let outside = of.len() - inside.len();
    let shown = inside.into_iter().take(MOST_POINTS);
    (shown.flatten().collect(), outside)
}

/// A square of images as a PNG.
fn images(count: usize, [channels, height, width]: [usize; 3], pixels: &[u8]) -> Option<Value> {
    let image = channels * height * width;
    if image == 0 || !(channels == 1 || channels == 3) {
        return None;
    }
    let count = count.min(pixels.len() / image);
    let across = ACROSS.min(count).max(1);
    let down = count.div_ceil(across).clamp(1, ACROSS);
    let mut mosaic = vec![0u8; across * width * down * height * channels];
    for index in 0..count.min(across * down) {
        let (left, top) = (index % across * width, index / across * height);
        for y in 0..height {
            for x in 0..width {
                for channel in 0..channels {
                    let from = index * image + (channel * height + y) * width + x;
                    let to = ((top + y) * across * width + left + x) * channels + channel;
                    mosaic[to] = pixels[from];
                }
            }
        }
    }
    let size = (across * width, down * height);
    let file = pixels_png(&mosaic, size, channels).ok()?;
    Some(json!({"kind": "images", "src": data_uri("image/png", &file), "size": [size.0, size.1]}))
}

#[cfg(test)]
mod tests {
    use super::{place, points, square, thinned};
    use crate::event::Sample;
    use crate::store::SampleRow;

    #[test]
    fn thinned_samples_are_even_and_end_with_the_last() {
        let rows: Vec<SampleRow> = (0..10)
            .map(|step| SampleRow {
                step,
                sample: Sample::Paths(Vec::new()),
            })
            .collect();
        let steps = |most| -> Vec<u64> {
            let kept = thinned(&rows, most);
            kept.into_iter().map(|row| row.step).collect()
        };
        assert_eq!(steps(12), (0..10).collect::<Vec<u64>>());
        assert_eq!(steps(4), [0, 3, 6, 9]);
        assert_eq!(steps(1), [9]);
    }

    #[test]
    fn points_beyond_the_frame_are_counted_and_left_out() {
        let frame = square([[-1.0, -1.0], [3.0, 1.0]]);
        assert_eq!(frame, [[-1.0, -2.0], [3.0, 2.0]]);
        assert_eq!(place(frame, [-1.0, -2.0]), [0, 999]);
        assert_eq!(points(frame, &[[3.0, 2.0], [9.0, 0.0]]), (vec![999, 0], 1));
    }
}
