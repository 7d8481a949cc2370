//! What a terminal shows besides: plots beside numbers, how far a sweep is, the runs that are asked for.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gan_sweep::event::{Outcome, Report, RunEvent};
use gan_sweep::param::Value;
use gan_sweep::spec::RunSpec;
use gan_sweep::store::Writer;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::faults::{Sweep, quiet};
use crate::synthetic::{
    Checked, FEATURES, gan_sweep, plan, prints, provenance, refuses, report, results, spec,
};

#[test]
fn bars_and_curves_stand_beside_the_numbers() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let shown = prints(folder.path(), &["compare", "demo", "--plots", "always"])?;
    let (cells, _) = shown.split_once("\n\nPaired").ok_or("two tables")?;
    insta::assert_snapshot!(cells, @r"
    ring8: covered, in modes, higher is better, best first
    loss            k  norm   n  mean  95 % interval  -0.7676            4.963  over the steps  diverged  missing  failed
    non_saturating  2  none   3  4.25   [3.63, 4.87]                    ├─●──┤  ▁█                     0        0       0
    non_saturating  2  batch  3  4.25   [3.63, 4.87]                    ├─●──┤  ▁█                     0        0       0
    minimax         2  batch  2   3.4     [1.8, 5.0]            ├──────●─────┤  ▁▇                     0        1       0
    minimax         2  none   3  3.25   [2.63, 3.87]                ├─●──┤      ▁▆                     0        0       0
    non_saturating  1  none   3     2              –             ●              ▁▄                     0        0       0
    non_saturating  1  batch  3     2              –             ●              ▁▄                     0        0       0
    minimax         1  batch  2     1              –         ●                  ▁▂                     0        0       1
    minimax         1  none   3   0.7    [-0.8, 2.1]  ├─────○─────┤             ▁▁                     1        0       0
    ●: the mean, ├─┤: its 95 % interval, from -0.7676 to 4.963; ○: diverged runs are in the mean
    over the steps: the mean at each evaluation, from ▁ 0.5 to █ 4.25
    covered on ring8, for reference: perfect 8, uniform 5
    ");
    // What was drawn, taken away: the numbers are the same.
    let plain = prints(folder.path(), &["compare", "demo"])?;
    for line in plain.lines().skip(2).take(8) {
        let words: Vec<&str> = line.split_whitespace().take(6).collect();
        let same = |shown: &&str| {
            shown
                .split_whitespace()
                .collect::<Vec<_>>()
                .starts_with(&words)
        };
        assert!(shown.lines().any(|line| same(&line)), "{line}");
    }
    Ok(())
}

#[test]
fn what_was_not_measured_has_no_bar_but_a_word() -> Checked {
    let folder = TempDir::new()?;
    let specs: Vec<RunSpec> = [1, 2, 3, 4]
        .into_iter()
        .flat_map(|k| (0..2).map(move |seed| spec(&[("k", Value::Int(k))], seed)))
        .collect();
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("odd", &specs))?;
    let sender = writer.sender();
    let diverged = || Outcome::Diverged {
        step: 5,
        quantity: "loss.d".to_owned(),
    };
    // k = 1: measured; 2: both diverged; 3: one of two; 4: missing.
    for (i, outcome) in [
        Outcome::Done,
        Outcome::Done,
        diverged(),
        diverged(),
        Outcome::Done,
        diverged(),
    ]
    .into_iter()
    .enumerate()
    {
        let covered = 4.0 + i as f64;
        let early = [("covered", 1.0), ("loss.d", 1.0)];
        let late = [("covered", covered), ("loss.d", f64::INFINITY)];
        let steps: &[(u64, &[_])] = match outcome {
            Outcome::Done => &[(1, &early), (10, &late)],
            _ => &[(1, &early)],
        };
        report(&sender, specs[i].id(), steps, &[("covered", 0.0)], outcome)?;
    }
    writer.close()?;
    let shown = prints(folder.path(), &["compare", "odd", "--plots", "always"])?;
    let (cells, _) = shown.split_once("\n\nPaired").ok_or("two tables")?;
    insta::assert_snapshot!(cells, @r"
    covered, in modes, higher is better, best first
    k  n  mean  95 % interval  -46.82             54.82  over the steps  diverged  missing  failed
    1  2   4.5   [-1.9, 10.9]            ├─●┤            ▁█                     0        0       0
    3  2     4      [-47, 55]  ├───────────○──────────┤  ▁▇                     1        0       0
    2  2     0              –  all diverged                                     2        0       0
    4  0     –              –  no value                                         0        2       0
    ●: the mean, ├─┤: its 95 % interval, from -46.82 to 54.82; ○: diverged runs are in the mean
    over the steps: the mean at each evaluation, from ▁ 1 to █ 4.5
    ");
    let losses = ["compare", "odd", "--metric", "loss.d", "--plots", "always"];
    let shown = prints(folder.path(), &losses)?;
    assert!(shown.contains("not finite"), "{shown}");
    Ok(())
}

