//! What a claim reads off a run.

use std::collections::BTreeMap;

use crate::claim::{Arm, At};
use crate::event::Outcome;
use crate::stats::claim::tau_b;
use crate::stats::observed;
use crate::store::{Measured, RunRow};

/// A run that has an outcome, with its history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History<'a> {
    /// The run.
    pub row: &'a RunRow,
    /// Every logged quantity over the steps, in their order.
    pub series: &'a BTreeMap<String, Vec<Measured>>,
}

/// Why a run gives no value to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It has no outcome, or failed, or has not got the quantity.
    Missing,
    /// Its value is not finite.
    NotFinite,
}

impl History<'_> {
    /// Whether it diverged: it counts with the quantity's declared worst value.
    pub fn has_diverged(&self) -> bool {
        matches!(self.row.outcome, Some(Outcome::Diverged { .. }))
    }

    /// The value of a side of a claim; `flops` bounds the operations of [`At::EqualFlops`].
    ///
    /// A diverged run counts with its metric's worst value, whenever it is looked at: what it had before
    /// is not what its settings lead to. Slopes and switches are those of its history, which the worst
    /// value ends.
    pub fn value(&self, arm: &Arm, flops: f64) -> Result<f64, Gap> {
        let value = self.plain(&arm.metric, arm.at, flops).ok_or(Gap::Missing)?;
        let value = if arm.log10 { value.log10() } else { value };
        match value.is_finite() {
            true => Ok(value),
            false => Err(Gap::NotFinite),
        }
    }

    fn plain(&self, metric: &str, at: At, flops: f64) -> Option<f64> {
        let last = observed(self.row, metric)?;
        if at == At::Last || self.has_diverged() && !matches!(at, At::Slope | At::Switches) {
            return Some(last);
        }
        let series = self.series.get(metric)?;
        let values = || series.iter().map(|m| m.value);
        let n = series.len();
        let mean = |skipped: usize| values().skip(skipped).sum::<f64>() / (n - skipped) as f64;
        match at {
            At::Last => Some(last),
            At::First => values().next(),
            At::Max => values().reduce(f64::max),
            At::Min => values().reduce(f64::min),
            At::Mean => (n > 0).then(|| mean(0)),
            At::MeanOfLast(k) => (n >= k).then(|| mean(n - k)),
            At::Slope => (n > 1).then(|| tau_b(&values().collect::<Vec<_>>())),
            At::Switches => {
                let pairs = series.windows(2).filter(|w| w[0].value != w[1].value);
                (n > 1).then(|| pairs.count() as f64)
            }
            At::Freeze => {
                let step: u64 = self.row.settings.get("freeze_g")?.parse().ok()?;
                series.iter().find(|m| m.step == step).map(|m| m.value)
            }
            At::Step(step) => series.iter().find(|m| m.step == step).map(|m| m.value),
            At::EqualFlops => {
                let within = |m: &&Measured| self.flops_at(m.step).is_some_and(|f| f <= flops);
                series.iter().rev().find(within).map(|m| m.value)
            }
        }
    }

    /// Operations at the end.
    pub fn flops(&self) -> Option<f64> {
        let series = self.series.get("flops")?;
        series.last().map(|m| m.value)
    }

    /// Operations at a step, on a line between the steps at which they were logged.
    fn flops_at(&self, step: u64) -> Option<f64> {
        let series = self.series.get("flops")?;
        let after = series.iter().position(|m| m.step >= step)?;
        let (x, y) = (series[after].step as f64, series[after].value);
        let (from, to) = match after {
            0 => ((0.0, 0.0), (x, y)),
            i => ((series[i - 1].step as f64, series[i - 1].value), (x, y)),
        };
        let share = match to.0 - from.0 {
            0.0 => 1.0,
            length => (step as f64 - from.0) / length,
        };
        Some(from.1 + share * (to.1 - from.1))
    }
}
