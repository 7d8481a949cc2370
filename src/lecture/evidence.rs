//! From the runs of a plan to what a claim is judged by.

use std::collections::BTreeMap;

use super::observe::{Gap, History};
use crate::claim::{Arm, Claim, Expect, Over, Unit};
use crate::grid::Plan;
use crate::param::{Key, Settings, Value};
use crate::spec::RunId;
use crate::stats::claim::{self, Evidence, Expectation};

/// What there is for a claim, with what is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is judged by.
    pub evidence: Evidence,
    /// The mean of either side over the units, the written order of a and b.
    pub means: Vec<f64>,
    /// The levels of a trend.
    pub levels: Vec<String>,
    /// Units that were left out because a run of theirs has no value.
    pub left_out: usize,
    /// Runs without a value: missing, failed, or without the quantity.
    pub missing: usize,
    /// Runs whose value is not finite.
    pub not_finite: usize,
    /// Runs that diverged and count with the worst value.
    pub diverged: usize,
}

/// Histories by run.
pub type Histories<'a> = BTreeMap<RunId, History<'a>>;

/// What is expected, in the terms of the test.
pub fn expectation(claim: &Claim) -> Expectation {
    match claim.expect {
        Expect::Above { min_effect } | Expect::Below { min_effect } => match claim.success {
            Some(_) => Expectation::MoreOften { min_effect },
            None => Expectation::Greater { min_effect },
        },
        Expect::Equivalent { within } => Expectation::Equivalent { within },
        Expect::Value { of, within } => Expectation::Value { of, within },
        Expect::Exact { of, within } => Expectation::Exact { of, within },
        Expect::Increasing { min_effect } | Expect::Decreasing { min_effect } => {
            Expectation::Monotone { min_effect }
        }
        Expect::Between { min_effect } => Expectation::Greater { min_effect },
    }
}

/// How many units the runs of a plan give a claim when all are there.
pub fn units(plan: &Plan, claim: &Claim) -> usize {
    if let Expect::Between { .. } = claim.expect {
        let table = Table::new(plan, &claim.a);
        return match table.seeds().len() {
            0 | 1 => 0,
            _ => table.cells.len() / 2,
        };
    }
    let of = |arm: &Arm| match claim.unit {
        Unit::Seed | Unit::Image => Table::new(plan, arm).seeds().len(),
        Unit::Configuration => Table::new(plan, arm).cells.len(),
    };
    let b = claim.b.as_ref().map_or(usize::MAX, of);
    of(&claim.a).min(b)
}

/// The runs of a side: cell by cell, each by its seeds.
struct Table<'p> {
    plan: &'p Plan,
    arm: &'p Arm,
    /// Positions in the plan by seed; cells in plan order.
    cells: Vec<BTreeMap<u64, usize>>,
}

/// The values of a side.
struct Values {
    /// (cell, seed) to value.
    by: BTreeMap<(usize, u64), f64>,
    missing: usize,
    not_finite: usize,
    diverged: usize,
}

impl<'p> Table<'p> {
    fn new(plan: &'p Plan, arm: &'p Arm) -> Self {
        let mut cells: Vec<(&Settings, BTreeMap<u64, usize>)> = Vec::new();
        for &run in &arm.runs {
            let spec = &plan.runs[run].spec;
            let cell = cells.iter_mut().find(|(s, _)| **s == spec.settings);
            match cell {
                Some((_, seeds)) => {
                    seeds.insert(spec.seed(), run);
                }
                None => cells.push((&spec.settings, BTreeMap::from([(spec.seed(), run)]))),
            }
        }
        Self {
            plan,
            arm,
            cells: cells.into_iter().map(|(_, seeds)| seeds).collect(),
        }
    }

    /// Seeds that every cell has in the plan.
    fn seeds(&self) -> Vec<u64> {
        let Some(first) = self.cells.first() else {
            return Vec::new();
        };
        let everywhere = |seed: &&u64| self.cells.iter().all(|cell| cell.contains_key(seed));
        first.keys().filter(everywhere).copied().collect()
    }

    fn value_of(&self, cell: usize, key: Key) -> Option<&Value> {
        let run = *self.cells[cell].values().next()?;
        self.plan.runs[run].spec.settings.0.get(&key)
    }

