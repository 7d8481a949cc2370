//! Whatever a sweep is killed, damaged or interrupted by, the same command brings it to the same bytes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Short runs and long ones: the long ones have checkpoints.
pub(crate) const GRID: &str = "\
version: 1
name: faults
defaults: {hidden: [16], eval_every: 200, log_every: 50}
grid:
  k: [1, 2]
  steps: [40, 3000]
seeds: 2
";

/// How many times the sweep is killed; the full number by `GAN_SWEEP_TEST_KILLS=100`.
const KILLS: usize = 8;

pub(crate) struct Sweep {
    folder: TempDir,
}

impl Sweep {
    pub(crate) fn new(grid: &str) -> Checked<Self> {
        let folder = TempDir::new()?;
        fs::write(folder.path().join("grid.yaml"), grid)?;
        Ok(Self { folder })
    }

    pub(crate) fn results(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, results: &str, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gan-sweep"));
        command
            .args(line.split_whitespace())
            .args(["--results", results])
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, results: &str) -> Command {
        let line = "run grid.yaml --no-report --jobs 2 --checkpoint-every 0.02s";
        self.command(results, line)
    }

    /// Runs to the end; what was said on stderr.
    pub(crate) fn finish(&self, results: &str) -> Checked<String> {
        let output = self.run(results).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        Ok(said)
    }

    /// Every table without times.
    pub(crate) fn export(&self, results: &str) -> Checked<[String; 2]> {
        let mut tables = [String::new(), String::new()];
        for (text, table) in tables.iter_mut().zip(["runs", "metrics"]) {
            let line = format!("export faults --table {table} --format csv");
            let output = self.command(results, &line).output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{said}");
            *text = String::from_utf8(output.stdout)?;
        }
        Ok(tables)
    }

    /// The database is whole, and no checkpoint is left.
    pub(crate) fn check(&self, results: &str) -> Checked {
        let db = Connection::open(self.results(results).join("gan-sweep.db"))?;
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(whole, "ok");
        assert_eq!(self.checkpoints(results), Vec::<PathBuf>::new());
        Ok(())
    }

