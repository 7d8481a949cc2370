//! stdout and stderr that nobody reads.

use std::path::Path;
use std::process::{Command, Output, Stdio};

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
