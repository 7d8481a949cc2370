//! Generated points in the plane, over true modes or beside real points.

use crate::dataset::Mixture;
use crate::event::Sample;
use crate::report::plot::{Colour, Mark, Panel, Point, Scale, Scene};

/// Points beyond this number hide each other.
const MOST_POINTS: usize = 2500;

/// A mode's circle is at least this large, so that it can be seen at all.
const SMALLEST_RING: f64 = 2.5;

/// Radius of a point in CSS pixels.
const DOT: f64 = 1.1;

/// The evaluation box, made square so that circles stay circles.
#[derive(Clone, Copy)]
struct Frame {
    x: Scale,
    y: Scale,
    side: f64,
}

impl Frame {
    fn of(sample: &Sample) -> Option<Self> {
        match sample {
            Sample::Points { centres, .. } if centres.is_empty() => None,
            Sample::Points { centres, sigma, .. } => {
                let corners = Mixture::equal(centres, *sigma).bounding_box();
                Some(Self::square(corners.map(|c| [c[0], c[1]])))
            }
            Sample::Cloud { frame, .. } => Some(Self::square(*frame)),
            Sample::Line { .. } | Sample::Images { .. } | Sample::Paths(_) => None,
        }
    }

    fn square([low, high]: [[f64; 2]; 2]) -> Self {
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

/// How many points lie outside the frame.
pub(super) fn outside(sample: &Sample) -> usize {
    match (sample, Frame::of(sample)) {
        (Sample::Points { generated, .. } | Sample::Cloud { generated, .. }, Some(frame)) => {
            generated.iter().filter(|p| !frame.contains(p)).count()
        }
        _ => 0,
    }
}

/// How to read the picture.
pub(super) fn caption(sample: &Sample) -> String {
    let frame = "The frame is the evaluation box; 'outside' counts the points beyond it.";
    let modes = format!(
        "Dots are generated points, at most {MOST_POINTS}; circles with four arms are the true \
         modes, of radius 3 sigma (but at least {SMALLEST_RING} pixels)."
    );
    match sample {
        Sample::Points { dimensions: 2, .. } => format!("{modes} {frame}"),
        Sample::Points { dimensions, .. } => format!(
            "{modes} Samples and modes have {dimensions} dimensions; all are projected at right \
             angles on one plane, in which the K centres lie near the corners of a regular K-gon. \
             A point that is far from all modes across the plane can lie in a circle here. The \
             frame is the projected centres' box; 'outside' counts the points beyond it."
        ),
        _ => format!(
            "Blue dots are generated points, the vermilion ones under them as many real points. \
             {frame}"
        ),
    }
}

/// Draws the points in a square with that corner and side.
pub(super) fn draw(scene: &mut Scene, sample: &Sample, (left, top): Point, side: f64) {
    let Some(frame) = Frame::of(sample) else {
        return;
    };
    let panel = Panel {
        left,
        top,
        width: side,
        height: side,
        x: frame.x,
        y: frame.y,
        em: 13.0,
    };
    outline(scene, &panel);
    match sample {
        Sample::Points {
            generated,
            centres,
            sigma,
            ..
        } => {
            modes(scene, &panel, centres, 3.0 * sigma / frame.side * side);
            dots(scene, &panel, &frame, generated, Colour::Series(0));
        }
        Sample::Cloud {
            generated, real, ..
        } => {
            dots(scene, &panel, &frame, real, Colour::Series(1));
            dots(scene, &panel, &frame, generated, Colour::Series(0));
        }
        Sample::Line { .. } | Sample::Images { .. } | Sample::Paths(_) => {}
    }
}

/// The edge of a picture.
pub(super) fn outline(scene: &mut Scene, panel: &Panel) {
    let (left, top) = (panel.left, panel.top);
    let (right, bottom) = (panel.right(), panel.bottom());
    let corners = vec![
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    scene.line(corners, Colour::Grid, 1.2);
}

fn modes(scene: &mut Scene, panel: &Panel, centres: &[[f64; 2]], radius: f64) {
    let radius = radius.max(SMALLEST_RING);
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
}

fn dots(scene: &mut Scene, panel: &Panel, frame: &Frame, points: &[[f32; 2]], colour: Colour) {
    scene.marks.push(Mark::Dots {
        centres: points
            .iter()
            .take(MOST_POINTS)
            .filter(|p| frame.contains(p))
            .filter_map(|p| panel.at(f64::from(p[0]), f64::from(p[1])))
            .collect(),
        radius: DOT,
        colour,
    });
}
