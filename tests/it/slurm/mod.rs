//! Sweeps on a real Slurm cluster of three nodes, and what may befall them there. Each ends with the same
//! bytes as `run` at home.

mod cluster;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use self::cluster::{Cluster, Limits, absent, wait};
use crate::faults::{Checked, Sweep};

/// Short runs, and some that take seconds.
const GRID: &str = "\
version: 1
name: faults
defaults: {hidden: [16], eval_every: 200, log_every: 50}
grid:
  k: [1, 2]
  steps: [40, 3000]
seeds: 4
";

const MINUTES: Duration = Duration::from_secs(300);

/// A cluster with a sweep to be run on it.
struct Slurm {
    cluster: Cluster,
    sweep: Sweep,
}

/// Nothing where there is no Slurm, which is said.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn slurm(grid: &str, limits: Limits) -> Checked<Option<Slurm>> {
    if let Some(reason) = absent() {
        eprintln!("left out: {reason}");
        return Ok(None);
    }
    Ok(Some(Slurm {
        cluster: Cluster::start(limits)?,
        sweep: Sweep::new(grid)?,
    }))
}

impl Slurm {
    /// A command on a machine of the cluster.
    fn output(&self, line: &str, env: &[(&str, &str)]) -> Checked<Output> {
        let mut command = self.sweep.command("cluster", line);
        self.cluster.env(&mut command);
        command.envs(env.iter().copied());
        Ok(command.output()?)
    }

    /// One that does what it should; all that it said.
    fn done(&self, line: &str) -> Checked<String> {
        let output = self.output(line, &[])?;
        let said = text(&output);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{line}: {said}{}",
            self.cluster.said()
        );
        Ok(said)
    }

    fn submit(&self, options: &str, env: &[(&str, &str)]) -> Checked<String> {
        let line = format!("submit grid.yaml --checkpoint-every 0.2s {options}");
        let output = self.output(&line, env)?;
        let said = text(&output);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{said}{}",
            self.cluster.said()
        );
        Ok(said)
    }

    /// Everything ended, and the last job has collected it: the same bytes as at home.
    fn same_as_at_home(&self) -> Checked {
        self.cluster.drained(MINUTES)?;
        self.done("collect faults")?;
        let exported = self.sweep.export("cluster")?;
        assert_eq!(
            exported[0].matches("missing").count(),
            0,
            "{}",
            self.cluster.said()
        );
        self.sweep.finish("home")?;
        assert_eq!(exported, self.sweep.export("home")?);
        self.sweep.check("cluster")
    }

    /// Runs that were published so far.
    fn published(&self) -> usize {
        let folder = self.sweep.results("cluster").join("cluster");
        files(&folder)
            .iter()
            .filter(|path| path.ends_with(".db"))
            .count()
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path().display().to_string()),
        }
    }
    found
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    format!("{out}{err}")
}

/// What `status --json` says of a sweep's missing runs.
fn missing(slurm: &Slurm) -> Checked<u64> {
    let output = slurm.output("status faults --json", &[])?;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let missing = &json["sweeps"][0]["missing"];
    missing.as_u64().ok_or_else(|| format!("{json}").into())
}

#[test]
fn a_sweep_on_the_cluster_gives_the_same_bytes_as_at_home() -> Checked {
    let Some(slurm) = slurm(GRID, Limits::default())? else {
        return Ok(());
    };
    let script = slurm.done("submit grid.yaml --slices 5 --dry-run --slurm-line --nice=10")?;
    assert!(script.contains("#SBATCH --array=0-4\n"), "{script}");
    assert!(script.contains("#SBATCH --nice=10\n"), "{script}");
    assert!(!slurm.sweep.results("cluster").exists());
    // Part of it at home.
    slurm.done("run grid.yaml --no-report --only k=1 --limit 3 --quiet")?;
    let said = slurm.submit("--slices 5", &[])?;
    assert!(said.contains("13 runs in 5 slices submitted"), "{said}");
    let status = slurm.done("status faults")?;
    assert!(status.contains("on the cluster (faults-"), "{status}");
    let again = slurm.output("submit grid.yaml", &[])?;
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
    assert!(
        text(&again).contains("tasks of faults wait or run"),
        "{}",
        text(&again)
    );
    slurm.cluster.drained(MINUTES)?;
    // The last job has collected.
    assert_eq!(missing(&slurm)?, 0);
    let again = slurm.done("resume faults")?;
    assert!(again.contains("nothing to submit"), "{again}");
    let export = slurm.sweep.export("cluster")?[0].clone();
    let id = export
        .lines()
        .nth(8)
        .and_then(|line| line.split(',').find(|w| w.len() == 32));
    let logs = slurm.done(&format!("logs {}", id.unwrap_or_default()))?;
    assert!(logs.contains("faults, slice "), "{logs}");
    slurm.same_as_at_home()
}

