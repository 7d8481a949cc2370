//! The section `cluster`: what a sweep asks of the machines it is submitted to. It changes no run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::{Fault, Problem};
use super::node::{Entry, Tree};
use super::reader::Reader;
use crate::duration::duration;

/// The keys of the section.
pub(super) const CLUSTER: [&str; 9] = [
    "engine",
    "partition",
    "account",
    "time",
    "memory",
    "cores",
    "slice",
    "at_once",
    "lines",
];

/// The one engine there is.
pub(super) const ENGINE: &str = "slurm";

/// What stands in a batch script as one word, as a regular expression.
pub(super) const WORD: &str = r"^[\p{Alphabetic}\p{N}_.,:+/@=\[\]-]+$";

/// An option of a batch script, as a regular expression.
pub(super) const LINE: &str = r"^-[^\p{Cc}]*$";

/// Cores of a task, and tasks at a time, at most: a slip of the finger is told.
pub(super) const MOST: i64 = 100_000;

/// What tasks ask for; what is not said is left to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// `--partition`.
    pub partition: Option<String>,
    /// `--account`.
    pub account: Option<String>,
    /// `--time`, as Slurm reads it.
    pub time: Option<String>,
    /// `--mem`, as Slurm reads it.
    pub memory: Option<String>,
    /// Cores of a task.
    pub cores: Option<u32>,
    /// Predicted time of a slice.
    pub slice: Option<Duration>,
    /// Tasks at a time.
    pub at_once: Option<u32>,
    /// Further options, as `--qos=short`.
    pub lines: Vec<String>,
}

/// The predicted time of a slice unless it is said: five to fifteen minutes are long against what starting
/// a task takes, and short against what a lost node costs.
const SLICE: Duration = Duration::from_secs(600);

impl Wishes {
    /// These, and those of `other` where these say nothing; lines of both.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            partition: self.partition.or_else(|| other.partition.clone()),
            account: self.account.or_else(|| other.account.clone()),
            time: self.time.or_else(|| other.time.clone()),
            memory: self.memory.or_else(|| other.memory.clone()),
            cores: self.cores.or(other.cores),
            slice: self.slice.or(other.slice),
            at_once: self.at_once.or(other.at_once),
            lines: other.lines.iter().cloned().chain(self.lines).collect(),
        }
    }

    /// The predicted time of a slice.
    pub fn slice(&self) -> Duration {
        self.slice.unwrap_or(SLICE)
    }

    /// Cores of a task.
    pub fn cores(&self) -> u32 {
        self.cores.unwrap_or(1)
    }
}

/// A value that stands in a batch script as one word.
///
/// # Errors
/// What was expected.
pub fn word(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_alphanumeric() || "-_.,:+/@=[]".contains(c);
    match !text.is_empty() && text.chars().all(allowed) {
        true => Ok(text.to_owned()),
        false => Err("expected one word without spaces or quotes".to_owned()),
    }
}

/// An option of a batch script.
///
/// # Errors
/// What was expected.
pub fn line(text: &str) -> Result<String, String> {
    match text.starts_with('-') && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("expected an option on one line, such as --qos=short".to_owned()),
    }
}

impl Reader<'_> {
    /// Reads the section, if the file has it.
    pub fn cluster(&mut self, entries: &[Entry]) -> Wishes {
        let mut wishes = Wishes::default();
        let Some(section) = entries.iter().find(|e| e.key == "cluster") else {
            return wishes;
        };
        for entry in self.map(&section.value, "cluster") {
            match entry.key.as_str() {
                "engine" => {
                    if text(entry).as_deref() != Some(ENGINE) {
                        self.wish(entry, "'slurm', the one engine there is");
                    }
                }
                "partition" => wishes.partition = self.slurm_word(entry),
                "account" => wishes.account = self.slurm_word(entry),
                "time" => wishes.time = self.slurm_word(entry),
                "memory" => wishes.memory = self.slurm_word(entry),
                "cores" => wishes.cores = self.how_many(entry),
                "at_once" => wishes.at_once = self.how_many(entry),
                "slice" => {
                    wishes.slice = text(entry).and_then(|text| duration(&text).ok());
                    if wishes.slice.is_none() {
                        self.wish(entry, "a time such as 10m");
                    }
                }
                "lines" => wishes.lines = self.options(entry),
                _ => {
                    let word = entry.key.clone();
                    let place = "cluster, which holds engine, partition, account, time, memory, cores, slice, at_once and lines";
                    let near = self.nearest(&word, &CLUSTER);
                    let fault = Fault::new(entry.key_place, Problem::Misplaced { word, place });
                    self.fault(fault.nearest(near));
                }
            }
        }
        wishes
    }

    fn slurm_word(&mut self, entry: &Entry) -> Option<String> {
        let found = text(entry).and_then(|text| word(&text).ok());
        if found.is_none() {
            self.wish(entry, "one word, as Slurm reads it");
        }
        found
    }

    fn how_many(&mut self, entry: &Entry) -> Option<u32> {
        match entry.value.tree {
            Tree::Int(n @ 1..=MOST) => u32::try_from(n).ok(),
            _ => {
                self.wish(entry, "a whole number from 1 to 100000");
                None
            }
        }
    }

    fn options(&mut self, entry: &Entry) -> Vec<String> {
        let what = "options, such as ['--qos=short']";
        let Tree::List(items) = &entry.value.tree else {
            self.wish(entry, what);
            return Vec::new();
        };
        let options = items.iter().map(|item| match &item.tree {
            Tree::Text { text, .. } => line(text).ok(),
            _ => None,
        });
        let options: Option<Vec<String>> = options.collect();
        if options.is_none() {
            self.wish(entry, what);
        }
        options.unwrap_or_default()
    }

    fn wish(&mut self, entry: &Entry, expected: &'static str) {
        let (place, found) = match entry.value.tree {
            Tree::Null => (entry.key_place, "nothing".to_owned()),
            _ => (entry.value.place, entry.value.written()),
        };
        let problem = Problem::Wish {
            key: entry.key.clone(),
            expected,
            found,
        };
        self.fault(Fault::new(place, problem));
    }
}

