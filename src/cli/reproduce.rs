//! `gan-sweep reproduce`: the lecture, claim by claim.

mod listing;
mod verdicts;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::bar::Bar;
use super::run::{How, Missing, missing, train};
use super::{Exit, out};
use crate::claim::Language;
use crate::dataset;
use crate::exec::Interrupt;
use crate::grid::{self, Plan};
use crate::lecture::{self, COMPARISONS, Histories, History};
use crate::provenance::provenance;
use crate::report::lecture::Chapter;
use crate::report::{self, Material, RunMaterial};
use crate::spec::RunId;
use crate::store::{Reader, Writer};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep reproduce --list
  gan-sweep reproduce nash --profile quick  # one comparison of the lecture, small
  gan-sweep reproduce claims.yaml           # of `gan-sweep init claims.yaml --template claims`";

/// Reproduce the lecture: run the experiment behind each claim and say whether the claim holds
///
/// A comparison is a grid with claims that were declared before it was run. Runs that are done are never
/// trained again; asking again after an interruption goes on, to the same bits.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Comparisons by name, or files of your own (--list shows those of the lecture)
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// All comparisons of the lecture
    #[arg(long, conflicts_with_all = ["names", "list"])]
    all: bool,
    /// List the comparisons, their claims and what they cost
    #[arg(long)]
    list: bool,
    /// quick: everything once, with two seeds, confirms nothing; standard: the verdicts; full: the size of
    /// the papers
    #[arg(long, value_name = "NAME", default_value = "standard")]
    profile: String,
    /// The language of what is printed
    #[arg(long, value_name = "en|ru", value_parser = super::language, default_value = "en")]
    lang: Language,
    /// Do not draw the report
    #[arg(long)]
    no_report: bool,
    /// Print the verdicts as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    how: How,
}

/// A comparison with its plan.
pub(super) struct Planned {
    pub name: String,
    pub plan: Plan,
    /// Whether it is one of the lecture's.
    pub is_known: bool,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    if args.list {
        listing::print(&args.profile, results)?;
        return Ok(Exit::Done);
    }
    let chosen = chosen(args, results)?;
    for planned in &chosen {
        lecture::check(&planned.plan)?;
        for note in &planned.plan.notes {
            // Those of the lecture were looked at when they were written.
            if !args.how.hands.quiet && !planned.is_known {
                out::say(&format!("note: {note}"));
            }
        }
    }
    let writer = Writer::open(results, provenance())?;
    for note in writer.notes() {
        out::say(&format!("note: {note}"));
    }
    missing::clear_checkpoints(&writer, results)?;
    let policy = args.how.policy.policy(results);
    let interrupt = Interrupt::on_signals()?;
    let mut ruled = Vec::new();
    let mut failed = 0;
    let count = chosen.len();
    for (i, planned) in chosen.into_iter().enumerate() {
        writer.plan(&planned.plan)?;
        let jobs: Missing =
            missing::missing(&planned.plan, &writer, results, &policy, &BTreeMap::new())?;
        if !args.how.hands.quiet {
            out::say(&format!(
                "[{}/{count}] {}: {}",
                i + 1,
                planned.name,
                super::run::what_is_to_do(
                    planned.plan.runs.len(),
                    jobs.count(),
                    planned.plan.runs.len()
                )
            ));
        }
        let sender = writer.sender();
        let hands = args.how.hands;
        let tally = train(hands, results, &jobs, &policy, &sender, &interrupt);
        drop(sender);
        let tally = match tally {
            Ok(tally) => tally,
            Err(error) => {
                // The writer knows why nothing could be recorded any more.
                writer.close()?;
                return Err(error);
            }
        };
        failed += tally.failed;
        if tally.left > 0 {
            writer.close()?;
            out::say("interrupted: the same command goes on");
            return Ok(Exit::Interrupted);
        }
        // Under the quick profile nothing can be confirmed: no look is spent.
        let look = match planned.plan.profile == lecture::QUICK {
            true => NonZeroU32::MIN,
            false => writer.look(&planned.plan, lecture::all_units(&planned.plan))?,
        };
        let done = {
            let _bar = bar(args, "judging");
            chapter(planned, (look, args), results)?
        };
        if !args.json {
            out::print(&verdicts::text(&done, args.lang))?;
        }
        ruled.push(done);
    }
    writer.close()?;
    interrupt.training_is_over();
    if args.json {
        out::print_json(&verdicts::json(&ruled))?;
    } else {
        out::print(&verdicts::summary(&ruled, args.lang))?;
    }
    if !args.no_report {
        let folder = results.join(report_folder(args, &ruled));
        let bar = bar(args, "drawing the report");
        let pages = report::lecture::write(&ruled, &folder)?;
        drop(bar);
        for page in pages {
            out::say(&format!("report: {}", page.display()));
        }
    }
    Ok(match failed {
        0 => Exit::Done,
        _ => Exit::SomeFailed,
    })
}

