//! Conditions of `when`, `exclude` and `--only`.

use std::cell::Cell;

use super::axis::beside_fault;
use super::error::{Fault, Problem};
use super::key::Word;
use super::node::{Entry, Node, Tree};
use super::reader::{Reader, at_least_the_key};
use super::source::Place;
use super::value::values;
use crate::param::{Key, Kind, Settings, Value};

/// One of a list: `{any: [1, 2]}`.
pub(super) const ANY: &str = "any";

/// Greater than: `{gt: 1}`.
pub(super) const ABOVE: &str = "gt";

/// Less than: `{lt: 3}`.
pub(super) const BELOW: &str = "lt";

/// Whether bounds may be set to it.
pub(super) fn is_numeric(word: Word<'_>) -> bool {
    let mut params = word.known.params.iter();
    params.all(|p| {
        matches!(
            p.kind,
            Kind::Int { .. } | Kind::Count { .. } | Kind::Float(_)
        )
    })
}

/// Whether a list may be one value of it.
pub(super) fn is_list_valued(word: Word<'_>) -> bool {
    word.known.params.iter().any(|p| p.kind.is_list())
}

/// All clauses must hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub place: Place,
    pub clauses: Vec<Clause>,
    /// Cells in which all clauses held.
    pub matched: Cell<u64>,
}

/// One key of a condition.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    /// As written.
    pub written: String,
    keys: Vec<Key>,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// One of these values.
    Any(Vec<Literal>),
    /// Strictly between; an absent bound is infinite.
    Between { above: f64, below: f64 },
}

/// A value that a condition names.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub place: Place,
    /// As written.
    pub written: String,
    /// With two networks, a value for each.
    values: Vec<(Key, Value)>,
    /// Whether any cell has it.
    pub occurred: Cell<bool>,
}

impl Condition {
    /// Whether the settings of a cell match; an absent key never does. Notes what occurred.
    pub fn holds(&self, settings: &Settings) -> bool {
        // Every clause is looked at, so that each value that occurs is noted.
        let held = self
            .clauses
            .iter()
            .filter(|clause| clause.holds(settings))
            .count();
        let holds = held == self.clauses.len();
        if holds {
            self.matched.set(self.matched.get() + 1);
        }
        holds
    }

    /// Comparisons that [`Self::holds`] takes at most.
    pub fn cost(&self) -> u64 {
        1 + self.literals().count() as u64
    }

    /// The values it names, each with its clause.
    pub fn literals(&self) -> impl Iterator<Item = (&Clause, &Literal)> {
        self.clauses.iter().flat_map(|clause| {
            let literals = match &clause.test {
                Test::Any(literals) => literals.as_slice(),
                Test::Between { .. } => &[],
            };
            literals.iter().map(move |literal| (clause, literal))
        })
    }
}

impl Clause {
    fn holds(&self, settings: &Settings) -> bool {
        match &self.test {
            Test::Any(literals) => {
                let mut any = false;
                for literal in literals {
                    let equal = literal
                        .values
                        .iter()
                        .all(|(key, value)| settings.0.get(key) == Some(value));
                    if equal {
                        literal.occurred.set(true);
                        any = true;
                    }
                }
                any
            }
            Test::Between { above, below } => self.keys.iter().all(|key| {
                let x = match settings.0.get(key) {
                    Some(Value::Int(i)) => *i as f64,
                    Some(Value::Float(x)) => *x,
                    _ => return false,
                };
                x > *above && x < *below
            }),
        }
    }
}