/// slurmd is killed and what it started goes on, for longer than Slurm takes to give the task to another
/// node: two processes train the same runs at the same time.
#[test]
fn a_node_that_is_thought_to_be_dead_makes_no_difference() -> Checked {
    // 300 runs.
    let grid = GRID
        .replace("[40, 3000]", "[40, 300]")
        .replace("seeds: 4", "seeds: 75");
    let Some(mut slurm) = slurm(&grid, Limits::default())? else {
        return Ok(());
    };
    // A step of every run with this beginning takes a minute: that makes a slice long and costs nothing.
    let plan = slurm.done("plan grid.yaml --json")?;
    let plan: serde_json::Value = serde_json::from_str(&plan)?;
    let last = plan["cells"][3]["runs"][0]["id"]
        .as_str()
        .unwrap_or_default();
    let fault = format!("sleep@{}:7", &last[..10]);
    let said = slurm.submit("--slices 3 --slurm-cores 1", &[("GAN_SWEEP_FAULT", &fault)])?;
    assert!(said.contains("in 3 slices submitted"), "{said}");
    // The task that sleeps is the one that runs when all others have gone.
    wait("two tasks to end", MINUTES, || {
        let running = slurm.cluster.tasks("RUNNING")?;
        let ended = slurm.cluster.tasks("COMPLETED")?;
        Ok(running.len() == 1 && ended.len() == 2)
    })?;
    let task = slurm.cluster.running()?;
    let node: usize = task.node.trim_start_matches('n').parse()?;
    let alive = slurm.cluster.workers(&task.node)?;
    assert_eq!(alive.len(), 1);
    slurm.cluster.kill_node(node - 1)?;
    wait("the task elsewhere", Duration::from_secs(120), || {
        let tasks = slurm.cluster.tasks("RUNNING")?;
        Ok(tasks.iter().any(|t| t.id == task.id && t.node != task.node))
    })?;
    assert_eq!(
        slurm.cluster.workers(&task.node)?,
        alive,
        "the first goes on"
    );
    wait("both to end", MINUTES, || {
        Ok(slurm.cluster.workers(&task.node)?.is_empty())
    })?;
    slurm.cluster.start_node(node - 1)?;
    slurm.cluster.drained(MINUTES)?;
    // Whatever the last job has taken over, this one sees all copies.
    let folder = slurm.sweep.results("cluster");
    fs::remove_file(folder.join("gan-sweep.db"))?;
    let said = slurm.done("collect faults")?;
    assert!(said.contains("the same to the bit"), "{said}");
    slurm.same_as_at_home()
}

#[test]
fn tasks_that_are_requeued_cancelled_or_killed_lose_nothing() -> Checked {
    let Some(mut slurm) = slurm(&GRID.replace("3000", "12000"), Limits::default())? else {
        return Ok(());
    };
    slurm.submit("--slices 4 --slurm-cores 1", &[])?;
    wait("four tasks", MINUTES, || {
        Ok(slurm.cluster.tasks("RUNNING")?.len() == 4)
    })?;
    slurm.sweep.wait_for_checkpoints("cluster", 4)?;
    let tasks = slurm.cluster.tasks("RUNNING")?;
    slurm.cluster.ask("scontrol", &["requeue", &tasks[0].id])?;
    slurm.cluster.ask("scancel", &[&tasks[1].id])?;
    for pid in slurm.cluster.workers(&tasks[2].node)? {
        kill_process(Pid::from_raw(pid).ok_or("no process")?, Signal::KILL)?;
    }
    // And a node whose daemon is there again at once.
    let node: usize = tasks[3].node.trim_start_matches('n').parse()?;
    slurm.cluster.kill_node(node - 1)?;
    slurm.cluster.start_node(node - 1)?;
    slurm.cluster.drained(MINUTES)?;
    slurm.done("collect faults")?;
    let left = missing(&slurm)?;
    assert!(left > 0, "nothing was lost");
    let said = slurm.done("resume faults")?;
    assert!(said.contains(&format!("{left} run")), "{said}");
    slurm.same_as_at_home()
}

