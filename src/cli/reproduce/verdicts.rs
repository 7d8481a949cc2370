//! Verdicts as text and as JSON.

use serde_json::json;

use super::{Language, Ruled};
use crate::claim::{Expect, Unit, Words};
use crate::cli::columns::{Heading, lines};
use crate::lecture::Ruling;
use crate::stats::claim::{Needed, Reason, Verdict, holm};
use crate::stats::figure;

/// In a language.
pub(super) fn say(words: &Words, language: Language) -> &str {
    match language {
        Language::En => &words.en,
        Language::Ru => &words.ru,
    }
}

/// The word of a verdict.
fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match (verdict, language) {
        (Verdict::Confirmed, Language::En) => "confirmed",
        (Verdict::Refuted, Language::En) => "refuted",
        (Verdict::Inconclusive, Language::En) => "inconclusive",
        (Verdict::Confirmed, Language::Ru) => "подтверждено",
        (Verdict::Refuted, Language::Ru) => "опровергнуто",
        (Verdict::Inconclusive, Language::Ru) => "не решено",
    }
}

/// The claims of one comparison with their verdicts, each with its numbers below it.
pub(super) fn text(ruled: &Ruled, language: Language) -> String {
    let mut text = String::new();
    for ruling in &ruled.rulings {
        let word = verdict(ruling.judgement.verdict(), language);
        text += &format!("  {word:<13} {}\n", say(&ruling.claim.text, language));
        text += &format!("  {:<13} {}\n", "", numbers(ruling));
    }
    text.push('\n');
    text
}