    /// Waits until so many runs have a checkpoint.
    pub(crate) fn wait_for_checkpoints(&self, results: &str, runs: usize) -> Checked {
        let start = Instant::now();
        loop {
            let files = self.checkpoints(results);
            let folders: BTreeSet<_> = files.iter().filter_map(|f| f.parent()).collect();
            if folders.len() >= runs {
                return Ok(());
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no checkpoints");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All checkpoints there are, the newest of a run last.
    fn checkpoints(&self, results: &str) -> Vec<PathBuf> {
        let runs = fs::read_dir(self.results(results).join("checkpoints"));
        let runs = runs.into_iter().flatten().flatten();
        let files = runs.flat_map(|run| fs::read_dir(run.path()).into_iter().flatten().flatten());
        let mut files: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|e| e == "checkpoint"))
            .collect();
        files.sort();
        files
    }
}

/// Waits for the end, at most so long.
fn wait(child: &mut Child, at_most: Duration) -> Checked<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= at_most {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn quiet(command: &mut Command) -> Checked<Child> {
    Ok(command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}

#[test]
#[expect(clippy::print_stdout, reason = "the long one is run for its result")]
fn killed_at_any_moment_it_ends_as_if_it_had_not_been() -> Checked {
    let sweep = Sweep::new(GRID)?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    let kills = match std::env::var("GAN_SWEEP_TEST_KILLS") {
        Ok(text) => text.parse()?,
        Err(_) => KILLS,
    };
    // A linear congruential generator: the same moments every time.
    let mut state = 1_u64;
    let mut moment = || {
        state = (1_664_525 * state + 1_013_904_223) % (1 << 32);
        Duration::from_millis(60 + state * 600 / (1 << 32))
    };
    let (mut killed, mut sweeps, mut most) = (0, 0, 0);
    while killed < kills {
        let results = format!("killed{sweeps}");
        let mut of_this = 0;
        loop {
            // On a busy machine a run may be killed three times before its first checkpoint; it is tried again.
            let mut child = quiet(sweep.run(&results).args(["--retries", "1"]))?;
            if let Some(status) = wait(&mut child, moment())? {
                assert_eq!(status.code(), Some(0));
                break;
            }
            child.kill()?;
            child.wait()?;
            of_this += 1;
        }
        killed += of_this;
        most = most.max(of_this);
        sweeps += 1;
        assert_eq!(sweep.export(&results)?, expected, "after {of_this} kills");
        sweep.check(&results)?;
    }
    println!(
        "{killed} kills of {sweeps} sweeps, at most {most} of one: every export is the undisturbed one"
    );
    Ok(())
}

#[test]
fn a_crash_at_any_step_of_writing_down_loses_nothing() -> Checked {
    let sweep = Sweep::new(GRID)?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    let points = [
        "checkpoint.write.before",
        "checkpoint.write.middle",
        "checkpoint.sync.before",
        "checkpoint.sync.after",
        "checkpoint.rename.before",
        "checkpoint.rename.after",
        "checkpoint.folder.after",
        "commit.before",
        "commit.after",
        "commit.synced",
        "close.before",
    ];
    for point in points {
        for passes in [0, 3] {
            let results = format!("{point}{passes}");
            let fault = format!("{point}:{passes}");
            let mut command = sweep.run(&results);
            let status = quiet(command.env("GAN_SWEEP_FAULT", &fault))?.wait()?;
            // The database is closed once.
            let is_passed = passes == 0 || point != "close.before";
            assert_eq!(
                status.code(),
                if is_passed { None } else { Some(0) },
                "{fault}"
            );
            sweep.finish(&results)?;
            assert_eq!(sweep.export(&results)?, expected, "{fault}");
            sweep.check(&results)?;
        }
    }
    Ok(())
}

/// Kills a sweep when two checkpoints of one run are there.
fn with_checkpoints(sweep: &Sweep, results: &str) -> Checked<[PathBuf; 2]> {
    let mut child = quiet(&mut sweep.run(results))?;
    let start = Instant::now();
    let found = loop {
        let files = sweep.checkpoints(results);
        let pair = files.windows(2).find(|w| w[0].parent() == w[1].parent());
        if let Some([before, newest]) = pair {
            break [before.clone(), newest.clone()];
        }
        assert!(start.elapsed() < Duration::from_secs(60) && child.try_wait()?.is_none());
        std::thread::sleep(Duration::from_millis(1));
    };
    child.kill()?;
    child.wait()?;
    // One more may have been written meanwhile.
    let files = sweep.checkpoints(results);
    let of_run: Vec<_> = files
        .into_iter()
        .filter(|f| f.parent() == found[0].parent())
        .collect();
    let count = of_run.len();
    assert!(count >= 2, "{of_run:?}");
    Ok([of_run[count - 2].clone(), of_run[count - 1].clone()])
}

#[test]
fn damaged_checkpoints_are_noticed_and_those_before_count() -> Checked {
    let sweep = Sweep::new(
        &GRID
            .replace("[40, 3000]", "[40, 12000]")
            .replace("seeds: 2", "seeds: 1"),
    )?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    let flipped = |path: &Path| -> Checked {
        let mut bytes = fs::read(path)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        Ok(fs::write(path, bytes)?)
    };
    let truncated = |path: &Path| -> Checked {
        let bytes = fs::read(path)?;
        Ok(fs::write(path, &bytes[..bytes.len() / 3])?)
    };
    type Damage<'a> = (&'a str, &'a dyn Fn(&Path) -> Checked, usize);
    let damages: [Damage<'_>; 4] = [
        ("flipped", &flipped, 1),
        ("truncated", &truncated, 1),
        ("deleted", &|path| Ok(fs::remove_file(path)?), 0),
        ("emptied", &|path| Ok(fs::write(path, "")?), 1),
    ];
    for (how, damage, told) in damages {
        for both in [false, true] {
            let results = format!("{how}{both}");
            let [before, newest] = with_checkpoints(&sweep, &results)?;
            damage(&newest)?;
            if both {
                damage(&before)?;
            }
            let said = sweep.finish(&results)?;
            let notes = said.matches("is not used").count();
            assert_eq!(notes, told * (1 + usize::from(both)), "{said}");
            assert_eq!(sweep.export(&results)?, expected, "{how}");
        }
    }
    Ok(())
}

#[test]
fn a_signal_ends_it_within_two_seconds_and_it_goes_on() -> Checked {
    // Minutes long.
    let grid = GRID.replace("[40, 3000]", "[200000]");
    let sweep = Sweep::new(&grid)?;
    for signal in [Signal::INT, Signal::TERM] {
        let results = format!("{signal:?}");
        let mut child = sweep
            .run(&results)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child.stderr.take().expect("a pipe");
        sweep.wait_for_checkpoints(&results, 2)?;
        let start = Instant::now();
        kill_process(Pid::from_child(&child), signal)?;
        let status = wait(&mut child, Duration::from_secs(10))?;
        assert_eq!(status.and_then(|s| s.code()), Some(75));
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        let lines: Vec<String> = BufReader::new(said).lines().collect::<Result<_, _>>()?;
        let text = lines.join("\n");
        assert!(
            text.contains("leaving 2 running runs at a checkpoint"),
            "{text}"
        );
        assert!(
            text.contains("4 runs are left; the same command goes on"),
            "{text}"
        );
        assert_eq!(sweep.checkpoints(&results).len().min(2), 2);
        // An attempt that was left so is none that took its process down.
        let db = Connection::open(sweep.results(&results).join("gan-sweep.db"))?;
        let stopped: i64 = db.query_row(
            "SELECT count(*) FROM attempts WHERE stopped_step > 0",
            [],
            |row| row.get(0),
        )?;
        assert_eq!(stopped, 2);
    }
    Ok(())
}

/// The attempt is dropped back to its last checkpoint when its step does not end in time.
#[test]
fn a_signal_does_not_wait_for_a_long_step() -> Checked {
    let sweep = Sweep::new(GRID)?;
    sweep.finish("undisturbed")?;
    let slow = ids(&sweep, "undisturbed")?.pop().expect("a long run");
    let fault = format!("sleep@{slow}:1500");
    let mut child = quiet(sweep.run("results").env("GAN_SWEEP_FAULT", &fault))?;
    let shelf = sweep.results("results").join("checkpoints").join(&slow);
    let deadline = Instant::now() + Duration::from_secs(60);
    // Once its checkpoints no longer change it sleeps.
    let mut newest = None;
    loop {
        assert!(Instant::now() < deadline, "it never slept");
        std::thread::sleep(Duration::from_secs(1));
        let files = fs::read_dir(&shelf).map(|dir| dir.flatten().map(|e| e.file_name()).max());
        let now = files.ok().flatten();
        if now.is_some() && now == newest {
            break;
        }
        newest = now;
    }
    let start = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM)?;
    let status = wait(&mut child, Duration::from_secs(10))?;
    assert_eq!(status.and_then(|s| s.code()), Some(75));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    sweep.finish("results")?;
    assert_eq!(sweep.export("results")?, sweep.export("undisturbed")?);
    sweep.check("results")
}

#[test]
fn a_second_signal_ends_it_at_once() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[200000]"))?;
    let mut child = quiet(&mut sweep.run("results"))?;
    sweep.wait_for_checkpoints("results", 2)?;
    let start = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT)?;
    std::thread::sleep(Duration::from_millis(1));
    // It may have ended already.
    let _ = kill_process(Pid::from_child(&child), Signal::INT);
    let status = wait(&mut child, Duration::from_secs(10))?;
    assert_eq!(status.and_then(|s| s.code()), Some(75));
    assert!(start.elapsed() < Duration::from_secs(2));
    Ok(())
}

