//! `gan-sweep submit`: Hand a sweep to a cluster

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;

use super::{Submitted, all, collect, queue, states};
use crate::cli::bar::Bar;
use crate::cli::experience::Experience;
use crate::cli::out::{self, count, say};
use crate::cli::run::policy::RunPolicy;
use crate::cli::run::{Missing, missing};
use crate::cli::{Exit, Overrides};
use crate::cluster::slurm::{self, Array, Journal, Limits, Queue, Script};
use crate::cluster::{self, ClusterPlan, Folder, How, core_seconds};
use crate::duration::duration;
use crate::exec::Job;
use crate::grid::cluster::{Wishes, line, word};
use crate::grid::{self, Plan};
use crate::lecture;
use crate::provenance::provenance;
use crate::spec::RunId;
use crate::store::Writer;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep submit grid.yaml --dry-run  # the batch script, and nothing else
  gan-sweep submit grid.yaml --slurm-partition short --slurm-time 1:00:00
  gan-sweep status losses-on-the-ring   # how far it is, meanwhile";

/// Hand what is missing of a sweep to Slurm, in slices of many runs
///
/// The folder of the results must be one that all nodes share. Tasks publish what has ended in files there;
/// a last job collects them into the database, and `collect` does at any time. A task that is lost,
/// preempted or out of time goes on where it was. What is asked of Slurm stands in the grid, under
/// `cluster:`, or is said here.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The grid, a YAML file
    #[arg(value_name = "GRID.yaml")]
    grid: PathBuf,
    /// What runs the tasks
    #[arg(long, value_enum, default_value_t = Engine::Slurm)]
    engine: Engine,
    #[command(flatten)]
    wishes: WishArgs,
    #[command(flatten)]
    policy: RunPolicy,
    #[command(flatten)]
    overrides: Overrides,
}

/// What runs tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// The batch system of most clusters.
    Slurm,
}

/// What is asked of Slurm.
#[derive(Debug, clap::Args)]
pub(super) struct WishArgs {
    /// Print the batch scripts and submit nothing
    #[arg(long)]
    dry_run: bool,
    /// Predicted time of a slice, which is one task; 10m if neither this nor the grid says it
    #[arg(long, value_name = "TIME", value_parser = duration)]
    slice: Option<Duration>,
    /// So many slices, whatever their time
    #[arg(long, value_name = "N", conflicts_with = "slice")]
    slices: Option<NonZeroUsize>,
    /// Slurm's partition
    #[arg(long, value_name = "NAME", value_parser = word)]
    slurm_partition: Option<String>,
    /// Slurm's account
    #[arg(long, value_name = "NAME", value_parser = word)]
    slurm_account: Option<String>,
    /// A task's time limit, as Slurm reads it (minutes, H:MM:SS, D-HH); a task that reaches it goes back into
    /// the queue
    #[arg(long, value_name = "TIME", value_parser = word)]
    slurm_time: Option<String>,
    /// A task's memory, as Slurm reads it (4G)
    #[arg(long, value_name = "SIZE", value_parser = word)]
    slurm_memory: Option<String>,
    /// Cores of a task: so many runs at a time
    #[arg(long, value_name = "N")]
    slurm_cores: Option<NonZeroU32>,
    /// Tasks at a time, at most
    #[arg(long, value_name = "N")]
    slurm_at_once: Option<NonZeroU32>,
    /// Any other option of sbatch, such as --slurm-line=--qos=short; may be repeated
    #[arg(long = "slurm-line", value_name = "OPTION", value_parser = line, allow_hyphen_values = true)]
    slurm_lines: Vec<String>,
}

impl WishArgs {
    pub(super) fn wishes(&self) -> Wishes {
        Wishes {
            partition: self.slurm_partition.clone(),
            account: self.slurm_account.clone(),
            time: self.slurm_time.clone(),
            memory: self.slurm_memory.clone(),
            cores: self.slurm_cores.map(NonZeroU32::get),
            slice: self.slice,
            at_once: self.slurm_at_once.map(NonZeroU32::get),
            lines: self.slurm_lines.clone(),
        }
    }

