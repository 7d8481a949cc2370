//! What is said of a verdict, in both languages.

use std::num::NonZeroU32;

use crate::claim::{At, Claim, Expect, Language, Success, Unit};
use crate::lecture::{ALPHA, Ruling};
use crate::report::wording::{number, signed};
use crate::stats::claim::{Needed, Reason, Verdict, alpha_at_look};

/// The word of a verdict.
pub fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Confirmed => language.pick("confirmed", "подтверждено"),
        Verdict::Refuted => language.pick("refuted", "опровергнуто"),
        Verdict::Inconclusive => language.pick("inconclusive", "не решено"),
    }
}

/// What a further look on growing data costs; `None` at the first, which costs nothing.
pub fn look(look: NonZeroU32, language: Language) -> Option<String> {
    let alpha = number(alpha_at_look(ALPHA, look));
    (look.get() > 1).then(|| match language {
        Language::En => {
            format!(
                "look {look} at these claims, on more units than before: tested at level {alpha}"
            )
        }
        Language::Ru => format!(
            "просмотр {look} этих утверждений, на большем числе единиц: уровень значимости {alpha}"
        ),
    })
}

/// What was measured: `covered: 8 against 1.2, difference +6.8`.
pub fn measured(ruling: &Ruling, language: Language) -> String {
    let Ruling {
        claim,
        found,
        judgement,
    } = ruling;
    let metric = quantity(claim, language);
    let estimate = judgement.estimate;
    match (claim.expect, found.means.as_slice()) {
        (_, []) => language.pick("no values", "значений нет").to_owned(),
        (Expect::Increasing { .. } | Expect::Decreasing { .. }, means) => {
            let levels = found.levels.iter().zip(means);
            let levels: Vec<String> = levels
                .map(|(l, m)| format!("{l}: {}", number(*m)))
                .collect();
            format!("{metric}: {}", abridged(&levels))
        }
        (Expect::Exact { .. }, _) => {
            let farthest = language.pick("farthest value", "самое далёкое значение");
            format!(
                "{metric}: {farthest} {}",
                estimate.map_or("–".to_owned(), number)
            )
        }
        (Expect::Between { .. }, [between, within, ..]) => {
            let (between, within) = (number(*between), number(*within));
            let sides = match language {
                Language::En => {
                    format!("{between} between configurations, {within} between seeds")
                }
                Language::Ru => {
                    format!("между конфигурациями {between}, между seed {within}")
                }
            };
            let difference = language.pick("difference", "разность");
            format!("{metric}: {sides}, {difference} {}", sign(claim, estimate))
        }
        (_, [mean]) => format!("{metric}: {}", number(*mean)),
        (_, [a, b, ..]) => {
            let against = language.pick("against", "против");
            let sides = format!("{metric}: {} {against} {}", number(*a), number(*b));
            match claim.success {
                Some(success) => {
                    let better = match success {
                        Success::AtLeast(bound) => format!("≥ {}", number(bound)),
                        Success::AtMost(bound) => format!("≤ {}", number(bound)),
                    };
                    let words = language.pick("difference of the shares", "разность долей");
                    format!("{sides}; {words} {better} {}", sign(claim, estimate))
                }
                None => format!(
                    "{sides}, {} {}",
                    language.pick("difference", "разность"),
                    sign(claim, estimate)
                ),
            }
        }
    }
}

/// The estimate with its sign, as a − b.
fn sign(claim: &Claim, estimate: Option<f64>) -> String {
    let sign = match claim.expect {
        Expect::Below { .. } | Expect::Decreasing { .. } => -1.0,
        _ => 1.0,
    };
    estimate.map_or("–".to_owned(), |x| signed(sign * x))
}

/// The quantity, and when it is read.
fn quantity(claim: &Claim, language: Language) -> String {
    let arm = &claim.a;
    let mut text = match arm.log10 {
        true => format!("log₁₀ {}", arm.metric),
        false => arm.metric.clone(),
    };
    if let Some(b) = claim.b.as_ref().filter(|b| b.metric != arm.metric) {
        text += &format!(" / {}", b.metric);
    }
    let when = match arm.at {
        At::Last => return text,
        At::First => language.pick("first", "в начале").to_owned(),
        At::Max => language.pick("largest", "наибольшее").to_owned(),
        At::Min => language.pick("smallest", "наименьшее").to_owned(),
        At::Mean => language
            .pick("mean over the run", "среднее за запуск")
            .to_owned(),
        At::MeanOfLast(n) => match language {
            Language::En => format!("mean of the last {n}"),
            Language::Ru => format!("среднее последних {n}"),
        },
        At::Slope => language
            .pick("slope (Kendall's tau)", "наклон (тау Кендалла)")
            .to_owned(),
        At::Switches => language.pick("switches", "смены").to_owned(),
        At::Step(step) => match language {
            Language::En => format!("at step {step}"),
            Language::Ru => format!("на шаге {step}"),
        },
        At::Freeze => language
            .pick("when G was frozen", "при заморозке G")
            .to_owned(),
        At::EqualFlops => language
            .pick("at equal operations", "при равном числе операций")
            .to_owned(),
    };
    text += &format!(", {when}");
    if let Some(b) = claim.b.as_ref().filter(|b| b.at != arm.at) {
        let step = match b.at {
            At::Last => language.pick("last", "в конце").to_owned(),
            At::Step(step) => format!("{} {step}", language.pick("step", "шаг")),
            other => format!("{other:?}"),
        };
        text += &format!(" / {step}");
    }
    text
}

