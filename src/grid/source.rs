//! Where things are written, and how a place is shown: the line with a caret under it.

use std::fmt::{self, Write};

/// Letters of a source line shown on each side of the caret when the line is long.
const WINDOW: usize = 60;

/// Where something is written, in letters rather than bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which text: 0 is the file, the others are options of the command line.
    pub source: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1, in letters.
    pub column: usize,
    /// How many letters it takes on that line.
    pub width: usize,
}

impl Place {
    /// The beginning of the file.
    pub(super) const START: Self = Self {
        source: 0,
        line: 1,
        column: 1,
        width: 1,
    };
}

/// One text in which places lie.
#[derive(Clone, Debug, PartialEq)]
struct Source {
    /// The file's path; `None` for an option of the command line.
    file: Option<String>,
    text: String,
}

/// The file and the options that change it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// The file alone.
    pub(super) fn of_file(path: &std::path::Path, text: &str) -> Self {
        Self(vec![Source {
            file: Some(path.display().to_string()),
            text: text.to_owned(),
        }])
    }

    /// Adds an option, such as `--set k=1,3`, and returns its number.
    pub(super) fn add_option(&mut self, text: String) -> usize {
        self.0.push(Source { file: None, text });
        self.0.len() - 1
    }

    /// `grid.yaml:3:5`, or `command line`.
    pub(super) fn position(&self, place: Place) -> String {
        match self.0.get(place.source).and_then(|s| s.file.as_ref()) {
            Some(file) => format!("{file}:{}:{}", place.line, place.column),
            None => "command line".to_owned(),
        }
    }

    /// `grid.yaml:3`, or the option itself, for one-line notes.
    pub(super) fn brief(&self, place: Place) -> String {
        match self.0.get(place.source) {
            Some(Source { file: Some(f), .. }) => format!("{f}:{}", place.line),
            Some(option) => option.text.clone(),
            None => String::new(),
        }
    }

    /// The line of a place, without its end.
    pub(super) fn line(&self, place: Place) -> Option<&str> {
        let text = &self.0.get(place.source)?.text;
        let line = text.split('\n').nth(place.line.checked_sub(1)?)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// What stands at a place, as far as it is on one line.
    pub(super) fn text(&self, place: Place) -> String {
        let line = self.line(place).unwrap_or_default();
        line.chars()
            .skip(place.column - 1)
            .take(place.width)
            .collect()
    }

    /// The place with its line and a caret under it; `label` follows the caret.
    pub(super) fn show(
        &self,
        out: &mut impl Write,
        arrow: &str,
        place: Place,
        label: &str,
    ) -> fmt::Result {
        let number = match self.0.get(place.source).and_then(|s| s.file.as_ref()) {
            Some(_) => place.line.to_string(),
            None => String::new(),
        };
        let gutter = " ".repeat(number.len().max(1));
        writeln!(out, "{gutter}{arrow} {}", self.position(place))?;
        let Some(line) = self.line(place) else {
            return Ok(());
        };
        let letters: Vec<char> = line.chars().collect();
        let start = (place.column - 1).min(letters.len());
        let width = place.width.clamp(1, (letters.len() - start).max(1));
        let from = start.saturating_sub(WINDOW);
        let to = (start + width.min(WINDOW) + WINDOW).min(letters.len());
        let cut = |yes: bool| if yes { "..." } else { "" };
        // Tabs are kept in the padding, so that the caret stands under its letter.
        let padding: String = letters[from..start]
            .iter()
            .map(|&c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let shown: String = letters[from..to].iter().collect();
        writeln!(out, "{gutter} |")?;
        let text = format!("{}{shown}{}", cut(from > 0), cut(to < letters.len()));
        let numbered = format!("{number:1} | {text}");
        writeln!(out, "{}", numbered.trim_end())?;
        let carets = "^".repeat(width.min(to.saturating_sub(start).max(1)));
        let shift = " ".repeat(cut(from > 0).len());
        let under = format!("{gutter} | {shift}{padding}{carets} {label}");
        writeln!(out, "{}", under.trim_end())
    }
}
