//! stdout and stderr that nobody reads.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// Two runs of a few steps.
const GRID: &str = "\
version: 1
name: tiny
defaults: {hidden: [16], steps: 20, eval_every: 20}
grid: {k: [1, 2]}
";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("grid.yaml"), GRID).expect("a grid");
    folder
}

fn run(folder: &Path, args: &[&str], stderr: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("the binary starts")
}

/// The writing end of a pipe that nobody reads any more.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[cfg(target_os = "linux")]
fn full() -> Stdio {
    std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device that is always full")
        .into()
}

fn check(stderr: impl Fn() -> Stdio) {
    let folder = folder();
    let args = ["run", "grid.yaml", "--no-report"];
    let output = run(folder.path(), &args, stderr());
    assert_eq!(output.status.code(), Some(0));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.contains("covered, in modes"), "{table}");
    let refused = run(folder.path(), &["run", "none.yaml"], stderr());
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_closed_stderr_changes_neither_the_result_nor_the_exit_code() {
    check(closed);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stderr_changes_neither_the_result_nor_the_exit_code() {
    check(full);
}

/// Until a condition holds; a minute is far more than anything here takes.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} did not come about");
}

#[test]
fn a_signal_after_training_ends_the_program_and_loses_nothing() {
    let folder = folder();
    // The table waits for a reader that never comes: training is over and the program is not.
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let mut child = Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(["run", "grid.yaml", "--quiet"])
        .current_dir(folder.path())
        .stdout(writer.try_clone().expect("a pipe"))
        .spawn()
        .expect("the binary starts");
    let filler = std::thread::spawn(move || {
        // Ends with an error when the reader is dropped.
        let _ = writer.write_all(&vec![b'.'; 1 << 20]);
    });
    let (database, log) = ("results/gan-sweep.db", "results/gan-sweep.db-wal");
    let exists = |path| folder.path().join(path).exists();
    // The write-ahead log is gone when the writer has closed the database; it is not there for a
    // moment at the beginning either.
    let mut closed_for = 0;
    wait_until("a closed database", || {
        let closed = exists(database) && !exists(log);
        closed_for = if closed { closed_for + 1 } else { 0 };
        closed_for == 10
    });
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it waits");
    let mut code = None;
    wait_until("an end", || match child.try_wait().expect("a child") {
        Some(status) => {
            code = status.code();
            true
        }
        None => false,
    });
    assert_eq!(code, Some(75));
    drop(reader);
    filler.join().expect("the pipe is closed");

    let again = run(
        folder.path(),
        &["run", "grid.yaml", "--no-report"],
        Stdio::piped(),
    );
    assert_eq!(again.status.code(), Some(0));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("nothing to train: all 2 runs"), "{said}");
}
