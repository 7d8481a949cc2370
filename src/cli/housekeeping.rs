//! `gan-sweep du`, `rm`, `gc`: what takes room, and how it is given back

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::columns::{Align, Columns};
use super::data::DOWNLOADS;
use super::out::{self, count};
use super::{Exit, one_text};
use crate::checkpoint::{self, Shelf};
use crate::cluster::{self, ClusterPlan};
use crate::duration::duration;
use crate::event::Outcome;
use crate::spec::RunId;
use crate::store::{Reader, Removed, Retention, remove};

/// Shown at the end of `--help`.
const DU_EXAMPLES: &str = "\
Examples:
  gan-sweep du
  gan-sweep du --json";

/// Show what takes room in the results folder
#[derive(Debug, clap::Args)]
#[command(after_help = DU_EXAMPLES)]
pub struct DuArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shown at the end of `--help`.
const RM_EXAMPLES: &str = "\
Examples:
  gan-sweep rm losses-on-the-ring  # says what would go
  gan-sweep rm losses-on-the-ring --profile quick --yes";

/// Remove a sweep, with its runs that no other sweep holds
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
pub struct RmArgs {
    /// The sweep
    sweep: String,
    /// Its profile
    #[arg(long, value_name = "NAME", default_value = "")]
    profile: String,
    /// Really remove it, instead of saying what would be removed
    #[arg(long)]
    yes: bool,
}

/// Shown at the end of `--help`.
const GC_EXAMPLES: &str = "\
Examples:
  gan-sweep gc  # says what would go
  gan-sweep gc --left 7d --damaged --yes";

/// Remove what nothing needs: runs that left their grids long ago, leftovers of crashes
///
/// What is in a grid stays, and so do the checkpoints of runs that can go on.
#[derive(Debug, clap::Args)]
#[command(after_help = GC_EXAMPLES)]
pub struct GcArgs {
    /// Remove runs that left every grid so long ago (12h, 30d)
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30d")]
    left: Duration,
    /// Remove the weights of all runs too: `eval` cannot measure these runs again then
    #[arg(long)]
    weights: bool,
    /// Remove the states from which runs with more steps go on: they begin anew then
    #[arg(long)]
    ends: bool,
    /// Remove what 'data fetch' downloaded: what is imported stays
    #[arg(long)]
    downloads: bool,
    /// Remove the files of cluster tasks that 'collect' has taken over; tasks that still work do what was in
    /// them again
    #[arg(long)]
    collected: bool,
    /// Remove damaged databases and checkpoints that were moved aside
    #[arg(long)]
    damaged: bool,
    /// Really remove it, instead of saying what would be removed
    #[arg(long)]
    yes: bool,
}

pub(super) fn du(args: &DuArgs, results: &Path) -> anyhow::Result<Exit> {
    let held = Reader::open(results)?.held()?;
    let database = bytes_of(&results.join("gan-sweep.db"));
    let checkpoints: u64 = checkpoint::runs(results)
        .into_iter()
        .map(|run| bytes_of(&checkpoint::folder(results, run)))
        .sum();
    let ends = bytes_of(&checkpoint::ends(results));
    let downloads = bytes_of(&results.join(DOWNLOADS));
    let tasks = bytes_of(&cluster::Folder::root(results));
    let damaged: u64 = damaged(results).iter().map(|path| bytes_of(path)).sum();
    if args.json {
        let sweeps: Vec<_> = held
            .iter()
            .map(|h| {
                json!({
                    "sweep": h.name, "profile": h.profile, "runs": h.runs, "left": h.left,
                    "own": h.own, "values": h.values, "samples_bytes": h.samples,
                    "weights_bytes": h.weights,
                })
            })
            .collect();
        out::print_json(&json!({
            "sweeps": sweeps, "database_bytes": database, "checkpoints_bytes": checkpoints,
            "ends_bytes": ends, "downloads_bytes": downloads, "tasks_bytes": tasks,
            "damaged_bytes": damaged,
        }))?;
        return Ok(Exit::Done);
    }
    let mut columns = Columns::default().column("sweep", Align::Left);
    for name in ["runs", "left", "own", "values", "samples", "weights"] {
        columns = columns.column(name, Align::Right);
    }
    for h in &held {
        let name = match h.profile.as_str() {
            "" => h.name.clone(),
            profile => format!("{} ({profile})", h.name),
        };
        let mut row = vec![name];
        row.extend([h.runs, h.left, h.own, h.values].map(|n| n.to_string()));
        row.extend([h.samples, h.weights].map(size));
        columns.row(row);
    }
    let mut text = columns.text();
    text.push_str(&format!(
        "\nleft: of a grid that no longer asks for them; own: held by no other sweep\n\
         database {}, checkpoints {}, states for runs with more steps {}, downloads {}, \
         cluster tasks {}, damaged files moved aside {}\n",
        size(database),
        size(checkpoints),
        size(ends),
        size(downloads),
        size(tasks),
        size(damaged)
    ));
    out::print(&text)?;
    Ok(Exit::Done)
}