    pub(super) fn slices(&self) -> Option<usize> {
        self.slices.map(NonZeroUsize::get)
    }

    pub(super) fn dry_run(&self) -> bool {
        self.dry_run
    }
}

/// What is to be submitted.
pub(super) struct Order {
    /// The grid; its selected runs are meant.
    pub plan: Plan,
    pub file: PathBuf,
    pub overrides: grid::Overrides,
    pub how: How,
    pub wishes: Wishes,
    /// So many, where it is said.
    pub slices: Option<usize>,
    pub dry_run: bool,
}

impl Order {
    /// With the runs in slices.
    fn cluster_plan(&self, slices: Vec<Vec<RunId>>) -> ClusterPlan {
        ClusterPlan::new(
            &self.plan,
            &self.file,
            &self.overrides,
            (self.how.clone(), self.wishes.clone()),
            slices,
        )
    }
}

pub(in crate::cli) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let Engine::Slurm = args.engine;
    let plan = args.overrides.plan(&args.grid, results)?;
    lecture::check(&plan)?;
    for note in &plan.notes {
        say(&format!("note: {note}"));
    }
    let order = Order {
        file: args.grid.clone(),
        overrides: args.overrides.of_grid(),
        how: args.policy.of_tasks(),
        wishes: args.wishes.wishes().or(&plan.cluster),
        slices: args.wishes.slices(),
        dry_run: args.wishes.dry_run(),
        plan,
    };
    submit(&order, results)
}

/// Submits what is missing.
pub(super) fn submit(order: &Order, results: &Path) -> anyhow::Result<Exit> {
    if order.dry_run {
        return show(order, results);
    }
    // Before anything is written.
    let limits = Limits::ask()?;
    std::fs::create_dir_all(results)
        .with_context(|| format!("cannot make {}", results.display()))?;
    let results = &std::path::absolute(results)?;
    // Held to the end: two of these commands at once must not submit the same runs.
    let writer = Writer::open(results, provenance())?;
    for note in writer.notes() {
        say(&format!("note: {note}"));
    }
    let earlier = earlier(order, results);
    let queue = queue(&earlier)?;
    anyhow::ensure!(
        !queue.is_live(),
        "tasks of {name} wait or run ({}): `gan-sweep status {name}` shows them, `gan-sweep cancel {name}` ends them",
        states(&queue),
        name = order.plan.name
    );
    let (jobs, exit) = register(order, results, &earlier, &writer)?;
    if jobs.count() == 0 {
        say(&format!(
            "nothing to submit: all {} have their outcome",
            count(selected(&order.plan), "run")
        ));
        writer.close()?;
        return Ok(exit);
    }
    let room = limits.room(&Queue::all()?);
    anyhow::ensure!(
        room > 0,
        "Slurm keeps {} at a time (MaxJobCount) and has as many: submit again when some have gone",
        count(limits.jobs, "job")
    );
    let slices = sliced(order, &jobs, Some(room), results)?;
    let plan = order.cluster_plan(slices);
    let folder = plan.folder(results);
    plan.write(&folder)?;
    hand_in(&plan, &folder, results, &limits, writer)?;
    Ok(exit)
}

/// The plans of the same sweep that were submitted before.
fn earlier(order: &Order, results: &Path) -> Vec<Submitted> {
    let plans = all(results).into_iter();
    plans
        .filter(|submitted| submitted.plan.name == order.plan.name)
        .collect()
}

fn selected(plan: &Plan) -> usize {
    plan.runs.iter().filter(|run| run.selected).count()
}

/// Makes the sweep known, takes over what lies there, and finds what is missing then.
fn register(
    order: &Order,
    results: &Path,
    earlier: &[Submitted],
    writer: &Writer,
) -> anyhow::Result<(Missing, Exit)> {
    writer.plan(&order.plan)?;
    let bar = Bar::new("collect");
    let gathered = collect::gather(earlier, writer, results, &bar)?;
    drop(bar);
    let policy = order.how.policy(results);
    let jobs = missing::missing(&order.plan, writer, results, &policy, &lost(earlier))?;
    Ok((jobs, gathered.exit()))
}