#[test]
fn pipes_get_the_same_bytes_as_ever() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let never = prints(folder.path(), &["compare", "demo", "--plots", "never"])?;
    for drawn in ['●', '○', '├', '█', '▁'] {
        assert!(!never.contains(drawn), "{never}");
    }
    let piped = Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(["compare", "demo", "--results"])
        .arg(folder.path())
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "300")
        .env("TERM", "xterm")
        .output()?;
    assert_eq!(String::from_utf8(piped.stdout)?, never);
    Ok(())
}

/// What `compare demo` shows on a pseudo-terminal; `None` where there is no program to make one.
#[cfg(target_os = "linux")]
fn on_a_terminal(
    folder: &TempDir,
    columns: usize,
    variables: [(&str, &str); 2],
) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let line = format!(
        "stty cols {columns}; exec {} --results {} compare demo",
        env!("CARGO_BIN_EXE_gan-sweep"),
        folder.path().display()
    );
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_remove("LC_CTYPE")
        .env("TERM", "xterm")
        .envs(variables)
        .stdin(Stdio::null())
        .output();
    match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        output => Ok(Some(String::from_utf8(output?.stdout)?)),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_what_it_has_room_and_letters_for() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let utf8 = ("LC_ALL", "C.UTF-8");
    let plain = ("NO_COLOR", "1");
    let Some(wide) = on_a_terminal(&folder, 160, [utf8, plain])? else {
        return Ok(());
    };
    assert!(
        wide.contains("├") && wide.contains("over the steps"),
        "{wide}"
    );
    let narrower = on_a_terminal(&folder, 105, [utf8, plain])?.unwrap_or_default();
    assert!(narrower.contains("├"), "{narrower}");
    assert!(!narrower.contains("over the steps"), "{narrower}");
    for (columns, variables) in [
        (60, [utf8, plain]),
        (160, [("LC_ALL", "C"), plain]),
        (160, [utf8, ("TERM", "dumb")]),
    ] {
        let bare = on_a_terminal(&folder, columns, variables)?.unwrap_or_default();
        assert!(bare.contains("95 % interval"), "{bare}");
        assert!(!bare.contains("├"), "{columns} {variables:?}: {bare}");
    }
    Ok(())
}

const SMALL: &str = "\
version: 1
name: small
defaults: {hidden: [4], steps: 8, eval_every: 4}
grid: {k: [1, 2]}
seeds: 2
";

#[test]
fn the_end_of_run_draws_as_compare_does() -> Checked {
    let sweep = Sweep::new(SMALL)?;
    let run = |more: &str| -> Result<String, Box<dyn std::error::Error>> {
        let line = format!("run grid.yaml --no-report --quiet{more}");
        let output = sweep.command("results", &line).output()?;
        assert_eq!(output.status.code(), Some(0));
        Ok(String::from_utf8(output.stdout)?)
    };
    let plain = run("")?;
    assert!(!plain.contains('●'), "{plain}");
    let drawn = run(" --plots always")?;
    assert!(
        drawn.contains('●') && drawn.contains("over the steps"),
        "{drawn}"
    );
    let line = "compare small --plots always";
    let compared = sweep.command("results", line).output()?;
    assert_eq!(String::from_utf8(compared.stdout)?, drawn);
    Ok(())
}