    fn values(&self, histories: &Histories<'_>, flops: f64) -> Values {
        let mut values = Values {
            by: BTreeMap::new(),
            missing: 0,
            not_finite: 0,
            diverged: 0,
        };
        for (cell, seeds) in self.cells.iter().enumerate() {
            for (&seed, &run) in seeds {
                let history = histories.get(&self.plan.runs[run].spec.id());
                let found = history.map_or(Err(Gap::Missing), |h| h.value(self.arm, flops));
                match found {
                    Ok(value) => {
                        values.diverged += usize::from(history.is_some_and(|h| h.has_diverged()));
                        values.by.insert((cell, seed), value);
                    }
                    Err(Gap::Missing) => values.missing += 1,
                    Err(Gap::NotFinite) => values.not_finite += 1,
                }
            }
        }
        values
    }
}

impl Values {
    fn at(&self, cell: usize, seed: u64) -> Option<f64> {
        self.by.get(&(cell, seed)).copied()
    }

    /// The mean over some cells at a seed; `None` where one of them has no value.
    fn mean(&self, cells: &[usize], seed: u64) -> Option<f64> {
        let values: Option<Vec<f64>> = cells.iter().map(|&c| self.at(c, seed)).collect();
        let values = values.filter(|v| !v.is_empty())?;
        Some(values.iter().sum::<f64>() / values.len() as f64)
    }
}

/// What the runs say of a claim.
pub fn find(plan: &Plan, claim: &Claim, histories: &Histories<'_>) -> Found {
    let sides: Vec<&Arm> = [Some(&claim.a), claim.b.as_ref()]
        .into_iter()
        .flatten()
        .collect();
    let runs = || sides.iter().flat_map(|arm| &arm.runs);
    let histories_of = runs().filter_map(|&run| histories.get(&plan.runs[run].spec.id()));
    let flops = histories_of
        .filter_map(|h| h.flops())
        .fold(f64::INFINITY, f64::min);
    let tables: Vec<Table<'_>> = sides.iter().map(|arm| Table::new(plan, arm)).collect();
    let values: Vec<Values> = tables.iter().map(|t| t.values(histories, flops)).collect();
    let mut found = Found {
        evidence: Evidence::Values(Vec::new()),
        means: Vec::new(),
        levels: Vec::new(),
        left_out: 0,
        missing: values.iter().map(|v| v.missing).sum(),
        not_finite: values.iter().map(|v| v.not_finite).sum(),
        diverged: values.iter().map(|v| v.diverged).sum(),
    };
    match claim.expect {
        Expect::Exact { .. } => {
            let mut all: Vec<f64> = values[0].by.values().copied().collect();
            found.means = mean(&all).into_iter().collect();
            // What is not there may be what is wrong.
            if found.missing + found.not_finite > 0 {
                all.clear();
            }
            found.evidence = Evidence::Values(all);
        }
        Expect::Increasing { .. } => {
            trend(claim, &tables[0], &values[0], histories, 1.0, &mut found)
        }
        Expect::Decreasing { .. } => {
            trend(claim, &tables[0], &values[0], histories, -1.0, &mut found);
        }
        Expect::Value { .. } => {
            let all = by_unit(claim, &tables[0], &values[0]);
            let kept: Vec<f64> = all.iter().flatten().copied().collect();
            found.left_out = all.len() - kept.len();
            found.means = mean(&kept).into_iter().collect();
            found.evidence = Evidence::Values(kept);
        }
        Expect::Above { .. } | Expect::Below { .. } | Expect::Equivalent { .. } => {
            compared(claim, &tables, &values, &mut found);
        }
        Expect::Between { .. } => spread(&tables[0], &values[0], &mut found),
    }
    found
}

/// A side's value for every unit, `None` where a run has none; in the order of the units.
fn by_unit(claim: &Claim, table: &Table<'_>, values: &Values) -> Vec<Option<f64>> {
    let cells: Vec<usize> = (0..table.cells.len()).collect();
    match (claim.unit, claim.best) {
        (Unit::Configuration, _) => cells
            .iter()
            .map(|&cell| {
                let seeds = table.cells[cell].keys();
                let all: Option<Vec<f64>> = seeds.map(|&seed| values.at(cell, seed)).collect();
                mean(&all?)
            })
            .collect(),
        (_, None) => {
            let seeds = table.seeds().into_iter();
            seeds.map(|seed| values.mean(&cells, seed)).collect()
        }
        (_, Some(key)) => best(table, values, key),
    }
}

