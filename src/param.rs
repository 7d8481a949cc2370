//! What a hyper-parameter is: its name, the values it takes, its frozen default.
//!
//! A *choice* (a loss, a data set, …) may own parameters; they apply only where that choice is
//! selected. Everything here is a pure value; nothing reads files or knows a grid.

use std::collections::BTreeMap;
use std::fmt;

/// A value of a parameter, in the form in which it enters a run's identity.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number; −0 never occurs in a checked value.
    Float(f64),
    /// A word: the name of a choice.
    Text(String),
    /// A list, such as layer widths.
    List(Vec<Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(i) => write!(f, "{i}"),
            Self::Float(x) if *x != 0.0 && (x.abs() < 1e-3 || x.abs() >= 1e7) => write!(f, "{x:e}"),
            Self::Float(x) => write!(f, "{x}"),
            Self::Text(s) => f.write_str(s),
            Self::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Bool(b) => Self::from(*b),
            Value::Int(i) => Self::from(*i),
            Value::Float(x) => Self::from(*x),
            Value::Text(s) => Self::from(s.as_str()),
            Value::List(items) => items.iter().map(Self::from).collect(),
        }
    }
}

/// One of the two players.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// The generator G.
    G,
    /// The discriminator D (a critic where the loss has no sigmoid).
    D,
}

impl Network {
    /// Both, generator first.
    pub const BOTH: [Self; 2] = [Self::G, Self::D];

    /// `g` or `d`, the suffix in keys such as `lr.g`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::G => "g",
            Self::D => "d",
        }
    }
}

/// A fully qualified key of a run: `k`, or `norm.g`.
///
/// A per-network parameter always has its network here; the scalar shorthand `norm: batch` is
/// expanded before a key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The parameter's name.
    pub name: &'static str,
    /// Which network, for per-network parameters.
    pub network: Option<Network>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network {
            None => f.write_str(self.name),
            Some(n) => write!(f, "{}.{}", self.name, n.suffix()),
        }
    }
}