/// What earlier tasks had in hand when they were lost.
fn lost(earlier: &[Submitted]) -> BTreeMap<RunId, Vec<u64>> {
    let mut lost: BTreeMap<RunId, Vec<u64>> = BTreeMap::new();
    for submitted in earlier.iter().rev() {
        for slice in 1..=submitted.plan.slices.len() {
            for (run, steps) in cluster::lost(&submitted.folder.shards_of(slice)) {
                lost.entry(run).or_default().extend(steps);
            }
        }
    }
    lost
}

/// The missing runs in slices; those that took their process down have one for themselves.
fn sliced(
    order: &Order,
    jobs: &Missing,
    room: Option<usize>,
    results: &Path,
) -> anyhow::Result<Vec<Vec<RunId>>> {
    let experience = Experience::of(results)?;
    let mut unknown = false;
    let seconds: f64 = jobs
        .together
        .iter()
        .map(|job| {
            let known = experience.core_seconds(&job.spec);
            unknown |= known.is_none();
            known.unwrap_or_else(|| core_seconds(&job.spec))
        })
        .sum();
    if unknown {
        say("note: nothing was trained here yet: times are predicted from counted operations");
    }
    let of_a_slice = order.wishes.slice().as_secs_f64() * f64::from(order.wishes.cores());
    let wanted = order
        .slices
        .unwrap_or_else(|| (seconds / of_a_slice).ceil() as usize)
        .clamp(1, jobs.together.len().max(1));
    let most = room.map_or(usize::MAX, |room| {
        room.saturating_sub(jobs.alone.len()).max(1)
    });
    if wanted > most {
        say(&format!(
            "note: Slurm has room for {} now (MaxJobCount): slices are longer than asked for",
            count(most, "task")
        ));
    }
    let costs: Vec<f64> = jobs
        .together
        .iter()
        .map(|job| core_seconds(&job.spec))
        .collect();
    let ids = |slice: Vec<usize>| -> Vec<RunId> {
        let jobs = slice.into_iter().map(|i| &jobs.together[i]);
        jobs.map(|job| job.spec.id()).collect()
    };
    let together = match jobs.together.is_empty() {
        true => Vec::new(),
        false => cluster::slices(&costs, wanted.min(most)),
    };
    let alone = jobs.alone.iter().map(|job: &Job| vec![job.spec.id()]);
    Ok(together.into_iter().map(ids).chain(alone).collect())
}

/// Prints the scripts.
fn show(order: &Order, results: &Path) -> anyhow::Result<Exit> {
    let ids: Vec<RunId> = order.plan.runs.iter().map(|run| run.spec.id()).collect();
    let done = Experience::of(results)?.outcomes(&ids)?;
    let together = order.plan.runs.iter().filter(|run| run.selected);
    let together = together.filter(|run| !done.contains_key(&run.spec.id()));
    let jobs = Missing {
        together: together
            .map(|run| Job {
                spec: run.spec.clone(),
                label: String::new(),
            })
            .collect(),
        alone: Vec::new(),
    };
    if jobs.count() == 0 {
        say("nothing to submit");
        return Ok(Exit::Done);
    }
    // Nothing is submitted: a script can be read where there is no Slurm.
    let limits = Limits::ask().unwrap_or_else(|error| {
        say(&format!("note: {error}; its usual limits are taken"));
        Limits::usual()
    });
    let slices = sliced(order, &jobs, None, results)?;
    let results = &std::path::absolute(results)?;
    let plan = order.cluster_plan(slices);
    let folder = plan.folder(results);
    let program = program()?;
    let script = Script {
        program: &program,
        results,
        folder: &folder,
        wishes: &plan.wishes,
    };
    let name = job_name(&plan.name, "0");
    let arrays = limits.arrays(plan.slices.len());
    let texts = arrays.iter().enumerate().map(|(i, array)| {
        format!(
            "# {}\n{}\n",
            said(*array),
            script.of_tasks(&format!("{name}-{}", i + 1), *array)
        )
    });
    let text: String = texts.collect();
    out::print(&format!(
        "{text}# when all have ended, however they ended\n{}",
        script.of_collect(&format!("{name}-collect"))
    ))?;
    Ok(Exit::Done)
}