fn bar(args: &Args, what: &str) -> Bar {
    match args.how.hands.quiet {
        true => Bar::silent(),
        false => Bar::new(what),
    }
}

/// The comparisons that were asked for, each planned.
fn chosen(args: &Args, results: &Path) -> anyhow::Result<Vec<Planned>> {
    if args.all {
        return COMPARISONS
            .iter()
            .map(|c| planned(c.name, &args.profile, results))
            .collect();
    }
    if args.names.is_empty() {
        anyhow::bail!(
            "say which comparison: a name that 'gan-sweep reproduce --list' shows, a file, or --all"
        );
    }
    args.names
        .iter()
        .map(|name| planned(name, &args.profile, results))
        .collect()
}

/// A comparison of the lecture, or one in a file.
pub(super) fn planned(name: &str, profile: &str, results: &Path) -> anyhow::Result<Planned> {
    let overrides = grid::Overrides {
        profile: lecture::profile(profile),
        ..grid::Overrides::default()
    };
    let catalog = dataset::catalog(results)?;
    let known = COMPARISONS.iter().find(|c| c.name == name);
    let plan = match known {
        Some(comparison) => {
            let file = PathBuf::from(format!("{}.yaml", comparison.name));
            grid::read(comparison.text, &file, &overrides, &catalog)?
        }
        None => {
            let file = Path::new(name);
            if !file.exists() && file.extension().is_none() {
                let names = COMPARISONS.iter().map(|c| c.name);
                let near = crate::nearest::nearest(name, names);
                let hint = match near {
                    Some(near) => format!("; did you mean '{near}'?"),
                    None => {
                        ": --list shows those of the lecture, and a path ending in .yaml is a file \
                             of your own"
                            .to_owned()
                    }
                };
                anyhow::bail!("there is no comparison '{name}'{hint}");
            }
            grid::read_file(file, &overrides, &catalog)?
        }
    };
    if plan.claims.is_empty() {
        anyhow::bail!(
            "{name} claims nothing: add a section 'claims', or take 'gan-sweep run' for a grid without any"
        );
    }
    Ok(Planned {
        name: name.to_owned(),
        plan,
        is_known: known.is_some(),
    })
}

/// `lecture` for all, the comparison's name for one; the profile follows.
fn report_folder(args: &Args, ruled: &[Chapter]) -> String {
    let name = match ruled {
        _ if args.all => "lecture".to_owned(),
        [one] => one.plan.name.clone(),
        _ => "lecture-selected".to_owned(),
    };
    match args.profile.as_str() {
        "standard" => name,
        profile => format!("{name}-{profile}"),
    }
}

/// What became of a comparison.
fn chapter(
    planned: Planned,
    (look, args): (NonZeroU32, &Args),
    results: &Path,
) -> anyhow::Result<Chapter> {
    let Planned { name, plan, .. } = planned;
    let reader = Reader::open(results)?;
    let sweep = reader.sweep_under(&plan.name, &plan.profile)?;
    let material = Material::load(&reader, &sweep, |_, _| {})?;
    let runs = material.runs.into_iter().map(|run| (run.row.id, run));
    let runs: BTreeMap<RunId, RunMaterial> = runs.collect();
    let mut histories = Histories::new();
    for (id, RunMaterial { row, series, .. }) in &runs {
        histories.insert(*id, History { row, series });
    }
    let rulings = lecture::rule(&plan, &histories, look)?;
    let profile = match args.profile.as_str() {
        "standard" => String::new(),
        profile => format!(" --profile {profile}"),
    };
    Ok(Chapter {
        plan,
        rulings,
        look,
        runs,
        command: format!("gan-sweep reproduce {name}{profile}"),
    })
}