/// Ids of the runs in plan order.
fn ids(sweep: &Sweep, results: &str) -> Checked<Vec<String>> {
    let [runs, _] = sweep.export(results)?;
    let lines = runs.lines().skip(1);
    Ok(lines
        .filter_map(|line| line.split(',').nth(1).map(str::to_owned))
        .collect())
}

pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The rows of one table of all runs but one.
fn without(table: &str, run: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| !line.contains(run));
    rows.map(str::to_owned).collect()
}

#[test]
fn a_run_that_panics_is_told_apart_and_the_others_are_untouched() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[40, 400]"))?;
    sweep.finish("undisturbed")?;
    let [runs, metrics] = sweep.export("undisturbed")?;
    let victim = ids(&sweep, "undisturbed")?.remove(2);
    // Beyond what it may take over from the run of 40 steps.
    let fault = format!("panic@{victim}:117");
    let output = sweep
        .run("results")
        .env("GAN_SWEEP_FAULT", &fault)
        .output()?;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("crashed: "), "{}", text(&output));
    let [found_runs, found_metrics] = sweep.export("results")?;
    assert_eq!(without(&found_runs, &victim), without(&runs, &victim));
    assert_eq!(without(&found_metrics, &victim), without(&metrics, &victim));
    let shown = sweep
        .command("results", &format!("show {victim}"))
        .output()?;
    assert!(
        text(&shown).contains("a test asked for it"),
        "{}",
        text(&shown)
    );
    // Left alone, until somebody asks.
    let again = sweep.run("results").output()?;
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again).contains("--retries 1"), "{}", text(&again));
    let retried = sweep.run("results").args(["--retries", "1"]).output()?;
    assert_eq!(retried.status.code(), Some(0), "{}", text(&retried));
    assert_eq!(sweep.export("results")?, [runs, metrics]);
    Ok(())
}

