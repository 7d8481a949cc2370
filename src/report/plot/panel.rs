//! A rectangle with axes.

use super::{Anchor, Colour, Point, Scale, Scene, text_width};

/// Labels of a vertical axis, about.
const FEWEST_TICKS: usize = 2;
const MOST_TICKS: usize = 8;

/// A plotting area with a vertical scale and, where x is a number, a horizontal one.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Panel {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The horizontal scale.
    pub x: Scale,
    /// The vertical scale.
    pub y: Scale,
    /// The em of tick labels.
    pub em: f64,
}

impl Panel {
    /// The right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// The bottom edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The width of the widest label that [`Panel::draw_y`] may write for this scale.
    pub fn label_width(y: &Scale, em: f64) -> f64 {
        (FEWEST_TICKS..=MOST_TICKS)
            .flat_map(|count| y.ticks(count))
            .map(|(_, label)| text_width(&label, em))
            .fold(0.0, f64::max)
    }

    /// The place of a pair of values, if both have one.
    pub fn at(&self, x: f64, y: f64) -> Option<Point> {
        Some((self.left + self.x.share(x)? * self.width, self.y_at(y)?))
    }

    /// The height of a value, if it has one.
    pub fn y_at(&self, y: f64) -> Option<f64> {
        Some(self.bottom() - self.y.share(y)? * self.height)
    }

    /// Horizontal grid lines and the base line; with `labels`, the values beside them.
    pub fn draw_y(&self, scene: &mut Scene, labels: bool) {
        // A label needs about two lines of room.
        let count = ((self.height / (2.6 * self.em)) as usize).clamp(FEWEST_TICKS, MOST_TICKS);
        for (value, label) in self.y.ticks(count) {
            let Some(y) = self.y_at(value) else { continue };
            scene.line(vec![(self.left, y), (self.right(), y)], Colour::Grid, 1.0);
            if labels {
                let at = (self.left - 0.5 * self.em, y + 0.36 * self.em);
                scene.text(at, label, self.em, Colour::Ink, Anchor::End);
            }
        }
        let base = vec![(self.left, self.bottom()), (self.right(), self.bottom())];
        scene.line(base, Colour::Muted, 1.2);
    }

    /// Ticks below; with `labels`, the values under them.
    pub fn draw_x(&self, scene: &mut Scene, labels: bool) {
        let count = (self.width / (5.5 * self.em)).clamp(1.0, 8.0) as usize;
        for (value, label) in self.x.ticks(count) {
            let Some(share) = self.x.share(value) else {
                continue;
            };
            let x = self.left + share * self.width;
            let (top, bottom) = (self.bottom(), self.bottom() + 0.35 * self.em);
            scene.line(vec![(x, top), (x, bottom)], Colour::Muted, 1.2);
            if labels {
                let at = (x, self.bottom() + 1.4 * self.em);
                // A label at the right end would run into the next panel's first.
                let anchor = if share > 0.97 {
                    Anchor::End
                } else {
                    Anchor::Middle
                };
                scene.text(at, label, self.em, Colour::Ink, anchor);
            }
        }
    }
}
