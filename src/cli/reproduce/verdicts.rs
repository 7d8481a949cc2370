//! Verdicts as text and as JSON.

use serde_json::json;

use crate::claim::Language;
use crate::cli::columns::{Heading, lines};
use crate::lecture::{ALPHA, Ruling};
use crate::report::lecture::{Chapter, phrases};
use crate::stats::claim::{Needed, Verdict, alpha_at_look, holm};
use crate::stats::figure;

const VERDICTS: [Verdict; 3] = [Verdict::Confirmed, Verdict::Refuted, Verdict::Inconclusive];

/// The claims of one comparison with their verdicts, each with its numbers below it.
pub(super) fn text(chapter: &Chapter, language: Language) -> String {
    let mut text = String::new();
    for ruling in &chapter.rulings {
        let word = phrases::verdict(ruling.judgement.verdict(), language);
        text += &format!("  {word:<13} {}\n", ruling.claim.text.say(language));
        text += &format!("  {:<13} {}\n", "", numbers(ruling, language));
    }
    if let Some(look) = phrases::look(chapter.look, language) {
        text += &format!("  {:<13} {look}\n", "");
    }
    text.push('\n');
    text
}

/// `covered: 8 against 1, difference +7; 95 % [6.5, 7.4]; p 0.002, Holm 0.004; n = 10 seeds; shown, …`
fn numbers(ruling: &Ruling, language: Language) -> String {
    let mut parts = vec![phrases::measured(ruling, language)];
    if let Some(test) = &ruling.judgement.test {
        parts.push(format!("95 % {}", phrases::interval(ruling, language)));
        let words = language.pick("Holm", "Холм");
        parts.push(format!(
            "p {}, {words} {}",
            figure(test.p),
            figure(test.holm)
        ));
    }
    parts.push(format!("n = {}", phrases::units(ruling, language)));
    let gaps = phrases::gaps(ruling, language);
    if !gaps.is_empty() {
        parts.push(gaps);
    }
    parts.push(phrases::reason(ruling, language));
    parts.join("; ")
}

/// How many of each, and the primary claims with Holm's correction over them.
pub(super) fn summary(all: &[Chapter], language: Language) -> String {
    let primary: Vec<(&Chapter, &Ruling)> = all
        .iter()
        .filter_map(|c| Some((c, c.rulings.iter().find(|ruling| ruling.claim.primary)?)))
        .collect();
    let p: Vec<f64> = primary
        .iter()
        .filter_map(|(_, ruling)| Some(ruling.judgement.test?.p))
        .collect();
    let mut over_all = holm(&p).into_iter();
    let rows: Vec<Vec<String>> = primary
        .iter()
        .map(|(chapter, ruling)| {
            vec![
                chapter.plan.name.clone(),
                phrases::verdict(ruling.judgement.verdict(), language).to_owned(),
                match ruling.judgement.test {
                    Some(_) => over_all.next().map_or("-".to_owned(), figure),
                    None => language.pick("exact", "точно").to_owned(),
                },
                format!("{:.0}", chapter.core_seconds()),
                ruling.claim.text.say(language).to_owned(),
            ]
        })
        .collect();
    let heads = [
        language.pick("comparison", "сравнение"),
        language.pick("verdict", "вердикт"),
        language.pick("Holm p over all", "p Холма по всем"),
        language.pick("core-s", "с ядра"),
        language.pick("primary claim", "главное утверждение"),
    ];
    let heading = |(i, name)| Heading {
        name,
        right: i == 3,
    };
    let heads: Vec<Heading<'_>> = heads.into_iter().enumerate().map(heading).collect();
    let mut text = lines(&heads, &rows).join("\n");
    let count = |of: Verdict| {
        let rulings = all.iter().flat_map(|c| &c.rulings);
        rulings.filter(|r| r.judgement.verdict() == of).count()
    };
    let counts = VERDICTS.map(|v| format!("{} {}", count(v), phrases::verdict(v, language)));
    text += &format!("\n\n{}\n", counts.join(", "));
    text
}

/// Everything as JSON.
pub(super) fn json(all: &[Chapter]) -> serde_json::Value {
    let of = |chapter: &Chapter| {
        let claims: Vec<_> = chapter.rulings.iter().map(claim_as_json).collect();
        json!({
            "comparison": chapter.plan.name,
            "profile": chapter.plan.profile,
            "core_seconds": chapter.core_seconds(),
            "look": chapter.look,
            "alpha": alpha_at_look(ALPHA, chapter.look),
            "claims": claims,
        })
    };
    json!({ "comparisons": all.iter().map(of).collect::<Vec<_>>() })
}

fn claim_as_json(ruling: &Ruling) -> serde_json::Value {
    let Ruling {
        claim,
        found,
        judgement,
    } = ruling;
    // JSON has no infinity: an end that bounds nothing is null.
    let finite = |x: f64| x.is_finite().then_some(x);
    json!({
        "name": claim.name,
        "text": { "en": claim.text.en, "ru": claim.text.ru },
        "primary": claim.primary,
        "metric": claim.a.metric,
        "tested": claim.expect.is_tested(),
        "verdict": phrases::verdict(judgement.verdict(), Language::En),
        "reason": phrases::reason(ruling, Language::En),
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
