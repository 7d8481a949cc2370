//! The report on the lecture: a table of claims and verdicts, a chapter a comparison, and what the slides
//! state loosely; one self-contained page a language.

mod errata;
mod figures;
pub mod phrases;
mod searches;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use askama::Template;

use super::figures::file_name;
use super::plot::{self, font_face, svg_inline};
use super::{ReportError, RunMaterial, files, wording};
use crate::claim::Language;
use crate::event::Outcome;
use crate::grid::Plan;
use crate::lecture::Ruling;
use crate::spec::RunId;
use crate::stats::claim::{Verdict, holm};

/// A comparison with its runs and its verdicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// The plan with its topic and claims.
    pub plan: Plan,
    /// The verdict on each claim.
    pub rulings: Vec<Ruling>,
    /// Which look on growing data they are: the level is that of its number.
    pub look: NonZeroU32,
    /// Its runs that have an outcome.
    pub runs: BTreeMap<RunId, RunMaterial>,
    /// What repeats it.
    pub command: String,
}

impl Chapter {
    /// Processor time of its runs.
    pub fn core_seconds(&self) -> f64 {
        let of_runs = self.runs.values().filter_map(|r| r.row.cpu_seconds);
        of_runs.sum()
    }
}

#[derive(Template)]
#[template(path = "lecture.html", config = "src/report/askama.toml")]
struct Page {
    font_face: String,
    colours: &'static str,
    theme: &'static str,
    lang: Language,
    counts: Vec<(&'static str, &'static str, usize)>,
    rows: Vec<RowView>,
    chapters: Vec<ChapterView>,
    errata: Vec<ErratumView>,
    revision: String,
    versions: Vec<String>,
    quick: bool,
}

/// A line of the opening table.
struct RowView {
    comparison: String,
    slide: String,
    claim: String,
    primary: bool,
    class: &'static str,
    verdict: &'static str,
    effect: String,
    interval: String,
    n: String,
    holm: String,
    over_all: String,
}

struct ChapterView {
    name: String,
    slide: String,
    question: String,
    setup: String,
    changes: String,
    discussion: String,
    claims: Vec<ClaimView>,
    figures: Vec<FigureView>,
    command: String,
    runs: String,
    look: Option<String>,
}

struct ClaimView {
    text: String,
    class: &'static str,
    verdict: &'static str,
    primary: bool,
    measured: String,
    interval: String,
    p: String,
    n: String,
    declared: String,
    because: String,
    reason: String,
    gaps: String,
}

struct FigureView {
    name: String,
    svg: String,
}

struct ErratumView {
    slide: String,
    says: String,
    holds: String,
}

