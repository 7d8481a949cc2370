//! `gan-sweep init`: Write a grid to begin with

mod template;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Exit, out, schema};
use template::Template;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep init
  gan-sweep init digits.yaml --template mnist --schema
  gan-sweep init claims.yaml --template claims  # for gan-sweep reproduce";

/// Write a grid to begin with: one that runs in under a minute and explains itself
///
/// A file that exists is left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file to write
    #[arg(value_name = "FILE", default_value = "grid.yaml")]
    file: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value = "ring")]
    template: Template,
    /// Write the language's schema beside it too, and name it in the grid's first line: editors then
    /// complete keys, explain them and mark mistakes
    #[arg(long)]
    schema: bool,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let file = args.file.as_path();
    if let Some(fault) = cannot_be_written(file) {
        anyhow::bail!(fault);
    }
    let mut text = args.template.named_for(file);
    let mut written = file.display().to_string();
    if args.schema {
        let beside = schema::write_beside(file, results)?;
        text.insert_str(0, &schema::line_for_editors());
        written += &format!(" and {}", beside.display());
    }
    write_new(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    out::print(&format!("wrote {written}\n{}", next(args)))?;
    Ok(Exit::Done)
}

/// What to do with it, as commands.
fn next(args: &Args) -> String {
    let file = word(&args.file.display().to_string());
    let mut rows = vec![(format!("plan {file}"), "shows what it asks for")];
    rows.extend(match args.template {
        Template::Claims => Some((
            format!("reproduce {file}"),
            "trains it and judges its claim",
        )),
        Template::Ring | Template::Mnist => None,
    });
    rows.push((
        format!("run {file}"),
        "trains it, in under a minute on two cores, and compares",
    ));
    let widest = rows
        .iter()
        .map(|(command, _)| command.chars().count())
        .max();
    let width = widest.unwrap_or_default();
    let rows = rows.iter().map(|(command, about)| {
        let gap = " ".repeat(width - command.chars().count());
        format!("  gan-sweep {command}{gap}  # {about}\n")
    });
    format!("next:\n{}", rows.collect::<String>())
}

/// Why nothing can be written there, and what to write instead.
fn cannot_be_written(file: &Path) -> Option<String> {
    let shown = file.display();
    if file.is_dir() {
        let inside = word(&file.join("grid.yaml").display().to_string());
        return Some(format!(
            "{shown} is a folder: name a file in it, gan-sweep init {inside}"
        ));
    }
    if fs::symlink_metadata(file).is_ok() {
        let free = word(&free_name(file).display().to_string());
        let there = word(&shown.to_string());
        return Some(format!(
            "{shown} exists, and is left as it is: 'gan-sweep plan {there}' shows what it asks for, \
             'gan-sweep init {free}' writes another"
        ));
    }
    if let Some(name) = file.to_str().and_then(Template::name_of) {
        return Some(format!(
            "'{name}' is a template: write --template {name}, or name a file that ends in .yaml"
        ));
    }
    let folder = file.parent()?;
    let is_missing = !folder.as_os_str().is_empty() && !folder.exists();
    is_missing.then(|| {
        let folder = folder.display();
        format!(
            "there is no folder {folder}: make it first, mkdir -p {}",
            word(&folder.to_string())
        )
    })
}

/// `grid-2.yaml`, or the first after it that is not there.
fn free_name(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file
        .extension()
        .map(|e| format!(".{}", e.to_string_lossy()));
    let ending = ending.unwrap_or_default();
    let mut number: u64 = 2;
    loop {
        let other = file.with_file_name(format!("{stem}-{number}{ending}"));
        if fs::symlink_metadata(&other).is_err() {
            return other;
        }
        number += 1;
    }
}

/// Writes a file that must not be there yet; nobody's is replaced between the look and the writing.
fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).open(file)?;
    let written = new.write_all(text.as_bytes()).and_then(|()| new.sync_all());
    if written.is_err() {
        // Of a full disk, say: half a grid would only have to be removed by hand.
        let _ = fs::remove_file(file);
    }
    written
}

/// A word for the shell, in quotes where it needs them.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./+:@%,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_the_shell_would_split_is_quoted() {
        let shown = ["a/b-c.yaml", "my grid.yaml", "it's"].map(word);
        assert_eq!(shown, ["a/b-c.yaml", "'my grid.yaml'", r"'it'\''s'"]);
    }
}