/// A number is text here: `time: 30` is thirty minutes, as Slurm reads it.
fn text(entry: &Entry) -> Option<String> {
    match &entry.value.tree {
        Tree::Text { text, .. } => Some(text.clone()),
        Tree::Int(n) => Some(n.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{Wishes, line, word};
    use crate::grid::{Overrides, read};
    use crate::spec::Catalog;

    const GRID: &str = "version: 1\nname: demo\ndefaults: {dataset: ring8}\n";

    fn wishes(section: &str) -> Result<Wishes, String> {
        let text = format!("{GRID}cluster: {section}\n");
        let plan = read(
            &text,
            Path::new("grid.yaml"),
            &Overrides::default(),
            &Catalog::new(),
        );
        plan.map(|plan| plan.cluster).map_err(|e| e.to_string())
    }

    #[test]
    fn a_section_is_read() {
        let found = wishes(
            "{engine: slurm, partition: long, account: a1, time: 30, memory: 4G, cores: 2, slice: 5m, \
             at_once: 20, lines: ['--qos=short', '--comment=two words']}",
        );
        let expected = Wishes {
            partition: Some("long".to_owned()),
            account: Some("a1".to_owned()),
            time: Some("30".to_owned()),
            memory: Some("4G".to_owned()),
            cores: Some(2),
            slice: Some(Duration::from_secs(300)),
            at_once: Some(20),
            lines: vec!["--qos=short".to_owned(), "--comment=two words".to_owned()],
        };
        assert_eq!(found, Ok(expected));
    }

    #[test]
    fn what_cannot_stand_in_a_script_is_told_with_its_place() {
        let cases = [
            ("{engine: pbs}", "'engine' must be 'slurm'"),
            ("{partition: a b}", "'partition' must be one word"),
            ("{time: '$(x)'}", "'time' must be one word"),
            ("{cores: 0}", "'cores' must be a whole number from 1"),
            ("{slice: 10}", "'slice' must be a time such as 10m"),
            ("{lines: [qos]}", "'lines' must be options"),
            ("{lines: [\"--a\\nb\"]}", "'lines' must be options"),
            ("{partion: a}", "did you mean 'partition'?"),
        ];
        for (section, expected) in cases {
            let error = wishes(section).expect_err(section);
            assert!(error.contains(expected), "{section}: {error}");
            assert!(error.contains("grid.yaml:4:"), "{section}: {error}");
        }
    }

    #[test]
    fn what_is_said_later_counts_and_lines_add_up() {
        let of_file = Wishes {
            partition: Some("long".to_owned()),
            cores: Some(4),
            lines: vec!["--qos=a".to_owned()],
            ..Wishes::default()
        };
        let said = Wishes {
            partition: Some("short".to_owned()),
            lines: vec!["--nice=5".to_owned()],
            ..Wishes::default()
        };
        let both = said.or(&of_file);
        assert_eq!(both.partition.as_deref(), Some("short"));
        assert_eq!(both.cores(), 4);
        assert_eq!(both.lines, ["--qos=a", "--nice=5"]);
    }

    #[test]
    fn nothing_that_ends_a_line_comes_into_a_script() {
        for wrong in ["", "a b", "a\nb", "$(x)", "a;b", "`x`"] {
            assert!(word(wrong).is_err(), "{wrong:?}");
        }
        for right in ["main", "1-12:30:00", "4G", "gpu:1", "a,b"] {
            assert!(word(right).is_ok(), "{right:?}");
        }
        assert!(line("--qos=a\n#SBATCH").is_err());
        assert!(line("qos=a").is_err());
        assert!(line("--comment='a b'").is_ok());
    }
}