impl Reader<'_> {
    /// `{loss: minimax, k: [2, 4], lr: {gt: 1e-3}}`
    pub fn condition(&mut self, node: &Node, what: &str) -> Option<Condition> {
        let before = self.faults.len();
        let entries = self.map(node, what);
        if entries.is_empty() {
            if self.faults.len() == before {
                let what = what.to_owned();
                self.fault(
                    Fault::new(node.place, Problem::Nothing { what })
                        .help("without a key it would match every cell"),
                );
            }
            return None;
        }
        let mut clauses: Vec<(Place, Clause)> = Vec::new();
        for entry in entries {
            let Some(word) = self.word(entry) else {
                continue;
            };
            let beside = clauses
                .iter()
                .find(|(_, c)| c.keys.iter().any(|k| word.keys().contains(k)));
            if let Some((place, other)) = beside {
                let fault = beside_fault(entry.key_place, &entry.key, *place, &other.written);
                self.fault(fault);
                continue;
            }
            if let Some(test) = self.test(entry, word) {
                let clause = Clause {
                    written: entry.key.clone(),
                    keys: word.keys(),
                    test,
                };
                clauses.push((entry.key_place, clause));
            }
        }
        (self.faults.len() == before).then(|| Condition {
            place: node.place,
            clauses: clauses.into_iter().map(|(_, c)| c).collect(),
            matched: Cell::new(0),
        })
    }

    fn test(&mut self, entry: &Entry, word: Word<'_>) -> Option<Test> {
        let node = at_least_the_key(entry);
        match &node.tree {
            Tree::Map(tests) if tests.iter().any(|t| t.key == "g" || t.key == "d") => {
                self.literals(entry, word, std::slice::from_ref(&node))
            }
            Tree::Map(tests) => self.comparison(entry, word, &node, tests),
            Tree::List(items) => {
                if is_list_valued(word) {
                    let key = entry.key.clone();
                    self.fault(
                        Fault::new(node.place, Problem::ConditionNeedsAny { key }).help(format!(
                            "write {}: {{any: [{}]}} for this one value",
                            entry.key,
                            node.written()
                        )),
                    );
                    return None;
                }
                self.literals(entry, word, items)
            }
            _ => self.literals(entry, word, std::slice::from_ref(&node)),
        }
    }

    fn literals(&mut self, entry: &Entry, word: Word<'_>, items: &[Node]) -> Option<Test> {
        if items.is_empty() {
            let what = format!("the list of '{}'", entry.key);
            self.fault(Fault::new(entry.value.place, Problem::Nothing { what }));
            return None;
        }
        let mut literals = Vec::new();
        for item in items {
            let read = values(self.vocabulary, word, &entry.key, item);
            literals.push(Literal {
                place: item.place,
                written: item.written(),
                values: self.keep(read)?,
                occurred: Cell::new(false),
            });
        }
        Some(Test::Any(literals))
    }

    /// `{any: […]}`, `{gt: 1}`, `{gt: 1, lt: 3}`
    fn comparison(
        &mut self,
        entry: &Entry,
        word: Word<'_>,
        node: &Node,
        tests: &[Entry],
    ) -> Option<Test> {
        if let [only] = tests
            && only.key == ANY
        {
            return match &only.value.tree {
                Tree::List(items) => self.literals(entry, word, items),
                _ => {
                    self.wrong_shape(&only.value, "any", "a list of values");
                    None
                }
            };
        }
        let numeric = is_numeric(word);
        let (mut above, mut below) = (f64::NEG_INFINITY, f64::INFINITY);
        for test in tests {
            let bound = match test.value.tree {
                Tree::Int(i) => Some(i as f64),
                Tree::Float(x, _) if x.is_finite() => Some(x),
                _ => None,
            };
            match (test.key.as_str(), bound) {
                (ABOVE | BELOW, _) if !numeric => {
                    let key = entry.key.clone();
                    self.fault(Fault::new(test.key_place, Problem::NotComparable { key }));
                    return None;
                }
                (ABOVE, Some(x)) => above = x,
                (BELOW, Some(x)) => below = x,
                (ABOVE | BELOW, None) => {
                    let node = at_least_the_key(test);
                    self.fault(Fault::new(
                        node.place,
                        Problem::Misfit {
                            key: format!("{} {}", entry.key, test.key),
                            found: node.written(),
                            expected: "a finite number".to_owned(),
                        },
                    ));
                    return None;
                }
                (other, _) => {
                    let word = other.to_owned();
                    let near = self.nearest(other, &[ANY, ABOVE, BELOW]);
                    self.fault(
                        Fault::new(test.key_place, Problem::UnknownComparison { word })
                            .help("conditions take a value, a list, {any: [...]}, {gt: ...} and {lt: ...}")
                            .nearest(near),
                    );
                    return None;
                }
            }
        }
        if tests.is_empty() {
            let what = format!("the condition on '{}'", entry.key);
            self.fault(Fault::new(node.place, Problem::Nothing { what }));
            return None;
        }
        Some(Test::Between { above, below })
    }
}