#[test]
fn a_run_that_takes_its_process_down_three_times_is_left_alone() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[40, 60]"))?;
    sweep.finish("undisturbed")?;
    let [runs, metrics] = sweep.export("undisturbed")?;
    let victim = ids(&sweep, "undisturbed")?.remove(1);
    let fault = format!("abort@{victim}:5");
    for _ in 0..3 {
        let status = quiet(sweep.run("results").env("GAN_SWEEP_FAULT", &fault))?.wait()?;
        assert_eq!(status.code(), None);
    }
    let output = sweep
        .run("results")
        .env("GAN_SWEEP_FAULT", &fault)
        .output()?;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("3 attempts took"),
        "{}",
        text(&output)
    );
    let [found_runs, found_metrics] = sweep.export("results")?;
    assert_eq!(without(&found_runs, &victim), without(&runs, &victim));
    assert_eq!(without(&found_metrics, &victim), without(&metrics, &victim));
    let line = format!("logs {victim}");
    let logs = text(&sweep.command("results", &line).output()?);
    assert_eq!(logs.lines().count(), 5, "{logs}");
    assert_eq!(logs.matches("with its process").count(), 3, "{logs}");
    assert!(logs.contains("crashed at a place after step 0"), "{logs}");
    let retried = sweep.run("results").args(["--retries", "1"]).output()?;
    assert_eq!(retried.status.code(), Some(0), "{}", text(&retried));
    assert_eq!(sweep.export("results")?, [runs, metrics]);
    Ok(())
}

#[test]
fn a_run_that_takes_too_long_goes_on_under_a_larger_limit() -> Checked {
    let sweep = Sweep::new(
        &GRID
            .replace("[40, 3000]", "[40, 20000]")
            .replace("k: [1, 2]", "k: [1]"),
    )?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    let limited = |limit: &str| sweep.run("results").args(["--timeout", limit]).output();
    let output = limited("0.2s")?;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(
        text(&output).matches("timed out: ").count(),
        2,
        "{}",
        text(&output)
    );
    assert_eq!(sweep.export("results")?[0].matches("timed_out").count(), 2);
    // The same limit: nothing to do.
    assert!(text(&limited("0.2s")?).contains("nothing to train"));
    sweep.finish("results")?;
    assert_eq!(sweep.export("results")?, expected);
    sweep.check("results")
}

#[test]
fn too_many_failures_stop_the_sweep() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[30000]"))?;
    let line = "--timeout 0.1s --max-fails 2";
    let output = sweep.run("results").args(line.split(' ')).output()?;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("--max-fails 2): "),
        "{}",
        text(&output)
    );
    assert_eq!(sweep.export("results")?[0].matches("missing").count(), 2);
    Ok(())
}

#[test]
fn any_number_of_workers_in_any_order_gives_the_same_export() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "300").replace("seeds: 2", "seeds: 4"))?;
    let mut exports = Vec::new();
    for workers in ["1", "2", "8", "64"] {
        let line = format!("run grid.yaml --no-report --jobs {workers}");
        let output = sweep.command(workers, &line).output()?;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        exports.push(sweep.export(workers)?);
    }
    for shard in ["3/4", "1/4", "4/4", "2/4"] {
        let line = format!("run grid.yaml --no-report --jobs 3 --shard {shard}");
        let output = sweep.command("shuffled", &line).output()?;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    exports.push(sweep.export("shuffled")?);
    assert!(exports.windows(2).all(|pair| pair[0] == pair[1]));
    Ok(())
}

#[test]
fn two_at_once_one_owner_and_readers_all_the_time() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "30000"))?;
    let mut owner = quiet(&mut sweep.run("results"))?;
    let database = sweep.results("results").join("gan-sweep.db");
    let start = Instant::now();
    while !database.exists() || sweep.command("results", "ls").output()?.status.code() != Some(0) {
        assert!(start.elapsed() < Duration::from_secs(30));
    }
    let second = || -> Checked {
        let begun = Instant::now();
        let output = sweep.run("results").output()?;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let holder = format!("process {} on ", owner.id());
        assert!(text(&output).contains(&holder), "{}", text(&output));
        assert!(begun.elapsed() < Duration::from_secs(5));
        Ok(())
    };
    let readers = || -> Checked {
        for line in [
            "ls",
            "ls faults",
            "compare faults",
            "export faults --table metrics",
            "report faults",
        ] {
            let output = sweep.command("results", line).output()?;
            let said = text(&output);
            assert!(
                !said.contains("locked") && !said.contains("busy"),
                "{line}: {said}"
            );
            // Without a run that ended there is nothing to compare yet.
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{line}: {said}"
            );
        }
        Ok(())
    };
    second()?;
    readers()?;
    // A stopped owner is an owner.
    kill_process(Pid::from_child(&owner), Signal::STOP)?;
    second()?;
    readers()?;
    kill_process(Pid::from_child(&owner), Signal::CONT)?;
    second()?;
    kill_process(Pid::from_child(&owner), Signal::KILL)?;
    owner.wait()?;
    // A dead one is none, and nothing has to be unlocked.
    let line = "run grid.yaml --no-report --limit 1";
    let output = sweep.command("results", line).output()?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    Ok(())
}
