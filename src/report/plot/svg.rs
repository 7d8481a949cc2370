//! The SVG of a scene.

use std::fmt::Write;

use super::{Anchor, Colour, Mark, PlotError, Point, Scene, bitmap, font};
use crate::report::data_uri::data_uri;

/// Where an SVG lives.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    /// In a file: brings the font along; colours are fixed.
    File,
    /// In the page: uses the page's font and, by role, its colours.
    Page,
}

/// A file of its own, with what is to be said of it as its description. Its text stays text, in a font that
/// it carries along.
pub(in crate::report) fn svg_file(
    scene: &Scene,
    title: &str,
    caption: &str,
) -> Result<String, PlotError> {
    svg(scene, (title, caption), Home::File)
}

/// An element of the page.
pub(in crate::report) fn svg_inline(scene: &Scene, title: &str) -> Result<String, PlotError> {
    svg(scene, (title, ""), Home::Page)
}

fn svg(scene: &Scene, (title, caption): (&str, &str), home: Home) -> Result<String, PlotError> {
    let (width, height) = (scene.width, scene.height);
    let title = escaped(title);
    let mut out = String::new();
    match home {
        Home::File => {
            out += &format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" "
            );
        }
        Home::Page => out += "<svg ",
    }
    out += &format!(
        "viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\" \
         font-family=\"{}, sans-serif\">\n<title>{title}</title>\n",
        font::FAMILY
    );
    if !caption.is_empty() {
        out += &format!("<desc>{}</desc>\n", escaped(caption));
    }
    if home == Home::File {
        out += &format!(
            "<style>{}</style>\n<rect width=\"{width}\" height=\"{height}\" {}/>\n",
            font::font_face(),
            paint("fill", Colour::Paper, home)
        );
    }
    for mark in &scene.marks {
        draw(&mut out, mark, home)?;
    }
    out += "</svg>\n";
    Ok(out)
}

/// Text as XML wants it; control characters, which XML 1.0 forbids, become U+FFFD.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

fn paint(property: &str, colour: Colour, home: Home) -> String {
    let (r, g, b) = colour.rgb();
    match colour.variable() {
        Some(variable) if home == Home::Page => format!("style=\"{property}:var({variable})\""),
        _ => format!("{property}=\"#{r:02x}{g:02x}{b:02x}\""),
    }
}

/// Tenths of a pixel are finer than any screen.
fn coordinate(x: f64) -> String {
    let text = format!("{x:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for &(x, y) in points {
        let _ = write!(path, "{},{} ", coordinate(x), coordinate(y));
    }
    path.truncate(path.trim_end().len());
    path
}

fn draw(out: &mut String, mark: &Mark, home: Home) -> Result<(), PlotError> {
    let element = match mark {
        Mark::Line {
            points,
            colour,
            width,
        } => format!(
            "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{width}\" \
             stroke-linejoin=\"round\"/>",
            path(points),
            paint("stroke", *colour, home)
        ),
        Mark::Area {
            points,
            colour,
            opacity,
        } => format!(
            "<polygon points=\"{}\" {} fill-opacity=\"{opacity}\"/>",
            path(points),
            paint("fill", *colour, home)
        ),
        Mark::Dots {
            centres,
            radius,
            colour,
        } => {
            // Lines of no length with round ends: a tenth of the text that circles would take.
            let mut dots = String::new();
            for &(x, y) in centres {
                let _ = write!(dots, "M{} {}h0", coordinate(x), coordinate(y));
            }
            format!(
                "<path d=\"{dots}\" fill=\"none\" {} stroke-width=\"{}\" stroke-linecap=\"round\"/>",
                paint("stroke", *colour, home),
                2.0 * radius
            )
        }
        Mark::Ring {
            centre,
            radius,
            colour,
            width,
        } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{radius:.2}\" fill=\"none\" {} stroke-width=\"{width}\"/>",
            coordinate(centre.0),
            coordinate(centre.1),
            paint("stroke", *colour, home)
        ),
        Mark::Text {
            at,
            text,
            size,
            colour,
            anchor,
            upwards,
        } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let (x, y) = (coordinate(at.0), coordinate(at.1));
            let turn = if *upwards {
                format!(" transform=\"rotate(-90 {x} {y})\"")
            } else {
                String::new()
            };
            format!(
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" {}{turn}>{}</text>",
                paint("fill", *colour, home),
                escaped(text)
            )
        }
        Mark::Picture {
            at,
            size: (width, height),
            scale,
            rgb,
        } => {
            let grey = rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]);
            let file = if grey {
                let pixels: Vec<u8> = rgb.iter().step_by(3).copied().collect();
                bitmap::encode(&pixels, (*width, *height), png::ColorType::Grayscale)?
            } else {
                bitmap::encode(rgb, (*width, *height), png::ColorType::Rgb)?
            };
            format!(
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                 style=\"image-rendering:pixelated\" href=\"{}\"/>",
                coordinate(at.0),
                coordinate(at.1),
                *width as f64 * scale,
                *height as f64 * scale,
                data_uri("image/png", &file)
            )
        }
    };
    out.push_str(&element);
    out.push('\n');
    Ok(())
}
