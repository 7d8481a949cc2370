//! From a list of marks to PNG and SVG.
//!
//! A figure is a [`Scene`]: plain marks in CSS pixels. plotters rasterises it; the SVG is written
//! from the same marks, because plotters' own SVG backend rounds to whole pixels, writes a picture
//! as one rectangle a pixel and cannot carry a font.

mod bitmap;
mod colour;
mod font;
mod panel;
mod scale;
mod scene;
mod svg;

pub use bitmap::PlotError;
pub(super) use bitmap::{pixels_png, png};
pub(super) use colour::{Colour, legible_on, viridis};
pub(super) use font::{fit, font_face, text_width, wrap};
pub(super) use panel::Panel;
pub(super) use scale::Scale;
pub(super) use scene::{Anchor, Mark, Point, Scene};
pub(super) use svg::{svg_file, svg_inline};
