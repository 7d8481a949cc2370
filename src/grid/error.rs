//! Why a grid cannot be used: structured problems, shown with their place.

use std::fmt::{self, Write};
use std::path::PathBuf;

use super::limits::{DEEPEST, MOST_BYTES, MOST_SHOWN};
use super::source::{Place, Sources};

/// Why a grid does not give a plan.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    /// The file cannot be read.
    #[error("cannot read {}{}", path.display(), instead(nearest.as_deref(), source))]
    Read {
        /// The file.
        path: PathBuf,
        /// A file beside it with a similar name.
        nearest: Option<String>,
        /// Why.
        source: std::io::Error,
    },
    /// A folder where a file belongs.
    #[error("{} is a directory, not a grid file: name a .yaml file in it", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// More than four mebibytes.
    #[error("{} is larger than {} MiB, the most a grid file may have", path.display(), MOST_BYTES >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not text.
    #[error("{}:{line}:{column}: the file is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Line of the first bad byte.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// What it says makes no plan.
    #[error("{0}")]
    Invalid(Report),
}

/// Everything that is wrong with a grid, in the order in which it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The faults.
    pub faults: Vec<Fault>,
    pub(super) sources: Sources,
}

/// One problem and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub problem: Box<Problem>,
    /// Where.
    pub place: Place,
    /// What to do about it.
    pub help: Option<String>,
    /// Further places that matter, each with a few words.
    pub also: Vec<(Place, String)>,
}

impl Fault {
    pub(super) fn new(place: Place, problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            place,
            help: None,
            also: Vec::new(),
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn nearest(self, nearest: Option<impl fmt::Display>) -> Self {
        match nearest {
            Some(word) => self.help(format!("did you mean '{word}'?")),
            None => self,
        }
    }

    pub(super) fn also(mut self, place: Place, words: impl Into<String>) -> Self {
        self.also.push((place, words.into()));
        self
    }
}

impl Report {
    pub(super) fn new(mut faults: Vec<Fault>, sources: Sources) -> Self {
        faults.sort_by_key(|f| f.place);
        faults.dedup();
        Self { faults, sources }
    }

    fn show(&self, f: &mut String, fault: &Fault) -> fmt::Result {
        writeln!(f, "{}", fault.problem)?;
        self.sources.show(f, "-->", fault.place, "")?;
        for (place, words) in &fault.also {
            self.sources.show(f, ":::", *place, words)?;
        }
        if let Some(help) = &fault.help {
            writeln!(f, "  = help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        for (i, fault) in self.faults.iter().take(MOST_SHOWN).enumerate() {
            if i > 0 {
                out.push_str("\nerror: ");
            }
            self.show(&mut out, fault)?;
        }
        match self.faults.len().saturating_sub(MOST_SHOWN) {
            0 => {}
            more => out.push_str(&format!("\nand {more} more errors\n")),
        }
        f.write_str(out.trim_end())
    }
}

/// What to do about a file that cannot be read.
fn instead(nearest: Option<&str>, source: &std::io::Error) -> String {
    match (nearest, source.kind()) {
        (Some(near), _) => format!("; did you mean '{near}'?"),
        (None, std::io::ErrorKind::NotFound) => {
            "; 'gan-sweep init' writes a grid to begin with".to_owned()
        }
        (None, _) => String::new(),
    }
}

/// What can be wrong with a grid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "each message says what the variant and its fields are"
)]
pub enum Problem {
    // The file as YAML.
    #[error("this is not YAML: {message}")]
    Syntax { message: String },
    #[error("the grid is empty")]
    Empty,
    #[error("a second YAML document begins here")]
    SecondDocument,
    #[error("the tag '{tag}' means nothing in a grid")]
    Tag { tag: String },
    #[error("'<<' does not merge in a grid")]
    Merge,
    #[error("nested deeper than {DEEPEST} levels")]
    TooDeep,
    #[error("more than {most} values once aliases are followed")]
    Explosion { most: usize },
    #[error("this alias stands inside what it refers to")]
    AliasOfItself,
    #[error("a key must be a single word")]
    KeyIsNoWord,
    #[error("'{key}' is written twice")]
    Duplicate { key: String },
    #[error("YAML 1.1 and YAML 1.2 read this differently")]
    Ambiguous,

