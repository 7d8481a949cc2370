//! What a report draws of a section.

mod against;
pub(super) mod curves;
pub(super) mod density;
mod heat;
mod paths;
pub(super) mod picture;
mod points;
pub(super) mod samples;
pub(super) mod steps;

use super::plot::{Anchor, Colour, Scene, wrap};
use super::section::Section;

/// A figure with its words.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    /// The files' name without ending.
    pub name: String,
    /// Its title, also drawn in it.
    pub title: String,
    /// How to read it: what is averaged, over what, what is left out.
    pub caption: String,
    /// What is drawn.
    pub scene: Scene,
    /// Where in the page it goes.
    pub part: Part,
}

/// The parts of a section in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The headline against every axis, and pairs of axes.
    Settings,
    /// What G makes.
    Samples,
    /// Over the steps.
    Curves,
    /// The other metrics.
    Others,
}

/// The width of a figure, in CSS pixels: half a full-HD projector, so that a PNG fills one.
pub(super) const WIDTH: f64 = 960.0;

/// Margin around a figure.
pub(super) const MARGIN: f64 = 24.0;

/// The em of titles.
const TITLE: f64 = 24.0;

/// The em of other text.
pub(super) const TEXT: f64 = 17.0;

/// All figures of a section.
pub(super) fn figures(section: &Section<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    figures.extend(against::headline(section));
    figures.extend(heat::maps(section));
    figures.extend(samples::samples(section));
    figures.extend(curves::curves(section));
    figures.extend(against::others(section));
    figures
}

/// A file name from words: what is not a letter, a digit or a dot becomes a hyphen. A long one is
/// cut and ends in a hash of the whole.
pub(super) fn file_name(words: &[&str]) -> String {
    /// File systems take 255 bytes; a letter has at most four.
    const LONGEST: usize = 50;
    let words = words.join("-");
    let mut name = String::new();
    for c in words.chars() {
        if c.is_alphanumeric() || c == '.' || c == '_' {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    if name.chars().count() > LONGEST {
        let kept: String = name.chars().take(LONGEST - 9).collect();
        name = format!("{kept}-{}", &blake3::hash(words.as_bytes()).to_hex()[..8]);
    }
    name.trim_matches(['-', '.']).to_owned()
}

/// Writes the title and, smaller, lines below it; returns where the plot may begin.
pub(super) fn heading(scene: &mut Scene, title: &str, below: &[&str]) -> f64 {
    let room = scene.width - 2.0 * MARGIN;
    let mut y = MARGIN;
    for line in wrap(title, TITLE, room, 2) {
        y += TITLE;
        scene.text((MARGIN, y), line, TITLE, Colour::Ink, Anchor::Start);
        y += 0.25 * TITLE;
    }
    for text in below.iter().filter(|text| !text.is_empty()) {
        for line in wrap(text, TEXT, room, 2) {
            y += 1.3 * TEXT;
            scene.text((MARGIN, y), line, TEXT, Colour::Muted, Anchor::Start);
        }
    }
    y + 0.8 * TEXT
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn file_names_are_plain_and_short() {
        assert_eq!(
            file_name(&["ring8", "covered", "by", "lr, betas"]),
            "ring8-covered-by-lr-betas"
        );
        assert_eq!(file_name(&["../a/b", "по"]), "a-b-по");
        let long = [
            file_name(&[&"key, ".repeat(40)]),
            file_name(&[&"key, ".repeat(41)]),
        ];
        assert!(
            long.iter().all(|name| name.chars().count() <= 50),
            "{long:?}"
        );
        assert_ne!(long[0], long[1]);
    }
}