/// A default, in a form that can stand in a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Birth {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A choice.
    Text(&'static str),
    /// Widths.
    Ints(&'static [i64]),
    /// Pairs and ranges.
    Floats(&'static [f64]),
    /// The key is absent unless it is set.
    Absent,
}

impl Birth {
    /// The default as a value; `None` when absent.
    pub fn value(self) -> Option<Value> {
        Some(match self {
            Self::Int(i) => Value::Int(i),
            Self::Float(x) => Value::Float(x),
            Self::Text(s) => Value::Text(s.to_owned()),
            Self::Ints(v) => Value::List(v.iter().map(|&i| Value::Int(i)).collect()),
            Self::Floats(v) => Value::List(v.iter().map(|&x| Value::Float(x)).collect()),
            Self::Absent => return None,
        })
    }
}

/// A range of numbers; an open end excludes its bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower bound.
    pub min: f64,
    /// Whether `min` itself is allowed.
    pub min_included: bool,
    /// Upper bound.
    pub max: f64,
    /// Whether `max` itself is allowed.
    pub max_included: bool,
}

impl Range {
    /// `[min, max]`
    pub const fn closed(min: f64, max: f64) -> Self {
        Self {
            min,
            min_included: true,
            max,
            max_included: true,
        }
    }
    /// `(min, max]`
    pub const fn above(min: f64, max: f64) -> Self {
        Self {
            min,
            min_included: false,
            max,
            max_included: true,
        }
    }
    /// `[min, max)`
    pub const fn below(min: f64, max: f64) -> Self {
        Self {
            min,
            min_included: true,
            max,
            max_included: false,
        }
    }
    /// Whether `x` lies inside.
    pub fn contains(&self, x: f64) -> bool {
        let low = if self.min_included {
            x >= self.min
        } else {
            x > self.min
        };
        let high = if self.max_included {
            x <= self.max
        } else {
            x < self.max
        };
        low && high
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.min_included { '[' } else { '(' };
        let close = if self.max_included { ']' } else { ')' };
        write!(
            f,
            "{open}{}, {}{close}",
            Value::Float(self.min),
            Value::Float(self.max)
        )
    }
}

/// The values a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One of an axis's choices, each of which may own further parameters.
    Axis(fn() -> &'static [Choice]),
    /// One of a few words.
    Words(&'static [(&'static str, &'static str)]),
    /// A whole number, bounds included.
    Int {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A whole number, bounds included, or one word instead, which may own parameters.
    Count {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
        /// The word.
        or: &'static [Choice],
    },
    /// The beginning of a SHA-256: eight hexadecimal digits.
    Checksum,
    /// A finite number.
    Float(Range),
    /// A list of whole numbers.
    Ints {
        /// Bounds of each.
        min: i64,
        /// Bounds of each.
        max: i64,
        /// How many at most (none is allowed).
        most: usize,
    },
    /// Exactly two numbers.
    Pair(Range),
    /// A list of numbers.
    Floats {
        /// Bounds of each.
        range: Range,
        /// How many at most (at least one).
        most: usize,
    },
    /// A list of points: numbers on a line, each `[x, y]` in the plane.
    Points {
        /// Coordinates of each: 1 or 2.
        dimensions: usize,
        /// Bounds of each coordinate.
        range: Range,
        /// How many at most (at least one).
        most: usize,
    },
}

impl Kind {
    /// Whether a value of this kind is itself a list.
    pub fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Ints { .. } | Self::Pair(_) | Self::Floats { .. } | Self::Points { .. }
        )
    }

    /// The choices that may be written as a word, each of which may own parameters.
    pub fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Axis(choices) => choices(),
            Self::Count { or, .. } => or,
            _ => &[],
        }
    }

    /// What a person should write, for an error or the listing: `a number in (0, 1]`.
    pub fn expected(&self) -> String {
        match self {
            Self::Axis(choices) => {
                let names: Vec<_> = choices().iter().map(|c| c.name).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Words(words) => {
                let names: Vec<_> = words.iter().map(|w| w.0).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Int { min, max } => format!("a whole number from {min} to {max}"),
            Self::Count { min, max, or } => {
                let words: Vec<_> = or.iter().map(|choice| choice.name).collect();
                format!(
                    "a whole number from {min} to {max}, or {}",
                    words.join(", ")
                )
            }
            Self::Checksum => "8 hexadecimal digits in quotes, such as '6726825d'".to_owned(),
            Self::Float(range) => format!("a number in {range}"),
            Self::Ints { min, max, most } => {
                format!(
                    "a list of at most {most} whole numbers from {min} to {max}, such as [64, 64]"
                )
            }
            Self::Pair(range) => format!("a list of two numbers in {range}, such as [0.5, 0.9]"),
            Self::Floats { range, most }
            | Self::Points {
                dimensions: 1,
                range,
                most,
            } => format!("a list of 1 to {most} numbers in {range}"),
            Self::Points { range, most, .. } => {
                format!("a list of 1 to {most} points [x, y] with coordinates in {range}")
            }
        }
    }
}

/// One hyper-parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its key in a grid.
    pub name: &'static str,
    /// Whether G and D have one each (`lr.g`, `lr.d`; `lr` sets both).
    pub per_network: bool,
    /// What it takes.
    pub kind: Kind,
    /// Its default, frozen at its birth: it never changes, so that old run ids keep their meaning.
    pub birth: Birth,
    /// One line for `params`.
    pub summary: &'static str,
}

/// One value of an axis: a loss, a data set, ….
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Its word in a grid.
    pub name: &'static str,
    /// Raised when its numbers change; enters the id of the runs that use it.
    pub version: u32,
    /// The parameters that apply only where it is chosen.
    pub params: &'static [Param],
    /// One line for `params`.
    pub summary: &'static str,
}

