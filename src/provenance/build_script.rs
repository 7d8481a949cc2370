//! Cargo's build script: the revision that the binary is built from, and the list of the lecture's
//! comparisons that are in it.

#![expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

use std::process::Command;

fn main() {
    // Without git, or outside a checkout, the revision is empty.
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let revision = git(&["rev-parse", "HEAD"]).unwrap_or_default();
    let dirty = git(&["status", "--porcelain", "--", "src", "Cargo.lock"])
        .is_some_and(|changes| !changes.is_empty());
    let rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
        .arg("--version")
        .output()
        .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
        .unwrap_or_default();
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    println!("cargo::rustc-env=GAN_SWEEP_REVISION={revision}");
    println!("cargo::rustc-env=GAN_SWEEP_DIRTY={dirty}");
    println!("cargo::rustc-env=GAN_SWEEP_RUSTC={rustc}");
    for package in ["candle-core", "faer", "libm"] {
        let variable = package.replace('-', "_").to_uppercase();
        println!(
            "cargo::rustc-env=GAN_SWEEP_{variable}={}",
            locked(&lock, package)
        );
    }
    comparisons();
    // Commits and checkouts move HEAD or what it points to; the index changes with both.
    for watched in [
        "src",
        "Cargo.lock",
        LECTURE,
        ".git/HEAD",
        ".git/index",
        ".git/logs/HEAD",
    ] {
        if std::path::Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
}

/// The lecture's comparisons, `01-name.yaml` in the order of the slides.
const LECTURE: &str = "experiments/lecture";

/// Writes their list as Rust: a new comparison is a YAML file and no Rust.
fn comparisons() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let files = std::fs::read_dir(LECTURE).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    names.sort();
    let entries = names.iter().map(|file| {
        let stem = file.trim_end_matches(".yaml");
        let name = stem.split_once('-').map_or(stem, |(_, name)| name);
        let path = format!("{root}/{LECTURE}/{file}");
        format!("Comparison {{ name: {name:?}, text: include_str!({path:?}) }}, ")
    });
    let list: String = entries.collect();
    let text = format!(
        "/// The comparisons, in the order of the slides.\npub const COMPARISONS: &[Comparison] = &[{list}];\n"
    );
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = std::fs::write(format!("{out}/comparisons.rs"), text) {
        println!("cargo::error=cannot list {LECTURE}: {error}");
    }
}

/// The version of a package in the lock file.
fn locked<'a>(lock: &'a str, package: &str) -> &'a str {
    lock.split("[[package]]")
        .find(|entry| entry.contains(&format!("\nname = \"{package}\"\n")))
        .and_then(|entry| {
            entry
                .lines()
                .find_map(|line| line.strip_prefix("version = "))
        })
        .map_or("", |version| version.trim_matches('"'))
}
