//! `gan-sweep run` from outside: what it trains, what it prints, how it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const GRID: &str = "\
version: 1
name: small
question: Does k matter?
defaults: {hidden: [16], steps: 60, eval_every: 20, log_every: 10}
grid:
  k: [1, 2]
  norm: [none, batch]
seeds: 2
";

struct Folder(TempDir);

impl Folder {
    fn with(grid: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("grid.yaml"), grid).expect("a grid");
        Self(folder)
    }

    fn command(&self, results: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gan-sweep"));
        command
            .args(args)
            .current_dir(self.0.path())
            .args(["--results", results]);
        command
    }

    fn run(&self, results: &str, args: &[&str]) -> Output {
        self.command(results, args)
            .output()
            .expect("the binary starts")
    }

    fn export(&self, results: &str, table: &str, format: &str) -> String {
        let args = ["export", "small", "--table", table, "--format", format];
        let output = self.run(results, &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn exports_are_byte_identical_at_one_job_and_at_four() {
    let folder = Folder::with(GRID);
    for (results, jobs) in [("one", "1"), ("four", "4")] {
        let output = folder.run(
            results,
            &["run", "grid.yaml", "--no-report", "--jobs", jobs],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    for table in ["runs", "metrics"] {
        for format in ["csv", "jsonl"] {
            let one = folder.export("one", table, format);
            assert!(one.lines().count() >= 8, "{one}");
            assert_eq!(
                one,
                folder.export("four", table, format),
                "{table} as {format}"
            );
        }
    }
}

/// One run on four cores has four threads, and products large enough for them to share.
#[test]
fn threads_within_a_run_change_no_byte() {
    let folder = Folder::with(
        "version: 1\nname: small\ndefaults: {hidden: [256, 256], batch_size: 256, steps: 6}\nseeds: 1\n",
    );
    for (results, jobs) in [("one", "1"), ("four", "4")] {
        let args = ["run", "grid.yaml", "--no-report", "--jobs", jobs];
        let output = folder.run(results, &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let one = folder.export("one", "metrics", "csv");
    assert_eq!(one, folder.export("four", "metrics", "csv"));
}

#[test]
fn a_second_run_trains_nothing_and_says_so() {
    let folder = Folder::with(GRID);
    let first = folder.run("results", &["run", "grid.yaml"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(
        stderr(&first).contains("8 runs to train"),
        "{}",
        stderr(&first)
    );
    assert!(Path::new(&folder.0.path().join("results/small/report.html")).exists());
    let before = folder.export("results", "metrics", "csv");
    let second = folder.run("results", &["run", "grid.yaml"]);
    assert_eq!(second.status.code(), Some(0));
    assert!(
        stderr(&second).contains("nothing to train: all 8 runs"),
        "{}",
        stderr(&second)
    );
    assert_eq!(stdout(&first), stdout(&second));
    assert_eq!(before, folder.export("results", "metrics", "csv"));
}

#[test]
fn a_slice_trains_its_part_and_the_rest_follows() {
    let folder = Folder::with(GRID);
    for (slice, expected) in [
        ("1/2", "4 of 8 runs to train"),
        ("2/2", "4 of 8 runs to train"),
    ] {
        let output = folder.run(
            "results",
            &["run", "grid.yaml", "--no-report", "--shard", slice],
        );
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let whole = folder.run("results", &["run", "grid.yaml", "--no-report"]);
    assert!(
        stderr(&whole).contains("nothing to train"),
        "{}",
        stderr(&whole)
    );
}

#[test]
fn the_table_ranks_cells_and_states_n_interval_and_missing_runs() {
    let folder = Folder::with(GRID);
    let args = ["run", "grid.yaml", "--no-report", "--only", "k=1"];
    let output = folder.run("results", &args);
    let table = stdout(&output);
    let head = table
        .lines()
        .find(|line| line.starts_with("k  "))
        .unwrap_or_default();
    for column in [
        "norm",
        "n",
        "mean",
        "95 % interval",
        "diverged",
        "missing",
        "failed",
    ] {
        assert!(head.contains(column), "'{column}' is not in: {head}");
    }
    assert!(table.contains("perfect 8"), "{table}");
}

#[test]
fn a_diverged_run_is_a_result_and_counts_with_the_worst_value() {
    let grid = "\
version: 1
name: small
defaults: {steps: 20, hidden: [32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32],
  activation: leaky_relu, loss: minimax, log_every: 1}
grid: {lr: [10, 1e-4]}
";
    let folder = Folder::with(grid);
    let output = folder.run("results", &["run", "grid.yaml", "--no-report"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("diverged: lr=10 seed=0"),
        "{}",
        stderr(&output)
    );
    let runs = folder.export("results", "runs", "csv");
    let mut reader = csv::Reader::from_reader(runs.as_bytes());
    let head = reader.headers().expect("a heading").clone();
    let first = reader.records().next().expect("a run").expect("a row");
    let value = |name: &str| {
        let column = head.iter().position(|h| h == name).expect("a column");
        first[column].to_owned()
    };
    assert_eq!(value("outcome"), "diverged");
    assert_eq!(value("covered").parse::<f64>(), Ok(0.0));
    // ln 8, the reverse KL of nothing.
    assert_eq!(
        value("reverse_kl").parse::<f64>(),
        Ok(2.079_441_541_679_835_7)
    );
}

/// Waits for a line on stderr that contains a text.
fn wait_for(lines: &mut impl Iterator<Item = std::io::Result<String>>, text: &str) {
    let found = lines.any(|line| line.is_ok_and(|line| line.contains(text)));
    assert!(found, "'{text}' was never said");
}

#[test]
fn an_interruption_exits_75_and_the_same_command_goes_on() {
    let grid = GRID
        .replace("steps: 60", "steps: 2000")
        .replace("seeds: 2", "seeds: 3");
    let folder = Folder::with(&grid);
    let args = ["run", "grid.yaml", "--no-report", "--jobs", "1"];
    let mut child = folder
        .command("results", &args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let stderr_of_child = child.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(stderr_of_child).lines();
    wait_for(&mut lines, "12 runs to train");
    // Signals are counted from just after that line on.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    wait_for(
        &mut lines,
        "interrupted: leaving 1 running run at a checkpoint",
    );
    wait_for(&mut lines, "left; the same command goes on");
    assert_eq!(child.wait().expect("it ends").code(), Some(75));

    let rest = folder.run("results", &args);
    assert_eq!(rest.status.code(), Some(0), "{}", stderr(&rest));
    let undisturbed = folder.run("undisturbed", &["run", "grid.yaml", "--no-report"]);
    assert_eq!(undisturbed.status.code(), Some(0));
    for table in ["runs", "metrics"] {
        let whole = folder.export("undisturbed", table, "csv");
        assert_eq!(folder.export("results", table, "csv"), whole, "{table}");
    }
}

#[test]
fn bad_input_gets_one_message_with_a_place_and_exit_code_2() {
    let cases = [
        ("defaults: {losss: minimax}\n", "grid.yaml:3:12", "loss"),
        ("defaults: {lr: fast}\n", "grid.yaml:3:16", "a number"),
        ("zip: {a: {k: [1, 2], lr: [1e-4]}}\n", "grid.yaml:3", "2"),
        ("grid: {k: [1, 2]}\nexclude: [{k: 3}]\n", "grid.yaml:4", "k"),
    ];
    for (body, place, word) in cases {
        let folder = Folder::with(&format!("version: 1\nname: small\n{body}"));
        let output = folder.run("results", &["run", "grid.yaml"]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(
            message.contains(place) && message.contains(word),
            "{message}"
        );
        assert_eq!(message.matches("error: ").count(), 1, "{message}");
        assert!(!folder.0.path().join("results").exists(), "nothing is made");
    }
}

#[test]
fn runs_of_a_moment_predict_no_cost() {
    let folder = Folder::with(GRID);
    let trained = folder.run("results", &["run", "grid.yaml", "--no-report"]);
    assert_eq!(trained.status.code(), Some(0), "{}", stderr(&trained));
    let plan = stdout(&folder.run("results", &["plan", "grid.yaml"]));
    assert!(plan.contains("8 runs, 8 done, 0 to do"), "{plan}");
    assert!(!plan.contains("core-s"), "{plan}");
}

#[test]
fn runs_that_left_the_grid_are_spoken_of() {
    let folder = Folder::with(GRID);
    folder.run("results", &["run", "grid.yaml", "--no-report"]);
    let args = ["run", "grid.yaml", "--no-report", "--seeds", "1"];
    let fewer = stderr(&folder.run("results", &args));
    let note = "note: 4 runs of this sweep are no longer in the grid; they are kept and left out of \
                the table (`gan-sweep ls small --left` lists them";
    assert!(fewer.contains(note), "{fewer}");
}

#[test]
fn what_cannot_fit_into_memory_is_refused_before_it_is_tried() {
    let widths = vec!["16384"; 32].join(", ");
    let folder = Folder::with(&format!(
        "version: 1\nname: small\ndefaults: {{hidden: [{widths}]}}\nseeds: 64\n"
    ));
    let output = folder.run("results", &["run", "grid.yaml", "--jobs", "64"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("64 runs at the same time hold at least"),
        "{said}"
    );
    assert!(said.contains("the largest is seed=0 with "), "{said}");
}

#[test]
fn runs_through_inception_are_refused_where_its_weights_are_not() {
    let folder = Folder::with(
        "version: 1\nname: small\ndefaults: {problem: fid_response, count: 2}\n\
         grid: {features: [pixels, inception]}\nseeds: 1\n",
    );
    let run = |variable: &str| {
        let mut command = folder.command("results", &["run", "grid.yaml", "--no-report"]);
        let output = command
            .env("GAN_SWEEP_INCEPTION", variable)
            .env("HOME", folder.0.path())
            .output();
        output.expect("the binary starts")
    };
    for (variable, said) in [
        ("", "https://github.com/mseitzer/pytorch-fid/releases"),
        (
            "nowhere.pth",
            "GAN_SWEEP_INCEPTION names nowhere.pth, which is no file",
        ),
        ("grid.yaml", "its SHA-256 is "),
    ] {
        let output = run(variable);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    let listed = folder.run("results", &["ls", "--json"]);
    assert!(
        !stdout(&listed).contains("failed\": 1"),
        "{}",
        stdout(&listed)
    );
}