/// Why a value does not fit a parameter.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{found} is not {expected}")]
pub struct Misfit {
    /// The value as a person would write it.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// The nearest word, where one is near.
    pub nearest: Option<String>,
}

impl Param {
    /// Checks a value and brings it into its canonical form (an integer where a float belongs
    /// becomes a float, −0 becomes 0).
    ///
    /// `more` are further words that an axis takes, such as imported data sets.
    pub fn check(&self, value: &Value, more: &[String]) -> Result<Value, Misfit> {
        self.accept(value, more).ok_or_else(|| {
            let found = match value {
                Value::Text(s) => format!("'{s}'"),
                other => other.to_string(),
            };
            let mut expected = self.kind.expected();
            for word in more {
                expected.push_str(", ");
                expected.push_str(word);
            }
            let nearest = match value {
                Value::Text(s) => crate::nearest::nearest(s, self.words(more)).map(str::to_owned),
                _ => None,
            };
            Misfit {
                found,
                expected,
                nearest,
            }
        })
    }

    fn words<'a>(&self, more: &'a [String]) -> Vec<&'a str> {
        let mut words: Vec<&'a str> = match self.kind {
            Kind::Axis(choices) => choices().iter().map(|c| c.name).collect(),
            Kind::Words(words) => words.iter().map(|w| w.0).collect(),
            Kind::Count { or, .. } => or.iter().map(|c| c.name).collect(),
            _ => Vec::new(),
        };
        words.extend(more.iter().map(String::as_str));
        words
    }

    fn accept(&self, value: &Value, more: &[String]) -> Option<Value> {
        match (self.kind, value) {
            (Kind::Axis(_) | Kind::Words(_) | Kind::Count { .. }, Value::Text(s)) => self
                .words(more)
                .contains(&s.as_str())
                .then(|| value.clone()),
            (Kind::Int { min, max } | Kind::Count { min, max, .. }, v) => int_in(v, min, max),
            (Kind::Checksum, Value::Text(s)) => checksum(s),
            // Digits alone are a number in YAML.
            (Kind::Checksum, Value::Int(i)) => checksum(&format!("{i:08}")),
            (Kind::Float(range), v) => float_in(v, range),
            (Kind::Ints { min, max, most }, Value::List(items)) if items.len() <= most => items
                .iter()
                .map(|v| int_in(v, min, max))
                .collect::<Option<_>>()
                .map(Value::List),
            (Kind::Pair(range), Value::List(items)) if items.len() == 2 => floats_in(items, range),
            (
                Kind::Floats { range, most }
                | Kind::Points {
                    dimensions: 1,
                    range,
                    most,
                },
                Value::List(items),
            ) if (1..=most).contains(&items.len()) => floats_in(items, range),
            (
                Kind::Points {
                    dimensions,
                    range,
                    most,
                },
                Value::List(points),
            ) if (1..=most).contains(&points.len()) => points
                .iter()
                .map(|point| match point {
                    Value::List(at) if at.len() == dimensions => floats_in(at, range),
                    _ => None,
                })
                .collect::<Option<_>>()
                .map(Value::List),
            _ => None,
        }
    }
}

fn checksum(text: &str) -> Option<Value> {
    let is_one = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_one.then(|| Value::Text(text.to_ascii_lowercase()))
}

fn int_in(value: &Value, min: i64, max: i64) -> Option<Value> {
    match value {
        Value::Int(i) if (min..=max).contains(i) => Some(Value::Int(*i)),
        // `3e6` is a float in YAML; a whole one is what the person meant.
        Value::Float(x) if x.fract() == 0.0 && *x >= min as f64 && *x <= max as f64 => {
            Some(Value::Int(*x as i64))
        }
        _ => None,
    }
}

fn floats_in(values: &[Value], range: Range) -> Option<Value> {
    let items = values.iter().map(|v| float_in(v, range));
    items.collect::<Option<_>>().map(Value::List)
}