    // Sections.
    #[error("unknown section '{word}'")]
    UnknownSection { word: String },
    #[error("'{word}' does not belong in {place}")]
    Misplaced { word: String, place: &'static str },
    #[error("'{section}' is missing")]
    Missing { section: &'static str },
    #[error("{what} must be {expected}, not {found}")]
    WrongShape {
        what: String,
        expected: &'static str,
        found: &'static str,
    },
    #[error("'{key}' must be {expected}, not {found}")]
    Wish {
        key: String,
        expected: &'static str,
        found: String,
    },
    #[error("{what} has nothing in it")]
    Nothing { what: String },
    #[error("version {found} of the grid language is unknown; this program reads version 1")]
    Version { found: String },
    #[error("the name '{name}' {why}")]
    Name { name: String, why: &'static str },
    #[error("unknown profile '{name}'")]
    UnknownProfile { name: String },

    // Keys and values.
    #[error("unknown parameter '{word}'")]
    UnknownKey { word: String },
    #[error("'{name}' is one value for both networks: '{word}' does not exist")]
    NotPerNetwork { word: String, name: &'static str },
    #[error("'{word}': a network is g (generator) or d (discriminator)")]
    NoSuchNetwork { word: String },
    #[error("'{word}' stands beside '{other}', which it includes or is part of")]
    Beside { word: String, other: String },
    #[error("a value for each network needs both g and d")]
    HalfAPair { word: String },
    #[error("{key}: {found} is not {expected}")]
    Misfit {
        key: String,
        found: String,
        expected: String,
    },
    #[error("the imported data set '{name}' is damaged: {damage}")]
    DamagedDataset { name: String, damage: String },
    #[error("{key}: YAML reads '{text}' as text, not as a number")]
    NumberAsText { key: String, text: String },
    #[error("{key}: '{text}' is one text, not a list")]
    CommaString { key: String, text: String },
    #[error("{key}: {text} is not a finite number")]
    NotFinite { key: String, text: String },
    #[error("{key}: a list belongs here, not {found}")]
    ScalarForList { key: String, found: String },

    // Axes.
    #[error("the axis '{key}' has no values")]
    EmptyAxis { key: String },
    #[error("the axis '{key}' has the value {value} twice")]
    Repeated { key: String, value: String },
    #[error("'{key}' is on two axes")]
    TwoAxes { key: String },
    #[error("the lists of zip '{name}' differ in length: {lengths}")]
    ZipLengths { name: String, lengths: String },
    #[error("'{key}' cannot be drawn at random: it takes {expected}")]
    NotRandom { key: String, expected: String },
    #[error("{key}: {why}")]
    RandomRange { key: String, why: String },
    #[error("this overrides '{key}', which is an axis")]
    OverridesAxis { key: String },
    #[error("{key} does not apply to {cells}; it belongs to {owners}")]
    DoesNotApply {
        key: String,
        cells: String,
        owners: String,
    },
    #[error("--set cannot change '{key}', which {by} sets")]
    SetBlocked { key: String, by: &'static str },

    // Claims.
    #[error("this claim cannot be tested: {why}")]
    Claim { why: &'static str },

    // Conditions.
    #[error("a list-valued parameter in a condition needs {{any: [...]}}")]
    ConditionNeedsAny { key: String },
    #[error("unknown comparison '{word}'")]
    UnknownComparison { word: String },
    #[error("'{key}' is not a number: only numbers can be compared")]
    NotComparable { key: String },
    #[error("this {what} matches no cell")]
    MatchesNothing { what: &'static str },
    #[error("{key} is {value} in no cell")]
    NeverOccurs { key: String, value: String },

    // Seeds, size, the result.
    #[error("{found} is not a seed: a whole number from 0 to 9223372036854775807")]
    Seed { found: String },
    #[error("seeds must be a number of seeds from 1 or a list of them, not {found}")]
    Seeds { found: String },
    #[error("the seed {seed} is listed twice")]
    RepeatedSeed { seed: u64 },
    #[error("{count} runs; a grid may have {most} at most")]
    TooManyRuns { count: String, most: u64 },
    #[error("{count} numbers to draw at random; a grid may have {most} at most")]
    TooManyDraws { count: u64, most: u64 },
    #[error("{count} values in the settings of all runs together; a grid may have {most} at most")]
    TooManyValues { count: u64, most: u64 },
    #[error("'{section}' has {count} entries; it may have {most} at most")]
    TooManyEntries {
        section: &'static str,
        count: usize,
        most: usize,
    },
    #[error(
        "to find the cells takes more than {most} comparisons with values of 'when' and 'exclude'"
    )]
    TooMuchWork { most: u64 },
    #[error("{message}")]
    Conflict { message: String },
    #[error("no run is left")]
    NoRuns,

    // Options.
    #[error("{option} needs a key and a value, such as {example}")]
    NoEquals {
        option: &'static str,
        example: &'static str,
    },
    #[error("--shard needs the form I/N with I from 1 to N, such as 1/4")]
    Shard,
    #[error("{option} must be at least 1")]
    AtLeastOne { option: &'static str },
}
