//! The embedded font: its registration with plotters, and the size of text.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::PlotError;
use crate::report::data_uri::data_uri;

/// The family's name, in plotters and in CSS.
pub(super) const FAMILY: &str = "DejaVu Sans";

const TRUETYPE: &[u8] = include_bytes!("../font/DejaVuSans.ttf");
const WOFF2: &[u8] = include_bytes!("../font/DejaVuSans.woff2");

/// plotters scales a font so that ascent plus descent, not the em, have the given size. Those of
/// DejaVu Sans are 1901 and 483 of 2048 units (`hhea` table).
const LINE_PER_EM: f64 = (1901.0 + 483.0) / 2048.0;

/// The em at which text is measured: plotters rounds widths to whole pixels.
const MEASURED_EM: f64 = 200.0;

/// Makes the font known to plotters, once a process.
pub(super) fn register() -> Result<(), PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let fine =
        *REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, TRUETYPE).is_ok());
    if fine { Ok(()) } else { Err(PlotError::Font) }
}

/// The font with an em of that many pixels.
pub(super) fn font(em: f64) -> FontDesc<'static> {
    FontDesc::new(
        FontFamily::Name(FAMILY),
        em * LINE_PER_EM,
        FontStyle::Normal,
    )
}

/// How far below the place of a text plotters puts its base line: half the size it was given.
pub(super) fn baseline(em: f64) -> f64 {
    em * LINE_PER_EM / 2.0
}

/// The CSS rule that brings the font along.
pub(in crate::report) fn font_face() -> String {
    let font = data_uri("font/woff2", WOFF2);
    format!("@font-face{{font-family:\"{FAMILY}\";src:url({font}) format(\"woff2\")}}")
}

/// The width of a line of text.
pub(in crate::report) fn text_width(text: &str, em: f64) -> f64 {
    // Without the font nothing can be drawn at all, and drawing says so.
    let width = register()
        .ok()
        .and_then(|()| font(MEASURED_EM).box_size(text).ok())
        .map_or(0, |(width, _)| width);
    f64::from(width) * em / MEASURED_EM
}

/// The text, shortened with an ellipsis where it is too wide.
pub(in crate::report) fn fit(text: &str, em: f64, width: f64) -> String {
    if text_width(text, em) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let short: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if text_width(&short, em) <= width {
            return short;
        }
    }
    String::new()
}

/// The text in at most `most` lines, broken at spaces; the last one is shortened.
pub(in crate::report) fn wrap(text: &str, em: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let room = lines.len() < most;
        match lines.last_mut() {
            Some(line) if !room || text_width(&format!("{line} {word}"), em) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fit(line, em, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Advance widths of DejaVu Sans (`hmtx`): 'i' 569, 'W' 2025, 'Ж' 2206 of 2048 units.
    #[test]
    fn widths_are_those_of_the_font() {
        for (text, units) in [("i", 569.0), ("W", 2025.0), ("Ж", 2206.0)] {
            let width = text_width(text, 20.0);
            assert!(
                (width - 20.0 * units / 2048.0).abs() < 0.2,
                "{text}: {width}"
            );
        }
    }

    #[test]
    fn long_text_is_shortened_and_wrapped() {
        assert_eq!(fit("covered", 20.0, 500.0), "covered");
        let short = fit("covered modes of a ring", 20.0, 100.0);
        assert!(
            short.ends_with('…') && text_width(&short, 20.0) <= 100.0,
            "{short}"
        );
        assert_eq!(
            wrap("non saturating", 20.0, 90.0, 2),
            ["non", "saturating"].map(|w| fit(w, 20.0, 90.0))
        );
        assert_eq!(wrap("a b c d", 20.0, 40.0, 1).len(), 1);
    }
}