/// Four cells of two seeds; the first cell has ended, a run diverged, one is with a worker.
fn at_work(folder: &TempDir) -> Result<(Writer, Vec<RunSpec>), Box<dyn std::error::Error>> {
    let specs: Vec<RunSpec> = [1, 2, 3, 4]
        .into_iter()
        .flat_map(|k| {
            let settings = move || [("k", Value::Int(k)), ("steps", Value::Int(400))];
            (0..2).map(move |seed| spec(&settings(), seed))
        })
        .collect();
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("demo", &specs))?;
    let sender = writer.sender();
    let done = [("covered", 8.0)];
    for spec in &specs[..2] {
        report(&sender, spec.id(), &[(400, &done)], &[], Outcome::Done)?;
    }
    let outcome = Outcome::Diverged {
        step: 7,
        quantity: "loss.d".to_owned(),
    };
    report(&sender, specs[2].id(), &[], &[("covered", 0.0)], outcome)?;
    let run = specs[3].id();
    let send = |event| sender.send(Report { run, event });
    send(RunEvent::Started { from: 0 })?;
    send(RunEvent::Logged {
        step: 100,
        values: vec![("loss.d", 0.5)],
    })?;
    Ok((writer, specs))
}

fn status(folder: &TempDir) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let text = prints(folder.path(), &["status", "demo", "--json"])?;
    Ok(serde_json::from_str(&text)?)
}

#[test]
fn status_tells_what_is_done_and_what_a_worker_does() -> Checked {
    let folder = TempDir::new()?;
    let (writer, specs) = at_work(&folder)?;
    // What is logged is committed within 200 ms.
    std::thread::sleep(Duration::from_millis(400));
    let json = status(&folder)?;
    let sweep = &json["sweeps"][0];
    for (key, expected) in [
        ("runs", 8),
        ("cells", 4),
        ("cells_done", 1),
        ("done", 2),
        ("diverged", 1),
        ("failed", 0),
        ("missing", 5),
        ("interrupted", 0),
    ] {
        assert_eq!(sweep[key], expected, "{key} in {sweep}");
    }
    assert_eq!(sweep["state"], "running");
    let running = &sweep["running"][0];
    assert_eq!(running["run"], specs[3].id().to_string());
    assert_eq!(
        (&running["step"], &running["steps"]),
        (&100.into(), &400.into())
    );
    // Each took 2.5 s; 0.75 of one run and four others, of more steps of D, are left.
    let range = &sweep["seconds_left"];
    let (low, high) = (range[0].as_f64(), range[1].as_f64());
    assert!(low <= Some(10.0) && high >= Some(10.0), "{range}");
    let text = prints(folder.path(), &["status"])?;
    let process = format!("process {} on ", std::process::id());
    assert!(text.starts_with(&process), "{text}");
    for part in [
        // What there is none of has no column.
        "sweep  state    cells  runs  done  diverged  missing  running\n",
        "demo   running    1/4   3/8     2         1        5        1\n",
        "100/400   25 %",
        "demo: k=2 seed=1",
        " left\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    writer.close()?;
    Ok(())
}

#[test]
fn a_run_whose_process_has_gone_is_interrupted_and_not_running() -> Checked {
    let folder = TempDir::new()?;
    let (writer, specs) = at_work(&folder)?;
    writer.close()?;
    let json = status(&folder)?;
    assert!(json["at_work"].is_null(), "{json}");
    let sweep = &json["sweeps"][0];
    assert_eq!(sweep["state"], "incomplete");
    assert_eq!(sweep["interrupted"], 1);
    assert_eq!(sweep["running"], serde_json::json!([]));
    assert!(sweep["seconds_left"].is_null());
    let text = prints(folder.path(), &["status", "demo"])?;
    assert!(text.starts_with("nobody is at work\n"), "{text}");
    assert!(
        text.contains("`gan-sweep run` of the grid goes on"),
        "{text}"
    );
    // Somebody else comes, later than that second, and has not come to that run yet.
    std::thread::sleep(Duration::from_millis(1100));
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("demo", &specs))?;
    let json = status(&folder)?;
    assert!(json["at_work"]["since"].is_i64(), "{json}");
    assert_eq!(json["sweeps"][0]["interrupted"], 1);
    assert_eq!(json["sweeps"][0]["running"], serde_json::json!([]));
    writer.close()?;
    Ok(())
}