/// Writes `lecture.en.html` and `lecture.ru.html` into a folder, with the plots beside them.
///
/// # Errors
/// A figure that cannot be drawn, a file that cannot be written.
pub fn write(chapters: &[Chapter], folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut pages = Vec::new();
    for language in Language::ALL {
        let page = page(chapters, language, folder)?;
        let path = folder.join(format!("lecture.{}.html", language.code()));
        files::replace(&path, page.as_bytes())?;
        pages.push(path);
    }
    Ok(pages)
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confirmed => "confirmed",
        Verdict::Refuted => "refuted",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn page(chapters: &[Chapter], lang: Language, folder: &Path) -> Result<String, ReportError> {
    let all = || chapters.iter().flat_map(|c| &c.rulings);
    let counts = [Verdict::Confirmed, Verdict::Refuted, Verdict::Inconclusive].map(|v| {
        let n = all().filter(|r| r.judgement.verdict() == v).count();
        (class(v), phrases::verdict(v, lang), n)
    });
    let views = chapters
        .iter()
        .map(|chapter| chapter_view(chapter, lang, folder))
        .collect::<Result<_, _>>()?;
    let mut versions: Vec<String> = Vec::new();
    let mut revision = String::new();
    for made in chapters
        .iter()
        .flat_map(|c| c.runs.values())
        .filter_map(|r| r.row.provenance.as_ref())
    {
        let line = format!("{}; {}", made.versions, made.numeric_class);
        if !versions.contains(&line) {
            versions.push(line);
        }
        revision = match made.dirty {
            true => format!(
                "{} {}",
                made.git_revision,
                lang.pick("with changes", "с изменениями")
            ),
            false => made.git_revision.clone(),
        };
    }
    let page = Page {
        font_face: font_face(),
        colours: include_str!("../templates/colours.css"),
        theme: include_str!("../templates/script/theme.js"),
        lang,
        counts: counts.to_vec(),
        rows: rows(chapters, lang),
        chapters: views,
        errata: errata::ERRATA
            .iter()
            .map(|(slide, says, holds)| ErratumView {
                slide: lang.pick(slide.0, slide.1).to_owned(),
                says: lang.pick(says.0, says.1).to_owned(),
                holds: lang.pick(holds.0, holds.1).to_owned(),
            })
            .collect(),
        revision,
        versions,
        quick: chapters.iter().any(|c| c.plan.profile == "quick"),
    };
    Ok(page.render()?)
}

/// Every claim, with Holm's correction over the primary ones, which changes no verdict.
fn rows(chapters: &[Chapter], lang: Language) -> Vec<RowView> {
    let primary = chapters.iter().flat_map(|c| &c.rulings);
    let p: Vec<f64> = primary
        .filter(|r| r.claim.primary)
        .filter_map(|r| Some(r.judgement.test?.p))
        .collect();
    let mut over_all = holm(&p).into_iter();
    let mut rows = Vec::new();
    for chapter in chapters {
        for (i, ruling) in chapter.rulings.iter().enumerate() {
            let test = ruling.judgement.test;
            let slide = chapter.plan.topic.slide.as_ref();
            rows.push(RowView {
                comparison: chapter.plan.name.clone(),
                slide: match i {
                    0 => slide.map_or(String::new(), |s| s.say(lang).to_owned()),
                    _ => String::new(),
                },
                claim: ruling.claim.text.say(lang).to_owned(),
                primary: ruling.claim.primary,
                class: class(ruling.judgement.verdict()),
                verdict: phrases::verdict(ruling.judgement.verdict(), lang),
                effect: phrases::effect(ruling),
                interval: phrases::interval(ruling, lang),
                n: phrases::units(ruling, lang),
                holm: test.map_or(String::new(), |t| p_value(t.holm)),
                over_all: match (ruling.claim.primary, test) {
                    (true, Some(_)) => over_all.next().map_or(String::new(), p_value),
                    _ => String::new(),
                },
            });
        }
    }
    rows
}

/// `0.0020`, `< 0.0001`.
fn p_value(p: f64) -> String {
    match p {
        p if p < 1e-4 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}

fn chapter_view(
    chapter: &Chapter,
    lang: Language,
    folder: &Path,
) -> Result<ChapterView, ReportError> {
    let topic = &chapter.plan.topic;
    let say = |words: &Option<crate::claim::Words>| {
        words
            .as_ref()
            .map_or(String::new(), |w| w.say(lang).to_owned())
    };
    let mut views = Vec::new();
    for (i, figure) in topic.figures.iter().enumerate() {
        let Some(scene) = figures::draw(chapter, figure, lang) else {
            continue;
        };
        let title = figure.title.say(lang);
        let name = file_name(&[&chapter.plan.name, &format!("{}", i + 1), lang.code()]);
        let failed = |source| ReportError::Plot {
            name: name.clone(),
            source,
        };
        let png = plot::png(&scene).map_err(failed)?;
        files::replace(&folder.join("plots").join(format!("{name}.png")), &png)?;
        let svg = svg_inline(&scene, title).map_err(failed)?;
        views.push(FigureView { svg, name });
    }
    Ok(ChapterView {
        name: chapter.plan.name.clone(),
        slide: say(&topic.slide),
        question: match &topic.question {
            Some(words) => words.say(lang).to_owned(),
            None => chapter.plan.question.clone().unwrap_or_default(),
        },
        setup: say(&topic.setup),
        changes: say(&topic.changes),
        discussion: say(&topic.discussion),
        claims: chapter
            .rulings
            .iter()
            .map(|r| claim_view(r, lang))
            .collect(),
        figures: views,
        command: chapter.command.clone(),
        runs: runs(chapter, lang),
        look: phrases::look(chapter.look, lang),
    })
}

fn claim_view(ruling: &Ruling, lang: Language) -> ClaimView {
    let because = ruling.claim.because.as_ref();
    ClaimView {
        text: ruling.claim.text.say(lang).to_owned(),
        class: class(ruling.judgement.verdict()),
        verdict: phrases::verdict(ruling.judgement.verdict(), lang),
        primary: ruling.claim.primary,
        measured: phrases::measured(ruling, lang),
        interval: phrases::interval(ruling, lang),
        p: ruling.judgement.test.map_or(String::new(), |t| {
            let sampled = match t.sampled {
                true => lang.pick(" (sampled)", " (по выборке)"),
                false => "",
            };
            format!("{}{sampled}, Holm {}", p_value(t.p), p_value(t.holm))
        }),
        n: phrases::units(ruling, lang),
        declared: phrases::declared(ruling.claim.expect, lang),
        because: because.map_or(String::new(), |w| w.say(lang).to_owned()),
        reason: phrases::reason(ruling, lang),
        gaps: phrases::gaps(ruling, lang),
    }
}

/// How many runs, how they ended, what they cost.
fn runs(chapter: &Chapter, lang: Language) -> String {
    let all = chapter.plan.runs.len();
    let diverged = |r: &&RunMaterial| matches!(r.row.outcome, Some(Outcome::Diverged { .. }));
    let diverged = chapter.runs.values().filter(diverged).count();
    let failed = |r: &&RunMaterial| r.row.outcome.as_ref().is_some_and(Outcome::is_failure);
    let failed = chapter.runs.values().filter(failed).count();
    let missing = all
        - chapter
            .runs
            .values()
            .filter(|r| r.row.outcome.is_some())
            .count()
            .min(all);
    let seconds = chapter.core_seconds();
    let mut text = match lang {
        Language::En => wording::count(all, "run", "runs"),
        Language::Ru => format!(
            "{all} {}",
            phrases::russian(all, ["запуск", "запуска", "запусков"])
        ),
    };
    for (n, en, ru) in [
        (diverged, "diverged", "разошлись"),
        (failed, "failed", "с ошибкой"),
        (missing, "missing", "нет"),
    ] {
        if n > 0 {
            text += &format!(", {} {n}", lang.pick(en, ru));
        }
    }
    text + &format!(
        "; {} {seconds:.0}",
        lang.pick("core-seconds", "секунд ядра:")
    )
}
