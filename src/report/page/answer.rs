//! What a sweep says, in a sentence with numbers.

use super::both::Both;
use crate::claim::Language;
use crate::report::section::Section;
use crate::report::wording::{self, number, signed};
use crate::stats::Summary;

/// Which axis matters most for the headline.
pub(super) fn answer(section: &Section<'_>) -> Both {
    Both::of(|language| sentence(section, language))
}

fn sentence(section: &Section<'_>, language: Language) -> String {
    let headline = section.headline.name;
    let all: Vec<usize> = (0..section.runs.len()).collect();
    let tally = section.tally(&all);
    if tally.done + tally.diverged == 0 {
        let (missing, failed) = (tally.missing, tally.failed);
        return match language {
            Language::En => {
                format!("No run has a value of {headline} yet: {missing} missing, {failed} failed.")
            }
            Language::Ru => format!(
                "Ни у одного запуска ещё нет значения {headline}: не выполнено {missing}, с ошибкой {failed}."
            ),
        };
    }
    if tally.done == 0 {
        let diverged = tally.diverged;
        return match language {
            Language::En => format!(
                "No answer: every run that ended diverged ({diverged}), and counts with the worst value of \
                 {headline}."
            ),
            Language::Ru => format!(
                "Ответа нет: все завершённые запуски разошлись ({diverged}) и учитываются с худшим значением \
                 {headline}."
            ),
        };
    }
    if let [cell] = section.cells.as_slice()
        && let Some(estimate) = section.summary(&cell.runs, headline)
    {
        let (value, n) = (with_interval(&estimate, language), estimate.n);
        return match language {
            Language::En => format!(
                "The one cell has a mean {headline} of {value} over {}.",
                wording::count(n, "seed", "seeds")
            ),
            Language::Ru => {
                format!("Единственная ячейка: среднее {headline} равно {value}, n = {n} по seed.")
            }
        };
    }
    if let Some(mean) = common(section) {
        let (mean, cells) = (number(mean), section.cells.len());
        return match language {
            Language::En => format!("All {cells} cells have the same mean {headline}: {mean}."),
            Language::Ru => format!("У всех ячеек ({cells}) среднее {headline} одно: {mean}."),
        };
    }
    let Some(effect) = section.largest_effect() else {
        return match language {
            Language::En => format!(
                "Nothing to compare: no two runs with a value of {headline} differ in one setting and \
                 share their seed and all others."
            ),
            Language::Ru => format!(
                "Сравнивать нечего: нет двух запусков со значением {headline}, которые различались бы одной \
                 настройкой при одном seed и равных остальных."
            ),
        };
    };
    let axis = &section.axes[effect.axis];
    let (from, to) = (&axis.values[0], &axis.values[effect.to]);
    let name = &axis.name;
    let numbers = change(&effect.difference, language);
    match (effect.difference.excludes_zero(), language) {
        (true, Language::En) => format!(
            "{name} has the largest effect on {headline} of those whose interval excludes 0: {to} instead \
             of {from} changes it by {numbers}."
        ),
        (false, Language::En) => format!(
            "No setting has an effect on {headline} whose 95 % interval excludes 0; the largest is \
             that of {name}: {to} instead of {from} changes it by {numbers}."
        ),
        (true, Language::Ru) => format!(
            "Из настроек, чей интервал не содержит 0, сильнее всего на {headline} влияет {name}: {to} вместо \
             {from} меняет значение на {numbers}."
        ),
        (false, Language::Ru) => format!(
            "Ни для одной настройки 95 %-й интервал изменения {headline} не исключает 0; сильнее всех влияет \
             {name}: {to} вместо {from} меняет значение на {numbers}."
        ),
    }
}

fn change(difference: &Summary, language: Language) -> String {
    let (mean, n) = (signed(difference.mean), difference.n);
    match (difference.interval, language) {
        (Some((low, high)), Language::En) => format!(
            "{mean} on average (95 % interval {} to {}, n = {})",
            number(low),
            number(high),
            wording::count(n, "seed", "seeds")
        ),
        (None, Language::En) => format!(
            "{mean} (n = {}: no interval)",
            wording::count(n, "seed", "seeds")
        ),
        (Some((low, high)), Language::Ru) => format!(
            "{mean} в среднем (95 %-й интервал от {} до {}, n = {n} по seed)",
            number(low),
            number(high)
        ),
        (None, Language::Ru) => format!("{mean} (n = {n} по seed, интервала нет)"),
    }
}

/// A mean with its interval, or the word that there is none.
fn with_interval(estimate: &Summary, language: Language) -> String {
    let interval = match (estimate.interval, language) {
        (Some(_), _) => wording::interval(estimate),
        (None, Language::En) => "(no interval)".to_owned(),
        (None, Language::Ru) => "(интервала нет)".to_owned(),
    };
    format!("{} {interval}", number(estimate.mean))
}

/// The mean that all cells have, where they have one.
fn common(section: &Section<'_>) -> Option<f64> {
    let mut means = section
        .cells
        .iter()
        .map(|cell| Some(section.summary(&cell.runs, section.headline.name)?.mean));
    let first = means.next()??;
    means.all(|mean| mean == Some(first)).then_some(first)
}

/// The cell with the best mean; nothing where there is one cell, or none better than another.
pub(super) fn best(section: &Section<'_>) -> Option<Both> {
    if section.cells.len() < 2 || common(section).is_some() {
        return None;
    }
    let cell = *section.ranking().first()?;
    let estimate = section.summary(&cell.runs, section.headline.name)?;
    let (words, name) = (wording::cell(section, cell), section.headline.name);
    let n = estimate.n;
    Some(Both {
        en: format!(
            "Best cell: {words}, with a mean {name} of {} over {}.",
            with_interval(&estimate, Language::En),
            wording::count(n, "seed", "seeds")
        ),
        ru: format!(
            "Лучшая ячейка: {words}; среднее {name} равно {}, n = {n} по seed.",
            with_interval(&estimate, Language::Ru)
        ),
    })
}