#[test]
fn two_ended_runs_are_no_estimate() -> Checked {
    let folder = TempDir::new()?;
    let specs: Vec<RunSpec> = (0..4).map(|seed| spec(&[], seed)).collect();
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("demo", &specs))?;
    let sender = writer.sender();
    for spec in &specs[..2] {
        report(&sender, spec.id(), &[], &[], Outcome::Done)?;
    }
    let run = specs[2].id();
    sender.send(Report {
        run,
        event: RunEvent::Started { from: 0 },
    })?;
    let text = prints(folder.path(), &["status"])?;
    let expected = "demo: no estimate yet: 2 of the 3 runs that it takes have ended\n";
    assert!(text.contains(expected), "{text}");
    writer.close()?;
    Ok(())
}

#[test]
fn a_run_that_took_too_long_is_a_failure_and_not_missing() -> Checked {
    let folder = TempDir::new()?;
    let writer = Writer::open(folder.path(), provenance())?;
    let spec = spec(&[], 0);
    writer.plan(&plan("demo", std::slice::from_ref(&spec)))?;
    let limit = Duration::from_secs(60);
    let outcome = Outcome::TimedOut { step: 3, limit };
    report(&writer.sender(), spec.id(), &[], &[], outcome)?;
    writer.close()?;
    let listed = prints(folder.path(), &["ls", "--json"])?;
    let listed: serde_json::Value = serde_json::from_str(&listed)?;
    assert_eq!(
        (&listed[0]["failed"], &listed[0]["missing"]),
        (&1.into(), &0.into())
    );
    let json = status(&folder)?;
    let sweep = &json["sweeps"][0];
    assert_eq!(
        (&sweep["failed"], &sweep["missing"]),
        (&1.into(), &0.into())
    );
    assert_eq!(sweep["state"], "complete");
    Ok(())
}

#[test]
fn looking_is_never_in_the_way_of_who_begins() -> Checked {
    let sweep = Sweep::new(SMALL)?;
    let run = || sweep.command("results", "run grid.yaml --no-report --quiet");
    assert!(run().output()?.status.success());
    let looks = "for i in 1 2 3 4 5 6 7 8 9 10; do \"$0\" status --results \"$1\" || exit 1; done";
    let mut looking = Command::new("sh")
        .args(["-c", looks, env!("CARGO_BIN_EXE_gan-sweep")])
        .arg(sweep.results("results"))
        .stdout(Stdio::null())
        .spawn()?;
    let looked = loop {
        // A look that held the lock would be what some of these are refused for.
        let output = run().output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        if let Some(looked) = looking.try_wait()? {
            break looked;
        }
    };
    assert!(looked.success());
    Ok(())
}

#[test]
fn watching_ends_when_nobody_is_at_work_any_more() -> Checked {
    let folder = TempDir::new()?;
    let (writer, _) = at_work(&folder)?;
    let mut watch = Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(["status", "--watch=0.01", "--json", "--results"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()?;
    // A look or several, however slow the machine is: the pipe holds hundreds.
    std::thread::sleep(Duration::from_secs(1));
    assert!(watch.try_wait()?.is_none());
    writer.close()?;
    let start = Instant::now();
    let mut ended = None;
    while ended.is_none() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
        ended = watch.try_wait()?;
    }
    assert!(ended.is_some_and(|status| status.success()));
    let output = watch.wait_with_output()?;
    let looks: Result<Vec<serde_json::Value>, _> = String::from_utf8(output.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect();
    let looks = looks?;
    let (last, before) = looks.split_last().ok_or("a look")?;
    assert!(before.iter().all(|look| look["at_work"].is_object()));
    assert!(!before.is_empty() && last["at_work"].is_null());
    Ok(())
}

const LONG: &str = "\
version: 1
name: demo
defaults: {hidden: [16], eval_every: 200, log_every: 20}
grid:
  steps: [40, 200000]
seeds: 2
";

#[test]
fn status_sees_another_process_work_and_die() -> Checked {
    let sweep = Sweep::new(LONG)?;
    let mut run = quiet(&mut sweep.run("results"))?;
    let look = || -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        let output = sweep.command("results", "status --json").output()?;
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
    };
    let start = Instant::now();
    let mut seen = look()?;
    let far = |seen: &serde_json::Value| {
        let running = seen["sweeps"][0]["running"].as_array();
        let steps = |r: &serde_json::Value| r["step"].as_u64() > Some(0);
        running.is_some_and(|r| r.len() == 2 && r.iter().all(steps))
    };
    while !far(&seen) && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
        seen = look()?;
    }
    let pid = Pid::from_child(&run);
    let process = format!("process {} on ", run.id());
    kill_process(pid, Signal::KILL)?;
    run.wait()?;
    assert!(far(&seen), "{seen}");
    let who = seen["at_work"]["who"].as_str().unwrap_or_default();
    assert!(who.starts_with(&process), "{who}");
    assert_eq!(seen["sweeps"][0]["done"], 2);
    let after = look()?;
    assert!(after["at_work"].is_null(), "{after}");
    assert_eq!(after["sweeps"][0]["interrupted"], 2);
    assert_eq!(after["sweeps"][0]["running"], serde_json::json!([]));
    Ok(())
}