/// Each seed at the value of a key that is best on the other seeds: what is chosen never sees what is
/// counted, so that the choice flatters neither side.
fn best(table: &Table<'_>, values: &Values, key: Key) -> Vec<Option<f64>> {
    let mut groups: Vec<(Option<&Value>, Vec<usize>)> = Vec::new();
    for cell in 0..table.cells.len() {
        let value = table.value_of(cell, key);
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, cells)) => cells.push(cell),
            None => groups.push((value, vec![cell])),
        }
    }
    let lower = crate::quantity::info(&table.arm.metric)
        .is_some_and(|info| info.direction == crate::metric::Direction::Lower);
    let seeds = table.seeds();
    let pick = |seed: u64| {
        let score = |cells: &[usize]| -> Option<f64> {
            let others = seeds.iter().filter(|&&other| other != seed);
            let all: Option<Vec<f64>> = others.map(|&o| values.mean(cells, o)).collect();
            let score = mean(&all?)?;
            Some(if lower { -score } else { score })
        };
        // The first on a tie. Without other seeds the first.
        let mut chosen = groups.first()?;
        let mut most = score(&chosen.1);
        for group in &groups[1..] {
            let score = score(&group.1);
            if score > most {
                (chosen, most) = (group, score);
            }
        }
        values.mean(&chosen.1, seed)
    };
    seeds.iter().map(|&seed| pick(seed)).collect()
}

/// a against b, unit by unit.
fn compared(claim: &Claim, tables: &[Table<'_>], values: &[Values], found: &mut Found) {
    let [a, b] = [0, 1].map(|side| by_unit(claim, &tables[side], &values[side]));
    let keys = |side: usize| match claim.unit {
        Unit::Configuration => (0..tables[side].cells.len() as u64).collect(),
        Unit::Seed | Unit::Image => tables[side].seeds(),
    };
    let of_b: BTreeMap<u64, Option<f64>> = keys(1).into_iter().zip(b).collect();
    let mut pairs = Vec::new();
    for (key, a) in keys(0).into_iter().zip(a) {
        match (a, of_b.get(&key).copied().flatten()) {
            (Some(a), Some(b)) => pairs.push((a, b)),
            _ => found.left_out += 1,
        }
    }
    let side = |which: fn(&(f64, f64)) -> f64| pairs.iter().map(which).collect::<Vec<_>>();
    let (of_a, of_b) = (side(|p| p.0), side(|p| p.1));
    found.means = [mean(&of_a), mean(&of_b)].into_iter().flatten().collect();
    let pairs = pairs.into_iter().map(|(a, b)| match claim.expect {
        Expect::Below { .. } => (b, a),
        _ => (a, b),
    });
    found.evidence = match claim.success {
        Some(success) => Evidence::Outcomes(
            pairs
                .map(|(a, b)| (success.holds(a), success.holds(b)))
                .collect(),
        ),
        None => Evidence::Differences(pairs.map(|(a, b)| a - b).collect()),
    };
}

/// Between − within of disjoint pairs of configurations, those that follow each other in the plan; a last one
/// without a partner is left out. See [`contrast`].
fn spread(table: &Table<'_>, values: &Values, found: &mut Found) {
    let seeds = table.seeds();
    let of = |cell: usize| -> Option<Vec<f64>> {
        seeds.iter().map(|&seed| values.at(cell, seed)).collect()
    };
    let (mut between, mut within) = (Vec::new(), Vec::new());
    for pair in 0..table.cells.len() / 2 {
        let [c, d] = [2 * pair, 2 * pair + 1].map(of);
        match (c, d) {
            (Some(c), Some(d)) if seeds.len() > 1 => {
                let (apart, spread) = contrast(&c, &d);
                between.push(apart);
                within.push(spread);
            }
            _ => found.left_out += 1,
        }
    }
    found.means = [mean(&between), mean(&within)]
        .into_iter()
        .flatten()
        .collect();
    let differences = between.iter().zip(&within).map(|(b, w)| b - w);
    found.evidence = Evidence::Differences(differences.collect());
}

/// How far apart two configurations c and d are, and how far two seeds of one, from their values at the same
/// seeds, at least two. Of two seeds:
///
/// between = ½ (|c₁ − d₂| + |c₂ − d₁|), within = ½ (|c₁ − c₂| + |d₁ − d₂|);
///
/// of more the mean over the disjoint pairs 1 and 2, 3 and 4, …. Both compare different seeds, so that what
/// configurations of one seed share (its data, its initial weights) tells for neither. If settings do not matter
/// c₁ and d₁ can be exchanged, and c₃ and d₃, …, which exchanges between and within: their difference is then
/// symmetric about 0, as the sign-flip test takes it.
fn contrast(c: &[f64], d: &[f64]) -> (f64, f64) {
    let (c, d) = (c.as_chunks::<2>().0, d.as_chunks::<2>().0);
    let n = c.len() as f64;
    let half = |a: f64, b: f64| 0.5 * (a.abs() + b.abs()) / n;
    let both = c.iter().zip(d);
    both.fold((0.0, 0.0), |(between, within), (c, d)| {
        (
            between + half(c[0] - d[1], c[1] - d[0]),
            within + half(c[0] - c[1], d[0] - d[1]),
        )
    })
}

/// A curve for every unit, over the values of a key or over the steps.
fn trend(
    claim: &Claim,
    table: &Table<'_>,
    values: &Values,
    histories: &Histories<'_>,
    sign: f64,
    found: &mut Found,
) {
    let curves = match claim.over {
        Some(Over::Key(key)) => over_key(table, values, key, &mut found.levels),
        Some(Over::Step) | None => over_steps(table, histories, &mut found.levels),
    };
    let all = curves.len();
    let mut kept: Vec<Vec<f64>> = curves.into_iter().flatten().collect();
    if found.levels.len() < 2 {
        // No trend over one level, as under a profile that has no other.
        kept.clear();
    }
    found.left_out = all - kept.len();
    found.means = (0..found.levels.len())
        .filter_map(|level| mean(&kept.iter().map(|curve| curve[level]).collect::<Vec<_>>()))
        .collect();
    let signed = |curve: &Vec<f64>| curve.iter().map(|x| sign * x).collect();
    found.evidence = Evidence::Curves(kept.iter().map(signed).collect());
}

fn over_key(
    table: &Table<'_>,
    values: &Values,
    key: Key,
    levels: &mut Vec<String>,
) -> Vec<Option<Vec<f64>>> {
    let mut groups: Vec<(&Value, Vec<usize>)> = Vec::new();
    for cell in 0..table.cells.len() {
        let Some(value) = table.value_of(cell, key) else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, cells)) => cells.push(cell),
            None => groups.push((value, vec![cell])),
        }
    }
    levels.extend(groups.iter().map(|(value, _)| value.to_string()));
    let of = |seed: u64| {
        groups
            .iter()
            .map(|(_, cells)| values.mean(cells, seed))
            .collect()
    };
    table.seeds().into_iter().map(of).collect()
}

