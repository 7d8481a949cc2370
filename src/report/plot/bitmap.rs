//! The PNG of a scene, rasterised by plotters.

use plotters::coord::Shift;
use plotters::element::{BitMapElement, Circle, Polygon, Text};
use plotters::prelude::{
    BitMapBackend, DrawingArea, DrawingAreaErrorKind, DrawingBackend, IntoDrawingArea,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, TextStyle};

use super::{Anchor, Colour, Mark, Point, Scene, font};

/// PNG pixels a CSS pixel: crisp on a projector.
const RESOLUTION: usize = 2;

/// Drawn pixels a PNG pixel. plotters places marks and letters on whole pixels; averaging over
/// finer ones gives smooth edges and even letter spacing.
const OVERSAMPLING: usize = 2;

const SCALE: f64 = (RESOLUTION * OVERSAMPLING) as f64;

type Canvas<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
type DrawError = DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>;

/// Why a scene cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The embedded font is broken.
    #[error("the embedded font cannot be read")]
    Font,
    /// plotters fails.
    #[error("cannot draw a mark")]
    Draw(#[from] DrawError),
    /// The picture cannot be encoded.
    #[error("cannot encode the PNG")]
    Encode(#[from] png::EncodingError),
}

/// The scene as a PNG of twice its size.
pub(in crate::report) fn png(scene: &Scene) -> Result<Vec<u8>, PlotError> {
    font::register()?;
    let (width, height) = (scene.width.ceil() as usize, scene.height.ceil() as usize);
    let (fine_width, fine_height) = (width * SCALE as usize, height * SCALE as usize);
    let mut fine = vec![255; fine_width * fine_height * 3];
    {
        let size = (fine_width as u32, fine_height as u32);
        let canvas = BitMapBackend::with_buffer(&mut fine, size).into_drawing_area();
        for mark in &scene.marks {
            draw(&canvas, mark)?;
        }
        canvas.present()?;
    }
    let pixels = average(&fine, fine_width);
    encode(
        &pixels,
        (width * RESOLUTION, height * RESOLUTION),
        png::ColorType::Rgb,
    )
}

/// Pixels as they are, row-major `[height, width, channels]` with one channel or three, as a PNG.
pub(in crate::report) fn pixels_png(
    pixels: &[u8],
    size: (usize, usize),
    channels: usize,
) -> Result<Vec<u8>, PlotError> {
    let colour = match channels {
        1 => png::ColorType::Grayscale,
        _ => png::ColorType::Rgb,
    };
    encode(pixels, size, colour)
}

/// A PNG file of 8-bit pixels.
pub(super) fn encode(
    pixels: &[u8],
    (width, height): (usize, usize),
    colour: png::ColorType,
) -> Result<Vec<u8>, PlotError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

/// Means over squares of `OVERSAMPLING` pixels, rounded.
fn average(fine: &[u8], width: usize) -> Vec<u8> {
    const COUNT: u16 = (OVERSAMPLING * OVERSAMPLING) as u16;
    let mut coarse = Vec::with_capacity(fine.len() / usize::from(COUNT));
    for rows in fine.chunks_exact(width * 3 * OVERSAMPLING) {
        let mut sums = vec![[COUNT / 2; 3]; width / OVERSAMPLING];
        for row in rows.chunks_exact(width * 3) {
            for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(3 * OVERSAMPLING)) {
                for pixel in pixels.chunks_exact(3) {
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += u16::from(*value);
                    }
                }
            }
        }
        coarse.extend(sums.iter().flatten().map(|sum| (sum / COUNT) as u8));
    }
    coarse
}

fn place((x, y): Point) -> (i32, i32) {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

fn rgb(colour: Colour) -> RGBColor {
    let (r, g, b) = colour.rgb();
    RGBColor(r, g, b)
}

fn draw(canvas: &Canvas<'_>, mark: &Mark) -> Result<(), DrawError> {
    match mark {
        Mark::Line {
            points,
            colour,
            width,
        } => line(canvas, points, rgb(*colour), *width),
        Mark::Area {
            points,
            colour,
            opacity,
        } => {
            let corners: Vec<_> = points.iter().copied().map(place).collect();
            canvas.draw(&Polygon::new(corners, rgb(*colour).mix(*opacity)))
        }
        Mark::Dots {
            centres,
            radius,
            colour,
        } => centres.iter().try_for_each(|&centre| {
            let radius = (radius * SCALE).round() as u32;
            canvas.draw(&Circle::new(place(centre), radius, rgb(*colour).filled()))
        }),
        Mark::Ring {
            centre,
            radius,
            colour,
            width,
        } => {
            // plotters' circles have hairline outlines; a polygon has the width that it is given.
            let corners = 48;
            let outline: Vec<Point> = (0..=corners)
                .map(|i| std::f64::consts::TAU * f64::from(i) / f64::from(corners))
                .map(|a| (centre.0 + radius * a.cos(), centre.1 + radius * a.sin()))
                .collect();
            line(canvas, &outline, rgb(*colour), *width)
        }
        Mark::Text {
            at,
            text,
            size,
            colour,
            anchor,
            upwards,
        } => {
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let (x, y) = place(*at);
            let drop = (font::baseline(*size) * SCALE) as i32;
            let (place, turn) = if *upwards {
                ((x - drop, y), FontTransform::Rotate270)
            } else {
                ((x, y - drop), FontTransform::None)
            };
            let colour = rgb(*colour);
            let style = TextStyle::from(font::font(size * SCALE).transform(turn))
                .color(&colour)
                .pos(Pos::new(horizontal, VPos::Top));
            canvas.draw(&Text::new(text.as_str(), place, style))
        }
        Mark::Picture {
            at,
            size: (width, height),
            scale,
            rgb,
        } => {
            let factor = (scale * SCALE).round() as usize;
            let enlarged: Vec<u8> = (0..height * factor)
                .flat_map(|y| (0..width * factor).map(move |x| (x, y)))
                .flat_map(|(x, y)| {
                    let from = (y / factor * width + x / factor) * 3;
                    [rgb[from], rgb[from + 1], rgb[from + 2]]
                })
                .collect();
            let size = ((width * factor) as u32, (height * factor) as u32);
            match BitMapElement::with_owned_buffer(place(*at), size, enlarged) {
                Some(picture) => canvas.draw(&picture),
                None => Ok(()),
            }
        }
    }
}

/// A line as one quadrangle a segment with round joints: plotters' own thick paths have long spikes
/// at the sharp turns of a noisy curve.
fn line(
    canvas: &Canvas<'_>,
    points: &[Point],
    colour: RGBColor,
    width: f64,
) -> Result<(), DrawError> {
    let half = width / 2.0;
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        if length == 0.0 {
            continue;
        }
        let (nx, ny) = (half * (y0 - y1) / length, half * (x1 - x0) / length);
        let corners = [
            (x0 + nx, y0 + ny),
            (x1 + nx, y1 + ny),
            (x1 - nx, y1 - ny),
            (x0 - nx, y0 - ny),
        ];
        canvas.draw(&Polygon::new(corners.map(place), colour))?;
    }
    for &joint in points.get(1..points.len().saturating_sub(1)).unwrap_or(&[]) {
        let radius = (half * SCALE).round() as u32;
        canvas.draw(&Circle::new(place(joint), radius, colour.filled()))?;
    }
    Ok(())
}
