//! Lines of a problem: functions of a place, or the way that two numbers went.

use super::points::outline;
use crate::event::Path;
use crate::report::plot::{Anchor, Colour, Panel, Point, Scale, Scene, text_width};

/// Draws the lines in a square with that corner and side, each named in its colour above.
pub(super) fn draw(scene: &mut Scene, paths: &[Path], (left, top): Point, side: f64) {
    const EM: f64 = 13.0;
    let points = || paths.iter().flat_map(|p| &p.points);
    let along = |axis: usize| points().map(move |p| f64::from(p[axis]));
    let (Some(x), Some(y)) = (Scale::linear(along(0)), Scale::linear(along(1))) else {
        return;
    };
    // Names above, numbers on the left and below.
    let margin = (
        Panel::label_width(&y, EM),
        legend(scene, paths, (left, top), (side, EM)),
    );
    let panel = Panel {
        left: left + margin.0,
        top: top + margin.1,
        width: side - margin.0,
        height: side - margin.1 - 2.0 * EM,
        x,
        y,
        em: EM,
    };
    outline(scene, &panel);
    for (i, path) in paths.iter().enumerate() {
        let at = |p: &[f32; 2]| panel.at(f64::from(p[0]), f64::from(p[1]));
        let line: Vec<Point> = path.points.iter().filter_map(at).collect();
        scene.line(line, Colour::Series(i), 2.2);
    }
    panel.draw_x(scene, true);
    panel.draw_y(scene, true);
}

/// Writes the names, in as many lines as they take; returns their height.
fn legend(scene: &mut Scene, paths: &[Path], (left, top): Point, (side, em): (f64, f64)) -> f64 {
    let (mut x, mut y) = (left, top + em);
    for (i, path) in paths.iter().enumerate() {
        let width = text_width(&path.name, em) + 1.5 * em;
        if x > left && x + width > left + side {
            (x, y) = (left, y + 1.3 * em);
        }
        scene.text((x, y), &path.name, em, Colour::Series(i), Anchor::Start);
        x += width;
    }
    y - top + 0.6 * em
}