/// Over the steps at which every run has a value.
fn over_steps(
    table: &Table<'_>,
    histories: &Histories<'_>,
    levels: &mut Vec<String>,
) -> Vec<Option<Vec<f64>>> {
    let series = |cell: usize, seed: u64| -> Option<BTreeMap<u64, f64>> {
        let run = table.cells[cell].get(&seed)?;
        let history = histories.get(&table.plan.runs[*run].spec.id())?;
        let series = history.series.get(&table.arm.metric)?;
        let scaled = |x: f64| if table.arm.log10 { x.log10() } else { x };
        let finite = series.iter().map(|m| (m.step, scaled(m.value)));
        Some(finite.filter(|(_, x)| x.is_finite()).collect())
    };
    let seeds = table.seeds();
    let cells = 0..table.cells.len();
    let all: Vec<Option<Vec<BTreeMap<u64, f64>>>> = seeds
        .iter()
        .map(|&seed| cells.clone().map(|cell| series(cell, seed)).collect())
        .collect();
    let mut steps: Option<Vec<u64>> = None;
    for series in all.iter().flatten().flatten() {
        steps = Some(match steps {
            None => series.keys().copied().collect(),
            Some(known) => known
                .into_iter()
                .filter(|s| series.contains_key(s))
                .collect(),
        });
    }
    let steps = steps.unwrap_or_default();
    levels.extend(steps.iter().map(ToString::to_string));
    let curve = |series: Vec<BTreeMap<u64, f64>>| {
        let at = |step: &u64| series.iter().map(|s| s[step]).sum::<f64>() / series.len() as f64;
        steps.iter().map(at).collect::<Vec<f64>>()
    };
    all.into_iter().map(|series| series.map(curve)).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// A claim as the tests take it.
///
/// # Errors
/// Evidence that does not fit, such as a trend over one level.
pub fn claim(claim: &Claim, found: &Found) -> Result<claim::Claim, claim::ClaimError> {
    claim::Claim::new(expectation(claim), found.evidence.clone())
}