#[test]
fn ls_lists_the_runs_that_are_asked_for() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let listed = |filter: &str| -> Result<Vec<serde_json::Value>, Box<dyn std::error::Error>> {
        let text = prints(folder.path(), &["ls", "demo", "--where", filter, "--json"])?;
        Ok(serde_json::from_str(&text)?)
    };
    for (filter, runs) in [
        ("loss=minimax", 12),
        ("loss=minimax and dataset=ring8 and k=2", 6),
        ("covered>=4", 6),
        ("outcome=diverged or outcome=failed", 2),
        ("outcome=missing", 1),
        ("not covered<=3 and dataset=ring8 and seed=0", 3),
        ("norm=batch and covered=1", 2),
        ("loss.d=nan", 1),
        ("fid<20.5", 1),
    ] {
        assert_eq!(listed(filter)?.len(), runs, "{filter}");
    }
    let text = prints(folder.path(), &["ls", "demo", "--where", "covered>4.3"])?;
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("4.5"), "{text}");
    let none = gan_sweep(folder.path(), &["ls", "demo", "--where", "covered>100"])?;
    assert!(none.status.success());
    assert_eq!(
        String::from_utf8(none.stderr)?,
        "note: none of 26 runs matches\n"
    );
    insta::assert_snapshot!(refuses(folder.path(), &["ls", "demo", "--where", "coverd>4"])?, @r"
    error: no run has a setting or a value 'coverd'
     --> column 1 of the filter
      |
      | coverd>4
      | ^^^^^^
      = help: did you mean 'covered'?
    ");
    Ok(())
}

#[test]
fn show_as_json_holds_what_its_text_shows() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    for filter in [
        "fid<20.5",
        "outcome=diverged",
        "outcome=failed",
        "outcome=missing",
    ] {
        let listed = prints(folder.path(), &["ls", "demo", "--where", filter, "--json"])?;
        let listed: serde_json::Value = serde_json::from_str(&listed)?;
        let id = listed[0]["run"].as_str().ok_or("an id")?;
        let text = prints(folder.path(), &["show", id])?;
        let json = prints(folder.path(), &["show", id, "--json"])?;
        let json: serde_json::Value = serde_json::from_str(&json)?;
        // Every line of the text stands for one of these.
        let (above, below) = text.split_once("\nsetting").ok_or("settings")?;
        for line in above.lines() {
            let key = match line.get(..16).map(str::trim_end) {
                Some("sweep") => "sweeps",
                Some("time") => "wall_seconds",
                Some("ended") => "ended_at",
                Some("made by" | "versions" | "numeric class") => "provenance",
                Some("weights digest") => "weights_digest",
                Some("series digest") => "series_digest",
                Some(key @ ("run" | "outcome" | "seed" | "attempts" | "flops" | "features")) => key,
                // The rest of a message.
                _ => continue,
            };
            assert!(
                !json[key].is_null(),
                "{key}, as in {line:?}, is not in {json}"
            );
        }
        if filter.starts_with("fid") {
            assert_eq!(json["features"], FEATURES);
        }
        for (key, value) in json["settings"].as_object().ok_or("settings")? {
            let value = value.as_str().ok_or("a text")?;
            let is_shown = |line: &str| {
                line.strip_prefix(key.as_str())
                    .is_some_and(|rest| rest.trim() == value)
            };
            assert!(below.lines().any(is_shown), "{key} in\n{below}");
        }
    }
    Ok(())
}