/// The first and the last of a long list.
fn abridged(items: &[String]) -> String {
    const MOST: usize = 6;
    match items.len() {
        0..=MOST => items.join(", "),
        n => format!(
            "{}, …, {}",
            items[..3].join(", "),
            items[n - 2..].join(", ")
        ),
    }
}

/// The interval of the claim's own test; of a trend that of its tau.
pub fn interval(ruling: &Ruling, language: Language) -> String {
    let Some(test) = &ruling.judgement.test else {
        return language.pick("exact", "точно").to_owned();
    };
    let (mut low, mut high) = test.interval;
    if matches!(
        ruling.claim.expect,
        Expect::Below { .. } | Expect::Decreasing { .. }
    ) {
        (low, high) = (-high, -low);
    }
    if !(low.is_finite() && high.is_finite()) {
        return language.pick("unbounded", "не ограничен").to_owned();
    }
    let ends = format!("[{}, {}]", number(low), number(high));
    match ruling.claim.expect {
        Expect::Increasing { .. } | Expect::Decreasing { .. } => format!("τ ∈ {ends}"),
        _ => ends,
    }
}

/// The effect in one number, for the opening table.
pub fn effect(ruling: &Ruling) -> String {
    match (ruling.claim.expect, ruling.judgement.estimate) {
        (_, None) => "–".to_owned(),
        (Expect::Increasing { .. } | Expect::Decreasing { .. }, _) => ruling
            .judgement
            .curve
            .as_ref()
            .map_or("–".to_owned(), |curve| {
                sign(&ruling.claim, Some(curve.change))
            }),
        (Expect::Value { .. } | Expect::Exact { .. }, Some(x)) => number(x),
        (_, estimate) => sign(&ruling.claim, estimate),
    }
}

/// `10 seeds`.
pub fn units(ruling: &Ruling, language: Language) -> String {
    let n = ruling.judgement.n;
    let (one, many, ru) = match (ruling.claim.expect, ruling.claim.unit) {
        (Expect::Exact { .. }, _) => ("value", "values", ["значение", "значения", "значений"]),
        (_, Unit::Seed) => ("seed", "seeds", ["seed", "seed", "seed"]),
        (_, Unit::Image) => (
            "draw of images",
            "draws of images",
            [
                "выборка изображений",
                "выборки изображений",
                "выборок изображений",
            ],
        ),
        (Expect::Between { .. }, _) => (
            "pair of configurations",
            "pairs of configurations",
            ["пара конфигураций", "пары конфигураций", "пар конфигураций"],
        ),
        (_, Unit::Configuration) => (
            "configuration",
            "configurations",
            ["конфигурация", "конфигурации", "конфигураций"],
        ),
    };
    match language {
        Language::En => format!("{n} {}", if n == 1 { one } else { many }),
        Language::Ru => format!("{n} {}", russian(n, ru)),
    }
}

