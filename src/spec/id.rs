//! A run's identity: a hash of everything that its numbers depend on, and of nothing else.

use std::fmt;
use std::str::FromStr;

use super::resolve::registry;
use super::{Probe, RunSpec};
use crate::param::{Key, Value};

/// Raised when the numbers of every run change (training loop, streams, initialisation).
pub const TRAINING_VERSION: u32 = 4;

/// The birth version of every component: as a parameter's birth default, it is left out of the
/// hash.
const BIRTH_VERSION: u32 = 1;

/// 128 bits of a BLAKE3 hash; written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub [u8; 16]);

impl RunId {
    /// The first ten digits, which people read.
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

/// Text that is not a run id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a run id (32 hexadecimal digits)")]
pub struct NotARunId(String);

impl FromStr for RunId {
    type Err = NotARunId;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || NotARunId(s.to_owned());
        if s.len() != 32 || !s.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut bytes = [0; 16];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&s[2 * i..2 * i + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

pub(super) fn run_id(spec: &RunSpec) -> RunId {
    hash(&canonical(spec, Of::Run))
}

pub(super) fn trajectory_id(spec: &RunSpec) -> RunId {
    hash(&canonical(spec, Of::Trajectory))
}

/// What a text identifies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Every number of a run.
    Run,
    /// What all runs have up to the last step of the shorter.
    Trajectory,
}

/// Whether a key changes nothing before a run's last step.
fn is_of_the_end(spec: &RunSpec, key: &Key) -> bool {
    match key.name {
        "steps" => !spec.depends_on_steps(),
        "probe" => spec
            .gan()
            .is_some_and(|gan| matches!(gan.probe, Probe::Look(_))),
        _ => false,
    }
}

fn hash(text: &str) -> RunId {
    let digest = blake3::hash(text.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    RunId(id)
}

/// One line a fact, sorted by key: `lr.g=f3f1a36e2eb1c432d`. Keys at their birth default and
/// components at their birth version are left out.
fn canonical(spec: &RunSpec, of: Of) -> String {
    use std::fmt::Write;
    let registry = registry();
    let mut text = String::from("gan-sweep run\n");
    let mut line = |key: &dyn fmt::Display, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{key}={value}");
    };
    if TRAINING_VERSION != BIRTH_VERSION {
        line(&"training", &TRAINING_VERSION.to_string());
    }
    let identity = spec.gan().and_then(|gan| gan.dataset.identity());
    for (key, value) in &spec.settings.0 {
        if of == Of::Trajectory && is_of_the_end(spec, key) {
            continue;
        }
        if identity.is_some() && key.name == "dataset" {
            // The name of an imported set is a local word; its identity follows below.
            continue;
        }
        if !at_birth(key, value, spec, &registry) {
            line(key, &encode(value));
        }
        if let (Some(version), Value::Text(word)) = (version(key, value, &registry), value)
            && version != BIRTH_VERSION
        {
            line(&format!("{key}@{word}"), &version.to_string());
        }
    }
    if let Some(identity) = identity {
        line(&"content", &identity.to_string());
    }
    line(&"seed", &spec.seed().to_string());
    text
}

/// Whether a value is the birth default of its key, as the selected choice that owns it has it.
fn at_birth(key: &Key, value: &Value, spec: &RunSpec, registry: &[super::Entry]) -> bool {
    let selected = |axis: &str, word: &str| {
        [None, key.network]
            .iter()
            .any(|&network| match spec.settings.get(axis, network) {
                Some(Value::Text(chosen)) => chosen == word,
                _ => false,
            })
    };
    registry
        .iter()
        .filter(|entry| entry.param.name == key.name)
        .find(|entry| {
            entry
                .owner
                .is_none_or(|(axis, choice)| selected(axis, choice.name))
        })
        // An imported data set owns what no registry line lists: always written out.
        .is_some_and(|entry| entry.param.birth.value().as_ref() == Some(value))
}

fn version(key: &Key, value: &Value, registry: &[super::Entry]) -> Option<u32> {
    let Value::Text(word) = value else {
        return None;
    };
    let entry = registry.iter().find(|e| e.param.name == key.name)?;
    let choices = entry.param.kind.choices();
    choices.iter().find(|c| c.name == word).map(|c| c.version)
}

/// Unambiguous text of a value; floats by their bits.
fn encode(value: &Value) -> String {
    match value {
        Value::Bool(b) => format!("b{b}"),
        Value::Int(i) => format!("i{i}"),
        Value::Float(x) => format!("f{:016x}", x.to_bits()),
        Value::Text(s) => format!("t{}:{s}", s.len()),
        Value::List(items) => {
            format!(
                "l{}[{}]",
                items.len(),
                items.iter().map(encode).collect::<Vec<_>>().join(",")
            )
        }
    }
}
