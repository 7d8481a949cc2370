//! `reproduce --list`: the comparisons, their claims and what they cost.

use std::path::Path;

use super::planned;
use crate::cli::columns::{Heading, lines};
use crate::cli::experience::Experience;
use crate::cli::out;
use crate::lecture::COMPARISONS;

/// Prints the list.
pub(super) fn print(profile: &str, results: &Path) -> anyhow::Result<()> {
    let experience = Experience::of(results)?;
    let mut rows = Vec::new();
    for comparison in COMPARISONS {
        let plan = planned(comparison.name, profile, results)?.plan;
        let seconds: Option<f64> = plan
            .runs
            .iter()
            .map(|run| experience.core_seconds(&run.spec))
            .sum();
        let slide = plan.topic.slide.as_ref();
        rows.push(vec![
            comparison.name.to_owned(),
            plan.claims.len().to_string(),
            plan.runs.len().to_string(),
            seconds.map_or("-".to_owned(), |s| format!("{s:.0}")),
            slide.map_or_else(String::new, |words| words.en.clone()),
        ]);
    }
    let heading = |(name, right)| Heading { name, right };
    let headings = [
        ("comparison", false),
        ("claims", true),
        ("runs", true),
        ("core-seconds", true),
        ("slide", false),
    ];
    let text = lines(&headings.map(heading), &rows).join("\n");
    out::print(&format!("{text}\n"))?;
    out::say(
        "core-seconds are predicted from the runs that are done in this results folder; - where there are \
         none yet",
    );
    Ok(())
}
