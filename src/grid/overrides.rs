//! The options that change what a grid asks for: `--set`, `--only`, `--seeds`, `--shard`, ….

use std::sync::Arc;

use super::axis::Axis;
use super::condition::Condition;
use super::error::{Fault, Problem};
use super::key::SECTIONS;
use super::limits::MOST_RUNS;
use super::node::{self, Entry, Node, Tree};
use super::origin::Section;
use super::reader::Reader;
use super::source::{Place, Sources};
use super::value::values;
use crate::param::Key;

/// Overrides of a grid, as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `k=1,3`: an axis, or one value.
    pub set: Vec<String>,
    /// Seeds 0..N.
    pub seeds: Option<u32>,
    /// A profile's name.
    pub profile: Option<String>,
    /// `loss=minimax`: what is executed; several must all match.
    pub only: Vec<String>,
    /// At most so many runs are executed.
    pub limit: Option<usize>,
    /// `1/4`: the first of four slices of the plan is executed.
    pub shard: Option<String>,
}

/// A `--set` that was read.
#[derive(Debug)]
pub(super) struct Setting {
    /// The key as written.
    pub word: String,
    pub place: Place,
    pub keys: Vec<Key>,
    /// One position for one value.
    pub axis: Axis,
}

/// Slice `index` of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

/// Reads `I/N`.
pub(super) fn shard(text: &str, sources: &mut Sources) -> Result<Shard, Fault> {
    const PREFIX: &str = "--shard ";
    let parts = text.split_once('/').and_then(|(i, n)| {
        let index = i.trim().parse().ok()?;
        let count = n.trim().parse().ok()?;
        let is_one = (1..=count).contains(&index) && count as u64 <= MOST_RUNS;
        is_one.then_some(Shard { index, count })
    });
    parts.ok_or_else(|| {
        let source = sources.add_option(format!("{PREFIX}{text}"));
        let place = Place {
            source,
            line: 1,
            column: PREFIX.len() + 1,
            width: text.chars().count().max(1),
        };
        Fault::new(place, Problem::Shard)
    })
}

/// `KEY=VALUE` with the values read as elements of a YAML list.
struct Parsed {
    entry: Entry,
    items: Vec<Node>,
}

impl Reader<'_> {
    /// Reads every `--set`.
    pub fn settings(&mut self, texts: &[String], sources: &mut Sources) -> Vec<Setting> {
        let mut settings: Vec<Setting> = Vec::new();
        for text in texts {
            let Some(parsed) = self.option("--set", "--set k=1,3", text, sources) else {
                continue;
            };
            let Some(setting) = self.setting(parsed) else {
                continue;
            };
            let twice = settings
                .iter()
                .find(|s| s.keys.iter().any(|k| setting.keys.contains(k)));
            if let Some(first) = twice {
                let key = setting.word.clone();
                let fault = Fault::new(setting.place, Problem::Duplicate { key })
                    .also(first.place, "first here")
                    .help("write all values in one --set, separated by commas");
                self.fault(fault);
                continue;
            }
            settings.push(setting);
        }
        settings
    }

    fn setting(&mut self, parsed: Parsed) -> Option<Setting> {
        let Parsed { entry, items } = parsed;
        if entry.key == "seeds" || SECTIONS.contains(&entry.key.as_str()) {
            let word = entry.key.clone();
            let fault = Fault::new(
                entry.key_place,
                Problem::Misplaced {
                    word,
                    place: "--set, which changes parameters",
                },
            );
            self.fault(match entry.key.as_str() {
                "seeds" => fault.help("use --seeds N"),
                _ => fault.help("put the change into a profile and use --profile"),
            });
            return None;
        }
        let word = self.word(&entry)?;
        let section = match items.len() {
            1 => Section::SetValue,
            _ => Section::SetAxis,
        };
        let mut positions = Vec::new();
        let mut seen = Vec::new();
        for item in &items {
            let read = values(self.vocabulary, word, &entry.key, item);
            let values = self.keep(read)?;
            if seen.contains(&values) {
                let (key, value) = (entry.key.clone(), item.written());
                self.fault(Fault::new(item.place, Problem::Repeated { key, value }));
                return None;
            }
            seen.push(values.clone());
            positions.push(self.assign(values, entry.key_place, item.place, &section));
        }
        Some(Setting {
            word: entry.key.clone(),
            place: entry.key_place,
            keys: word.keys(),
            axis: Axis {
                label: entry.key,
                place: entry.key_place,
                positions: Arc::new(positions),
            },
        })
    }

    /// Reads every `--only`.
    pub fn only(&mut self, texts: &[String], sources: &mut Sources) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for text in texts {
            let Some(mut parsed) = self.option("--only", "--only loss=minimax", text, sources)
            else {
                continue;
            };
            let place = parsed.entry.value.place;
            let node = |tree| Node { place, tree };
            let value = match parsed.items.as_slice() {
                [only] if matches!(only.tree, Tree::Map(_)) => parsed.items.remove(0),
                _ => node(Tree::Map(vec![Entry {
                    key: "any".to_owned(),
                    key_place: place,
                    value: node(Tree::List(parsed.items)),
                }])),
            };
            let entry = Entry {
                value,
                ..parsed.entry
            };
            conditions.extend(self.condition(&node(Tree::Map(vec![entry])), "--only"));
        }
        conditions
    }

    fn option(
        &mut self,
        option: &'static str,
        example: &'static str,
        text: &str,
        sources: &mut Sources,
    ) -> Option<Parsed> {
        let source = sources.add_option(format!("{option} {text}"));
        let before = option.len() + 1;
        let at = |column: usize, text: &str| Place {
            source,
            line: 1,
            column,
            width: text.chars().count().max(1),
        };
        let whole = at(before + 1, text);
        let no_equals = Fault::new(whole, Problem::NoEquals { option, example });
        let Some((key, value)) = text.split_once('=') else {
            self.fault(no_equals);
            return None;
        };
        if key.trim().is_empty() || value.trim().is_empty() {
            self.fault(no_equals);
            return None;
        }
        // The bracket takes the place of '=', so that columns are those of the option. The closing
        // one stands on a line of its own, beyond a comment.
        let column = before + key.chars().count() + 1;
        let yaml = format!("{}[{value}\n]", " ".repeat(column - 1));
        let read = node::read(&yaml, source, self.limits, &mut self.faults);
        let items = match read {
            Ok(Some(Node {
                tree: Tree::List(items),
                ..
            })) if !items.is_empty() => items,
            Ok(_) => {
                self.fault(no_equals);
                return None;
            }
            Err(faults) => {
                for mut fault in faults {
                    // The added bracket and the added last line are nothing the user wrote.
                    fault.also.retain(|(place, _)| place.column > column);
                    if fault.place.line > 1 {
                        fault.place = at(column + 1, value);
                    }
                    self.fault(fault);
                }
                return None;
            }
        };
        let place = at(column + 1, value);
        Some(Parsed {
            entry: Entry {
                key: key.trim().to_owned(),
                key_place: at(before + 1, key),
                value: Node {
                    place,
                    tree: Tree::Null,
                },
            },
            items,
        })
    }
}
