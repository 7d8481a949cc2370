//! What a figure consists of.

use super::Colour;

/// A place in CSS pixels from the top left corner.
pub(in crate::report) type Point = (f64, f64);

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// One thing that is drawn; later marks cover earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<Point>,
        /// Its colour.
        colour: Colour,
        /// Its width.
        width: f64,
    },
    /// A filled polygon, its outline given once around.
    Area {
        /// The corners.
        points: Vec<Point>,
        /// Its colour.
        colour: Colour,
        /// Its opacity, 0 to 1.
        opacity: f64,
    },
    /// Equal discs.
    Dots {
        /// The centres.
        centres: Vec<Point>,
        /// The radius.
        radius: f64,
        /// Their colour.
        colour: Colour,
    },
    /// A circle's outline.
    Ring {
        /// The centre.
        centre: Point,
        /// The radius.
        radius: f64,
        /// Its colour.
        colour: Colour,
        /// The outline's width.
        width: f64,
    },
    /// One line of text.
    Text {
        /// Where its base line begins, is centred or ends.
        at: Point,
        /// What it says.
        text: String,
        /// The size of an em.
        size: f64,
        /// Its colour.
        colour: Colour,
        /// Which part of it stands at `at`.
        anchor: Anchor,
        /// Whether it reads from bottom to top.
        upwards: bool,
    },
    /// Pixels, red, green and blue, row by row, each as a square.
    Picture {
        /// The top left corner.
        at: Point,
        /// Pixels across and down.
        size: (usize, usize),
        /// CSS pixels a pixel.
        scale: f64,
        /// The pixels.
        rgb: Vec<u8>,
    },
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Scene {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// Its marks, from back to front.
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty one.
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            marks: Vec::new(),
        }
    }

    /// Adds a line; fewer than two points draw nothing.
    pub fn line(&mut self, points: Vec<Point>, colour: Colour, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Line {
                points,
                colour,
                width,
            });
        }
    }

    /// Adds a dashed straight line.
    pub fn dashed(&mut self, from: Point, to: Point, colour: Colour, width: f64) {
        const DASH: f64 = 7.0;
        const GAP: f64 = 5.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let at = |d: f64| (from.0 + dx * d / length, from.1 + dy * d / length);
        let mut start = 0.0;
        while start < length {
            let end = (start + DASH).min(length);
            self.line(vec![at(start), at(end)], colour, width);
            start += DASH + GAP;
        }
    }

    /// Adds a filled rectangle.
    pub fn rectangle(&mut self, at: Point, size: Point, colour: Colour, opacity: f64) {
        let (x, y) = at;
        let (w, h) = size;
        self.marks.push(Mark::Area {
            points: vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h)],
            colour,
            opacity,
        });
    }

    /// Adds a cross, the mark of a diverged run.
    pub fn cross(&mut self, (x, y): Point, arm: f64, colour: Colour) {
        self.line(vec![(x - arm, y - arm), (x + arm, y + arm)], colour, 2.0);
        self.line(vec![(x - arm, y + arm), (x + arm, y - arm)], colour, 2.0);
    }

    /// Adds text that reads from left to right.
    pub fn text(
        &mut self,
        at: Point,
        text: impl Into<String>,
        size: f64,
        colour: Colour,
        anchor: Anchor,
    ) {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            size,
            colour,
            anchor,
            upwards: false,
        });
    }

    /// Adds text that reads upwards, centred.
    pub fn text_upwards(&mut self, at: Point, text: impl Into<String>, size: f64, colour: Colour) {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            size,
            colour,
            anchor: Anchor::Middle,
            upwards: true,
        });
    }
}