fn said(array: Array) -> String {
    format!(
        "slices {} to {}",
        array.offset + 1,
        array.offset + array.tasks
    )
}

fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("cannot tell where this program is")
}

/// How often tasks are handed in where Slurm does not answer.
const TRIES: NonZeroU32 = NonZeroU32::new(4).expect("not 0");

/// Letters of a sweep's name in that of its jobs.
const LETTERS: usize = 24;

/// A name that no other job has, by which Slurm is asked whether it has it.
fn job_name(sweep: &str, nonce: &str) -> String {
    let plain = sweep.chars().filter(char::is_ascii);
    let short: String = plain.take(LETTERS).collect();
    format!("gs-{short}-{nonce}")
}

/// Submits the arrays and the job that collects.
fn hand_in(
    plan: &ClusterPlan,
    folder: &Folder,
    results: &Path,
    limits: &Limits,
    writer: Writer,
) -> anyhow::Result<()> {
    let program = program()?;
    let script = Script {
        program: &program,
        results,
        folder,
        wishes: &plan.wishes,
    };
    let journal = Journal::of(folder);
    let name = job_name(&plan.name, &cluster::nonce());
    let mut ids = Vec::new();
    for (i, array) in limits.arrays(plan.slices.len()).into_iter().enumerate() {
        let name = format!("{name}-{}", i + 1);
        let job = Handed {
            name: &name,
            slices: (array.offset, array.tasks),
            script: script.of_tasks(&name, array),
            after: &[],
            tries: TRIES,
        };
        let id = job.submit(folder, &journal).with_context(|| {
            let handed: Vec<String> = ids.iter().map(u64::to_string).collect();
            match handed.as_slice() {
                [] => "perhaps nothing was submitted: `gan-sweep status` tells".to_owned(),
                jobs => format!(
                    "only part was submitted (jobs {}): `gan-sweep resume {}` submits the rest when they have ended",
                    jobs.join(", "),
                    plan.name
                ),
            }
        })?;
        ids.push(id);
    }
    // The last job may have its turn at once.
    writer.close()?;
    let name = format!("{name}-collect");
    let last = Handed {
        name: &name,
        slices: (0, 0),
        script: script.of_collect(&name),
        after: &ids,
        // `collect` does the same by hand.
        tries: NonZeroU32::MIN,
    };
    let collects = last.submit(folder, &journal);
    let jobs: Vec<String> = ids.iter().map(u64::to_string).collect();
    say(&format!(
        "{} in {} submitted as {} {}; `gan-sweep status {name}` shows how far they are",
        count(plan.runs(), "run"),
        count(plan.slices.len(), "slice"),
        if ids.len() == 1 { "job" } else { "jobs" },
        jobs.join(", "),
        name = plan.name
    ));
    if let Err(error) = collects {
        say(&format!(
            "note: the job that collects was not taken ({error:#}): `gan-sweep collect {}` does the same",
            plan.name
        ));
    }
    Ok(())
}

/// A job that is about to be handed in.
struct Handed<'h> {
    name: &'h str,
    slices: (usize, usize),
    script: String,
    after: &'h [u64],
    tries: NonZeroU32,
}

impl Handed<'_> {
    /// Its script stays beside the plan. Noted before and after, so that nothing that Slurm has is forgotten.
    fn submit(&self, folder: &Folder, journal: &Journal) -> anyhow::Result<u64> {
        let path = folder.path().join(format!("{}.sh", self.name));
        std::fs::write(&path, &self.script)
            .with_context(|| format!("cannot write {}", path.display()))?;
        journal.note(self.name, self.slices, None)?;
        let job = slurm::submit(&path, self.name, self.after, self.tries)?;
        journal.note(self.name, self.slices, Some(job))?;
        Ok(job)
    }
}