/// The form of a Russian noun after a number: 1, 2 to 4, many.
pub fn russian(n: usize, [one, few, many]: [&str; 3]) -> &str {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// What is not there, or counts otherwise.
pub fn gaps(ruling: &Ruling, language: Language) -> String {
    let found = &ruling.found;
    let mut parts = Vec::new();
    let mut add = |count: usize, en: &str, ru: &str| {
        if count > 0 {
            parts.push(format!("{} {count}", language.pick(en, ru)));
        }
    };
    add(ruling.judgement.ties, "ties:", "совпадений:");
    add(found.missing, "missing runs:", "нет запусков:");
    add(found.not_finite, "not finite:", "не конечно:");
    add(
        found.diverged,
        "diverged, counted with the worst value:",
        "разошлись, учтены с худшим значением:",
    );
    add(found.left_out, "left out:", "не учтено:");
    if ruling.judgement.equal && ruling.judgement.test.is_some() {
        parts.push(
            language
                .pick(
                    "all units gave the same value",
                    "все единицы дали одно значение",
                )
                .to_owned(),
        );
    }
    parts.join("; ")
}

/// The size of effect or margin that was declared.
pub fn declared(expect: Expect, language: Language) -> String {
    let at_least = language.pick("at least", "не менее");
    let within = language.pick("within", "в пределах");
    match expect {
        Expect::Above { min_effect } => format!("a > b, {at_least} {}", plain(min_effect)),
        Expect::Below { min_effect } => format!("a < b, {at_least} {}", plain(min_effect)),
        Expect::Equivalent { within: m } => format!("|a − b| {within} {}", plain(m)),
        Expect::Value { of, within: m } | Expect::Exact { of, within: m } => {
            format!("{} ± {}", plain(of), plain(m))
        }
        Expect::Between { min_effect } => format!(
            "{}, {at_least} {}",
            language.pick(
                "between configurations > between seeds",
                "между конфигурациями > между seed"
            ),
            plain(min_effect)
        ),
        Expect::Increasing { min_effect } => {
            format!(
                "{}, {at_least} {}",
                language.pick("rises", "растёт"),
                plain(min_effect)
            )
        }
        Expect::Decreasing { min_effect } => {
            format!(
                "{}, {at_least} {}",
                language.pick("falls", "убывает"),
                plain(min_effect)
            )
        }
    }
}

/// A number that somebody wrote down, with no more digits than they did.
fn plain(x: f64) -> String {
    crate::param::Value::Float(x).to_string().replace('-', "−")
}

/// Why the verdict is what it is, with what would decide it.
pub fn reason(ruling: &Ruling, language: Language) -> String {
    let words = match ruling.judgement.reason {
        Reason::EffectShown => language.pick(
            "shown, and the estimate reaches the declared effect",
            "показано, и оценка достигает объявленного эффекта",
        ),
        Reason::WithinMargin => language.pick(
            "shown to lie within the margin",
            "показано, что лежит в пределах",
        ),
        Reason::RiseShown => language.pick(
            "the trend is shown and reaches the declared change",
            "тренд показан и достигает объявленного изменения",
        ),
        Reason::WithinTolerance => language.pick("within the tolerance", "в пределах допуска"),
        Reason::Reversal => language.pick("it is the other way round", "всё наоборот"),
        Reason::IntervalBelowMinEffect => language.pick(
            "the whole interval is below the declared effect",
            "весь интервал ниже объявленного эффекта",
        ),
        Reason::OutsideMargin => language.pick(
            "the interval lies outside the margin",
            "интервал лежит вне пределов",
        ),
        Reason::OutsideTolerance => language.pick("outside the tolerance", "вне допуска"),
        Reason::NoUnits => language.pick("there is nothing to judge by", "судить не по чему"),
        Reason::TooFewUnits => language.pick(
            "too few to show anything",
            "слишком мало, чтобы что-либо показать",
        ),
        Reason::NotSignificant => language.pick("chance explains it", "это объяснимо случайностью"),
        Reason::EffectTooSmall => language.pick(
            "there is a difference, but it may be smaller than declared",
            "различие есть, но может быть меньше объявленного",
        ),
        Reason::AdjacentReversal { at } => {
            let level = ruling.found.levels.get(at).map_or("", String::as_str);
            return match language {
                Language::En => {
                    format!("a trend, but it turns by more than the declared change after {level}")
                }
                Language::Ru => format!(
                    "тренд есть, но после {level} он обращается больше чем на объявленное изменение"
                ),
            };
        }
    };
    let needed = match ruling.judgement.needed {
        None => return words.to_owned(),
        Some(Needed::At(n)) => match language {
            Language::En => format!("80 % power needs about {n}"),
            Language::Ru => format!("для мощности 80 % нужно около {n}"),
        },
        Some(Needed::MoreThan200) => language
            .pick(
                "80 % power needs more than 200",
                "для мощности 80 % нужно более 200",
            )
            .to_owned(),
        Some(Needed::Unknown) => language
            .pick(
                "how many would decide it is not known",
                "сколько нужно для решения, неизвестно",
            )
            .to_owned(),
    };
    format!("{words}; {needed}")
}

#[cfg(test)]
mod tests {
    use super::russian;

    #[test]
    fn russian_nouns_agree_with_their_number() {
        let of = |n| russian(n, ["запуск", "запуска", "запусков"]);
        let found = [1, 2, 5, 11, 12, 21, 22, 25, 111, 101].map(of);
        let (one, few, many) = ("запуск", "запуска", "запусков");
        assert_eq!(
            found,
            [one, few, many, many, many, one, few, many, many, one]
        );
    }
}
