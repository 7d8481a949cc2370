//! The HTML page: the data of a sweep as JSON, and the script that draws them.
//!
//! [`data`] is all that the page shows; the template holds no word of a grid but the title and the answers
//! for readers without scripts. `script/` draws: tables, plots, pictures, in both languages. Everything is in
//! the one file, which asks for nothing unless `serve` delivers it.

mod answer;
mod both;
mod curves;
mod data;
mod endings;
mod metric_texts;
mod pictures;

use askama::Template;

use super::figures::{Figure, Part};
use super::plot::{font_face, svg_inline};
use super::section::Section;
use super::{Material, ReportError};
use crate::claim::Language;
use crate::event::Sample;
use data::Data;

/// In the order in which they use each other.
const SCRIPT: &str = concat!(
    include_str!("../templates/script/theme.js"),
    include_str!("../templates/script/words.js"),
    include_str!("../templates/script/dom.js"),
    include_str!("../templates/script/state.js"),
    include_str!("../templates/script/table.js"),
    include_str!("../templates/script/settings.js"),
    include_str!("../templates/script/curves.js"),
    include_str!("../templates/script/pictures.js"),
    include_str!("../templates/script/spread.js"),
    include_str!("../templates/script/live.js"),
    include_str!("../templates/script/main.js"),
);

const STYLE: &str = concat!(
    include_str!("../templates/colours.css"),
    include_str!("../templates/report.css"),
);

#[derive(Template)]
#[template(path = "report.html", config = "src/report/askama.toml")]
struct Page<'a> {
    font_face: String,
    style: &'static str,
    script: &'static str,
    lang: &'static str,
    name: &'a str,
    question: Option<&'a str>,
    /// For readers without scripts.
    answers: Vec<(String, String)>,
    /// By section: pictures that do not change.
    statics: Vec<Static>,
    data: String,
}

/// A figure that the script takes as it is.
struct Static {
    section: usize,
    svg: String,
    caption: String,
}

/// What a page is asked to be.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The language in which it opens.
    pub language: Language,
    /// Whether it is served while the sweep may still grow.
    pub live: bool,
}

/// Fills the page.
pub(super) fn html(
    material: &Material,
    sections: &[Section<'_>],
    figures: &[Vec<Figure>],
    asked: Asked,
) -> Result<String, ReportError> {
    let answers = sections.iter().map(|section| {
        let text = answer::answer(section);
        let text = asked.language.pick(&text.en, &text.ru).to_owned();
        (section.dataset.clone(), text)
    });
    let page = Page {
        font_face: font_face(),
        style: STYLE,
        script: SCRIPT,
        lang: asked.language.code(),
        name: &material.sweep.name,
        question: material.sweep.question.as_deref(),
        answers: answers.collect(),
        statics: statics(sections, figures)?,
        data: json(material, sections, asked)?,
    };
    Ok(page.render()?)
}

/// The data of the page, as JSON that may stand in a script element: `<` is written as an escape.
pub(super) fn json(
    material: &Material,
    sections: &[Section<'_>],
    asked: Asked,
) -> Result<String, ReportError> {
    let data = Data::of(material, sections, asked.language, asked.live);
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

/// Figures of what was worked out once.
fn statics(sections: &[Section<'_>], figures: &[Vec<Figure>]) -> Result<Vec<Static>, ReportError> {
    let mut statics = Vec::new();
    for (at, (section, figures)) in sections.iter().zip(figures).enumerate() {
        let mut samples = section.runs.iter().flat_map(|run| &run.samples);
        let worked_out = samples.any(|row| matches!(row.sample, Sample::Paths(_)));
        let figure = figures.iter().find(|figure| figure.part == Part::Samples);
        if let (true, Some(figure)) = (worked_out, figure) {
            let svg =
                svg_inline(&figure.scene, &figure.title).map_err(|source| ReportError::Plot {
                    name: figure.name.clone(),
                    source,
                })?;
            statics.push(Static {
                section: at,
                svg,
                caption: figure.caption.clone(),
            });
        }
    }
    Ok(statics)
}