/// `a 8, b 1: difference 7 [6.5, 7.4], n = 10 seeds, p 0.002 (Holm 0.004)`
fn numbers(ruling: &Ruling) -> String {
    let Ruling { claim, found, judgement } = ruling;
    let mut parts = Vec::new();
    match (claim.expect, found.means.as_slice()) {
        (_, []) => parts.push("no values".to_owned()),
        (Expect::Increasing { .. } | Expect::Decreasing { .. }, means) => {
            let levels = found.levels.iter().zip(means).map(|(l, m)| format!("{l}: {}", figure(*m)));
            let levels: Vec<String> = levels.collect();
            parts.push(abridged(&levels));
            if let Some(tau) = judgement.estimate {
                parts.push(format!("tau {}", figure(tau)));
            }
        }
        (_, [mean]) => parts.push(format!("{} {}", claim.a.metric, figure(*mean))),
        (_, [a, b, ..]) => {
            let estimate = judgement.estimate.map_or("-".to_owned(), figure);
            parts.push(format!(
                "{} {} against {}: difference {estimate}",
                claim.a.metric,
                figure(*a),
                figure(*b)
            ));
        }
    }
    if let Some(test) = &judgement.test {
        let (low, high) = test.interval;
        parts.push(match low.is_finite() && high.is_finite() {
            true => format!("95 % [{}, {}]", figure(low), figure(high)),
            false => "95 % interval unbounded".to_owned(),
        });
        parts.push(format!("p {} (Holm {})", figure(test.p), figure(test.holm)));
    }
    parts.push(format!("n = {} {}", judgement.n, unit(claim.unit, claim.expect)));
    if judgement.ties > 0 {
        parts.push(format!("{} tied", judgement.ties));
    }
    for (count, word) in [
        (found.missing, "missing"),
        (found.not_finite, "not finite"),
        (found.diverged, "diverged"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.push(reason(judgement.reason, ruling));
    parts.join("; ")
}

/// The first and the last of a long list.
fn abridged(items: &[String]) -> String {
    const MOST: usize = 6;
    match items.len() {
        0..=MOST => items.join(", "),
        n => format!("{}, ..., {}", items[..3].join(", "), items[n - 2..].join(", ")),
    }
}

fn unit(unit: Unit, expect: Expect) -> &'static str {
    match (expect, unit) {
        (Expect::Exact { .. }, _) => "values",
        (_, Unit::Seed) => "seeds",
        (_, Unit::Image) => "draws of images",
        (_, Unit::Configuration) => "configurations",
    }
}

/// Why the verdict is what it is, with what would decide it.
fn reason(reason: Reason, ruling: &Ruling) -> String {
    let effect = match ruling.claim.expect {
        Expect::Above { min_effect }
        | Expect::Below { min_effect }
        | Expect::Increasing { min_effect }
        | Expect::Decreasing { min_effect } => min_effect,
        Expect::Equivalent { within } | Expect::Value { within, .. } | Expect::Exact { within, .. } => within,
    };
    let effect = figure(effect);
    let words = match reason {
        Reason::EffectShown => format!("the effect is at least {effect}"),
        Reason::WithinMargin => format!("within {effect}"),
        Reason::RiseShown => format!("end to end by at least {effect}"),
        Reason::WithinTolerance => format!("within {effect}"),
        Reason::Reversal => "the other way round".to_owned(),
        Reason::IntervalBelowMinEffect => format!("the effect is below {effect}"),
        Reason::OutsideMargin | Reason::OutsideTolerance => format!("not within {effect}"),
        Reason::NoUnits => "nothing to judge by".to_owned(),
        Reason::TooFewUnits => "too few to show anything".to_owned(),
        Reason::NotSignificant => "chance explains it".to_owned(),
        Reason::EffectTooSmall => format!("not zero, but maybe below {effect}"),
        Reason::AdjacentReversal { at } => format!(
            "it falls by more than {effect} after {}",
            ruling.found.levels.get(at).map_or("one level", String::as_str)
        ),
    };
    match ruling.judgement.needed {
        Some(Needed::At(n)) => format!("{words}; 80 % power needs about {n}"),
        Some(Needed::MoreThan200) => format!("{words}; 80 % power needs more than 200"),
        Some(Needed::Unknown) | None => words,
    }
}

/// How many of each, and the primary claims with Holm's correction over them.
pub(super) fn summary(all: &[Ruled], language: Language) -> String {
    let unnamed = |name| Heading { name, right: false };
    let primary: Vec<(&Ruled, &Ruling)> = all
        .iter()
        .filter_map(|r| Some((r, r.rulings.iter().find(|ruling| ruling.claim.primary)?)))
        .collect();
    let p: Vec<f64> = primary
        .iter()
        .filter_map(|(_, ruling)| Some(ruling.judgement.test?.p))
        .collect();
    let mut over_all = holm(&p).into_iter();
    let rows: Vec<Vec<String>> = primary
        .iter()
        .map(|(ruled, ruling)| {
            let tested = ruling.judgement.test.is_some();
            vec![
                ruled.planned.name.clone(),
                verdict(ruling.judgement.verdict(), language).to_owned(),
                match tested {
                    true => over_all.next().map_or("-".to_owned(), figure),
                    false => "exact".to_owned(),
                },
                say(&ruling.claim.text, language).to_owned(),
            ]
        })
        .collect();
    let heads = match language {
        Language::En => ["comparison", "verdict", "Holm p over all", "primary claim"],
        Language::Ru => ["сравнение", "вердикт", "p Холма по всем", "главное утверждение"],
    };
    let mut text = lines(&heads.map(unnamed), &rows).join("\n");
    let count = |of: Verdict| {
        let rulings = all.iter().flat_map(|r| &r.rulings);
        rulings.filter(|r| r.judgement.verdict() == of).count()
    };
    let counts = [Verdict::Confirmed, Verdict::Refuted, Verdict::Inconclusive]
        .map(|v| format!("{} {}", count(v), verdict(v, language)));
    text += &format!("\n\n{}\n", counts.join(", "));
    text
}

/// Everything as JSON.
pub(super) fn json(all: &[Ruled]) -> serde_json::Value {
    let of = |ruled: &Ruled| {
        let claims: Vec<_> = ruled.rulings.iter().map(claim_as_json).collect();
        json!({
            "comparison": ruled.planned.name,
            "profile": ruled.planned.plan.profile,
            "claims": claims,
        })
    };
    json!({ "comparisons": all.iter().map(of).collect::<Vec<_>>() })
}

fn claim_as_json(ruling: &Ruling) -> serde_json::Value {
    let Ruling { claim, found, judgement } = ruling;
    // JSON has no infinity: an end that bounds nothing is null.
    let finite = |x: f64| x.is_finite().then_some(x);
    json!({
        "name": claim.name,
        "text": { "en": claim.text.en, "ru": claim.text.ru },
        "primary": claim.primary,
        "metric": claim.a.metric,
        "verdict": verdict(judgement.verdict(), Language::En),
        "reason": format!("{:?}", judgement.reason),
        "means": found.means,
        "levels": found.levels,
        "estimate": judgement.estimate,
        "interval": judgement.test.map(|t| [finite(t.interval.0), finite(t.interval.1)]),
        "p": judgement.test.map(|t| t.p),
        "holm_p": judgement.test.map(|t| t.holm),
        "n": judgement.n,
        "ties": judgement.ties,
        "missing": found.missing,
        "not_finite": found.not_finite,
        "diverged": found.diverged,
        "needed": match judgement.needed {
            Some(Needed::At(n)) => json!(n),
            Some(Needed::MoreThan200) => json!("more than 200"),
            Some(Needed::Unknown) | None => json!(null),
        },
    })
}
