//! The `random` section: sampled points as one more axis.
//!
//! The draw of a key at a position depends on (random seed, key, position) alone, so that more
//! samples extend a sweep and another key changes no draw.

use std::sync::Arc;

use super::axis::{Axis, list_valued_help};
use super::error::{Fault, Problem};
use super::key::Word;
use super::node::{Entry, Node, Tree};
use super::origin::{Assignment, Section};
use super::reader::{Reader, at_least_the_key};
use super::source::Place;
use super::value::{Values, values};
use crate::nearest::nearest;
use crate::param::{Kind, Param, Range, Value};

/// Enters every draw: raised when any draw would change.
const CONTEXT: &str = "gan-sweep 2026-11 random section v1";

/// Uniform on [0, 1) with 53 bits, from (seed, key, position).
fn unit(seed: u64, key: &str, position: u64) -> f64 {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&seed.to_le_bytes());
    hasher.update(&position.to_le_bytes());
    hasher.update(key.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    // The 53 bits that a double holds exactly.
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The distribution over a list.
pub(super) const CHOICE: &str = "choice";

/// Even between two bounds.
pub(super) const UNIFORM: &str = "uniform";

/// Even in the logarithm.
pub(super) const LOG_UNIFORM: &str = "log_uniform";

/// How many points are drawn.
pub(super) const SAMPLES: &str = "samples";

/// What they are drawn by.
pub(super) const SEED: &str = "seed";

/// How a number is drawn between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// `uniform`
    Linear,
    /// `log_uniform`: the logarithm is uniform.
    Logarithmic,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Draw {
    scale: Scale,
    low: f64,
    high: f64,
    /// A whole number, `high` included; otherwise a number in [low, high).
    whole: bool,
}

impl Draw {
    /// The value at `u` in [0, 1). Logarithms are `libm`'s, the same bits on every host.
    fn at(&self, u: f64) -> Value {
        let high = if self.whole {
            self.high + 1.0
        } else {
            self.high
        };
        let x = match self.scale {
            Scale::Linear => self.low + u * (high - self.low),
            Scale::Logarithmic => {
                let (a, b) = (libm::log(self.low), libm::log(high));
                libm::exp(a + u * (b - a))
            }
        };
        if self.whole {
            return Value::Int(x.floor().clamp(self.low, self.high) as i64);
        }
        // Rounding may reach the excluded bound or fall below the included one.
        Value::Float(x.min(self.high.next_down()).max(self.low))
    }
}

/// What a key is drawn from.
enum Law {
    /// Numbers between two bounds.
    Between(Draw),
    /// One of a list, each as often.
    OneOf(Vec<Values>),
}

impl Law {
    /// The values at `u` in [0, 1) of the keys that the word stands for.
    fn at(&self, u: f64, word: Word<'_>) -> Values {
        match self {
            Self::Between(draw) => {
                let value = draw.at(u);
                let keys = word.keys().into_iter();
                keys.map(|key| (key, value.clone())).collect()
            }
            // u < 1, but the product may be rounded up.
            Self::OneOf(list) => {
                let i = (u * list.len() as f64) as usize;
                list[i.min(list.len() - 1)].clone()
            }
        }
    }
}

impl<'v> Reader<'v> {
    /// `{samples: 100, seed: 1, lr: {log_uniform: [1e-5, 1e-2]}}`
    pub fn random(&mut self, node: &Node, place: Place, section: &Section) -> Option<Axis> {
        let entries = self.map(node, "random");
        let before = self.faults.len();
        let samples = match entries.iter().find(|e| e.key == SAMPLES) {
            Some(entry) => self.natural(entry, SAMPLES, 1),
            None => {
                let missing = Problem::Missing { section: SAMPLES };
                self.fault(Fault::new(place, missing).help("write {samples: 100, ...}"));
                None
            }
        };
        let seed = match entries.iter().find(|e| e.key == SEED) {
            Some(entry) => self.natural(entry, SEED, 0),
            None => Some(0),
        };
        let mut draws = Vec::new();
        for entry in entries {
            if matches!(entry.key.as_str(), SAMPLES | SEED) {
                continue;
            }
            let Some(word) = self.word(entry) else {
                continue;
            };
            let Some(param) = word.known.params.first() else {
                continue;
            };
            let law = match list(entry) {
                Some(list) => self.one_of(list, word, &entry.key),
                None => {
                    let draw = draw(entry, param);
                    self.keep(draw).map(Law::Between)
                }
            };
            draws.extend(law.map(|law| (entry, word, law)));
        }
        let (samples, seed) = (samples?, seed?);
        let (most_runs, most) = (self.limits.runs, self.limits.draws());
        self.draws = self
            .draws
            .saturating_add(samples.saturating_mul(draws.len() as u64));
        if samples > most_runs {
            let count = samples.to_string();
            let most = most_runs;
            self.fault(Fault::new(place, Problem::TooManyRuns { count, most }));
        } else if self.draws > most {
            let count = self.draws;
            self.fault(
                Fault::new(place, Problem::TooManyDraws { count, most })
                    .help("all 'random' sections together, those of profiles included"),
            );
        }
        if draws.is_empty() && self.faults.len() == before {
            let what = "random".to_owned();
            self.fault(
                Fault::new(place, Problem::Nothing { what })
                    .help("add a key to draw: lr: {log_uniform: [1e-5, 1e-2]}"),
            );
        }
        if self.faults.len() > before {
            return None;
        }
        let mut positions: Vec<Vec<Assignment>> = Vec::new();
        for position in 0..samples {
            let mut assignments = Vec::new();
            for (entry, word, law) in &draws {
                let values = law.at(unit(seed, &entry.key, position), *word);
                let place = entry.value.place;
                assignments.extend(self.assign(values, entry.key_place, place, section));
            }
            positions.push(assignments);
        }
        let lists: Vec<Axis> = draws
            .iter()
            .map(|(entry, word, _)| Axis {
                label: entry.key.clone(),
                place: entry.key_place,
                positions: Arc::new(vec![
                    self.assign(
                        word.keys()
                            .into_iter()
                            .map(|k| (k, Value::Int(0)))
                            .collect(),
                        entry.key_place,
                        entry.value.place,
                        section,
                    ),
                ]),
            })
            .collect();
        if let Some(fault) = super::axis::clash(&lists) {
            self.fault(fault);
            return None;
        }
        Some(Axis {
            label: "random".to_owned(),
            place,
            positions: Arc::new(positions),
        })
    }

    /// `choice: [[64, 64], [128, 128]]`: values of any parameter.
    fn one_of(&mut self, list: &Entry, word: Word<'v>, written: &str) -> Option<Law> {
        let items = self.axis_list(list)?;
        let read = items.iter().filter_map(|item| {
            let read = values(self.vocabulary, word, written, item)
                .map_err(|fault| list_valued_help(fault, word, item));
            self.keep(read)
        });
        let values: Vec<Values> = read.collect();
        (values.len() == items.len()).then_some(Law::OneOf(values))
    }

    fn natural(&mut self, entry: &Entry, key: &str, least: u64) -> Option<u64> {
        let node = at_least_the_key(entry);
        match node.tree {
            Tree::Int(i) if i >= 0 && i as u64 >= least => Some(i as u64),
            _ => {
                self.fault(Fault::new(
                    node.place,
                    Problem::Misfit {
                        key: key.to_owned(),
                        found: node.written(),
                        expected: format!("a whole number from {least}"),
                    },
                ));
                None
            }
        }
    }
}

/// What follows `choice`, where that is the distribution.
fn list(entry: &Entry) -> Option<&Entry> {
    match &entry.value.tree {
        Tree::Map(distributions) => match distributions.as_slice() {
            [only] if only.key == CHOICE => Some(only),
            _ => None,
        },
        _ => None,
    }
}

/// Between which bounds a number may be drawn, and whether it is a whole one; `None` for what is no
/// number. The ends of an open range may be bounds: they are drawn with probability zero.
pub(super) fn bounds(kind: Kind) -> Option<(bool, Range)> {
    match kind {
        Kind::Int { min, max } | Kind::Count { min, max, .. } => {
            Some((true, Range::closed(min as f64, max as f64)))
        }
        Kind::Float(range) => Some((false, Range::closed(range.min, range.max))),
        _ => None,
    }
}

/// `{uniform: [0, 1]}` for a parameter.
fn draw(entry: &Entry, param: &Param) -> Result<Draw, Fault> {
    let Some((whole, range)) = bounds(param.kind) else {
        let problem = Problem::NotRandom {
            key: entry.key.clone(),
            expected: param.kind.expected(),
        };
        return Err(Fault::new(entry.key_place, problem)
            .help(format!("write {}: {{choice: [..., ...]}}", entry.key)));
    };
    let node = at_least_the_key(entry);
    let form = || {
        let misfit = Problem::Misfit {
            key: entry.key.clone(),
            found: node.written(),
            expected: "a distribution".to_owned(),
        };
        Fault::new(node.place, misfit)
            .help("write {uniform: [low, high]}, {log_uniform: [low, high]} or {choice: [a, b]}")
    };
    let Tree::Map(distributions) = &node.tree else {
        return Err(form());
    };
    let [distribution] = distributions.as_slice() else {
        return Err(form());
    };
    let scale = match distribution.key.as_str() {
        UNIFORM => Scale::Linear,
        LOG_UNIFORM => Scale::Logarithmic,
        other => {
            return Err(Fault::new(
                distribution.key_place,
                Problem::Misfit {
                    key: entry.key.clone(),
                    found: format!("'{other}'"),
                    expected: "a distribution: uniform, log_uniform or choice".to_owned(),
                },
            )
            .nearest(nearest(other, [UNIFORM, LOG_UNIFORM, CHOICE])));
        }
    };
    let bounds = &distribution.value;
    let number = |node: &Node| match node.tree {
        Tree::Int(i) => Some(i as f64),
        Tree::Float(x, _) if x.is_finite() => Some(x),
        _ => None,
    };
    let (low, high) = match &bounds.tree {
        Tree::List(items) if items.len() == 2 => match (number(&items[0]), number(&items[1])) {
            (Some(low), Some(high)) => (low, high),
            _ => return Err(form()),
        },
        _ => return Err(form()),
    };
    let wrong = |why: String| {
        let key = entry.key.clone();
        Err(Fault::new(bounds.place, Problem::RandomRange { key, why }))
    };
    if !(range.contains(low) && range.contains(high)) {
        let kind = match param.kind {
            // A word is not drawn.
            Kind::Count { min, max, .. } => Kind::Int { min, max },
            kind => kind,
        };
        return wrong(format!("the bounds must be {}", kind.expected()));
    }
    if scale == Scale::Logarithmic && low <= 0.0 {
        return wrong("log_uniform needs bounds above 0".to_owned());
    }
    if whole && (low.fract() != 0.0 || high.fract() != 0.0) {
        return wrong("the bounds must be whole numbers".to_owned());
    }
    if low > high || (low == high && !whole) {
        return wrong("write the lower bound first".to_owned());
    }
    Ok(Draw {
        scale,
        low,
        high,
        whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_frozen_and_keyed_by_seed_key_and_position() {
        let draws = [
            unit(1, "lr", 0),
            unit(1, "lr", 1),
            unit(2, "lr", 0),
            unit(1, "lr.g", 0),
        ];
        insta::assert_snapshot!(
            draws.map(|u| format!("{:016x}", u.to_bits())).join(" "),
            @"3fe9c74a45fe78ae 3febbd3597e4973c 3fd2ed1aea3c86c6 3fe10b2ed1a5bc1d"
        );
    }

    #[test]
    fn a_uniform_draw_has_the_mean_and_variance_of_its_law() {
        // Closed form on [2, 6): mean 4, variance 16 / 12; four standard errors at n = 20,000.
        let draw = Draw {
            scale: Scale::Linear,
            low: 2.0,
            high: 6.0,
            whole: false,
        };
        let n = 20_000;
        let xs: Vec<f64> = (0..n)
            .filter_map(|i| match draw.at(unit(0, "sigma", i)) {
                Value::Float(x) => Some(x),
                _ => None,
            })
            .collect();
        let mean = xs.iter().sum::<f64>() / n as f64;
        let variance = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        assert!((mean - 4.0).abs() < 4.0 * (16.0 / 12.0 / n as f64).sqrt());
        assert!((variance - 16.0 / 12.0).abs() < 0.05);
        assert!(xs.iter().all(|x| (2.0..6.0).contains(x)));
    }

    #[test]
    fn a_whole_number_reaches_both_bounds_equally_often() {
        let draw = Draw {
            scale: Scale::Linear,
            low: 1.0,
            high: 4.0,
            whole: true,
        };
        let mut counts = [0_u32; 5];
        for i in 0..8000 {
            if let Value::Int(k) = draw.at(unit(3, "k", i)) {
                counts[k as usize] += 1;
            }
        }
        // Binomial(8000, 1/4): standard deviation 38.7.
        assert_eq!(counts[0], 0);
        assert!(
            counts[1..].iter().all(|c| c.abs_diff(2000) < 160),
            "{counts:?}"
        );
    }

    #[test]
    fn a_log_uniform_draw_splits_its_range_at_the_geometric_mean() {
        let draw = Draw {
            scale: Scale::Logarithmic,
            low: 1e-4,
            high: 1e-2,
            whole: false,
        };
        let below = (0..10_000)
            .filter(|&i| matches!(draw.at(unit(5, "lr", i)), Value::Float(x) if x < 1e-3))
            .count();
        // Binomial(10000, 1/2): standard deviation 50.
        assert!(below.abs_diff(5000) < 200, "{below}");
    }
}
