//! `gan-sweep collect`: Take over what tasks have published

use std::path::Path;

use super::{Submitted, submitted};
use crate::cli::bar::{Bar, Of};
use crate::cli::out::{count, say};
use crate::cli::run::missing;
use crate::cli::{Exit, out};
use crate::cluster::Folder;
use crate::dataset;
use crate::provenance::provenance;
use crate::store::{Collected, Parted, Reader, StoreError, Writer, shard_outcomes};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep collect                      # of every sweep
  gan-sweep collect losses-on-the-ring";

/// Take over what tasks have published
///
/// Reads the files below RESULTS/cluster into the database, each once, while tasks go on or after them.
/// Two copies of a run, as after a node that was thought to be dead, must have the same digests: within
/// one numeric class a difference is an error that names both nodes, and nothing of that file is taken;
/// across classes it is told.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name; by default all
    sweep: Option<String>,
    /// One plan, by the name of its folder
    #[arg(long, value_name = "NAME", conflicts_with = "sweep")]
    plan: Option<String>,
    /// No bar, only the result
    #[arg(long, short)]
    quiet: bool,
}

pub(in crate::cli) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let plans = match &args.plan {
        Some(name) => vec![Submitted::read(Folder::named(results, name))?],
        None => submitted(results, args.sweep.as_deref())?,
    };
    if plans.is_empty() {
        out::print("nothing to collect: no task has worked with these results\n")?;
        return Ok(Exit::Done);
    }
    let bar = match args.quiet {
        true => Bar::silent(),
        false => Bar::new("collect"),
    };
    let writer = Writer::open(results, provenance())?;
    for note in writer.notes() {
        say(&format!("note: {note}"));
    }
    let gathered = gather(&plans, &writer, results, &bar);
    writer.close()?;
    drop(bar);
    let gathered = gathered?;
    out::print(&gathered.text())?;
    for submitted in &plans {
        out::print(&standing(submitted, results)?)?;
    }
    Ok(gathered.exit())
}

/// What was collected.
#[derive(Default)]
pub(super) struct Gathered {
    files: usize,
    all: Collected,
    /// Files that cannot be read.
    damaged: usize,
}

impl Gathered {
    fn add(&mut self, collected: Collected) {
        self.files += 1;
        self.all.runs += collected.runs;
        self.all.duplicates += collected.duplicates;
        self.all.elsewhere.extend(collected.elsewhere);
        self.all.conflicts.extend(collected.conflicts);
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} from {}",
            count(self.all.runs, "run"),
            count(self.files, "new file")
        );
        if self.all.duplicates > 0 {
            text.push_str(&format!(
                ", {} the same to the bit",
                match self.all.duplicates {
                    1 => "1 second copy".to_owned(),
                    n => format!("{n} second copies"),
                }
            ));
        }
        text.push('\n');
        text
    }

    pub(super) fn exit(&self) -> Exit {
        match self.all.conflicts.is_empty() && self.damaged == 0 {
            true => Exit::Done,
            false => Exit::SomeFailed,
        }
    }
}

/// Takes over every shard that is new, and tells what is wrong.
///
/// # Errors
/// Where nothing can be written any more.
pub(super) fn gather(
    plans: &[Submitted],
    writer: &Writer,
    results: &Path,
    bar: &Bar,
) -> anyhow::Result<Gathered> {
    let known = writer.shards()?;
    let mut gathered = Gathered::default();
    for submitted in plans {
        register(submitted, writer, results)?;
        let shards = submitted.folder.all_shards().into_iter();
        let new: Vec<_> = shards
            .filter(|path| {
                let name = path.file_name().unwrap_or_default();
                !known.contains(&*name.to_string_lossy())
            })
            .collect();
        bar.stage(
            &format!("collect {}", submitted.plan.name),
            Of::Things(new.len()),
        );
        for path in new {
            match writer.collect(&path) {
                Ok(collected) => {
                    tell(&collected, &path, &submitted.plan.name, bar);
                    gathered.add(collected);
                }
                // The database is at fault, not the file.
                Err(error @ StoreError::Database { .. }) if shard_outcomes(&path).is_ok() => {
                    return Err(error.into());
                }
                Err(error @ (StoreError::Gone(_) | StoreError::Room { .. })) => {
                    return Err(error.into());
                }
                Err(error) => {
                    gathered.damaged += 1;
                    bar.say(&format!(
                        "error: {:#}: remove {} and `gan-sweep resume {}` submits its runs again",
                        anyhow::Error::from(error),
                        path.display(),
                        submitted.plan.name
                    ));
                }
            }
            bar.add(1);
        }
    }
    missing::clear_checkpoints(writer, results)?;
    Ok(gathered)
}

/// A sweep that nobody has run or submitted here, as after `work --shard`, becomes one.
fn register(submitted: &Submitted, writer: &Writer, results: &Path) -> anyhow::Result<()> {
    let plan = &submitted.plan;
    let profile = plan.profile.as_deref().unwrap_or_default();
    let is_known = Reader::open(results)?
        .sweep_under(&plan.name, profile)
        .is_ok();
    if !is_known {
        writer.plan(&plan.expand(&dataset::catalog(results)?, &[])?)?;
    }
    Ok(())
}

fn tell(collected: &Collected, path: &Path, sweep: &str, bar: &Bar) {
    for parted in &collected.conflicts {
        bar.say(&format!(
            "error: {}; nothing of {file} is taken. `gan-sweep verify {sweep}` tells whether the copy that is \
             here is right: if so, remove {file} and resume; if not, `gan-sweep rm {sweep} --yes` and submit again",
            copies(parted),
            file = path.display()
        ));
    }
    for parted in &collected.elsewhere {
        bar.say(&format!(
            "note: {}, of {} ({}) and {} ({}): only within a numeric class and a version are the same bits \
             promised; the first copy stays",
            copies(parted),
            parted.here.numeric_class,
            parted.here.versions,
            parted.there.numeric_class,
            parted.there.versions
        ));
    }
}

fn copies(parted: &Parted) -> String {
    format!(
        "run {} came to other results on {} than on {}",
        parted.run.short(),
        parted.there.host,
        parted.here.host
    )
}

/// How far the sweep is.
fn standing(submitted: &Submitted, results: &Path) -> anyhow::Result<String> {
    let plan = &submitted.plan;
    let reader = Reader::open(results)?;
    let profile = plan.profile.as_deref().unwrap_or_default();
    let tally = reader.tally(&reader.sweep_under(&plan.name, profile)?)?;
    let missing = tally.missing() as usize;
    let runs = count(tally.runs as usize, "run");
    let have = match tally.runs {
        1 => "its 1 run has its outcome".to_owned(),
        _ => format!("all {runs} have their outcome"),
    };
    Ok(match missing {
        0 => format!(
            "{}: {have}; `gan-sweep report {}` draws the report\n",
            plan.name, plan.name
        ),
        _ => format!("{}: {missing} of {runs} are missing\n", plan.name),
    })
}