pub(super) fn rm(args: &RmArgs, results: &Path) -> anyhow::Result<Exit> {
    let sweep = Reader::open(results)?.sweep_under(&args.sweep, &args.profile)?;
    let retention = Retention::Sweep {
        name: &sweep.name,
        profile: &sweep.profile,
    };
    let removed = remove(results, retention, args.yes)?;
    if args.yes {
        for folder in cluster::Folder::all(results) {
            let plan = ClusterPlan::read(&folder);
            let of = plan.is_ok_and(|plan| {
                let profile = plan.profile.as_deref().unwrap_or_default();
                plan.name == sweep.name && profile == sweep.profile
            });
            if of {
                fs::remove_dir_all(folder.path())?;
            }
        }
        clear_checkpoints(results, true)?;
    }
    say(
        args.yes,
        &format!("sweep '{}' with {}", sweep.name, told(removed)),
    )
}

pub(super) fn gc(args: &GcArgs, results: &Path) -> anyhow::Result<Exit> {
    let seconds = i64::try_from(args.left.as_secs()).unwrap_or(i64::MAX);
    let mut removed = remove(results, Retention::Left { seconds }, args.yes)?;
    if args.weights {
        removed.weights = remove(results, Retention::Weights, args.yes)?.weights;
    }
    let mut parts = vec![told(removed)];
    let shelves = clear_checkpoints(results, args.yes)?;
    if shelves > 0 {
        parts.push(format!("the checkpoints of {}", count(shelves, "run")));
    }
    if args.ends {
        let ends = checkpoint::ends(results);
        parts.push(format!("{} of states to go on from", size(bytes_of(&ends))));
        if args.yes && ends.exists() {
            fs::remove_dir_all(ends)?;
        }
    }
    if args.downloads {
        let downloads = results.join(DOWNLOADS);
        parts.push(format!("{} of downloads", size(bytes_of(&downloads))));
        if args.yes && downloads.exists() {
            fs::remove_dir_all(downloads)?;
        }
    }
    if args.collected {
        let files = collected(results)?;
        let bytes = files.iter().map(|path| bytes_of(path)).sum();
        parts.push(format!("{} of collected files", size(bytes)));
        if args.yes {
            for path in &files {
                fs::remove_file(path)?;
            }
        }
    }
    if args.damaged {
        let damaged = damaged(results);
        if args.yes {
            for path in &damaged {
                fs::remove_file(path)?;
            }
        }
        parts.push(count(damaged.len(), "damaged file"));
    }
    say(args.yes, &parts.join(", "))
}

fn told(removed: Removed) -> String {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    match removed.weights {
        0 => count(number(removed.runs), "run"),
        n => format!(
            "{} and the weights of {}",
            count(number(removed.runs), "run"),
            count(number(n), "run")
        ),
    }
}

fn say(really: bool, what: &str) -> anyhow::Result<Exit> {
    let text = match really {
        true => format!("removed: {what}\n"),
        false => format!("would remove: {what}; --yes removes it\n"),
    };
    out::print(&text)?;
    Ok(Exit::Done)
}

/// Checkpoints of runs that have their outcome or are unknown; how many runs.
fn clear_checkpoints(results: &Path, really: bool) -> anyhow::Result<usize> {
    let reader = Reader::open(results)?;
    let mut cleared = 0;
    // Tasks may be at runs that no database has yet.
    let plans = cluster::Folder::all(results).into_iter();
    let plans = plans.filter_map(|folder| ClusterPlan::read(&folder).ok());
    let of_tasks: HashSet<RunId> = plans.flat_map(|plan| plan.slices).flatten().collect();
    for run in checkpoint::runs(results) {
        let needed = match reader.run(run) {
            Ok(row) => !matches!(row.outcome, Some(Outcome::Done | Outcome::Diverged { .. })),
            Err(crate::store::StoreError::UnknownRun { .. }) => of_tasks.contains(&run),
            Err(error) => anyhow::bail!(one_text(&error.into())),
        };
        if !needed {
            cleared += 1;
            if really {
                Shelf::new(results, run).clear();
            }
        }
    }
    Ok(cleared)
}

/// Files of tasks whose runs are in the database.
fn collected(results: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let known = Reader::open(results)?.shards()?;
    let folders = cluster::Folder::all(results).into_iter();
    let files = folders.flat_map(|folder| folder.all_shards());
    let is_known = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        known.contains(&*name.to_string_lossy())
    };
    Ok(files.filter(is_known).collect())
}

/// Databases and checkpoints that were damaged and moved aside.
fn damaged(results: &Path) -> Vec<PathBuf> {
    let folders = checkpoint::runs(results)
        .into_iter()
        .map(|run| checkpoint::folder(results, run));
    let folders = [results.to_owned()].into_iter().chain(folders);
    let mut found: Vec<PathBuf> = folders
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            name.is_some_and(|n| n.contains(".damaged-") || n.ends_with(".damaged"))
        })
        .collect();
    found.sort();
    found
}

/// Of a file, or of the files in a folder.
fn bytes_of(path: &Path) -> u64 {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| bytes_of(&entry.path())).sum()
        }
        Ok(found) => found.len(),
        Err(_) => 0,
    }
}

/// `0 B`, `12.3 kB`, `4.5 MB`.
fn size(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for next in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    match unit {
        "B" => format!("{bytes} B"),
        unit => format!("{value:.1} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        let said = [0, 999, 1_000, 1_234_567, 9_876_543_210].map(size);
        assert_eq!(said, ["0 B", "999 B", "1.0 kB", "1.2 MB", "9.9 GB"]);
    }
}