fn float_in(value: &Value, range: Range) -> Option<Value> {
    let x = match value {
        Value::Int(i) => *i as f64,
        Value::Float(x) => *x,
        _ => return None,
    };
    // Adding 0 turns −0 into 0.
    (x.is_finite() && range.contains(x)).then_some(Value::Float(x + 0.0))
}

/// The checked values of one run: every key that applies, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(pub BTreeMap<Key, Value>);

/// A key that a component reads is missing or of another kind: a mistake in its declaration.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("internal: parameter '{key}' was not declared as it is read")]
pub struct Undeclared {
    /// The key.
    pub key: String,
}

impl Settings {
    fn undeclared(name: &str, network: Option<Network>) -> Undeclared {
        let suffix = network
            .map(|n| format!(".{}", n.suffix()))
            .unwrap_or_default();
        Undeclared {
            key: format!("{name}{suffix}"),
        }
    }

    /// The value of a key, where it is present.
    pub fn get(&self, name: &str, network: Option<Network>) -> Option<&Value> {
        self.0
            .iter()
            .find(|(k, _)| k.name == name && k.network == network)
            .map(|(_, v)| v)
    }

    /// A word.
    pub fn text(&self, name: &str, network: Option<Network>) -> Result<&str, Undeclared> {
        match self.get(name, network) {
            Some(Value::Text(s)) => Ok(s),
            _ => Err(Self::undeclared(name, network)),
        }
    }

    /// A whole number that is not negative.
    pub fn uint(&self, name: &str, network: Option<Network>) -> Result<u64, Undeclared> {
        match self.get(name, network) {
            Some(Value::Int(i)) if *i >= 0 => Ok(*i as u64),
            _ => Err(Self::undeclared(name, network)),
        }
    }

    /// A number.
    pub fn float(&self, name: &str, network: Option<Network>) -> Result<f64, Undeclared> {
        match self.get(name, network) {
            Some(Value::Float(x)) => Ok(*x),
            _ => Err(Self::undeclared(name, network)),
        }
    }

    /// A list of numbers that are not negative, such as layer widths.
    pub fn uints(&self, name: &str, network: Option<Network>) -> Result<Vec<usize>, Undeclared> {
        match self.get(name, network) {
            Some(Value::List(items)) => items
                .iter()
                .map(|v| match v {
                    Value::Int(i) if *i >= 0 => Ok(*i as usize),
                    _ => Err(Self::undeclared(name, network)),
                })
                .collect(),
            _ => Err(Self::undeclared(name, network)),
        }
    }

    /// Two numbers.
    pub fn pair(&self, name: &str, network: Option<Network>) -> Result<[f64; 2], Undeclared> {
        match self.get(name, network) {
            Some(v) => pair(v).ok_or_else(|| Self::undeclared(name, network)),
            None => Err(Self::undeclared(name, network)),
        }
    }

    /// Numbers, where the key is present.
    pub fn floats(&self, name: &str) -> Result<Option<Vec<f64>>, Undeclared> {
        let of = |v: &Value| match v {
            Value::Float(x) => Some(*x),
            _ => None,
        };
        self.list(name, of)
    }

    /// Points in the plane, where the key is present.
    pub fn points(&self, name: &str) -> Result<Option<Vec<[f64; 2]>>, Undeclared> {
        self.list(name, pair)
    }

    fn list<T>(
        &self,
        name: &str,
        of: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Undeclared> {
        match self.get(name, None) {
            None => Ok(None),
            Some(Value::List(items)) => items
                .iter()
                .map(|v| of(v).ok_or_else(|| Self::undeclared(name, None)))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(Self::undeclared(name, None)),
        }
    }
}

fn pair(value: &Value) -> Option<[f64; 2]> {
    match value {
        Value::List(items) => match items.as_slice() {
            [Value::Float(a), Value::Float(b)] => Some([*a, *b]),
            _ => None,
        },
        _ => None,
    }
}