#[test]
fn a_controller_that_is_killed_comes_back_to_the_same_sweep() -> Checked {
    let Some(mut slurm) = slurm(&GRID.replace("3000", "12000"), Limits::default())? else {
        return Ok(());
    };
    slurm.submit("--slices 6 --slurm-cores 1", &[])?;
    // It writes down what it knows every few seconds.
    std::thread::sleep(Duration::from_secs(11));
    slurm.cluster.kill_controller()?;
    let unknown = slurm.output("status faults", &[])?;
    assert_eq!(unknown.status.code(), Some(0), "{}", text(&unknown));
    std::thread::sleep(Duration::from_secs(3));
    slurm.cluster.start_controller()?;
    slurm.same_as_at_home()
}

#[test]
fn more_slices_than_the_cluster_takes_are_made_fewer_and_split() -> Checked {
    let limits = Limits {
        array: 11,
        jobs: 30,
    };
    let grid = GRID
        .replace("[40, 3000]", "[10, 20]")
        .replace("seeds: 4", "seeds: 12");
    let Some(slurm) = slurm(&grid, limits)? else {
        return Ok(());
    };
    let said = slurm.submit("--slices 48", &[])?;
    assert!(
        said.contains("48 runs in 26 slices submitted as jobs"),
        "{said}"
    );
    assert!(said.contains("MaxJobCount"), "{said}");
    let known = slurm.cluster.tasks("all")?;
    assert_eq!(known.len(), 27);
    let names: std::collections::BTreeSet<_> = known.iter().map(|task| &task.name).collect();
    assert_eq!(names.len(), 4);
    slurm.same_as_at_home()
}

#[test]
fn tasks_out_of_time_or_preempted_go_on_where_they_were() -> Checked {
    let grid = GRID
        .replace("[1, 2]", "[1]")
        .replace("[40, 3000]", "[50000]")
        .replace("seeds: 4", "seeds: 1");
    let Some(slurm) = slurm(&grid, Limits::default())? else {
        return Ok(());
    };
    // The limit is two minutes; the warning comes after ten seconds, and up to thirty more, since Slurm looks
    // twice a minute. However fast the machine, the run takes longer.
    let options = "--slices 1 --slurm-cores 1 --slurm-time 2 --slurm-line=--signal=B:USR1@110";
    slurm.submit(options, &[("GAN_SWEEP_FAULT", "slow@:50000")])?;
    let task = slurm.cluster.running()?;
    slurm.sweep.wait_for_checkpoints("cluster", 1)?;
    // All slots for somebody else.
    let wrap = [
        "-p",
        "high",
        "-N",
        "3",
        "-n",
        "6",
        "--wrap",
        "sleep 3",
        "-o",
        "/dev/null",
    ];
    slurm.cluster.ask("sbatch", &wrap)?;
    wait("the task to make room", MINUTES, || {
        Ok(slurm
            .cluster
            .tasks("PENDING")?
            .iter()
            .any(|t| t.id == task.id))
    })?;
    slurm.cluster.drained(MINUTES)?;
    slurm.done("collect faults")?;
    let export = slurm.sweep.export("cluster")?;
    assert_eq!(
        export[0].matches("missing").count(),
        0,
        "{}",
        slurm.cluster.said()
    );
    let logs: String = files(&slurm.sweep.results("cluster").join("cluster"))
        .iter()
        .filter(|path| path.ends_with(".log"))
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();
    assert!(
        logs.contains("the time is nearly up: back into the queue"),
        "{logs}"
    );
    slurm.same_as_at_home()
}

#[test]
fn a_cancelled_sweep_keeps_what_it_has_and_is_resumed() -> Checked {
    let Some(slurm) = slurm(&GRID.replace("3000", "12000"), Limits::default())? else {
        return Ok(());
    };
    slurm.submit("--slices 3 --slurm-cores 1", &[])?;
    slurm.sweep.wait_for_checkpoints("cluster", 3)?;
    let said = slurm.done("cancel faults")?;
    assert!(said.contains("cancelled"), "{said}");
    slurm.cluster.drained(MINUTES)?;
    // Left within its grace, with what had ended.
    assert!(slurm.published() > 0, "{}", slurm.cluster.said());
    let said = slurm.done("resume faults")?;
    assert!(
        said.contains("slices submitted") || said.contains("slice submitted"),
        "{said}"
    );
    slurm.same_as_at_home()
}
